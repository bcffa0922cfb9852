// Counts posts as they reach sockets. Their author writes the time into the message, and nothing
// else of an event is read.
#pragma once
#include "tests/bench/scenarios/scenario.hpp"

namespace concordat::bench {

class Deliveries : public Audience {
public:
    // The first word of a message that is sent now.
    static std::string stamp();

    // Latencies and the rate count within the window, total() always.
    void start(Window window) { window_ = window; }
    void heard(SocketClient& socket, std::string_view text) override;
    void lost(SocketClient& socket) override;
    // Says in `result` how many sockets the node has ended, if any.
    void note_losses(Result& result) const;

    std::uint64_t total() const { return total_; }
    std::uint64_t in_window() const { return in_window_; }
    std::uint64_t lost_count() const { return lost_; }
    const Histogram& latency() const { return latency_; }

private:
    Window window_;
    Histogram latency_;
    std::uint64_t total_ = 0;
    std::uint64_t in_window_ = 0;
    std::uint64_t lost_ = 0;
    std::string reason_;
};

struct Posting {
    Context& context;
    const Channel& channel;
    Tally& tally;
    std::uint64_t sent = 0;  // successes, in the window or not
};
// Posts stamped messages while the window is open; paced when there is a pacer.
Task<> post_stamped(Posting& posting, HttpClient& client, Person& author, Pacer* pacer);

}  // namespace concordat::bench
