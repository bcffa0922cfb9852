#include "messaging/integration/actions.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "messaging/conversation/attachments.hpp"
#include "messaging/conversation/post_actions.hpp"
#include "messaging/integration/slack_text.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/post_actions.hpp"
#include "storage/tables/posts.hpp"
#include "storage/tables/teams.hpp"
#include "web/outbound/client.hpp"

namespace concordat::messaging {
namespace {

// What the program is told.
struct ActionRequest {
    UserId user_id;
    std::string user_name;
    ChannelId channel_id;
    std::string channel_name;
    TeamId team_id;
    std::string team_domain;
    PostId post_id;
    std::string trigger_id, type, data_source;
    json::value context;
};
BOOST_DESCRIBE_STRUCT(ActionRequest, (),
                      (user_id, user_name, channel_id, channel_name, team_id, team_domain, post_id,
                       trigger_id, type, data_source, context))

struct ActionUpdate {
    std::optional<std::string> message;
    std::optional<json::object> props;
};
BOOST_DESCRIBE_STRUCT(ActionUpdate, (), (message, props))

struct ActionAnswer {
    Nullable<ActionUpdate> update;
    std::string ephemeral_text;
    bool skip_slack_parsing = false;
};
BOOST_DESCRIBE_STRUCT(ActionAnswer, (), (update, ephemeral_text, skip_slack_parsing))

Error action_failed(std::string detail) {
    return {Fault::invalid, "api.post.do_action.action_integration.app_error",
            "The program behind this message did not answer as it should.", std::move(detail)};
}

}  // namespace

Actions::Pressed Actions::find(const Actor& actor, const PostId& id, const std::string& action,
                               const std::string& cookie) {
    Pressed out;
    if (auto channel = gate_.channel_of(id)) {
        gate_.require_read(actor, *channel);
        db_.read([&](storage::Tx& tx) {
            auto post = storage::PostTable(tx).find(id);
            if (!post || post->delete_at > 0 || !post->original_id.empty())
                throw Error(Fault::not_found, "app.post.get.app_error", "Unable to get the post.");
            const auto actions = storage::PostActionTable(tx).of_post(id, *channel);
            const auto at = std::ranges::find(actions, action, &PostAction::id);
            if (at == actions.end())
                throw Error(Fault::not_found, "api.post.do_action.action_id.app_error", "Invalid action id.");
            out.action = *at;
            out.post = std::move(*post);
        });
        return out;
    }
    if (cookie.empty()) throw lacks_permission("read_channel_content");
    auto opened = db_.read([&](storage::Tx& tx) { return open_cookie(tx, id, cookie); });
    if (!opened || opened->action.id != action || opened->user_id != actor.user_id)
        throw action_failed("a cookie that is not of this message");
    gate_.require_read(actor, opened->channel_id);
    out.is_stored = false;
    out.action = std::move(opened->action);
    out.post.id = id;
    out.post.channel_id = opened->channel_id;
    out.post.root_id = opened->root_id;
    out.post.props = std::move(opened->retain_props);
    return out;
}

ActionOutcome Actions::press(const Actor& actor, const PostId& id, const std::string& action,
                             const ActionPress& press) {
    const auto pressed = find(actor, id, action, press.cookie);
    const auto trigger = triggers_.make(actor.user_id);
    carry_out(actor, pressed, ask(actor, pressed, press.selected_option, trigger.text));
    ActionOutcome outcome;
    outcome.trigger_id = trigger.client_part;
    return outcome;
}

std::string Actions::ask(const Actor& actor, const Pressed& pressed, const std::string& selected,
                         const std::string& trigger_id) {
    const auto channel = found(gate_.place(pressed.post.channel_id), "app.channel.get.existing.app_error",
                               "Unable to find the channel.");
    ActionRequest out;
    out.user_id = actor.user_id;
    out.user_name = actor.username;
    out.channel_id = channel.id;
    out.channel_name = channel.name;
    out.team_id = channel.team_id;
    if (!channel.team_id.empty()) {
        const auto team =
            db_.read([&](storage::Tx& tx) { return storage::TeamTable(tx).find(channel.team_id); });
        if (team) out.team_domain = team->name;
    }
    out.post_id = pressed.post.id;
    out.trigger_id = trigger_id;
    out.type = pressed.action.type;
    out.data_source = pressed.action.data_source;
    out.context = pressed.action.context;
    if (pressed.action.type == "select") {
        if (!out.context.is_object()) out.context = json::object();
        out.context.get_object()["selected_option"] = selected;
    }
    web::OutboundRequest request;
    request.method = "POST";
    request.url = pressed.action.url;
    request.content_type = "application/json";
    request.headers = {{"Accept", "application/json"}};
    request.body = json_text(out);
    request.timeout =
        std::chrono::seconds(settings_.current()->ServiceSettings.OutgoingIntegrationRequestsTimeout);
    const Seats::Seat seat(seats_);
    web::OutboundAnswer answer;
    try {
        answer = outbound_.send(request);
    } catch (const Error& e) {  // whatever kept the program from answering, the person is told the same
        throw action_failed(e.id());
    }
    if (answer.status != 200) throw action_failed("status " + std::to_string(answer.status));
    return std::move(answer.body);
}

void Actions::carry_out(const Actor& actor, const Pressed& pressed, const std::string& text) {
    if (trimmed(text).empty()) return;
    ActionAnswer answer;
    try {
        answer = parse_json<ActionAnswer>(text, "answer");
    } catch (const Error& e) {  // the program's mistake
        throw action_failed(e.text());
    }
    if (answer.update && pressed.is_stored) {
        Posts::ProgramChange change;
        change.message = (*answer.update).message;
        change.props = (*answer.update).props;
        posts_.change_by_program(actor, pressed.post.id, change);
    } else if (answer.update) {
        Post shown;
        shown.id = pressed.post.id;
        shown.channel_id = pressed.post.channel_id;
        shown.root_id = pressed.post.root_id;
        shown.message = (*answer.update).message.value_or("");
        if ((*answer.update).props) shown.props = *(*answer.update).props;
        posts_.create_ephemeral(actor, actor.user_id, std::move(shown),
                                WrittenByProgram{pressed.post.props, ""});
    }
    if (answer.ephemeral_text.empty()) return;
    Post note;
    note.channel_id = pressed.post.channel_id;
    note.root_id = pressed.post.root_id.empty() && pressed.is_stored ? pressed.post.id : pressed.post.root_id;
    note.message = answer.ephemeral_text;
    json::array none;
    if (!answer.skip_slack_parsing) rewrite(db_, note.message, none, LinkStyle::loose);
    posts_.create_ephemeral(actor, actor.user_id, std::move(note),
                            WrittenByProgram{retained(pressed.post.props), ""});
}

}  // namespace concordat::messaging
