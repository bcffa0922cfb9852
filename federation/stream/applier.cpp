#include "federation/stream/applier.hpp"

#include <pthread.h>

#include <algorithm>

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "core/model/facts.hpp"
#include "messaging/conversation/joining.hpp"
#include "messaging/conversation/names.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/federation.hpp"
#include "storage/tables/posts.hpp"
#include "storage/tables/users.hpp"

namespace concordat::federation {
namespace {

constexpr std::int64_t events_at_a_time = 500;
constexpr std::chrono::milliseconds look_again{1000}, after_failure{2000};
constexpr std::size_t longest_user_name = 64, longest_person_name = 64, longest_position = 128;
constexpr const char* service = "federation";

std::string mention_of_files(const std::vector<AttachedFile>& files) {
    std::string out;
    for (const auto& file : files)
        out += (out.empty() ? "" : "\n") + std::string(rune_prefix(file.name, 255)) + " (" +
               std::to_string((file.size + 1023) / 1024) + " KiB)";
    return out;
}

// What was attached there is named here.
void note_files(const std::vector<AttachedFile>& files, json::object& props) {
    if (files.empty()) return;
    auto* attachments = props.if_contains("attachments");
    if (!attachments || !attachments->is_array()) attachments = &(props["attachments"] = json::array());
    attachments->get_array().push_back(
        json::object{{"fallback", "files"},
                     {"title", "Files, kept by the organisation that sent them"},
                     {"text", mention_of_files(files)}});
}

std::string cut(const std::string& text, std::size_t runes) {
    return messaging::visible_text(rune_prefix(text, runes));
}

bool is_name(const std::string& name) {
    return !name.empty() && name.size() <= longest_user_name &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-_:") == name.npos;
}

}  // namespace

// One event, and what is known about where it plays.
struct Applier::Scene {
    const StoredEvent& event;
    EventHeader header;
    Share share;
    std::optional<Channel> channel;
    std::optional<User> actor;
    std::string partner_name;  // of the origin, here
    bool is_read_only = false;
    bool is_home = false;  // the origin is the channel's home

