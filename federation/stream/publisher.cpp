#include "federation/stream/publisher.hpp"

#include <pthread.h>

#include <algorithm>
#include <set>

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "messaging/notify/message_references.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/federation.hpp"
#include "storage/tables/posts.hpp"
#include "storage/tables/system.hpp"
#include "storage/tables/users.hpp"

namespace concordat::federation {
namespace {

constexpr int facts_at_a_time = 500;
constexpr std::int64_t most_unwritten = 5000;  // facts that had nothing to tell, read again after a crash
constexpr std::chrono::milliseconds first_pause{2}, longest_pause{250}, failure_pause{2000};

storage::Position position_in(const std::string& text) {
    const auto words = split_words(text);
    if (words.size() != 2)
        throw Error(Fault::internal, "federation.position",
                    "The publisher's place in the journal is damaged.");
    return {words[0], std::stoll(words[1])};
}

std::string text_of_position(const storage::Position& p) {
    return p.tx + " " + std::to_string(p.seq);
}

std::string mark() {
    return json_text(MarkBody{fresh_salt(), {}, {}});
}

// Props that mean something to people elsewhere.
json::object told_props(json::object props) {
    for (const char* own : {"channel_mentions", "add_channel_member", "previewed_post", "deleteBy"})
        props.erase(own);
    return props;
}

}  // namespace

struct Publisher::Round {
    storage::Tx& tx;
    // Of these it was asked; nothing when this organisation takes no part.
    std::map<ChannelId, std::optional<Share>> shares{};
    std::map<ChannelId, std::optional<ShareHistory>> histories{};
    std::set<ChannelId> started{};                    // streams, in this round
    bool has_begun = false;                           // a conversation
    std::map<OrganisationId, bool> positions_told{};  // by home: whether profiles say positions there
    std::map<ChannelId, std::vector<NewEvent>> news{};
    std::map<UserId, std::optional<User>> users{};
    std::set<std::pair<ChannelId, UserId>> introduced{};  // in this round
    PartnerFiles::KeptBack kept_back{};

