// The half of a session that writes.
#include <algorithm>
#include <array>

#include "web/http/patience.hpp"
#include "web/http/scratch.hpp"
#include "web/http/session.hpp"

namespace concordat::web {
namespace {

constexpr std::size_t download_step = 128 * 1024;
constexpr std::chrono::milliseconds linger_time{2000};
constexpr std::size_t linger_bytes = 16 * 1024 * 1024;

}  // namespace

asio::awaitable<bool> Session::refuse(Exchange& exchange) {
    if (!exchange.reader.is_done()) exchange.framing.keeps_alive = false;  // nobody will read that body
    exchange.head_text.clear();
    const bool goes_on = co_await send(exchange);
    if (!exchange.reader.is_done()) co_await linger();
    co_return goes_on;
}

asio::awaitable<bool> Session::send(Exchange& exchange) {
    const auto& reply = exchange.reply;
    if (exchange.head_text.empty()) exchange.head_text = reply_head(reply, exchange.framing);
    const auto hundreds = std::clamp(reply.status / 100, 1, 5);
    state_->counters.by_class[static_cast<std::size_t>(hundreds)]->add();
    const bool has_body = may_have_body(reply.status) && !exchange.framing.is_head;
    if (has_body && reply.source && reply.source_size > 0) {
        co_await send_source(exchange);
        co_return exchange.framing.keeps_alive;
    }
    const std::string& body = reply.shared_body ? *reply.shared_body : reply.body;
    const std::array buffers{asio::buffer(std::as_const(exchange.head_text)),
                             has_body && !reply.source ? asio::buffer(body) : asio::const_buffer()};
    const auto taken = stream_->write_now(buffers);
    if (taken < asio::buffer_size(buffers))
        co_await stream_->write_rest(buffers, taken, state_->options.write_timeout);
    co_return exchange.framing.keeps_alive;
}

asio::awaitable<void> Session::send_source(Exchange& exchange) {
    auto& source = *exchange.reply.source;
    auto left = exchange.reply.source_size;
    std::string step(static_cast<std::size_t>(std::min<std::uint64_t>(left, download_step)), '\0');
    asio::const_buffer head = asio::buffer(std::as_const(exchange.head_text));
    while (left > 0) {
        const auto room = static_cast<std::size_t>(std::min<std::uint64_t>(left, step.size()));
        std::size_t length = 0;
        co_await patiently_on_worker(state_->workers(Lane::bulk), [&] {
            length = source.read({step.data(), room});
        });
        // Less than was announced: end here, so that the client sees the cut.
        if (length == 0)
            throw Error(Fault::internal, "web.source", "", "a body ended before its announced size");
        const std::array buffers{head, asio::const_buffer(step.data(), length)};
        const auto taken = stream_->write_now(buffers);
        if (taken < asio::buffer_size(buffers))
            co_await stream_->write_rest(buffers, taken, state_->options.write_timeout);
        head = {};
        left -= length;
    }
}

// Closing with unread bytes resets the connection, and the client may never see the reply. So it is
// given a moment to read it and to stop sending.
asio::awaitable<void> Session::linger() {
    std::string().swap(pending_);
    stream_->end_writing();
    stream_->expires_after(linger_time);
    std::size_t dropped = 0;
    bool ended = false;
    while (!ended && dropped < linger_bytes) {
        const auto length = stream_->read_now(network_scratch(), ended);
        dropped += length;
        if (length == 0 && !ended) co_await stream_->readable();
    }
    stream_->close();
}

}  // namespace concordat::web
