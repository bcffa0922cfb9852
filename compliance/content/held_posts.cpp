#include "compliance/content/held_posts.hpp"

#include "compliance/content/content_rules.hpp"
#include "core/base/log.hpp"
#include "identity/access/acting.hpp"
#include "identity/access/gate.hpp"
#include "identity/decision/decisions.hpp"
#include "messaging/conversation/posts.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/held_posts.hpp"

namespace concordat::compliance {
namespace {

Error no_held_post() {
    return {Fault::not_found, "content.held.not_found", "There is no such message."};
}
Error decided_already() {
    return {Fault::conflict, "content.held.decided", "This message is decided already."};
}

std::string about_held(const HeldPost& held) {
    return "message " + held.id.text() + ", rule " + held.rule_id.text() + ", channel " +
           held.channel_id.text();
}

// What only the server may say of a message is said again.
std::optional<messaging::WrittenByProgram> program_of(const Post& post) {
    messaging::WrittenByProgram out;
    for (const char* key : {"from_webhook", "from_plugin", "from_oauth_app", "webhook_display_name",
                            "override_username", "override_icon_url", "override_icon_emoji"})
        if (const auto* value = post.props.if_contains(key)) out.props[key] = *value;
    if (out.props.empty()) return std::nullopt;
    return out;
}

}  // namespace

HeldPosts::HeldPosts(storage::Database& db, identity::Gate& gate, messaging::Posts& posts,
                     identity::Decisions& decisions, const LiveSettings& settings)
    : db_(db),
      gate_(gate),
      posts_(posts),
      officer_(db, decisions, settings, "content", ContentRules::role),
      decisions_(decisions) {}

std::vector<HeldPost> HeldPosts::list(const Request& request, const std::string& state, std::int64_t offset,
                                      std::int64_t limit) {
    officer_.look(request, "messages that wait for review");
    return db_.read(
        [&](storage::Tx& tx) { return storage::HeldPostTable(tx).list(state, {}, offset, limit); });
}

std::vector<HeldPost> HeldPosts::own(const Actor& actor, std::int64_t offset, std::int64_t limit) {
    return db_.read([&](storage::Tx& tx) {
        return storage::HeldPostTable(tx).list("waiting", actor.user_id, offset, limit);
    });
}

HeldText HeldPosts::get(const Request& request, const HeldPostId& id) {
    officer_.require_role(request, "To read a message that waits for review");
    return db_.transact([&](storage::Tx& tx) {
        storage::HeldPostTable table(tx);
        auto held = table.find(id);
        if (!held) throw no_held_post();
        HeldText out{*held, table.post(*held)};
        officer_.note(tx, request, "held_read", about_held(*held));
        return out;
    });
}

HeldPost HeldPosts::open_one(storage::Tx& tx, const HeldPostId& id) {
    auto held = storage::HeldPostTable(tx).lock(id);
    if (!held) throw no_held_post();
    if (held->state != "waiting") throw decided_already();
    return *std::move(held);
}

void HeldPosts::require_not_own(const Request& request, const HeldPost& held) {
    require(request.is_operator || request.actor.user_id != held.user_id, Fault::forbidden,
            "content.held.own", "Nobody decides about a message of their own.");
}

HeldPost HeldPosts::release(const Request& request, const HeldPostId& id) {
    officer_.require_change(request, "The release of a message");
    const auto text = db_.read([&](storage::Tx& tx) {
        storage::HeldPostTable table(tx);
        auto held = table.find(id);
        if (!held) throw no_held_post();
        return HeldText{*held, table.post(*held)};
    });
    auto held = text.held;
    require_not_own(request, held);
    if (held.state != "waiting" || !text.post) throw decided_already();
    const auto author = identity::acting_for(db_, gate_, held.user_id);
    require(author && gate_.is_member(held.user_id, held.channel_id) &&
                gate_.may_in_channel(*author, Permission::create_post, held.channel_id),
            Fault::conflict, "content.held.author", "Its author may not write there any more.");
    messaging::PostOptions options;
    options.set_online = false;
    options.is_released = true;
    options.program = program_of(*text.post);
    bool is_first = false;
    options.later.emplace().together = [&](storage::Tx& tx) {
        const auto now = storage::HeldPostTable(tx).lock(id);
        is_first = now && now->state == "waiting";
        if (!is_first) return false;
        held.state = "released";
        held.decided_at = tx.now();
        held.decided_by = request.actor.user_id;
        storage::HeldPostTable(tx).decide(held);
        officer_.note(tx, request, "held_released", about_held(held));
        return true;
    };
    auto post = *text.post;
    post.pending_post_id.clear();
    post.create_at = 0;
    held.post_id = posts_.create(*author, post, options).id;
    if (!is_first) throw decided_already();
    // Which message it became, for those who look; that it did is in the transaction above.
    db_.read([&](storage::Tx& tx) { storage::HeldPostTable(tx).decide(held); });
    return held;
}

HeldPost HeldPosts::refuse(const Request& request, const HeldPostId& id) {
    officer_.require_change(request, "The refusal of a message");
    return db_.transact([&](storage::Tx& tx) {
        auto held = open_one(tx, id);
        require_not_own(request, held);
        held.state = "refused";
        held.decided_at = tx.now();
        held.decided_by = request.actor.user_id;
        storage::HeldPostTable(tx).decide(held);
        officer_.note(tx, request, "held_refused", about_held(held));
        return held;
    });
}

HeldCount HeldPosts::count_now() {
    const auto [waiting, oldest] =
        db_.read([](storage::Tx& tx) { return storage::HeldPostTable(tx).waiting(); });
    return {waiting, oldest == 0 ? 0 : (db_.now() - oldest) / 1000};
}

HeldCount HeldPosts::count(const Request& request) {
    officer_.look(request, "how many messages wait for review");
    return count_now();
}

std::size_t HeldPosts::sweep() {
    const auto ended = db_.transact([&](storage::Tx& tx) {
        storage::HeldPostTable table(tx);
        const auto late = table.expired(tx.now(), most_swept);
        for (auto held : late) {
            held.state = "expired";
            held.decided_at = tx.now();
            table.decide(held);
            identity::Trail trail("content", held.id.text());
            trail.decision.user_id = held.user_id;
            trail.refused("content.held_expired", about_held(held));
            decisions_.record(tx, trail);
        }
        return late.size();
    });
    const auto now = count_now();
    waiting_ = now.waiting;
    oldest_seconds_ = now.oldest_seconds;
    return ended;
}

}  // namespace concordat::compliance
