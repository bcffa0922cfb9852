#include "messaging/integration/command_runner.hpp"

#include <algorithm>

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "messaging/integration/command_mentions.hpp"
#include "messaging/integration/form_body.hpp"
#include "messaging/integration/owners.hpp"
#include "messaging/integration/slack_text.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/command_callbacks.hpp"
#include "storage/tables/slash_commands.hpp"
#include "storage/tables/teams.hpp"
#include "web/outbound/client.hpp"

namespace concordat::messaging {
namespace {

Error failed(const char* what, std::string detail) {
    return {Fault::internal, std::string("api.command.execute_command.") + what + ".app_error",
            "The command failed: its program did not answer as it should.", std::move(detail)};
}

Error refused_later(Fault fault, const char* text, std::string detail = {}) {
    return {fault, "web.command_webhook.general.app_error", text, std::move(detail)};
}

}  // namespace

CommandPlace CommandRunner::place_of(const Actor& actor, const CommandCall& call) {
    CommandPlace place;
    place.channel = found(services_.gate.place(call.channel_id), "app.channel.get.existing.app_error",
                          "Unable to find the channel.");
    require(place.channel.delete_at == 0, Fault::invalid, "api.command.execute_command.deleted.error",
            "Commands cannot be used in archived channels.");
    place.team_id = place.channel.team_id;
    if (place.channel.is_between_people() && !call.team_id.empty()) {
        services_.gate.require_in_team(actor, Permission::view_team, call.team_id);
        place.team_id = call.team_id;
    }
    place.root_id = call.root_id;
    if (!call.root_id.empty()) {
        const auto where = services_.gate.channel_of(call.root_id);
        require(where && *where == place.channel.id, Fault::invalid, "api.post.create_post.root_id.app_error",
                "Invalid RootId parameter.");
    }
    if (!place.team_id.empty()) {
        const auto team =
            services_.db.read([&](storage::Tx& tx) { return storage::TeamTable(tx).find(place.team_id); });
        if (team) place.team_name = team->name;
    }
    return place;
}

CommandReply CommandRunner::execute(const Actor& actor, const CommandCall& call) {
    const auto& line = call.command;
    require(line.size() > 1 && line[0] == '/', Fault::invalid, "api.command.execute_command.start.app_error",
            "A command begins with a slash.");
    const auto place = place_of(actor, call);
    const auto cut = std::min(line.find_first_of(" \t\r\n"), line.size());
    const Typed typed{lower_ascii(line.substr(1, cut - 1)), line.substr(std::min(cut + 1, line.size()))};
    if (!place.team_id.empty() && services_.settings.current()->ServiceSettings.EnableCommands) {
        const auto command = services_.db.read([&](storage::Tx& tx) {
            return storage::SlashCommandTable(tx).by_trigger(place.team_id, typed.trigger);
        });
        if (command) return run_custom(actor, place, *command, typed);
    }
    const auto* command = find_builtin_command(typed.trigger);
    if (!command)
        throw Error(Fault::not_found, "api.command.execute_command.not_found.app_error",
                    "There is no such command.");
    auto reply = run_builtin(*command, services_, actor, place, typed.text);
    reply.trigger_id = triggers_.make(actor.user_id).client_part;
    carry_out(actor, place, nullptr, reply);
    return reply;
}

std::string CommandRunner::new_answer_address(const Actor& actor, const CommandPlace& place,
                                              const SlashCommand& command) {
    const auto key = new_token();
    storage::CommandCallback callback;
    callback.command_id = command.id;
    callback.user_id = actor.user_id;
    callback.channel_id = place.channel.id;
    callback.root_id = place.root_id;
    callback.create_at = services_.db.now();
    services_.db.transact([&](storage::Tx& tx) { storage::CommandCallbackTable(tx).insert(key, callback); });
    return services_.settings.current()->ServiceSettings.SiteURL + "/hooks/commands/" + key;
}

web::OutboundRequest CommandRunner::request_of(const Actor& actor, const CommandPlace& place,
                                               const SlashCommand& command, const Typed& typed,
                                               const std::string& trigger_id) {
    FormBody form;
    form.add("channel_id", place.channel.id.text())
        .add("channel_name", place.channel.name)
        .add("command", "/" + typed.trigger)
        .add("response_url", new_answer_address(actor, place, command))
        .add("root_id", place.root_id.text())
        .add("team_domain", place.team_name)
        .add("team_id", place.team_id.text())
        .add("text", typed.text)
        .add("token", command.token)
        .add("trigger_id", trigger_id)
        .add("user_id", actor.user_id.text())
        .add("user_name", actor.username);
    std::size_t told = 0;
    for (const auto& [name, id] : named_people(services_.db, services_.gate, place.team_id, typed.text)) {
        if (++told > most_mentions) break;
        form.add("user_mentions", name).add("user_mentions_ids", id.text());
    }
    told = 0;
    for (const auto& [name, id] : named_channels(services_.db, place.team_id, typed.text)) {
        if (++told > most_mentions) break;
        form.add("channel_mentions", name).add("channel_mentions_ids", id.text());
    }
    web::OutboundRequest request;
    request.url = command.url;
    request.headers = {{"Accept", "application/json"}, {"Authorization", "Token " + command.token}};
    request.timeout = std::chrono::seconds(
        services_.settings.current()->ServiceSettings.OutgoingIntegrationRequestsTimeout);
    if (command.method == "P") {
        request.method = "POST";
        request.content_type = "application/x-www-form-urlencoded";
        request.body = form.text();
    } else {
        const auto fragment = std::min(request.url.find('#'), request.url.size());
        request.url.erase(fragment);
        request.url += (request.url.find('?') == request.url.npos ? "?" : "&") + form.text();
    }
    return request;
}

CommandReply CommandRunner::run_custom(const Actor& actor, const CommandPlace& place,
                                       const SlashCommand& command, const Typed& typed) {
    const Seats::Seat seat(seats_);
    const auto trigger = triggers_.make(actor.user_id);
    const auto request = request_of(actor, place, command, typed, trigger.text);
    web::OutboundAnswer answer;
    try {
        answer = outbound_.send(request);
    } catch (const Error& e) {  // whatever kept the program from answering, the caller is told the same
        throw failed("failed", e.id() + " " + e.detail());
    }
    if (answer.status != 200) throw failed("failed_resp", "status " + std::to_string(answer.status));
    auto reply = command_reply(answer.content_type, answer.body);
    if (!reply) throw failed("failed", "an answer that is not of the known form");
    reply->trigger_id = trigger.client_part;
    carry_out(actor, place, &command, *reply);
    return *std::move(reply);
}

void CommandRunner::carry_out(const Actor& actor, const CommandPlace& place, const SlashCommand* command,
                              CommandReply& reply) {
    carry_out_one(actor, place, command, reply);
    if (!reply.extra_responses) return;
    json::array shown;
    for (auto& each : extra_responses_of(reply)) {
        carry_out_one(actor, place, command, each);
        shown.push_back(parse_json_value(json_text(each)));
    }
    reply.extra_responses = std::move(shown);
}

void CommandRunner::carry_out_one(const Actor& actor, const CommandPlace& place, const SlashCommand* command,
                                  CommandReply& reply) {
    auto attachments = reply.attachments ? *reply.attachments : json::array();
    if (!reply.skip_slack_parsing && command)
        rewrite(services_.db, reply.text, attachments, LinkStyle::loose);
    if (reply.attachments) reply.attachments = attachments;
    const bool is_public = reply.response_type == "in_channel";
    const bool is_private = reply.response_type.empty() || reply.response_type == "ephemeral";
    if (reply.text.empty() && attachments.empty()) return;
    if (!is_public && !is_private) return;
    auto channel = place.channel.id;
    if (!reply.channel_id.empty() && reply.channel_id != channel.text()) {
        if (!looks_like_id(reply.channel_id)) throw failed("create_post_failed", "no channel's id");
        channel = ChannelId::from_text(reply.channel_id);
        if (!services_.gate.is_member(actor.user_id, channel) ||
            !services_.gate.may_in_channel(actor, Permission::create_post, channel))
            throw failed("create_post_failed", "not a channel of the caller");
    }
    const bool is_here = channel == place.channel.id;
    if (!command) {
        Post post;
        post.channel_id = channel;
        post.root_id = is_here ? place.root_id : PostId();
        post.message = reply.text;
        post.type = reply.type;
        if (reply.props) post.props = *reply.props;
        if (is_public)
            services_.posts.create(actor, std::move(post));
        else
            services_.posts.create_ephemeral(actor, actor.user_id, std::move(post));
        return;
    }
    ProgramMessage message;
    message.text = reply.text;
    message.type = reply.type;
    message.username = command->username.empty() ? reply.username : command->username;
    message.icon_url = command->icon_url.empty() ? reply.icon_url : command->icon_url;
    if (reply.props) message.props = *reply.props;
    message.attachments = std::move(attachments);
    message.root_id = is_here ? place.root_id : PostId();
    try {
        if (is_public)
            posts_.write(actor, channel, std::move(message), "");
        else
            posts_.whisper(actor, actor.user_id, channel, std::move(message));
    } catch (const Error& e) {  // the program said what cannot be posted
        if (e.fault() == Fault::unavailable || e.fault() == Fault::internal) throw;
        throw failed("create_post_failed", e.id());
    }
}

void CommandRunner::answer_later(const std::string& key, std::string_view content_type,
                                 std::string_view body) {
    const auto callback =
        services_.db.transact([&](storage::Tx& tx) { return storage::CommandCallbackTable(tx).use(key); });
    if (!callback) throw refused_later(Fault::not_found, "There is no such address to answer to.", "missing");
    if (callback->uses >= most_late_answers || services_.db.now() - callback->create_at > longest_late)
        throw refused_later(Fault::invalid, "This address was used too often, or is too old.", "used up");
    auto reply = command_reply(content_type, body);
    if (!reply) throw refused_later(Fault::invalid, "The answer is not of the known form.", "decode");
    const auto command = services_.db.read(
        [&](storage::Tx& tx) { return storage::SlashCommandTable(tx).find(callback->command_id); });
    const auto actor = acting_for(services_.db, services_.gate, callback->user_id);
    if (!command || !actor ||
        !services_.gate.may_in_channel(*actor, Permission::create_post, callback->channel_id))
        throw refused_later(Fault::forbidden, "Who used the command may not post there any more.", "gone");
    CommandCall call;
    call.channel_id = callback->channel_id;
    call.root_id = callback->root_id;
    try {
        const auto place = place_of(*actor, call);
        carry_out(*actor, place, &*command, *reply);
    } catch (const Error& e) {  // told by the one id that programs know
        if (e.fault() == Fault::unavailable) throw;
        const auto fault = e.fault() == Fault::internal ? Fault::invalid : e.fault();
        log_info("a late answer of a command was refused", {{"reason", e.id()}});
        throw refused_later(fault, "The answer cannot be posted.", e.id());
    }
}

std::size_t CommandRunner::sweep() {
    constexpr std::int64_t batch = 500;
    const auto before = services_.db.now() - longest_late;
    std::size_t total = 0;
    for (;;) {
        const auto removed = services_.db.transact(
            [&](storage::Tx& tx) { return storage::CommandCallbackTable(tx).remove_before(before, batch); });
        total += removed;
        if (removed < batch) return total;
    }
}

}  // namespace concordat::messaging
