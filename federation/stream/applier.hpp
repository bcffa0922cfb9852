// Applier: makes posts, reactions and people of what was taken from other organisations.
//
// Events of one stream are applied in its order. One whose target is not there yet, since it comes in another
// stream, waits for it and holds up nobody; after a day it is refused, and so is what comes while too much
// waits. Applying twice changes nothing, so a crash between the effect and the note of it does no harm. What
// the rules forbid is refused with a reason, and the partner that sent it is told.
//
// Rules: actors belong to the origin; only who wrote a post changes it; only the home of a channel changes
// the channel and removes what others wrote. An id belongs to whoever used it first. In a conversation speak
// only the people that it is between, and only who wrote a message, or their organisation, removes it.
//
// One thread. start() and stop() on one thread; wake() on any.
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <span>
#include <thread>
#include "federation/stream/partner_emoji.hpp"
#include "federation/stream/partner_files.hpp"
#include "federation/stream/shares.hpp"
#include "federation/wire/event.hpp"
#include "messaging/conversation/posts.hpp"
#include "messaging/conversation/reactions.hpp"

namespace concordat::federation {

inline constexpr Millis longest_wait = 24 * 3600 * 1000;  // for a target
inline constexpr std::int64_t most_waiting = 10000;       // events of one organisation
inline constexpr Millis most_ahead = 5 * 60 * 1000;       // of this clock; what is later is shown as of now

class Applier {
public:
    // All must outlive this object.
    Applier(storage::Database& db, Organisation& own, messaging::Posts& posts,
            messaging::Reactions& reactions, PartnerFiles& files, Conversations& conversations,
            PartnerEmoji& emoji)
        : db_(db),
          own_(own),
          posts_(posts),
          reactions_(reactions),
          files_(files),
          conversations_(conversations),
          emoji_(emoji) {}
    ~Applier() { stop(); }
    Applier(const Applier&) = delete;
    // Hears of events that were refused. On the applier's thread; must not block.
    void on_refused(std::function<void(const StoredEvent&)> act) { refused_ = std::move(act); }

    void start();
    void stop();
    void wake();
    // What there is to apply now; for tests, without a thread. False when there was nothing.
    bool apply();

private:
    struct Scene;
    struct Turn;
    struct Outcome {
        EventState state = EventState::applied;
        std::string reason;
    };
    void serve();
    bool apply_stream(const Stream& stream);
    Scene scene_of(const Stream& stream);
    std::size_t apply_some(Scene& scene, std::vector<StoredEvent>& events, std::size_t at);
    void settle(Scene& scene, StoredEvent& event, Outcome outcome);
    void release(const ChannelId& channel, std::vector<AnyId> targets);
    Outcome outcome_of(Scene& scene, const StoredEvent& event);
    Outcome dispatch(const Turn& turn);
    std::vector<Outcome> create_posts(Scene& scene, std::span<const StoredEvent> events);
    Outcome check_new(const Turn& turn, const PostBody& body);
    messaging::PostFromElsewhere post_in(const Turn& turn, const PostBody& body,
                                         const std::vector<PartnerFile>& files);
    Outcome edit_post(const Turn& turn, const Post& post);
    Outcome change_post(const Turn& turn, const Post& post);
    Outcome take_emoji(const Turn& turn);
    std::string shown_text(const Turn& turn, const PostBody& body);
    std::string reaction_name(const Turn& turn, const std::string& emoji,
                              const std::optional<OrganisationId>& of);
    Outcome upsert_user(const Turn& turn);
    Outcome move_member(const Turn& turn);
    Outcome enter_conversation(const Turn& turn);
    Outcome remove_member(const Turn& turn);
    Outcome update_channel(const Turn& turn);
    void give_up_waiting();

    storage::Database& db_;
    Organisation& own_;
    messaging::Posts& posts_;
    messaging::Reactions& reactions_;
    PartnerFiles& files_;
    Conversations& conversations_;
    PartnerEmoji& emoji_;
    std::function<void(const StoredEvent&)> refused_ = [](const StoredEvent&) {};
    std::mutex mutex_;  // guards is_woken_
    bool is_woken_ = false;
    std::atomic<bool> is_stopping_ = false;
    std::condition_variable wake_;
    std::thread thread_;
};

}  // namespace concordat::federation
