#include "messaging/integration/hook_sender.hpp"

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "messaging/integration/form_body.hpp"
#include "messaging/integration/owners.hpp"
#include "messaging/integration/slack_text.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/teams.hpp"
#include "web/outbound/client.hpp"

namespace concordat::messaging {
namespace {

struct HookPayload {
    std::string token;
    TeamId team_id;
    std::string team_domain;
    ChannelId channel_id;
    std::string channel_name;
    Millis timestamp = 0;
    UserId user_id;
    std::string user_name;
    PostId post_id;
    std::string text, trigger_word, file_ids;
};
BOOST_DESCRIBE_STRUCT(HookPayload, (),
                      (token, team_id, team_domain, channel_id, channel_name, timestamp, user_id, user_name,
                       post_id, text, trigger_word, file_ids))

struct HookAnswer {
    std::string text, username, icon_url, type, response_type;
    json::object props;
    json::array attachments;
    std::optional<PostPriority> priority;
};
BOOST_DESCRIBE_STRUCT(HookAnswer, (),
                      (text, username, icon_url, type, response_type, props, attachments, priority))

std::string as_form(const HookPayload& p) {
    FormBody form;
    form.add("token", p.token)
        .add("team_id", p.team_id.text())
        .add("team_domain", p.team_domain)
        .add("channel_id", p.channel_id.text())
        .add("channel_name", p.channel_name)
        .add("timestamp", std::to_string(p.timestamp / 1000))  // seconds here, milliseconds in JSON
        .add("user_id", p.user_id.text())
        .add("user_name", p.user_name)
        .add("post_id", p.post_id.text())
        .add("text", p.text)
        .add("trigger_word", p.trigger_word)
        .add("file_ids", p.file_ids);
    return form.text();
}

// So that a receiver can tell that the node sent it, and when.
std::string signature_of(const std::string& token, const std::string& body, Millis now) {
    const auto time = std::to_string(now / 1000);
    return "t=" + time + ",v1=" + hex_of(storage::text_of(storage::hmac_sha256(token, time + '.' + body)));
}

bool concerns_hooks(const PostCreated& fact) {
    return fact.channel_type == "O" && (fact.post.type.empty() || fact.post.type == "slack_attachment") &&
           !fact.post.props.contains("from_webhook");
}

}  // namespace

HookSender::HookSender(storage::Database& db, identity::Gate& gate, OutgoingHooks& hooks, ProgramPosts& posts,
                       const web::OutboundClient& outbound, Metrics& metrics, const LiveSettings& settings)
    : db_(db),
      gate_(gate),
      hooks_(hooks),
      posts_(posts),
      outbound_(outbound),
      settings_(settings),
      delivered_(metrics.counter("concordat_hook_deliveries_total",
                                 "Calls of outgoing webhooks that were answered.")),
      failed_(metrics.counter("concordat_hook_deliveries_failed_total",
                              "Calls of outgoing webhooks that failed.")),
      deliveries_(metrics) {}

void HookSender::take(const std::vector<storage::Fact>& facts) {
    hooks_.on_facts(facts);
    for (const auto& fact : facts) {
        if (!fact.is<PostCreated>()) continue;
        const auto told = fact.as<PostCreated>();
        if (told.is_history || !concerns_hooks(told)) continue;
        for (const auto& [hook, word] :
             hooks_.triggered_by(told.team_id, told.post.channel_id, told.post.message))
            for (const auto& url : hook.callback_urls) {
                Call call;
                call.hook = hook;
                call.url = url;
                call.word = word;
                call.post = told.post;
                call.channel_name = told.channel_name;
                call.team_id = told.team_id;
                call.user_name = told.sender_name.substr(told.sender_name.starts_with('@') ? 1 : 0);
                if (!deliveries_.add(hook.id.text() + url, [this, call] { deliver(call); }))
                    log_warn("a call of an outgoing webhook was dropped: too many wait for its receiver",
                             {{"hook_id", hook.id.text()}});
            }
    }
}

void HookSender::deliver(const Call& call) {
    try {
        deliver_checked(call);
        delivered_.add();
    } catch (const std::exception& e) {  // the last place: a delivery that fails is told to nobody
        failed_.add();
        const auto* error = dynamic_cast<const Error*>(&e);
        log_warn("a call of an outgoing webhook failed",
                 {{"hook_id", call.hook.id.text()},
                  {"id", error ? error->id() : std::string("internal")},
                  {"detail", error ? error->detail() : std::string()}});
    }
}

void HookSender::deliver_checked(const Call& call) {
    const auto owner = acting_for(db_, gate_, call.hook.creator_id);
    if (!owner) throw Error(Fault::forbidden, "api.outgoing_webhook.owner", "", "its owner is deactivated");
    if (!gate_.may_read(*owner, call.post.channel_id))
        throw Error(Fault::forbidden, "api.outgoing_webhook.owner", "", "its owner may not read the channel");
    const auto team = db_.read([&](storage::Tx& tx) { return storage::TeamTable(tx).find(call.team_id); });
    HookPayload payload;
    payload.token = call.hook.token;
    payload.team_id = call.team_id;
    payload.team_domain = team ? team->name : "";
    payload.channel_id = call.post.channel_id;
    payload.channel_name = call.channel_name;
    payload.timestamp = call.post.create_at;
    payload.user_id = call.post.user_id;
    payload.user_name = call.user_name;
    payload.post_id = call.post.id;
    payload.text = call.post.message;
    payload.trigger_word = call.word;
    for (const auto& file : call.post.file_ids)
        payload.file_ids += (payload.file_ids.empty() ? "" : ",") + file.text();
    web::OutboundRequest request;
    request.method = "POST";
    request.url = call.url;
    const bool is_json = call.hook.content_type == "application/json";
    request.content_type = is_json ? "application/json" : "application/x-www-form-urlencoded";
    request.body = is_json ? json_text(payload) : as_form(payload);
    request.headers = {{"Accept", "application/json"},
                       {"X-Concordat-Signature", signature_of(call.hook.token, request.body, db_.now())}};
    request.timeout =
        std::chrono::seconds(settings_.current()->ServiceSettings.OutgoingIntegrationRequestsTimeout);
    post_answer(*owner, call, outbound_.send(request).body);
}

void HookSender::post_answer(const Actor& owner, const Call& call, const std::string& body) {
    if (trimmed(body).empty()) return;
    auto answer = parse_json<HookAnswer>(body, "answer");
    if (answer.text.empty() && answer.attachments.empty()) return;
    rewrite(db_, answer.text, answer.attachments, LinkStyle::strict);
    ProgramMessage message;
    message.text = std::move(answer.text);
    message.type = std::move(answer.type);
    message.username = answer.username.empty() ? call.hook.username : answer.username;
    message.icon_url = answer.icon_url.empty() ? call.hook.icon_url : answer.icon_url;
    message.display_name = call.hook.display_name;
    message.props = std::move(answer.props);
    message.attachments = std::move(answer.attachments);
    message.priority = std::move(answer.priority);
    if (answer.response_type == "comment")
        message.root_id = call.post.root_id.empty() ? call.post.id : call.post.root_id;
    posts_.write(owner, call.post.channel_id, std::move(message), "webhook");
}

}  // namespace concordat::messaging
