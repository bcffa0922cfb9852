// One WebSocket of a signed-in user, as light as it gets: frames are parsed in the loop's scratch
// space, only an incomplete one is copied.
//
// Answers the node's protocol pings, sends the application's `ping` every 30 s like a client, and
// counts events so that a reconnect can resume.
#pragma once
#include <coroutine>
#include <cstdint>
#include <string>
#include <string_view>
#include "tests/bench/http_client.hpp"

namespace concordat::bench {

class SocketClient;

// Hears the events of many sockets. `text` lives during the call only; must not destroy the socket.
class Audience {
public:
    virtual ~Audience() = default;
    virtual void heard(SocketClient& socket, std::string_view text) = 0;
    // The node ended an open connection.
    virtual void lost(SocketClient& socket) = 0;
};

class SocketClient : private Watched, private Ticking {
public:
    // `audience` may be null; it outlives the socket.
    SocketClient(Loop& loop, const Target& target, Audience* audience);
    ~SocketClient() override;

    struct Opening {
        SocketClient& socket;
        bool await_ready() const noexcept { return socket.wire_.state() == Wire::State::closed; }
        void await_suspend(std::coroutine_handle<> waiter) { socket.waiter_ = waiter; }
        bool await_resume() const noexcept { return socket.is_open_; }
    };
    // co_await socket.open(token): true once the node has said hello; else failure() says why.
    Opening open(std::string_view token);
    // The same with the last connection's id and place. True once upgraded; whether the node resumed
    // or began anew shows in the events.
    Opening reopen(std::string_view token);
    // {"action":action,"seq":n,"data":data}; data is JSON text.
    void act(std::string_view action, std::string_view data);
    void close();

    bool is_open() const { return is_open_; }
    std::uint64_t events() const { return events_; }
    const std::string& failure() const { return failure_; }

private:
    void ready(std::uint32_t events) override;
    void tick(Nanos at) override;
    Opening begin(std::string_view token, bool waits_for_hello);
    void settle(bool opened);
    void fail(std::string why);
    void take(std::string_view bytes);
    // The bytes of whole frames at the front.
    std::size_t take_frames(std::string_view bytes);
    void take_frame(unsigned first, std::string_view payload);
    void take_text(std::string_view text);
    void send_frame(unsigned opcode, std::string_view payload);

    Loop& loop_;
    const Target& target_;
    Audience* audience_;
    Wire wire_;
    ReplyParser upgrade_;
    std::coroutine_handle<> waiter_;
    std::string partial_;  // bytes of a frame that is not whole yet
    std::string message_;  // fragments so far
    std::string connection_id_;
    std::string failure_;
    std::uint64_t events_ = 0;  // of this numbering: also the next `seq` expected
    std::int64_t last_seq_ = 0;
    Nanos next_ping_ = 0;
    Nanos opened_ = 0;
    bool is_upgraded_ = false;
    bool is_open_ = false;
    bool waits_for_hello_ = true;
};

}  // namespace concordat::bench
