#include "web/socket/connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/system/system_error.hpp>
#include <charconv>

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "web/http/call.hpp"
#include "web/http/stream.hpp"
#include "web/socket/shard.hpp"

namespace concordat::web {
namespace {

bool starts_with_word(std::string_view text, std::string_view word) {
    return text.size() > word.size() && text[word.size()] == ' ' &&
           lower_ascii(text.substr(0, word.size())) == word;
}

// A sequence number as clients send it: digits only.
std::optional<std::uint64_t> number_of(const std::string& text) {
    std::uint64_t out = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (failed != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return out;
}

bool is_resumable(const SocketOpening& opening) {
    return opening.connection_id.empty() ||
           (looks_like_id(opening.connection_id) && number_of(opening.sequence_number));
}

}  // namespace

// The cookie wins, then the header, then the address.
SocketOpening opening_of(const Head& head) {
    SocketOpening out;
    out.address = head.remote_address;
    out.connection_id = head.query_value("connection_id");
    out.sequence_number = head.query_value("sequence_number");
    out.wants_acks = head.query_value("posted_ack") == "true";
    out.token = head.cookie("MMAUTHTOKEN");
    if (!out.token.empty()) return out;
    const auto header = head.headers.get("Authorization");
    for (const std::string_view word : {"bearer", "token"}) {
        if (!starts_with_word(header, word)) continue;
        out.token = std::string(trimmed(header.substr(word.size())));
        return out;
    }
    out.token = head.query_value("access_token");
    out.is_from_query = !out.token.empty();
    return out;
}

Connection::Connection(HubShard& shard, std::shared_ptr<Stream> stream, SocketOpening opening,
                       std::string answer)
    : shard_(shard),
      stream_(std::move(stream)),
      opening_(std::make_unique<SocketOpening>(std::move(opening))),
      own_(std::make_unique<Subscriber>(shard.hub().settings_.backlog)),
      parser_(shard.hub().settings_.longest_message),
      opened_at_(HubShard::now()),
      heard_at_(opened_at_),
      pinged_at_(opened_at_) {
    own_->wants_acks = opening_->wants_acks;
    own_->backlog.push(OutFrame::Kind::raw, std::make_shared<FrameText>(std::move(answer)));
}

// ---- life

asio::awaitable<void> Connection::run(std::shared_ptr<Connection> self) {
    try {
        co_await self->converse();
    } catch (const boost::system::system_error&) {
        self->cut(CloseReason::lost);  // the network's way of saying so
    } catch (const Error& e) {
        if (e.fault() != Fault::unavailable)
            log_error("a socket could not be served", {{"id", e.id()}, {"detail", e.detail()}});
        self->end(CloseReason::failed, CloseCode::try_again_later, "try again later");
    } catch (const std::exception& e) {
        log_error("a socket could not be served", {{"what", e.what()}});
        self->end(CloseReason::failed, CloseCode::internal, "internal error");
    }
    try {
        co_await self->wait_for_end();
    } catch (const std::exception&) {
        // it has ended, one way or the other
    }
    self->cut(CloseReason::lost);
    self->shard_.remove(*self);
}

asio::awaitable<void> Connection::converse() {
    flush();
    if (!is_resumable(*opening_)) {
        end(CloseReason::bad_resume, CloseCode::policy, "connection_id or sequence_number is malformed");
        co_return;
    }
    // A token that is of no use, such as an old cookie, leaves time for a challenge.
    if (!opening_->token.empty()) co_await sign_in(opening_->token, opening_->is_from_query);
    while (is_open()) {
        co_await stream_->readable();
        bool has_ended = false;
        auto messages = read(has_ended);
        for (auto& message : messages) {
            if (!is_open()) break;
            ClientFrame frame;
            if (!serve_at_once(message, frame)) co_await serve_slowly(std::move(frame));
        }
        if (has_ended) cut(CloseReason::lost);
    }
}

// After our close: drops what still comes until the client has closed too.
asio::awaitable<void> Connection::wait_for_end() {
    while (state_ == State::closing) {
        co_await stream_->readable();
        bool has_ended = false;
        for (const auto& message : read(has_ended))
            if (message.kind == Incoming::Kind::close) has_ended = true;
        if (has_ended) cut(CloseReason::client);
    }
}

std::vector<Incoming> Connection::read(bool& has_ended) {
    std::vector<Incoming> messages;
    const auto buffer = shard_.read_buffer();
    const auto size = stream_->read_now(buffer, has_ended);
    std::span<const char> bytes = buffer.first(size);
    while (!bytes.empty()) {
        auto message = parser_.next(bytes);
        if (message.kind == Incoming::Kind::none) break;
        messages.push_back(std::move(message));
    }
    if (!messages.empty()) heard_at_ = HubShard::now();
    return messages;
}

void Connection::end(CloseReason reason, CloseCode code, std::string_view why) {
    if (!is_open()) return;
    shard_.hub().counters_.closes[static_cast<std::size_t>(reason)]->add();
    bool is_said = false;
    if (!is_blocked_ && !is_broken_) {
        backlog().push(OutFrame::Kind::close,
                       std::make_shared<FrameText>(close_payload(static_cast<std::uint16_t>(code), why)));
        is_said = write_some();
    }
    state_ = is_said ? State::closing : State::closed;
    closing_at_ = HubShard::now();
    shard_.detach(*this, reason);
    if (!is_said) stream_->close();
}

void Connection::cut(CloseReason reason) {
    if (state_ == State::closed) return;
    if (is_open()) {
        shard_.hub().counters_.closes[static_cast<std::size_t>(reason)]->add();
        state_ = State::closed;
        shard_.detach(*this, reason);
    }
    state_ = State::closed;
    stream_->close();
}

void Connection::tick(std::int64_t now, Millis wall) {
    const auto& settings = shard_.hub().settings_;
    if (state_ == State::closing && now - closing_at_ >= settings.close_time.count())
        return cut(CloseReason::lost);
    if (!is_open()) return;
    if (is_blocked_ && now - moved_at_ >= settings.write_time.count()) return cut(CloseReason::stalled);
    if (now - heard_at_ >= settings.silence.count()) return cut(CloseReason::silent);
    if (opening_ && !is_signing_in_ && now - opened_at_ >= settings.challenge_time.count())
        return end(CloseReason::no_challenge, CloseCode::policy, "not signed in");
    if (now - pinged_at_ >= settings.ping_every.count()) {
        pinged_at_ = now;
        if (!backlog().push(OutFrame::Kind::ping, shard_.empty_body())) return cut(CloseReason::slow);
        flush();
    }
    const bool is_over =
        is_signed_in() && subscriber_->session.expires_at != 0 && wall >= subscriber_->session.expires_at;
    if (is_signed_in() && !is_rechecking_ && (wants_recheck_ || is_over)) {
        is_rechecking_ = true;
        wants_recheck_ = false;
        asio::co_spawn(stream_->executor(), recheck(shared_from_this()), asio::detached);
    }
}

// ---- writing

bool Connection::write_some() {
    auto& waiting = backlog();
    auto& gather = shard_.gather();
    std::size_t frames = 0;
    bool is_taking = true;
    try {
        while (is_taking && !waiting.empty()) {
            waiting.lay_out(gather);
            const auto put = stream_->write_now(gather.buffers());
            if (put > 0) moved_at_ = HubShard::now();
            frames += waiting.sent(put);
            is_taking = put == gather.size();
        }
    } catch (const boost::system::system_error&) {
        is_broken_ = true;
        is_taking = false;
        stream_->close();  // run() notices and ends
    }
    shard_.hub().counters_.frames.add(frames);
    return is_taking;
}

bool Connection::flush() {
    if (is_blocked_ || is_broken_ || !is_open()) return false;
    if (write_some()) return true;
    if (is_broken_) return false;
    is_blocked_ = true;
    moved_at_ = HubShard::now();
    asio::co_spawn(stream_->executor(), write_rest(shared_from_this()), asio::detached);
    return false;
}

asio::awaitable<void> Connection::write_rest(std::shared_ptr<Connection> self) {
    try {
        while (self->is_blocked_) {
            co_await self->stream_->writable();
            if (!self->is_open() || self->is_broken_ || self->write_some()) self->is_blocked_ = false;
        }
    } catch (const boost::system::system_error&) {
        self->is_broken_ = true;  // closed meanwhile; run() notices too
    }
}

void Connection::send(OutFrame::Kind kind, std::string text) {
    if (!is_open()) return;
    if (!backlog().push(kind, std::make_shared<FrameText>(std::move(text)))) return cut(CloseReason::slow);
    flush();
}

}  // namespace concordat::web
