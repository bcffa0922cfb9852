#include "messaging/conversation/post_actions.hpp"

#include <algorithm>

#include "core/model/scope.hpp"
#include "messaging/conversation/attachments.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/crypto/seal.hpp"
#include "storage/tables/post_actions.hpp"

namespace concordat::messaging {
namespace {

constexpr std::int64_t cookie_version = 1;

std::vector<PostAction> leading(std::vector<PostAction> actions) {
    std::erase_if(actions, [](const PostAction& action) { return action.url.empty(); });
    return actions;
}

}  // namespace

json::object retained(const json::object& props) {
    json::object out;
    for (const char* key : retained_props)
        if (const auto* value = props.if_contains(key)) out[key] = *value;
    return out;
}

void keep_actions(storage::Tx& tx, const Post& post, const std::vector<PostAction>& actions) {
    if (auto kept = leading(actions); !kept.empty())
        storage::PostActionTable(tx).put(post.id, post.channel_id, kept);
}

void change_actions(storage::Tx& tx, const Post& post, const std::vector<PostAction>& actions) {
    storage::PostActionTable table(tx);
    const auto before = table.of_post(post.id, post.channel_id);
    auto after = actions;
    for (auto& action : after) {
        if (!action.url.empty()) continue;
        const auto same = std::ranges::find(before, action.id, &PostAction::id);
        if (same != before.end()) action = *same;
    }
    after = leading(std::move(after));
    if (!before.empty() || !after.empty()) table.put(post.id, post.channel_id, after);
}

void copy_actions(storage::Tx& tx, const Post& from, const Post& to) {
    storage::PostActionTable table(tx);
    if (const auto actions = table.of_post(from.id, from.channel_id); !actions.empty())
        table.put(to.id, to.channel_id, actions);
}

void add_cookies(storage::Tx& tx, const UserId& user, Post& post, const std::vector<PostAction>& actions) {
    for (const auto& action : leading(actions)) {
        auto* shown = find_action(post.props, action.id);
        if (!shown) continue;
        ActionCookie cookie;
        cookie.action = action;
        cookie.user_id = user;
        cookie.channel_id = post.channel_id;
        cookie.root_id = post.root_id;
        cookie.retain_props = retained(post.props);
        (*shown)["cookie"] = storage::base64(tx.seal(storage::Kind::hook, scopes::configuration,
                                                     post.id.bytes(), cookie_version, json_text(cookie)));
    }
}

std::optional<ActionCookie> open_cookie(storage::Tx& tx, const PostId& post, const std::string& cookie) {
    const auto sealed = storage::from_base64(cookie);
    if (!sealed) return std::nullopt;
    try {
        return parse_json<ActionCookie>(
            tx.open(storage::Kind::hook, scopes::configuration, post.bytes(), cookie_version, *sealed),
            "cookie");
    } catch (const Error& e) {  // it comes from a client, who may send anything
        if (e.fault() == Fault::unavailable) throw;
        return std::nullopt;
    }
}

}  // namespace concordat::messaging
