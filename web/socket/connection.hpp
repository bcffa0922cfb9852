// One WebSocket: the coroutine that reads it, what the client asks, and how it is written.
//
// Shared by that coroutine and the shard, both on one network thread; nothing here is thread-safe.
// While idle it holds no buffer. Private to this room.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include "web/socket/client_frame.hpp"
#include "web/socket/closes.hpp"
#include "web/socket/frame.hpp"
#include "web/socket/roster.hpp"

namespace concordat::web {

class HubShard;
class Stream;
struct Head;

// What the upgrade request says about the session to be; forgotten once it is signed in.
struct SocketOpening {
    std::string token;  // "" when there is none
    bool is_from_query = false;
    std::string connection_id;
    std::string sequence_number;
    bool wants_acks = false;
    std::string address;  // where the client is
};
SocketOpening opening_of(const Head& head);

class Connection : public std::enable_shared_from_this<Connection> {
public:
    // `answer` is the response to the upgrade; it is sent first.
    Connection(HubShard& shard, std::shared_ptr<Stream> stream, SocketOpening opening, std::string answer);

    // Lives as long as the socket. Never throws.
    static asio::awaitable<void> run(std::shared_ptr<Connection> self);

    // Writes what waits, as far as the socket takes it; the rest follows when it can. True when
    // nothing waits any more. Never throws: a broken stream is closed, and run() notices.
    bool flush();
    // Says goodbye and parts from the subscriber. Only the first call counts.
    void end(CloseReason reason, CloseCode code, std::string_view why);
    // The same without a word, for a socket that would not take one.
    void cut(CloseReason reason);
    // Looks at the clock: pings, deadlines.
    void tick(std::int64_t now, Millis wall);
    // Looks at the session again with the next tick.
    void ask_recheck() { wants_recheck_ = true; }

private:
    friend class HubShard;
    enum class State : std::uint8_t { open, closing, closed };

    // While open.
    Backlog& backlog() { return subscriber_ ? subscriber_->backlog : own_->backlog; }
    bool is_signed_in() const { return subscriber_ != nullptr && subscriber_->is_ready; }
    bool is_open() const { return state_ == State::open; }

    bool write_some();
    static asio::awaitable<void> write_rest(std::shared_ptr<Connection> self);
    void send(OutFrame::Kind kind, std::string text);
    void reply(std::int64_t seq, const json::object& data);
    void refuse(std::int64_t seq, const Error& error);

    asio::awaitable<void> converse();
    asio::awaitable<void> wait_for_end();
    std::vector<Incoming> read(bool& has_ended);
    // True when the message is dealt with; false leaves `frame` for serve_slowly().
    bool serve_at_once(Incoming& message, ClientFrame& frame);
    bool serve_request(ClientFrame& frame);
    asio::awaitable<void> serve_slowly(ClientFrame frame);
    asio::awaitable<void> answer_challenge(ClientFrame frame);
    void answer_close(const Incoming& message);
    void note_presence(const json::object& data);

    // True when signed in; false when the token is of no use. The connection may have ended meanwhile.
    asio::awaitable<bool> sign_in(std::string token, bool is_from_query);
    asio::awaitable<void> load_and_greet();
    asio::awaitable<void> check_session();
    static asio::awaitable<void> recheck(std::shared_ptr<Connection> self);

    HubShard& shard_;
    std::shared_ptr<Stream> stream_;
    std::unique_ptr<SocketOpening> opening_;  // until signed in
    std::unique_ptr<Subscriber> own_;         // until signed in; then the shard owns it
    Subscriber* subscriber_ = nullptr;        // once signed in, until detached
    FrameParser parser_;
    std::int64_t opened_at_;  // all in steady milliseconds
    std::int64_t heard_at_;
    std::int64_t pinged_at_;
    std::int64_t moved_at_ = 0;  // the last time a blocked write moved on
    std::int64_t closing_at_ = 0;
    std::size_t index_ = 0;  // in the shard's list
    State state_ = State::open;
    bool is_blocked_ = false;  // write_rest() is waiting
    bool is_broken_ = false;   // a write failed
    bool is_signing_in_ = false;
    bool is_rechecking_ = false;
    bool wants_recheck_ = false;
    bool is_admitted_ = false;  // counted for the user
    UserId admitted_user_;
};

}  // namespace concordat::web
