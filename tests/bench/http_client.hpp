// HTTP/1.1 to the node: one connection, one request at a time, kept alive.
//
// Only what a measurement needs: the body of a successful answer is counted and thrown away unless
// it is asked for, and nothing is decompressed.
#pragma once
#include <coroutine>
#include <cstdint>
#include <string>
#include <string_view>
#include "tests/bench/wire.hpp"

namespace concordat::bench {

struct Response {
    int status = 0;          // 0: no answer; `body` then says why
    std::string body;        // of failures always, else when kept
    std::string token;       // header Token, of log-ins
    std::uint64_t size = 0;  // of the body on the wire, in bytes
    Nanos took = 0;          // from the call to the last byte, connecting included
    bool ok() const { return status >= 200 && status < 300; }
};

// Reads one reply from bytes as they come. Understands content-length, chunked and until-close.
class ReplyParser {
public:
    void expect(bool keep_body);
    // Takes bytes from the front; true when the reply is complete. Throws Error (invalid, "bench.reply").
    bool feed(std::string_view& bytes);
    // The connection ended: true when that ends the reply too.
    bool at_end() const { return part_ == Part::until_close; }
    bool has_begun() const { return part_ != Part::head || !line_.empty(); }
    bool closes() const { return closes_; }
    Response& response() { return response_; }

private:
    enum class Part { head, sized, chunk_size, chunk, chunk_end, trailer, until_close, complete };
    bool take_line(std::string_view& bytes);
    void read_head_line();
    void begin_body();
    void take_body(std::string_view& bytes, std::uint64_t limit);

    Part part_ = Part::complete;
    Response response_;
    std::string line_;
    std::uint64_t left_ = 0;
    bool keep_body_ = false;
    bool is_chunked_ = false;
    bool has_length_ = false;
    bool closes_ = false;
};

// "keep": the caller reads the body of a success.
enum class Body { count, keep };

class HttpClient : private Watched, private Ticking {
public:
    HttpClient(Loop& loop, const Target& target);
    ~HttpClient() override;

    // Sent as a bearer token from now on; "" for none.
    void set_token(std::string token) { token_ = std::move(token); }
    const std::string& token() const { return token_; }
    // Ask for gzip bodies where they are only counted, as a browser would.
    void set_compressed(bool compressed) { is_compressed_ = compressed; }

    struct Exchange {
        HttpClient& client;
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> waiter) { client.begin(waiter); }
        Response await_resume() { return std::move(client.parser_.response()); }
    };
    // co_await client.exchange("POST", "/api/v4/posts", body). Never throws: see Response::status.
    Exchange exchange(std::string_view verb, std::string_view path, std::string_view body = {},
                      Body keep = Body::count, std::string_view type = "application/json");
    Exchange get(std::string_view path, Body keep = Body::count) { return exchange("GET", path, {}, keep); }
    Exchange post(std::string_view path, std::string_view body, Body keep = Body::count) {
        return exchange("POST", path, body, keep);
    }
    // A form, as browsers send it.
    Exchange post_form(std::string_view path, std::string_view body, Body keep = Body::count) {
        return exchange("POST", path, body, keep, "application/x-www-form-urlencoded");
    }
    void close() { wire_.close(); }

private:
    void ready(std::uint32_t events) override;
    void tick(Nanos at) override;
    void begin(std::coroutine_handle<> waiter);
    void finish();
    void give_up(const std::string& why);

    Loop& loop_;
    const Target& target_;
    Wire wire_;
    ReplyParser parser_;
    std::string token_;
    std::string request_;
    std::coroutine_handle<> waiter_;  // null when no request is under way
    Nanos started_ = 0;
    bool is_compressed_ = false;
};

}  // namespace concordat::bench
