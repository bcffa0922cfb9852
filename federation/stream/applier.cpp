#include "federation/stream/applier.hpp"

#include <pthread.h>

#include <algorithm>

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "core/model/facts.hpp"
#include "messaging/conversation/joining.hpp"
#include "messaging/conversation/names.hpp"
#include "messaging/notify/message_references.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/federation.hpp"
#include "storage/tables/posts.hpp"
#include "storage/tables/users.hpp"

namespace concordat::federation {
namespace {

constexpr std::int64_t events_at_a_time = 128, waiting_at_a_time = 16;
constexpr std::int64_t bytes_at_a_time = 8 << 20;  // of bodies
constexpr std::chrono::milliseconds look_again{1000}, after_failure{2000};
constexpr std::chrono::seconds give_up_every{60};
constexpr std::size_t longest_user_name = 64, longest_person_name = 64, longest_position = 128;
constexpr const char* service = "federation";

std::string cut(const std::string& text, std::size_t runes) {
    return messaging::visible_text(rune_prefix(text, runes));
}

bool is_new_post(const std::string& kind) {
    return kind == kinds::post_create || kind == kinds::post_history;
}

bool is_name(const std::string& name) {
    return !name.empty() && name.size() <= longest_user_name &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-_:") == name.npos;
}

}  // namespace

// A stream, and what is known of where it plays, for a short run of its events.
struct Applier::Scene {
    storage::Database& db;
    Stream stream;
    std::optional<Share> share;
    std::optional<Channel> channel;  // a conversation gets its own with the first who comes in
    std::string partner_name;        // of the origin, here; "" when it is nobody who may speak
    PartnerFiles::Source files;
    bool is_revoked = false, is_read_only = false;
    std::string closed;        // why nothing of a conversation is shown
    bool is_home = false;      // the origin is the channel's home
    bool has_waiting = false;  // something in the channel waits for its target
    std::map<UserId, std::optional<User>> users;
    std::optional<std::int64_t> waiting;  // events of the origin that wait, once somebody asks

    const std::optional<User>& user(const UserId& id) {
        auto at = users.find(id);
        if (at == users.end())
            at = users.emplace(id, db.read([&](storage::Tx& tx) { return storage::UserTable(tx).find(id); }))
                     .first;
        return at->second;
    }
    bool is_of_origin(const std::optional<User>& user) const {
        return user && user->remote_id && *user->remote_id == stream.origin.text();
    }
    bool is_conversation() const { return share && share->details.is_conversation(); }
    // Why an event of the stream is not shown now; "" when it is.
    std::string obstacle(const std::string& kind) const {
        if (is_revoked) return "revoked";
        const bool opens = is_conversation() && (kind == kinds::user_upsert || kind == kinds::member_join);
        if ((!channel && !opens) || partner_name.empty()) return "not_shared";
        if (opens) return "";  // it is said once, and nothing is written by it
        return is_read_only ? "policy" : closed;
    }
    bool may_speak(const UserId& user) const {
        return !is_conversation() || takes_part(share->details, user);
    }
};

// One event of it.
struct Applier::Turn {
    Scene& scene;
    const StoredEvent& event;
    EventHeader header;
    std::optional<User> actor;

