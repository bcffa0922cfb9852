// The conversation on one connection: request after request until one side ends it. Private to this
// room.
//
// Lives in the frame of converse(), on one network thread. Holds no read buffer while it waits for the
// next request: bytes are read into a scratch of the thread, and only what is left over is kept.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <memory>
#include <string>
#include "web/http/application.hpp"
#include "web/http/reply_head.hpp"
#include "web/http/request_reader.hpp"
#include "web/http/server_state.hpp"
#include "web/http/socket_stream.hpp"

namespace concordat::web {

class Session {
public:
    Session(std::shared_ptr<ServerState> state, Shard& shard, std::shared_ptr<SocketStream> stream);
    ~Session();
    Session(const Session&) = delete;

    // The TLS handshake, when this listener speaks TLS. False when it failed.
    asio::awaitable<bool> shake_hands();
    // Returns when the connection is to be closed or was taken over; throws when it broke.
    asio::awaitable<void> run();
    bool was_taken_over() const { return is_taken_over_; }

    // Shutdown, on the network thread.
    void end_if_idle();
    void cut() { stream_->close(); }

private:
    enum class Fed { progressed, waiting, ended };
    // One request being answered.
    struct Exchange {
        explicit Exchange(const ReadLimits& limits) : reader(limits) {}
        RequestReader reader;
        Call call;
        Plan plan;
        Framing framing;
        Reply reply;
        std::string head_text;      // of the reply
        bool may_continue = false;  // 100 Continue is still owed
    };

    asio::awaitable<bool> serve_one();
    asio::awaitable<bool> serve_buffered(Exchange& exchange);
    asio::awaitable<bool> serve_streamed(Exchange& exchange);
    bool hand_over(Exchange& exchange);

    Fed feed(RequestReader& reader);
    asio::awaitable<bool> read_head(RequestReader& reader);
    // Until the body is whole, refused, or at least `enough` of it is here; false when the client went.
    asio::awaitable<bool> read_body(Exchange& exchange, std::size_t enough);

    void complete_head(Head& head) const;
    // Sets the reply when the listener answers this request itself.
    bool is_answered_here(Exchange& exchange);
    // Sets the reply when the reader has found something to refuse.
    bool is_refused(Exchange& exchange);
    void answer(Exchange& exchange, int status, const std::string& id, const std::string& text);
    void answer_busy(Exchange& exchange);
    // Worker thread: what remains to be done to a finished reply.
    void finish_reply(Exchange& exchange) const;

    // Sends a reply to a request whose body may not have been read. True: the connection can go on.
    asio::awaitable<bool> refuse(Exchange& exchange);
    asio::awaitable<bool> send(Exchange& exchange);
    asio::awaitable<void> send_source(Exchange& exchange);
    asio::awaitable<void> linger();

    std::shared_ptr<ServerState> state_;
    Shard& shard_;
    std::shared_ptr<SocketStream> stream_;
    std::string pending_;  // read, but not yet taken by a reader
    bool is_idle_ = false;
    bool is_taken_over_ = false;
};

// Owns a connection from its acceptance to its end.
asio::awaitable<void> converse(std::shared_ptr<ServerState> state, Shard& shard,
                               std::shared_ptr<SocketStream> stream);

}  // namespace concordat::web
