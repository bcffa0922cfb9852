// Publisher: says in the own streams what people of this organisation did in shared channels.
//
// It reads the journal. A fact is there if and only if what it tells was committed, and in the order of the
// commits; so a stream misses nothing, and posting costs no more for being shared. Where it stands in the
// journal is written in the transaction of what it says: after a crash it goes on, and says nothing twice.
// It rests while nothing is shared. When it has nothing else to say, and between what it has, it says what
// was said before a channel was shared (history.hpp).
//
// One thread. start() and stop() on one thread; wake() on any.
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>
#include "core/model/facts.hpp"
#include "federation/stream/history.hpp"
#include "federation/stream/partner_emoji.hpp"
#include "federation/stream/partner_files.hpp"
#include "federation/stream/shares.hpp"
#include "federation/wire/event.hpp"
#include "storage/database/fact.hpp"

namespace concordat::federation {

class Publisher {
public:
    // All must outlive this object.
    Publisher(storage::Database& db, storage::Journal& journal, Organisation& own, PartnerFiles& files,
              History& history, PartnerEmoji& emoji)
        : db_(db), journal_(journal), own_(own), files_(files), history_(history), emoji_(emoji) {}
    ~Publisher() { stop(); }
    Publisher(const Publisher&) = delete;
    // Hears when something was said. On the publisher's thread; must not block.
    void on_said(std::function<void()> act) { said_ = std::move(act); }
    // Hears, likewise, when a conversation has begun, and is to be offered.
    void on_begun(std::function<void()> act) { begun_ = std::move(act); }

    void start();
    void stop();
    // Something was committed.
    void wake();
    // What is shared has changed: streams may have to begin.
    void look_at_shares();
    // What there is to say now; for tests, without a thread. False when nothing was read.
    bool publish();

private:
    // What is to be said in each channel, in order, and who is called what; for one transaction.
    struct Round;
    void serve();
    void say(const std::vector<storage::Fact>& facts, const storage::Position& reached, bool may_begin);
    bool say_history();
    bool waits_for_history(Round& round, const storage::Fact& fact);
    void take(Round& round, const storage::Fact& fact);
    void take_profile(Round& round, const UserId& user);
    void take_removed_emoji(Round& round, const Emoji& emoji, const UserId& by);
    // Tells of pictures that the channel's stream has not told of yet; who uses them is introduced.
    std::vector<EmojiUse> use_emoji(Round& round, const ChannelId& channel,
                                    const std::vector<std::string>& names, const UserId& by, Millis at);
    MarkBody reaction_body(Round& round, const ChannelId& channel, const Reaction& reaction, Millis at);
    void begin_streams(Round& round);
    void begin_stream(Round& round, const ChannelId& channel);
    void add(Round& round, const ChannelId& channel, const char* kind, const UserId& actor,
             const AnyId& target, const std::string& body, Millis at);
    void introduce(Round& round, const ChannelId& channel, const User& user, Millis at);
    void add_post(Round& round, const Post& post, const std::vector<UserId>& mentions, const char* kind,
                  Millis at, const std::optional<PostPast>& past = {});
    void append(storage::Tx& tx, const ChannelId& channel, const std::vector<NewEvent>& news);

    storage::Database& db_;
    storage::Journal& journal_;
    Organisation& own_;
    PartnerFiles& files_;
    History& history_;
    PartnerEmoji& emoji_;
    std::function<void()> said_ = [] {}, begun_ = [] {};
    // Where it has read to since it wrote down `stored_`: what was read in between had nothing to tell.
    std::string stored_;
    storage::Position reached_;
    std::int64_t unwritten_ = 0;  // facts
    std::mutex mutex_;            // guards is_woken_
    bool is_woken_ = false;
    std::atomic<bool> is_stopping_ = false, may_begin_ = true, has_history_ = true;
    std::condition_variable wake_;
    std::thread thread_;
};

}  // namespace concordat::federation