    Turn(Scene& scene, const StoredEvent& event)
        : scene(scene),
          event(event),
          header(decode_header(event.header)),
          actor(header.actor.empty() ? std::nullopt : scene.user(header.actor)) {}
    Actor as_actor() const {
        Actor out;
        out.user_id = header.actor;
        if (actor) out.username = actor->username;
        out.roles = {"system_user"};
        out.is_remote = true;
        return out;
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
    auto given_up_at = std::chrono::steady_clock::now();
    while (!is_stopping_) {
        std::chrono::milliseconds pause = look_again;
        try {
            if (std::chrono::steady_clock::now() - given_up_at > give_up_every) {
                give_up_waiting();
                given_up_at = std::chrono::steady_clock::now();
            }
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
    const auto own = own_.id();  // made when it is first needed, and not inside a transaction
    const auto streams = db_.read([&](storage::Tx& tx) { return storage::StreamTable(tx).behind(own); });
    bool any = false;
    for (const auto& stream : streams) any |= apply_stream(stream);
    return any;
}

bool Applier::apply_stream(const Stream& stream) {
    auto events = db_.read([&](storage::Tx& tx) {
        return storage::StreamTable(tx).events(stream.origin, stream.channel_id, stream.applied_seq + 1,
                                               events_at_a_time, bytes_at_a_time);
    });
    if (events.empty()) return false;
    auto scene = scene_of(stream);
    std::size_t done = 0;
    while (done < events.size() && !is_stopping_) done += apply_some(scene, events, done);
    if (done == 0) return false;
    const storage::Database::Relaxed relaxed;  // after a crash they are applied again
    db_.transact([&](storage::Tx& tx) {
        storage::StreamTable(tx).set_applied(stream.origin, stream.channel_id, events[done - 1].seq);
    });
    return true;
}

Applier::Scene Applier::scene_of(const Stream& stream) {
    Scene scene{db_, stream, {}, {}, {}, {}, false, false, {}, false, false, {}, {}};
    scene.files.origin = stream.origin;
    scene.files.channel = stream.channel_id;
    db_.read([&](storage::Tx& tx) {
        storage::PartnerTable partners(tx);
        const auto share = storage::ShareTable(tx).find(stream.channel_id);
        if (!share || share->state != "joined") return;
        scene.share = share;
        scene.is_home = share->home == stream.origin;
        if (share->details.is_conversation())
            scene.closed = conversations_.obstacle_for_shown(tx, share->details);
        scene.channel = storage::ChannelTable(tx).find(stream.channel_id);
        scene.has_waiting = storage::StreamTable(tx).has_waiting(stream.channel_id);
        const auto home = partners.find(share->home);
        scene.files.partner = share->is_home ? stream.origin : share->home;
        if (home && share->home != stream.origin) scene.files.policies.push_back(home->policy);
        scene.is_revoked = home && home->state == "revoked";
        if (const auto partner = partners.find(stream.origin)) {
            scene.is_revoked |= partner->state == "revoked";
            scene.is_read_only = partner->policy.read_only;
            scene.partner_name = partner->name;
            scene.files.policies.push_back(partner->policy);
        } else if (!partners.key_of(stream.origin).empty()) {
            // Not paired with this organisation; the home vouches for it.
            scene.partner_name = stream.origin.text().substr(0, 8);
        }
    });
    return scene;
}

// Applies the event at this place, and those behind it that go together with it; how many.
std::size_t Applier::apply_some(Scene& scene, std::vector<StoredEvent>& events, std::size_t at) {
    const auto is_run_of_posts = [](const StoredEvent& e) {
        return e.state == EventState::received && is_new_post(e.kind);
    };
    std::size_t count = 1;
    std::vector<Outcome> outcomes;
    if (is_run_of_posts(events[at]) && scene.obstacle(kinds::post_create).empty()) {
        while (at + count < events.size() && is_run_of_posts(events[at + count])) ++count;
        outcomes = create_posts(scene, std::span(events).subspan(at, count));
    } else if (events[at].state == EventState::received) {
        outcomes.push_back(outcome_of(scene, events[at]));
    } else {
        return 1;  // settled when it came, or before a crash
    }
    std::vector<AnyId> made;
    for (std::size_t i = 0; i < count; ++i) {
        auto& event = events[at + i];
        settle(scene, event, outcomes[i]);
        if (event.state == EventState::applied && is_new_post(event.kind))
            made.push_back(id_as<AnyId>(parse_json<PostBody>(event.body, "post").post));
    }
    if (scene.has_waiting && !made.empty()) release(scene.stream.channel_id, std::move(made));
    return count;
}

void Applier::settle(Scene& scene, StoredEvent& event, Outcome outcome) {
    const bool was_waiting = event.state == EventState::waiting;
    if (outcome.state == EventState::waiting) {
        if (!scene.waiting)
            scene.waiting = db_.read(
                [&](storage::Tx& tx) { return storage::StreamTable(tx).waiting_count(event.origin); });
        if (++*scene.waiting > most_waiting) outcome = {EventState::refused, "too_many_waiting"};
        scene.has_waiting = true;
    }
    event.state = outcome.state;
    event.reason = outcome.reason;
    if (event.state == EventState::applied && !was_waiting) return;  // applied_seq says so
    const storage::Database::Relaxed relaxed;  // it is settled again after a crash, alike
    db_.transact([&](storage::Tx& tx) { storage::StreamTable(tx).set_state(event); });
    if (event.state != EventState::refused) return;
    log_warn("something that a partner said is not shown", {{"origin", event.origin.text()},
                                                            {"channel", event.channel_id.text()},
                                                            {"seq", event.seq},
                                                            {"kind", event.kind},
                                                            {"reason", event.reason}});
    refused_(event);
}

// What waited for these posts, and for those that come of it.
void Applier::release(const ChannelId& channel, std::vector<AnyId> targets) {
    while (!targets.empty() && !is_stopping_) {
        auto waiting = db_.read([&](storage::Tx& tx) {
            return storage::StreamTable(tx).waiting(channel, targets, waiting_at_a_time);
        });
        std::vector<AnyId> made;
        std::size_t settled = 0;
        for (auto& event : waiting) {
            auto scene = scene_of({event.origin, event.channel_id, 0, {}, 0, {}});
            const auto outcome = outcome_of(scene, event);
            if (outcome.state == EventState::waiting) continue;
            settle(scene, event, outcome);
            ++settled;
            if (event.state == EventState::applied && is_new_post(event.kind))
                made.push_back(id_as<AnyId>(parse_json<PostBody>(event.body, "post").post));
        }
        targets.insert(targets.end(), made.begin(), made.end());
        if (settled == 0) return;
    }
}

void Applier::give_up_waiting() {
    auto late = db_.read([&](storage::Tx& tx) {
        return storage::StreamTable(tx).waiting_since(db_.now() - longest_wait, waiting_at_a_time);
    });
    for (auto& event : late) {
        auto scene = scene_of({event.origin, event.channel_id, 0, {}, 0, {}});
        settle(scene, event, {EventState::refused, "target_gone"});
    }
}

Applier::Outcome Applier::outcome_of(Scene& scene, const StoredEvent& event) {
    if (const auto obstacle = scene.obstacle(event.kind); !obstacle.empty())
        return {EventState::refused, obstacle};
    try {
        return dispatch(Turn(scene, event));
    } catch (const Error& e) {
        if (e.fault() == Fault::unavailable || e.fault() == Fault::internal) throw;
        return {EventState::refused, e.id()};  // a rule of the conversation: the stream goes on
    }
}

// A run of new posts.
std::vector<Applier::Outcome> Applier::create_posts(Scene& scene, std::span<const StoredEvent> events) {
    std::vector<Outcome> out(events.size());
    std::vector<messaging::PostFromElsewhere> posts;
    std::vector<std::size_t> places;
    std::vector<std::vector<PartnerFile>> files;  // of each post
    const auto write = [&] {
        auto made = posts_.create_from_elsewhere(posts);
        for (std::size_t i = 0; i < made.size(); ++i) {
            const auto& asked = posts[i];
            const auto& post = made[i].post;
            if (made[i].refusal)
                out[places[i]] = {EventState::refused, made[i].refusal->id()};
            else if (post.id != asked.written.id || post.user_id != asked.author.user_id ||
                     post.channel_id != scene.stream.channel_id)
                out[places[i]] = {EventState::refused, "id_conflict"};
            else
                files_.expect(files[i]);
        }
        posts.clear();
        places.clear();
        files.clear();
    };
    for (std::size_t i = 0; i < events.size(); ++i) {
        try {
            const Turn turn(scene, events[i]);
            const auto body = parse_json<PostBody>(events[i].body, "post");
            if (!body.root.empty()) write();  // it may be one of these
            out[i] = check_new(turn, body);
            if (out[i].state != EventState::applied) continue;
            auto judged = files_.judge(scene.files, body.post, body.files);
            posts.push_back(post_in(turn, body, judged));
            places.push_back(i);
            files.push_back(std::move(judged));
        } catch (const Error& e) {
            if (e.fault() == Fault::unavailable || e.fault() == Fault::internal) throw;
            out[i] = {EventState::refused, e.id()};
        }
    }
    write();
    return out;
}

// Whether a new post may be made; "applied" when it may.
Applier::Outcome Applier::check_new(const Turn& turn, const PostBody& body) {
    if (!turn.scene.is_of_origin(turn.actor) || !turn.scene.may_speak(turn.header.actor))
        return {EventState::refused, "authority"};
    if (turn.scene.channel->delete_at > 0) return {EventState::refused, "archived"};
    if (turn.header.kind == kinds::post_history) {
        if (!turn.scene.is_home || turn.scene.is_conversation()) return {EventState::refused, "authority"};
        if (!body.past || body.past->reactions.size() > most_past_reactions)
            return {EventState::refused, "body"};
        for (const auto& reaction : body.past->reactions) {
            if (!turn.scene.is_of_origin(turn.scene.user(reaction.user)))
                return {EventState::refused, "authority"};
            if (!messaging::is_emoji_name(reaction.emoji)) return {EventState::refused, "body"};
        }
    }
    if (body.post.empty() || turn.header.target != id_as<AnyId>(body.root))
        return {EventState::refused, "body"};
    if (body.root.empty()) return {};
    const auto root = db_.read([&](storage::Tx& tx) { return storage::PostTable(tx).find(body.root); });
    if (!root) return {EventState::waiting, {}};
    if (root->delete_at > 0) return {EventState::refused, "target_gone"};
    return {};
}

messaging::PostFromElsewhere Applier::post_in(const Turn& turn, const PostBody& body,
                                              const std::vector<PartnerFile>& files) {
    messaging::PostFromElsewhere out{turn.as_actor(), {}, {body.post, body.create_at, body.mentions}};
    out.post.channel_id = turn.event.channel_id;
    out.post.root_id = body.root;
    out.post.type = body.type;
    out.post.message = shown_text(turn, body);
    out.post.props = body.props;
    PartnerFiles::note(files, out.post.props);
    if (body.priority) out.post.metadata.emplace().priority = *body.priority;
    const auto now = db_.now();
    if (body.create_at <= 0 || body.create_at > now + most_ahead) out.written.create_at = now;
    if (turn.header.kind != kinds::post_history) return out;
    auto& before = out.written.before.emplace();
    out.written.mentions.clear();
    before.edit_at = std::clamp<Millis>(body.past->edit_at, 0, now);
    before.is_pinned = body.past->is_pinned;
    for (const auto& said : body.past->reactions) {
        Reaction reaction;
        reaction.user_id = said.user;
        reaction.emoji_name = reaction_name(turn, said.emoji, said.of);
        reaction.create_at = std::clamp<Millis>(said.at, 1, now);
        before.reactions.push_back(std::move(reaction));
    }
    return out;
}

Applier::Outcome Applier::dispatch(const Turn& turn) {
    auto& scene = turn.scene;
    const auto& kind = turn.header.kind;
    if (kind == kinds::user_upsert) return upsert_user(turn);
    if (is_new_post(kind)) return create_posts(scene, {&turn.event, 1})[0];
    const bool is_of_home =
        kind == kinds::channel_update || kind == kinds::moderate_delete || kind == kinds::moderate_remove;
    // A home's operator has no account, and so is nobody.
    const bool is_operator = is_of_home && turn.header.actor.empty();
    if ((is_of_home && !scene.is_home) || (!is_operator && !scene.is_of_origin(turn.actor)))
        return {EventState::refused, "authority"};
    if (scene.is_conversation()) {
        if (is_of_home || kind == kinds::member_leave || !scene.may_speak(turn.header.actor))
            return {EventState::refused, "authority"};
        if (kind == kinds::member_join) return enter_conversation(turn);
    }
    if (kind == kinds::emoji_set || kind == kinds::emoji_clear) return take_emoji(turn);
    if (kind == kinds::member_join || kind == kinds::member_leave) return move_member(turn);
    if (kind == kinds::moderate_remove) return remove_member(turn);
    if (kind == kinds::channel_update) return update_channel(turn);
    if (scene.channel->delete_at > 0) return {EventState::refused, "archived"};
    const auto post = db_.read(
        [&](storage::Tx& tx) { return storage::PostTable(tx).find(id_as<PostId>(turn.header.target)); });
    if (!post) return {EventState::waiting, {}};
    if (post->channel_id != turn.event.channel_id || !post->original_id.empty())
        return {EventState::refused, "authority"};
    if (post->delete_at > 0) return {};
    return change_post(turn, *post);
}

Applier::Outcome Applier::edit_post(const Turn& turn, const Post& post) {
    const auto body = parse_json<PostBody>(turn.event.body, "post");
    const auto judged = files_.judge(turn.scene.files, post.id, body.files);
    const auto text = shown_text(turn, body);
    posts_.edit_from_elsewhere(turn.as_actor(), post.id, [&](Post& p) {
        p.message = text;
        p.props = body.props;
        files_.change(p, judged);
    });
    return {};
}

// A post that is there and live, of this channel.
Applier::Outcome Applier::change_post(const Turn& turn, const Post& post) {
    const auto& kind = turn.header.kind;
    const auto actor = turn.as_actor();
    const auto author = db_.read([&](storage::Tx& tx) { return storage::UserTable(tx).find(post.user_id); });
    if (kind == kinds::post_edit)
        return turn.scene.is_of_origin(author) ? edit_post(turn, post)
                                               : Outcome{EventState::refused, "authority"};
    if (kind == kinds::post_delete || kind == kinds::moderate_delete) {
        if (kind == kinds::post_delete && !turn.scene.is_of_origin(author))
            return {EventState::refused, "authority"};
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
        const auto body = parse_json<MarkBody>(turn.event.body, "mark");
        reaction.emoji_name = reaction_name(turn, body.emoji.value_or(""), body.of);
        if (kind == kinds::react_set)
            reactions_.add(actor, reaction);
        else
            reactions_.remove(actor, reaction);
        return {};
    }
    return {EventState::refused, "kind"};
}

std::string Applier::shown_text(const Turn& turn, const PostBody& body) {
    if (!body.emoji) return body.message;
    return emoji_.shown(body.message, *body.emoji, turn.event.origin, turn.scene.partner_name);
}

std::string Applier::reaction_name(const Turn& turn, const std::string& emoji,
                                   const std::optional<OrganisationId>& of) {
    return of ? emoji_.name_of({emoji, emoji, *of}, turn.event.origin, turn.scene.partner_name) : emoji;
}

Applier::Outcome Applier::take_emoji(const Turn& turn) {
    const auto body = parse_json<EmojiBody>(turn.event.body, "emoji");
    if (turn.header.kind == kinds::emoji_clear) {
        emoji_.remove(turn.event.origin, body.emoji);
        return {};
    }
    if (!std::ranges::all_of(turn.scene.files.policies, &PartnerPolicy::emoji))
        return {EventState::refused, "emoji_off"};
    auto why = emoji_.take(turn.event.origin, turn.scene.partner_name, turn.header.actor, body);
    return why.empty() ? Outcome{} : Outcome{EventState::refused, std::move(why)};
}

Applier::Outcome Applier::upsert_user(const Turn& turn) {
    const auto body = parse_json<UserBody>(turn.event.body, "user");
    if (body.user.empty() || body.user != turn.header.actor || !is_name(body.username))
        return {EventState::refused, "body"};
    db_.transact([&](storage::Tx& tx) {
        storage::UserTable table(tx);
        const auto before = table.find(body.user);
        if (before && !turn.scene.is_of_origin(before)) throw Error(Fault::conflict, "id_conflict");
        User user = before.value_or(User());
        user.id = body.user;
        user.username = body.username + ":" + turn.scene.partner_name;
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
        user.remote_id = turn.event.origin.text();
        user.is_bot = body.is_bot ? std::optional(true) : std::nullopt;
        user.props.emplace();
        (*user.props)["origin_username"] = body.username;
        user.notify_props.emplace();
        if (table.by_username(user.username)) throw Error(Fault::conflict, "name_conflict");
        table.insert(user, {});
        tx.emit(UserCreated{user, {}});
    });
    turn.scene.users.erase(body.user);
    return {};
}

Applier::Outcome Applier::move_member(const Turn& turn) {
    if (turn.header.target != id_as<AnyId>(turn.header.actor)) return {EventState::refused, "authority"};
    db_.transact([&](storage::Tx& tx) {
        const auto channel = *storage::ChannelTable(tx).lock(turn.event.channel_id);
        const auto who = messaging::party_of(*turn.actor);
        if (turn.header.kind == kinds::member_join) {
            if (messaging::enter_channel(tx, channel, who, who, false))
                messaging::tell_entered(tx, channel, who, who);
        } else if (messaging::leave_channel(tx, channel, who, who)) {
            messaging::tell_left(tx, channel, who, who);
        }
    });
    return {};
}

Applier::Outcome Applier::enter_conversation(const Turn& turn) {
    if (turn.header.target != id_as<AnyId>(turn.header.actor)) return {EventState::refused, "authority"};
    turn.scene.channel = db_.transact(
        [&](storage::Tx& tx) { return conversations_.enter(tx, *turn.scene.share, *turn.actor); });
    return {};
}

// By the home; whose person it is says that they have left, and everybody hears the same.
Applier::Outcome Applier::remove_member(const Turn& turn) {
    db_.transact([&](storage::Tx& tx) {
        const auto channel = *storage::ChannelTable(tx).lock(turn.event.channel_id);
        const auto user = storage::UserTable(tx).find(id_as<UserId>(turn.header.target));
        if (!user) return;
        const auto who = messaging::party_of(*user);
        const auto by = turn.actor ? messaging::party_of(*turn.actor) : who;
        if (messaging::leave_channel(tx, channel, who, by)) messaging::tell_left(tx, channel, who, by);
    });
    return {};
}

Applier::Outcome Applier::update_channel(const Turn& turn) {
    const auto body = parse_json<ChannelBody>(turn.event.body, "channel");
    db_.transact([&](storage::Tx& tx) {
        storage::ChannelTable table(tx);
        const auto before = *table.lock(turn.event.channel_id);
        auto after = before;
        after.display_name = messaging::visible_text(body.display_name);
        after.header = body.header;
        after.purpose = body.purpose;
        messaging::check_channel(after);
        after.update_at = std::max(tx.now(), before.update_at + 1);
        table.update(after);
        tx.emit(ChannelUpdated{after, before, turn.header.actor});
    });
    return {};
}

}  // namespace concordat::federation
