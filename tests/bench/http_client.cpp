#include "tests/bench/http_client.hpp"

#include <algorithm>
#include <charconv>
#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace concordat::bench {
namespace {

constexpr Nanos longest_wait = 60 * one_second;
constexpr std::size_t longest_line = 16 * 1024;

std::uint64_t number(std::string_view text, int base) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    require(error == std::errc() && end != text.data(), Fault::invalid, "bench.reply",
            "A length in the reply is no number.");
    return value;
}

}  // namespace

void ReplyParser::expect(bool keep_body) {
    part_ = Part::head;
    response_ = {};
    line_.clear();
    left_ = 0;
    keep_body_ = keep_body;
    is_chunked_ = has_length_ = closes_ = false;
}

// Moves bytes up to a line feed into line_; true when the line is whole (without CR LF).
bool ReplyParser::take_line(std::string_view& bytes) {
    const auto end = bytes.find('\n');
    line_ += bytes.substr(0, end);
    require(line_.size() <= longest_line, Fault::invalid, "bench.reply",
            "A line of the reply's head is too long.");
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    if (end == std::string_view::npos) return false;
    if (line_.ends_with('\r')) line_.pop_back();
    return true;
}

void ReplyParser::read_head_line() {
    if (response_.status == 0) {
        require(line_.starts_with("HTTP/1.") && line_.size() >= 12, Fault::invalid, "bench.reply",
                "That is no HTTP reply.");
        response_.status = static_cast<int>(number(std::string_view(line_).substr(9, 3), 10));
        return;
    }
    const auto colon = line_.find(':');
    if (colon == std::string::npos) return;
    const auto name = lower_ascii(std::string_view(line_).substr(0, colon));
    const auto value = trimmed(std::string_view(line_).substr(colon + 1));
    if (name == "content-length") {
        left_ = number(value, 10);
        has_length_ = true;
    } else if (name == "transfer-encoding") {
        is_chunked_ = lower_ascii(value).find("chunked") != std::string::npos;
    } else if (name == "connection") {
        closes_ = lower_ascii(value) == "close";
    } else if (name == "token") {
        response_.token = value;
    }
}

void ReplyParser::begin_body() {
    const int status = response_.status;
    if (status < 200 || status == 204 || status == 304)
        part_ = Part::complete;
    else if (is_chunked_)
        part_ = Part::chunk_size;
    else if (has_length_)
        part_ = left_ == 0 ? Part::complete : Part::sized;
    else
        part_ = Part::until_close;
    keep_body_ = keep_body_ || status >= 400;
}

void ReplyParser::take_body(std::string_view& bytes, std::uint64_t limit) {
    const auto part = bytes.substr(0, std::min<std::uint64_t>(limit, bytes.size()));
    if (keep_body_) response_.body += part;
    response_.size += part.size();
    bytes.remove_prefix(part.size());
    left_ -= std::min<std::uint64_t>(left_, part.size());
}

bool ReplyParser::feed(std::string_view& bytes) {
    while (!bytes.empty() && part_ != Part::complete) {
        switch (part_) {
            case Part::head:
                if (!take_line(bytes)) break;
                if (line_.empty())
                    begin_body();
                else
                    read_head_line();
                line_.clear();
                break;
            case Part::sized:
                take_body(bytes, left_);
                if (left_ == 0) part_ = Part::complete;
                break;
            case Part::chunk_size:
                if (!take_line(bytes)) break;
                left_ = number(line_, 16);
                line_.clear();
                part_ = left_ == 0 ? Part::trailer : Part::chunk;
                break;
            case Part::chunk:
                take_body(bytes, left_);
                if (left_ == 0) part_ = Part::chunk_end;
                break;
            case Part::chunk_end:
                if (!take_line(bytes)) break;
                line_.clear();
                part_ = Part::chunk_size;
                break;
            case Part::trailer:
                if (!take_line(bytes)) break;
                if (line_.empty()) part_ = Part::complete;
                line_.clear();
                break;
            case Part::until_close:
                take_body(bytes, bytes.size());
                break;
            case Part::complete:
                break;
        }
    }
    return part_ == Part::complete;
}

HttpClient::HttpClient(Loop& loop, const Target& target) : loop_(loop), target_(target), wire_(loop, target) {
    loop_.start_ticking(*this);
}

HttpClient::~HttpClient() {
    loop_.stop_ticking(*this);
}

HttpClient::Exchange HttpClient::exchange(std::string_view verb, std::string_view path, std::string_view body,
                                          Body keep, std::string_view type) {
    require(!waiter_, Fault::internal, "bench.http", "A connection carries one request at a time.");
    request_.clear();
    request_.append(verb).append(" ").append(path).append(" HTTP/1.1\r\nHost: ").append(target_.host());
    if (!token_.empty()) request_.append("\r\nAuthorization: Bearer ").append(token_);
    if (is_compressed_ && keep == Body::count) request_ += "\r\nAccept-Encoding: gzip";
    if (!body.empty()) request_.append("\r\nContent-Type: ").append(type);
    if (!body.empty() || verb != "GET")
        request_.append("\r\nContent-Length: ").append(std::to_string(body.size()));
    request_.append("\r\n\r\n").append(body);
    parser_.expect(keep == Body::keep);
    return Exchange{*this};
}

void HttpClient::begin(std::coroutine_handle<> waiter) {
    waiter_ = waiter;
    started_ = now();
    if (wire_.state() == Wire::State::closed) wire_.open(*this);
    wire_.send(request_);
    if (wire_.state() == Wire::State::closed) give_up(wire_.failure());
}

void HttpClient::finish() {
    parser_.response().took = now() - started_;
    if (parser_.closes()) wire_.close();
    loop_.resume_soon(std::exchange(waiter_, {}));
}

void HttpClient::give_up(const std::string& why) {
    wire_.close();
    parser_.response() = {};
    parser_.response().body = why;
    finish();
}

void HttpClient::ready(std::uint32_t) {
    wire_.advance();
    const auto space = loop_.scratch();
    do {
        const auto got = wire_.read(space);
        if (got == 0) break;
        std::string_view bytes(space.data(), got);
        if (!waiter_) return wire_.close();  // nothing was asked
        bool is_complete = false;
        try {
            is_complete = parser_.feed(bytes);
        } catch (const Error& error) {
            return give_up(error.text());  // one bad reply is a counted failure of that request
        }
        if (is_complete) return finish();
    } while (wire_.has_more());
    if (wire_.state() != Wire::State::closed || !waiter_) return;
    if (parser_.at_end())
        finish();
    else
        give_up(wire_.failure());
}

void HttpClient::tick(Nanos at) {
    if (waiter_ && at - started_ > longest_wait) give_up("no answer within 60 s");
}

}  // namespace concordat::bench