    Actor as_actor() const {
        Actor out;
        out.user_id = header.actor;
        if (actor) out.username = actor->username;
        out.roles = {"system_user"};
        out.is_remote = true;
        return out;
    }
    bool is_ours(const std::optional<User>& user) const {
        return user && user->remote_id && *user->remote_id == event.origin.text();
    }
};

void Applier::start() {
    is_stopping_ = false;
    thread_ = std::thread([this] { serve(); });
}

void Applier::stop() {
    {
        std::lock_guard guard(mutex_);
        is_stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Applier::wake() {
    {
        std::lock_guard guard(mutex_);
        is_woken_ = true;
    }
    wake_.notify_all();
}

void Applier::serve() {
    pthread_setname_np(pthread_self(), "fed-apply");
    while (!is_stopping_) {
        std::chrono::milliseconds pause = look_again;
        try {
            give_up_waiting();
            if (apply()) continue;
        } catch (const Error& e) {  // comes again
            log_error("what partners said could not be applied yet",
                      {{"id", e.id()}, {"reason", e.text()}, {"detail", e.detail()}});
            pause = after_failure;
        }
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, pause, [&] { return is_stopping_ || is_woken_; });
        is_woken_ = false;
    }
}

bool Applier::apply() {
    const auto streams =
        db_.read([&](storage::Tx& tx) { return storage::StreamTable(tx).behind(own_.id()); });
    bool any = false;
    for (const auto& stream : streams) any |= apply_stream(stream);
    return any;
}

bool Applier::apply_stream(const Stream& stream) {
    auto events = db_.read([&](storage::Tx& tx) {
        return storage::StreamTable(tx).events(stream.origin, stream.channel_id, stream.applied_seq + 1,
                                               events_at_a_time);
    });
    // Nothing here needs the disk before the next step: after a crash it is applied again.
    const storage::Database::Relaxed relaxed;
    auto upto = stream.applied_seq;
    for (auto& event : events) {
        if (is_stopping_) break;
        upto = event.seq;
        if (event.state == EventState::received) settle(event, outcome_of(event));
        if (event.state == EventState::applied && event.kind == kinds::post_create) {
            const auto body = parse_json<PostBody>(event.body, "post");
            release(event.channel_id, id_as<AnyId>(body.post));
        }
    }
    if (events.empty()) return false;
    db_.transact([&](storage::Tx& tx) {
        storage::StreamTable(tx).set_applied(stream.origin, stream.channel_id, upto);
    });
    return true;
}

void Applier::settle(StoredEvent& event, const Outcome& outcome) {
    event.state = outcome.state;
    event.reason = outcome.reason;
    db_.transact([&](storage::Tx& tx) { storage::StreamTable(tx).set_state(event); });
    if (event.state != EventState::refused) return;
    log_warn("something that a partner said is not shown", {{"origin", event.origin.text()},
                                                            {"channel", event.channel_id.text()},
                                                            {"seq", event.seq},
                                                            {"kind", event.kind},
                                                            {"reason", event.reason}});
    refused_(event);
}

// What waited for this post.
void Applier::release(const ChannelId& channel, const AnyId& target) {
    auto waiting =
        db_.read([&](storage::Tx& tx) { return storage::StreamTable(tx).waiting(channel, target); });
    for (auto& event : waiting) {
        const auto outcome = outcome_of(event);
        if (outcome.state == EventState::waiting) continue;
        settle(event, outcome);
        if (event.state == EventState::applied && event.kind == kinds::post_create)
            release(channel, id_as<AnyId>(parse_json<PostBody>(event.body, "post").post));
    }
}

void Applier::give_up_waiting() {
    auto late = db_.read([&](storage::Tx& tx) {
        return storage::StreamTable(tx).waiting_since(db_.now() - longest_wait, events_at_a_time);
    });
    for (auto& event : late) settle(event, {EventState::refused, "target_gone"});
}

Applier::Outcome Applier::outcome_of(const StoredEvent& event) {
    Scene scene{event, decode_header(event.header), {}, {}, {}, {}};
    bool is_known = false, is_revoked = false;
    db_.read([&](storage::Tx& tx) {
        storage::PartnerTable partners(tx);
        const auto share = storage::ShareTable(tx).find(event.channel_id);
        if (!share || share->state != "joined") return;
        const auto revoked = [&](const OrganisationId& id) {
            const auto partner = partners.find(id);
            return partner && partner->state == "revoked";
        };
        is_revoked = revoked(event.origin) || revoked(share->home);
        scene.share = *share;
        scene.is_home = share->home == event.origin;
        scene.channel = storage::ChannelTable(tx).find(event.channel_id);
        scene.actor = storage::UserTable(tx).find(scene.header.actor);
        if (const auto partner = partners.find(event.origin)) {
            scene.is_read_only = partner->policy.read_only;
            scene.partner_name = partner->name;
        } else if (const auto names = partners.names(); names.contains(event.origin)) {
            // Not paired with this organisation; the home vouches for what it is called.
            scene.partner_name = event.origin.text().substr(0, 8);
        }
        is_known = scene.channel && !scene.partner_name.empty();
    });
    if (is_revoked) return {EventState::refused, "revoked"};
    if (!is_known) return {EventState::refused, "not_shared"};
    if (scene.is_read_only) return {EventState::refused, "policy"};
    try {
        return dispatch(scene);
    } catch (const Error& e) {
        if (e.fault() == Fault::unavailable || e.fault() == Fault::internal) throw;
        return {EventState::refused, e.id()};  // a rule of the conversation: the stream goes on
    }
}

Applier::Outcome Applier::dispatch(const Scene& scene) {
    const auto& kind = scene.header.kind;
    if (kind == kinds::user_upsert) return upsert_user(scene);
    const bool is_of_home =
        kind == kinds::channel_update || kind == kinds::moderate_delete || kind == kinds::moderate_remove;
    // A home's operator has no account, and so is nobody.
    const bool is_operator = is_of_home && scene.header.actor.empty();
    if ((is_of_home && !scene.is_home) || (!is_operator && !scene.is_ours(scene.actor)))
        return {EventState::refused, "authority"};
    if (kind == kinds::member_join || kind == kinds::member_leave) return move_member(scene);
    if (kind == kinds::moderate_remove) return remove_member(scene);
    if (kind == kinds::channel_update) return update_channel(scene);
    if (scene.channel->delete_at > 0) return {EventState::refused, "archived"};
    if (kind == kinds::post_create) return create_post(scene);
    const auto post = db_.read(
        [&](storage::Tx& tx) { return storage::PostTable(tx).find(id_as<PostId>(scene.header.target)); });
    if (!post) return {EventState::waiting, {}};
    if (post->channel_id != scene.event.channel_id || !post->original_id.empty())
        return {EventState::refused, "authority"};
    if (post->delete_at > 0) return {};
    return change_post(scene, *post);
}

Applier::Outcome Applier::create_post(const Scene& scene) {
    const auto body = parse_json<PostBody>(scene.event.body, "post");
    if (body.post.empty()) return {EventState::refused, "body"};
    if (!body.root.empty()) {
        const auto root = db_.read([&](storage::Tx& tx) { return storage::PostTable(tx).find(body.root); });
        if (!root) return {EventState::waiting, {}};
        if (root->delete_at > 0) return {EventState::refused, "target_gone"};
    }
    Post post;
    post.channel_id = scene.event.channel_id;
    post.root_id = body.root;
    post.type = body.type;
    post.message = body.message;
    post.props = body.props;
    note_files(body.files, post.props);
    if (body.priority) post.metadata.emplace().priority = *body.priority;
    messaging::PostOptions options;
    options.set_online = false;
    options.elsewhere = messaging::WrittenElsewhere{body.post, body.create_at, body.mentions};
    const auto now = db_.now();
    if (body.create_at <= 0 || body.create_at > now + most_ahead) options.elsewhere->create_at = now;
    const auto made = posts_.create(scene.as_actor(), std::move(post), options);
    if (made.id != body.post || made.user_id != scene.header.actor ||
        made.channel_id != scene.event.channel_id)
        return {EventState::refused, "id_conflict"};
    return {};
}

Applier::Outcome Applier::edit_post(const Scene& scene, const Post& post) {
    const auto body = parse_json<PostBody>(scene.event.body, "post");
    PostPatch patch;
    patch.message = body.message;
    patch.props = body.props;
    note_files(body.files, *patch.props);
    posts_.patch(scene.as_actor(), post.id, patch);
    return {};
}

// A post that is there and live, of this channel.
Applier::Outcome Applier::change_post(const Scene& scene, const Post& post) {
    const auto& kind = scene.header.kind;
    const auto actor = scene.as_actor();
    const auto author = db_.read([&](storage::Tx& tx) { return storage::UserTable(tx).find(post.user_id); });
    if (kind == kinds::post_edit)
        return scene.is_ours(author) ? edit_post(scene, post) : Outcome{EventState::refused, "authority"};
    if (kind == kinds::post_delete || kind == kinds::moderate_delete) {
        if (kind == kinds::post_delete && !scene.is_ours(author)) return {EventState::refused, "authority"};
        posts_.remove(actor, post.id);
        return {};
    }
    if (kind == kinds::pin_set || kind == kinds::pin_clear) {
        posts_.set_pinned(actor, post.id, kind == kinds::pin_set);
        return {};
    }
    if (kind == kinds::ack_set || kind == kinds::ack_clear) {
        if (kind == kinds::ack_set)
            posts_.acknowledge(actor.user_id, post.id);
        else
            posts_.unacknowledge(actor.user_id, post.id);
        return {};
    }
    if (kind == kinds::react_set || kind == kinds::react_clear) {
        Reaction reaction;
        reaction.user_id = actor.user_id;
        reaction.post_id = post.id;
        reaction.emoji_name = parse_json<MarkBody>(scene.event.body, "mark").emoji.value_or("");
        if (kind == kinds::react_set)
            reactions_.add(actor, reaction);
        else
            reactions_.remove(actor, reaction);
        return {};
    }
    return {EventState::refused, "kind"};
}

Applier::Outcome Applier::upsert_user(const Scene& scene) {
    const auto body = parse_json<UserBody>(scene.event.body, "user");
    if (body.user.empty() || body.user != scene.header.actor || !is_name(body.username))
        return {EventState::refused, "body"};
    db_.transact([&](storage::Tx& tx) {
        storage::UserTable table(tx);
        const auto before = table.find(body.user);
        if (before && !scene.is_ours(before)) throw Error(Fault::conflict, "id_conflict");
        User user = before.value_or(User());
        user.id = body.user;
        user.username = body.username + ":" + scene.partner_name;
        user.first_name = cut(body.first_name, longest_person_name);
        user.last_name = cut(body.last_name, longest_person_name);
        user.nickname = cut(body.nickname, longest_person_name);
        user.position = cut(body.position.value_or(""), longest_position);
        user.update_at = tx.now();
        if (before) {
            table.update(user);
            tx.emit(UserUpdated{user, *before, {}});
            return;
        }
        user.create_at = tx.now();
        user.roles = "system_user";
        user.locale = "en";
        user.auth_service = service;
        user.remote_id = scene.event.origin.text();
        user.is_bot = body.is_bot ? std::optional(true) : std::nullopt;
        user.props.emplace();
        (*user.props)["origin_username"] = body.username;
        user.notify_props.emplace();
        if (table.by_username(user.username)) throw Error(Fault::conflict, "name_conflict");
        table.insert(user, {});
        tx.emit(UserCreated{user, {}});
    });
    return {};
}

Applier::Outcome Applier::move_member(const Scene& scene) {
    if (scene.header.target != id_as<AnyId>(scene.header.actor)) return {EventState::refused, "authority"};
    db_.transact([&](storage::Tx& tx) {
        const auto channel = *storage::ChannelTable(tx).lock(scene.event.channel_id);
        const auto who = messaging::party_of(*scene.actor);
        if (scene.header.kind == kinds::member_join) {
            if (messaging::enter_channel(tx, channel, who, who, false))
                messaging::tell_entered(tx, channel, who, who);
        } else if (messaging::leave_channel(tx, channel, who, who)) {
            messaging::tell_left(tx, channel, who, who);
        }
    });
    return {};
}

// By the home; whose person it is says that they have left, and everybody hears the same.
Applier::Outcome Applier::remove_member(const Scene& scene) {
    db_.transact([&](storage::Tx& tx) {
        const auto channel = *storage::ChannelTable(tx).lock(scene.event.channel_id);
        const auto user = storage::UserTable(tx).find(id_as<UserId>(scene.header.target));
        if (!user) return;
        const auto who = messaging::party_of(*user);
        const auto by = scene.actor ? messaging::party_of(*scene.actor) : who;
        if (messaging::leave_channel(tx, channel, who, by)) messaging::tell_left(tx, channel, who, by);
    });
    return {};
}

Applier::Outcome Applier::update_channel(const Scene& scene) {
    const auto body = parse_json<ChannelBody>(scene.event.body, "channel");
    db_.transact([&](storage::Tx& tx) {
        storage::ChannelTable table(tx);
        const auto before = *table.lock(scene.event.channel_id);
        auto after = before;
        after.display_name = messaging::visible_text(body.display_name);
        after.header = body.header;
        after.purpose = body.purpose;
        messaging::check_channel(after);
        after.update_at = std::max(tx.now(), before.update_at + 1);
        table.update(after);
        tx.emit(ChannelUpdated{after, before, scene.header.actor});
    });
    return {};
}

}  // namespace concordat::federation