    const User* user(const UserId& id) {
        auto at = users.find(id);
        if (at == users.end()) at = users.emplace(id, storage::UserTable(tx).find(id)).first;
        return at->second ? &*at->second : nullptr;
    }
    // Nothing unless the person belongs to this organisation.
    const User* own_user(const UserId& id) {
        const auto* found = id.empty() ? nullptr : user(id);
        return found && !found->remote_id ? found : nullptr;
    }
    bool tells_positions(const ChannelId& channel) {
        const auto& share = *this->share(channel);
        if (share.is_home) return false;  // several partners get the same stream
        auto at = positions_told.find(share.home);
        if (at == positions_told.end()) {
            const auto home = storage::PartnerTable(tx).find(share.home);
            at = positions_told.emplace(share.home, home && home->policy.positions).first;
        }
        return at->second;
    }
    // Who gets what is said there first; a home passes it on.
    std::vector<Partner> receivers(const ChannelId& channel) {
        const auto& share = *this->share(channel);
        storage::PartnerTable partners(tx);
        std::vector<Partner> out;
        if (!share.is_home) {
            if (auto home = partners.find(share.home)) out.push_back(std::move(*home));
            return out;
        }
        for (const auto& p : storage::ShareTable(tx).partners(channel))
            if (p.state != "ended")
                if (auto partner = partners.find(p.partner_id)) out.push_back(std::move(*partner));
        return out;
    }
    void look_up(const std::vector<storage::Fact>& facts) {
        std::vector<ChannelId> channels;
        for (const auto& fact : facts)
            if (shares.try_emplace(ChannelId(fact.scope)).second) channels.emplace_back(fact.scope);
        for (auto& share : storage::ShareTable(tx).joined(channels))
            shares[share.channel_id] = std::move(share);
    }
    const std::optional<ShareHistory>& history(const ChannelId& id) {
        auto at = histories.find(id);
        if (at == histories.end()) at = histories.emplace(id, storage::ShareTable(tx).history(id)).first;
        return at->second;
    }
    const Share* share(const ChannelId& id) {
        auto at = shares.find(id);
        if (at == shares.end()) {
            at = shares.try_emplace(id).first;
            for (auto& share : storage::ShareTable(tx).joined({id})) at->second = std::move(share);
        }
        return at->second ? &*at->second : nullptr;
    }
    bool has_stream(const OrganisationId& own, const ChannelId& id) {
        if (started.contains(id)) return true;
        const auto stream = storage::StreamTable(tx).find(own, id);
        return stream && stream->next_seq > 1;
    }
};

void Publisher::start() {
    is_stopping_ = false;
    thread_ = std::thread([this] { serve(); });
}

void Publisher::stop() {
    {
        std::lock_guard guard(mutex_);
        is_stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Publisher::wake() {
    {
        std::lock_guard guard(mutex_);
        is_woken_ = true;
    }
    wake_.notify_all();
}

void Publisher::look_at_shares() {
    may_begin_ = true;
    has_history_ = true;
    wake();
}

void Publisher::serve() {
    pthread_setname_np(pthread_self(), "fed-publish");
    // A fact is held back while an older transaction runs, which may end without a word.
    auto pause = first_pause;
    while (!is_stopping_) {
        try {
            if (publish()) continue;
        } catch (const Error& e) {  // comes again
            log_error("what happened in shared channels could not be told to partners yet",
                      {{"id", e.id()}, {"reason", e.text()}, {"detail", e.detail()}});
            pause = failure_pause;
        }
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, pause, [&] { return is_stopping_ || is_woken_; });
        pause = is_woken_ ? first_pause : std::min(2 * pause, longest_pause);
        is_woken_ = false;
    }
}

bool Publisher::publish() {
    const auto stored =
        db_.read([](storage::Tx& tx) { return storage::SystemTable(tx).find(position_name); });
    if (!stored) return false;
    if (*stored != stored_) {
        stored_ = *stored;
        reached_ = position_in(stored_);
        unwritten_ = 0;
    }
    storage::Position reached;
    const auto facts = journal_.after(reached_, facts_at_a_time, reached);
    const bool may_begin = may_begin_.exchange(false);
    if (!facts.empty() || may_begin) {
        try {
            say(facts, reached, may_begin);
        } catch (const Error&) {
            if (may_begin) may_begin_ = true;
            throw;
        }
    }
    return say_history() || !facts.empty();
}

// The next few messages. False when there are none.
bool Publisher::say_history() {
    if (!has_history_.exchange(false)) return false;
    bool has_said = false, is_written = false;
    PartnerFiles::KeptBack kept_back;
    try {
        const auto step = history_.next();
        if (!step) return false;
        has_history_ = true;
        const auto channel = step->before.channel_id;
        db_.transact([&](storage::Tx& tx) {
            storage::ShareTable shares(tx);
            const auto now = shares.lock_history(channel);
            // Shared with one more meanwhile: it begins anew.
            if (!now || now->root_id != step->before.root_id || now->reply_id != step->before.reply_id ||
                now->from_at != step->before.from_at || now->upto_at != step->before.upto_at)
                return;
            Round round{tx};
            if (round.share(channel)) {
                for (const auto& [post, root_at, past] : step->told) {
                    introduce(round, channel, *round.user(post.user_id), tx.now());
                    for (const auto& reaction : past.reactions)
                        introduce(round, channel, *round.user(reaction.user), tx.now());
                    add_post(round, post, {}, kinds::post_history, root_at, past);
                }
                for (const auto& [where, news] : round.news) append(tx, where, news);
            }
            shares.put(step->after);
            // What was passed over, since its turn was still to come, is not told after a crash either.
            storage::SystemTable(tx).put(position_name, text_of_position(reached_));
            is_written = true;
            has_said = !round.news.empty();
            kept_back = std::move(round.kept_back);
        });
    } catch (const Error&) {
        has_history_ = true;
        throw;
    }
    if (is_written) {
        stored_ = text_of_position(reached_);
        unwritten_ = 0;
    }
    if (has_said) said_();
    files_.tell_authors(kept_back);
    return true;
}

// Whether what happened shows by itself, since the message that it happened to is still to be told as it is
// then.
bool Publisher::waits_for_history(Round& round, const storage::Fact& fact) {
    const auto& history = round.history(ChannelId(fact.scope));
    if (!history || history->done_at > 0) return false;
    const auto waits = [&](const Post& post) {
        return round.own_user(post.user_id) && History::waits(round.tx, *history, post);
    };
    const auto waits_by_id = [&](const PostId& id) {
        const auto found = storage::PostTable(round.tx).find(std::vector{id});
        return !found.empty() && waits(found[0]);
    };
    if (fact.is<PostCreated>()) return waits(fact.as<PostCreated>().post);
    if (fact.is<PostEdited>()) return waits(fact.as<PostEdited>().post);
    if (fact.is<PostDeleted>()) return waits(fact.as<PostDeleted>().post);
    if (fact.is<PostTouched>()) return waits(fact.as<PostTouched>().post);
    if (fact.is<ReactionAdded>()) return waits_by_id(fact.as<ReactionAdded>().reaction.post_id);
    if (fact.is<ReactionRemoved>()) return waits_by_id(fact.as<ReactionRemoved>().reaction.post_id);
    return false;
}

void Publisher::say(const std::vector<storage::Fact>& facts, const storage::Position& reached,
                    bool may_begin) {
    unwritten_ += static_cast<std::int64_t>(facts.size());
    bool has_said = false, has_begun = false;
    std::string written;
    PartnerFiles::KeptBack kept_back;
    db_.transact([&](storage::Tx& tx) {
        Round round{tx};
        if (!storage::ShareTable(tx).has_joined()) {  // it rests, and begins where the next share says
            storage::SystemTable(tx).remove(position_name);
            return;
        }
        if (may_begin) begin_streams(round);
        round.look_up(facts);
        for (const auto& fact : facts) take(round, fact);
        for (const auto& [channel, news] : round.news) append(tx, channel, news);
        has_said = !round.news.empty();
        has_begun = round.has_begun;
        kept_back = std::move(round.kept_back);
        if (!has_said && unwritten_ < most_unwritten) return;
        written = text_of_position(reached);
        storage::SystemTable(tx).put(position_name, written);
    });
    reached_ = reached;
    if (!written.empty()) {
        stored_ = written;
        unwritten_ = 0;
    }
    if (has_begun) begun_();
    if (has_said) said_();
    files_.tell_authors(kept_back);
}

void Publisher::begin_streams(Round& round) {
    for (auto& share : storage::ShareTable(round.tx).joined()) {
        const auto channel = share.channel_id;
        // A conversation is begun by its first message, or by whoever has offered it.
        const bool waits = share.details.is_conversation() && share.is_home;
        round.shares[channel] = std::move(share);
        if (!waits && !round.has_stream(own_.id(), channel)) begin_stream(round, channel);
    }
}

// The first thing in a stream is who is there.
void Publisher::begin_stream(Round& round, const ChannelId& channel) {
    round.started.insert(channel);
    const auto& details = round.share(channel)->details;
    std::vector<UserId> ids;
    if (details.is_conversation())
        for (const auto& person : details.people) ids.push_back(person.user);
    else
        ids = storage::ChannelMemberTable(round.tx).user_ids(channel);
    if (ids.size() > most_members_told) {
        log_warn("a shared channel has more members than partners are told of",
                 {{"channel", channel.text()}, {"members", static_cast<std::int64_t>(ids.size())}});
        ids.resize(most_members_told);
    }
    for (auto& user : storage::UserTable(round.tx).find(ids)) {
        if (user.remote_id) continue;
        introduce(round, channel, user, round.tx.now());
        add(round, channel, kinds::member_join, user.id, id_as<AnyId>(user.id), mark(), round.tx.now());
    }
}

void Publisher::add(Round& round, const ChannelId& channel, const char* kind, const UserId& actor,
                    const AnyId& target, const std::string& body, Millis at) {
    if (body.size() > longest_body) {
        log_error("something is too long to be told to partners",
                  {{"kind", kind}, {"channel", channel.text()}, {"target", target.text()}});
        return;
    }
    round.news[channel].push_back({kind, actor, target, at, body});
}

void Publisher::introduce(Round& round, const ChannelId& channel, const User& user, Millis at) {
    if (!round.introduced.emplace(channel, user.id).second) return;
    storage::StreamTable streams(round.tx);
    if (streams.is_announced(channel, user.id, user.update_at)) return;
    streams.announce(channel, user.id, user.update_at);
    UserBody body{fresh_salt(),   user.id,       user.username, user.first_name,
                  user.last_name, user.nickname, std::nullopt,  user.is_bot.value_or(false)};
    if (round.tells_positions(channel)) body.position = user.position;
    add(round, channel, kinds::user_upsert, user.id, {}, json_text(body), at);
}

void Publisher::add_post(Round& round, const Post& post, const std::vector<UserId>& mentions,
                         const char* kind, Millis at, const std::optional<PostPast>& past) {
    PostBody body;
    body.past = past;
    body.salt = fresh_salt();
    body.post = post.id;
    body.root = post.root_id;
    body.type = post.type;
    body.message = post.message;
    body.props = told_props(post.props);
    body.create_at = post.create_at;
    if (post.metadata) body.priority = post.metadata->priority;
    for (const auto& id : mentions)
        if (const auto* named = round.user(id); named && named->remote_id) body.mentions.push_back(id);
    if (!post.file_ids.empty())
        body.files = files_.announce(round.tx, post, round.receivers(post.channel_id), round.kept_back);
    // Who wrote it was introduced before.
    if (auto uses =
            use_emoji(round, post.channel_id, messaging::emoji_names_in(post.message), post.user_id, at);
        !uses.empty())
        body.emoji = std::move(uses);
    if (body.past)
        for (auto& reaction : body.past->reactions)
            if (const auto uses = use_emoji(round, post.channel_id, {reaction.emoji}, post.user_id, at);
                !uses.empty()) {
                reaction.emoji = uses[0].name;
                reaction.of = uses[0].of;
            }
    const bool is_new = std::string_view(kind) != kinds::post_edit;
    add(round, post.channel_id, kind, post.user_id, id_as<AnyId>(is_new ? post.root_id : post.id),
        json_text(body), at);
}

std::vector<EmojiUse> Publisher::use_emoji(Round& round, const ChannelId& channel,
                                           const std::vector<std::string>& names, const UserId& by,
                                           Millis at) {
    auto uses = emoji_.uses(round.tx, names);
    for (const auto& body : emoji_.news(round.tx, channel, uses))
        add(round, channel, kinds::emoji_set, by, {}, json_text(body), at);
    return uses;
}

MarkBody Publisher::reaction_body(Round& round, const ChannelId& channel, const Reaction& reaction,
                                  Millis at) {
    MarkBody body{fresh_salt(), reaction.emoji_name, {}};
    const auto uses = use_emoji(round, channel, {reaction.emoji_name}, reaction.user_id, at);
    if (uses.empty()) return body;
    body.emoji = uses[0].name;
    body.of = uses[0].of;
    return body;
}

void Publisher::take_removed_emoji(Round& round, const Emoji& emoji, const UserId& by) {
    const auto* actor = round.own_user(by);
    if (!actor) actor = round.own_user(emoji.creator_id);
    if (!actor) return;  // another organisation's
    for (const auto& channel : storage::PartnerEmojiTable(round.tx).told_in(emoji.id)) {
        if (!round.share(channel)) continue;
        EmojiBody body;
        body.salt = fresh_salt();
        body.emoji = emoji.id;
        introduce(round, channel, *actor, round.tx.now());
        add(round, channel, kinds::emoji_clear, actor->id, {}, json_text(body), round.tx.now());
    }
}

void Publisher::take_profile(Round& round, const UserId& id) {
    const auto* user = round.own_user(id);
    if (!user) return;
    for (const auto& channel : storage::StreamTable(round.tx).announced_in(id))
        if (round.share(channel)) introduce(round, channel, *user, round.tx.now());
}

void Publisher::take(Round& round, const storage::Fact& fact) {
    if (fact.is<UserUpdated>()) return take_profile(round, fact.as<UserUpdated>().user.id);
    if (fact.is<EmojiRemoved>()) {
        const auto f = fact.as<EmojiRemoved>();
        return take_removed_emoji(round, f.emoji, f.actor_id);
    }
    const ChannelId channel(fact.scope);
    const auto* share = round.share(channel);
    if (!share) return;
    // Before it was shared. What was not committed yet when its turn in the history would have been, comes
    // now.
    if (fact.create_at < share->since) {
        const auto& history = round.history(channel);
        if (!history || history->upto_at < share->since) return;
    }
    const bool is_conversation = share->details.is_conversation();
    if (share->is_home && !is_conversation && waits_for_history(round, fact)) return;
    if (is_conversation && !round.has_stream(own_.id(), channel)) {
        if (!fact.is<PostCreated>() || !round.own_user(fact.as<PostCreated>().post.user_id)) return;
        begin_stream(round, channel);
        round.has_begun = true;
    }
    const auto at = fact.create_at;
    const auto told = [&](const UserId& actor, const char* kind, const AnyId& target,
                          const std::string& body) {
        const auto* user = round.own_user(actor);
        if (!user && !(actor.empty() && share->is_home)) return;  // somebody else's
        if (user) introduce(round, channel, *user, at);
        add(round, channel, kind, actor, target, body, at);
    };
    if (fact.is<PostCreated>()) {
        const auto f = fact.as<PostCreated>();
        const auto* author = round.own_user(f.post.user_id);
        if (!author || f.post.type.starts_with("system_")) return;
        introduce(round, channel, *author, at);
        add_post(round, f.post, f.mentions, kinds::post_create, at);
    } else if (fact.is<PostEdited>()) {
        const auto f = fact.as<PostEdited>();
        const auto* author = round.own_user(f.post.user_id);
        if (!author) return;
        introduce(round, channel, *author, at);
        add_post(round, f.post, {}, kinds::post_edit, at);
    } else if (fact.is<PostDeleted>()) {
        const auto f = fact.as<PostDeleted>();
        if (f.post.type.starts_with("system_")) return;
        const bool is_own = round.own_user(f.post.user_id);
        // The machine's operator is nobody: whose the post is speaks for them.
        const auto actor = f.actor_id.empty() && is_own ? f.post.user_id : f.actor_id;
        if (is_own || (share->is_home && !is_conversation))
            told(actor, is_own ? kinds::post_delete : kinds::moderate_delete, id_as<AnyId>(f.post.id),
                 mark());
    } else if (fact.is<PostTouched>()) {
        const auto f = fact.as<PostTouched>();
        if (f.what == "pinned" || f.what == "unpinned")
            told(f.actor_id, f.what == "pinned" ? kinds::pin_set : kinds::pin_clear, id_as<AnyId>(f.post.id),
                 mark());
    } else if (fact.is<ReactionAdded>() || fact.is<ReactionRemoved>()) {
        const bool is_set = fact.is<ReactionAdded>();
        const auto r = is_set ? fact.as<ReactionAdded>().reaction : fact.as<ReactionRemoved>().reaction;
        const auto* user = round.own_user(r.user_id);
        if (!user) return;
        introduce(round, channel, *user, at);
        told(r.user_id, is_set ? kinds::react_set : kinds::react_clear, id_as<AnyId>(r.post_id),
             json_text(reaction_body(round, channel, r, at)));
    } else if (fact.is<AcknowledgementAdded>()) {
        const auto a = fact.as<AcknowledgementAdded>().acknowledgement;
        told(a.user_id, kinds::ack_set, id_as<AnyId>(a.post_id), mark());
    } else if (fact.is<AcknowledgementRemoved>()) {
        const auto a = fact.as<AcknowledgementRemoved>().acknowledgement;
        told(a.user_id, kinds::ack_clear, id_as<AnyId>(a.post_id), mark());
    } else if (is_conversation) {
        return;  // who is in it, and what it is called, does not change
    } else if (fact.is<ChannelJoined>()) {
        const auto f = fact.as<ChannelJoined>();
        if (round.own_user(f.user_id)) told(f.user_id, kinds::member_join, id_as<AnyId>(f.user_id), mark());
    } else if (fact.is<ChannelLeft>()) {
        const auto f = fact.as<ChannelLeft>();
        if (round.own_user(f.user_id))
            told(f.user_id, kinds::member_leave, id_as<AnyId>(f.user_id), mark());
        else if (share->is_home && f.actor_id != f.user_id)
            told(f.actor_id, kinds::moderate_remove, id_as<AnyId>(f.user_id), mark());
    } else if (fact.is<ChannelUpdated>() && share->is_home) {
        const auto f = fact.as<ChannelUpdated>();
        const auto& a = f.channel;
        const auto& b = f.previous;
        if (a.display_name != b.display_name || a.header != b.header || a.purpose != b.purpose)
            told(f.actor_id, kinds::channel_update, id_as<AnyId>(channel),
                 json_text(ChannelBody{fresh_salt(), a.display_name, a.header, a.purpose}));
    }
}

void Publisher::append(storage::Tx& tx, const ChannelId& channel, const std::vector<NewEvent>& news) {
    storage::StreamTable table(tx);
    const auto own = own_.id();
    auto stream = table.lock(own, channel);
    Chain chain{own, channel, stream.next_seq, stream.head};
    std::vector<StoredEvent> events;
    std::size_t bytes = 0;
    const auto seal = [&] {
        if (events.empty()) return;
        const auto text = encode_seal(chain.seal_from(events.front().seq, tx.now()));
        table.insert(own, channel, events);
        table.insert({own, channel, events.back().seq, text, sign_seal(own_.key(), text)});
        events.clear();
        bytes = 0;
    };
    for (const auto& event : news) {
        if (bytes + event.body.size() > most_bytes_in_a_seal) seal();
        StoredEvent said;
        said.origin = own;
        said.channel_id = channel;
        said.seq = chain.next_seq;
        said.kind = event.kind;
        said.target = event.target;
        said.state = EventState::applied;
        said.received_at = tx.now();
        said.header = chain.append(event);
        said.body = event.body;
        bytes += event.body.size();
        events.push_back(std::move(said));
        if (static_cast<std::int64_t>(events.size()) == most_in_a_seal) seal();
    }
    seal();
    stream.next_seq = chain.next_seq;
    stream.head = chain.head;
    stream.applied_seq = stream.next_seq - 1;
    table.advance(stream);
}

}  // namespace concordat::federation
