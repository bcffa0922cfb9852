#include "tests/bench/scenarios/deliveries.hpp"

#include <cstring>

namespace concordat::bench {
namespace {
constexpr std::string_view mark = "benchstamp";  // followed by the monotonic time in nanoseconds
}

std::string Deliveries::stamp() {
    return std::string(mark) + std::to_string(now());
}

void Deliveries::heard(SocketClient&, std::string_view text) {
    const auto* at = static_cast<const char*>(memmem(text.data(), text.size(), mark.data(), mark.size()));
    if (!at) return;
    const char* const end = text.data() + text.size();
    Nanos sent = 0;
    for (at += mark.size(); at != end && *at >= '0' && *at <= '9'; ++at) sent = sent * 10 + (*at - '0');
    const Nanos arrived = now();
    ++total_;
    if (window_.counts(arrived)) ++in_window_;
    if (window_.counts(sent)) latency_.add(arrived - sent);
}

void Deliveries::lost(SocketClient& socket) {
    ++lost_;
    reason_ = socket.failure();
}

void Deliveries::note_losses(Result& result) const {
    if (lost_ > 0)
        result.note(std::to_string(lost_) + " sockets were ended by the node, the last one: " + reason_);
}

Task<> post_stamped(Posting& posting, HttpClient& client, Person& author, Pacer* pacer) {
    client.set_token(author.token);
    while (posting.tally.window().is_open()) {
        Nanos due = now();
        if (pacer) {
            due = pacer->take();
            if (due >= posting.tally.window().to) break;
            co_await posting.context.loop.until(due);
        }
        const auto lead = Deliveries::stamp();
        const auto body = post_body(author, posting.channel.id, words(posting.context.world.random(), lead));
        const auto response = co_await client.post("/api/v4/posts", body);
        posting.tally.add("post", response, due);
        if (response.ok())
            ++posting.sent;
        else
            co_await posting.context.loop.pause(50);
    }
}

}  // namespace concordat::bench
