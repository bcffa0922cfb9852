// One HTTP call: what came in, who sent it, what goes out. Plain structs, no Beast types, so that
// only the bodies of web/http pay for Beast.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include "core/base/error.hpp"
#include "core/model/actor.hpp"

namespace concordat::web {

enum class Verb { get, head, post, put, patch, del, options, other };
const char* verb_word(Verb verb);

// In the order received. Look-ups ignore case.
class Headers {
public:
    void add(std::string name, std::string value) { all_.emplace_back(std::move(name), std::move(value)); }
    // The first of that name, or "".
    std::string_view get(std::string_view name) const;
    bool has(std::string_view name) const;
    const std::vector<std::pair<std::string, std::string>>& all() const { return all_; }

private:
    std::vector<std::pair<std::string, std::string>> all_;
};

// What is known once the head of a request is read.
struct Head {
    Verb verb = Verb::get;
    std::string path;   // percent-decoded, without the site's sub-path and without the query
    std::string query;  // raw, without '?'
    Headers headers;
    std::string remote_address;  // of the client: taken from X-Forwarded-For when a trusted proxy sent it
    bool is_secure = false;      // TLS here, or at a trusted proxy
    std::string request_id;      // 26 characters, also sent as X-Request-Id
    std::optional<std::uint64_t> content_length;

    // The first value of a query parameter, percent-decoded; "" when absent.
    std::string query_value(std::string_view name) const;
    bool has_query(std::string_view name) const;
    // Value of a cookie, or "".
    std::string cookie(std::string_view name) const;
};

struct Call {
    Head head;
    Actor actor;  // filled by the router before the handler runs
    std::vector<std::pair<std::string_view, std::string>>
        path;          // {post_id} -> value; names live in the route
    std::string body;  // empty when the route streams it
    // The route's words, for the doorkeeper.
    bool needs_no_factor = false, is_administrative = false, is_for_people = false;

    const std::string& path_value(std::string_view name) const;
    // A path parameter as an id; "me" is the actor where the parameter is user_id. Throws bad_url(name).
    template <class AnyIdType>
    AnyIdType id(std::string_view name) const {
        const auto& text = path_value(name);
        if (text == "me" && name == "user_id") return AnyIdType(actor.user_id.bytes());
        if (text.size() != 26) throw bad_url(std::string(name));
        try {
            return AnyIdType::from_text(text);
        } catch (const Error&) {
            throw bad_url(std::string(name));  // names the parameter
        }
    }
};

// A body that is produced while it is sent: files. Called on a worker thread, one call at a time.
class BodySource {
public:
    virtual ~BodySource() = default;
    // Fills `out` as far as it can; 0 at the end. Throws on damage: the connection is then cut, so
    // that the client cannot take a part for the whole.
    virtual std::size_t read(std::span<char> out) = 0;
};

struct Reply {
    int status = 200;
    std::string content_type = "application/json";
    std::vector<std::pair<std::string, std::string>> headers;  // names as sent; Set-Cookie may repeat
    std::string body;
    std::shared_ptr<const std::string> shared_body;  // instead of body: cached text sent to many
    std::unique_ptr<BodySource> source;              // instead of body: streamed
    std::uint64_t source_size = 0;                   // exact length of what source yields
    bool may_compress = true;                        // false for bodies that are compressed or ranged

    void set(std::string name, std::string value) { headers.emplace_back(std::move(name), std::move(value)); }
};

// Takes a request body while it arrives: uploads. Made, fed and finished on worker threads, one
// call at a time; memory stays constant whatever the size. Destroyed unfinished when the client goes.
class BodySink {
public:
    virtual ~BodySink() = default;
    virtual void write(std::span<const char> bytes) = 0;
    virtual Reply finish() = 0;
};

template <class T>
struct Created {
    T value;
};  // replies 201 instead of 200

}  // namespace concordat::web
