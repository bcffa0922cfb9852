// Applier: makes posts, reactions and people of what was taken from other organisations.
//
// Events of one stream are applied in its order. One whose target is not there yet, since it comes in another
// stream, waits for it and holds up nobody; after a day it is refused. Applying twice changes nothing, so a
// crash between the effect and the note of it does no harm. What the rules forbid is refused with a reason,
// and the partner that sent it is told.
//
// Rules: actors belong to the origin; only who wrote a post changes it; only the home of a channel changes
// the channel and removes what others wrote. An id belongs to whoever used it first.
//
// One thread. start() and stop() on one thread; wake() on any.
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include "federation/stream/shares.hpp"
#include "federation/wire/event.hpp"
#include "messaging/conversation/posts.hpp"
#include "messaging/conversation/reactions.hpp"

namespace concordat::federation {

inline constexpr Millis longest_wait = 24 * 3600 * 1000;  // for a target
inline constexpr Millis most_ahead = 5 * 60 * 1000;       // of this clock; what is later is shown as of now

class Applier {
public:
    // All must outlive this object.
    Applier(storage::Database& db, Organisation& own, messaging::Posts& posts,
            messaging::Reactions& reactions)
        : db_(db), own_(own), posts_(posts), reactions_(reactions) {}
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
    struct Outcome {
        EventState state = EventState::applied;
        std::string reason;
    };
    void serve();
    bool apply_stream(const Stream& stream);
    void settle(StoredEvent& event, const Outcome& outcome);
    void release(const ChannelId& channel, const AnyId& target);
    Outcome outcome_of(const StoredEvent& event);
    Outcome dispatch(const Scene& scene);
    Outcome create_post(const Scene& scene);
    Outcome edit_post(const Scene& scene, const Post& post);
    Outcome change_post(const Scene& scene, const Post& post);
    Outcome upsert_user(const Scene& scene);
    Outcome move_member(const Scene& scene);
    Outcome remove_member(const Scene& scene);
    Outcome update_channel(const Scene& scene);
    void give_up_waiting();

    storage::Database& db_;
    Organisation& own_;
    messaging::Posts& posts_;
    messaging::Reactions& reactions_;
    std::function<void(const StoredEvent&)> refused_ = [](const StoredEvent&) {};
    std::mutex mutex_;  // guards is_woken_
    bool is_woken_ = false;
    std::atomic<bool> is_stopping_ = false;
    std::condition_variable wake_;
    std::thread thread_;
};

}  // namespace concordat::federation
