// Failure as a value that can be thrown.
//
// Throw an Error when the request, event or job at hand cannot go on. Nothing below the edges
// catches it: the router, the event dispatcher and the job runner are the only three places with
// a catch block. An expected absence is not an error; return std::optional.
#pragma once
#include <exception>
#include <optional>
#include <string>
#include <utility>

namespace concordat {

// What went wrong, in the words of a protocol-free caller. The router maps it to an HTTP status:
// 400, 401, 403, 404, 409, 413, 429, 503, 501, 500 in this order.
enum class Fault {
    invalid,
    unauthenticated,
    forbidden,
    not_found,
    conflict,
    too_large,
    rate_limited,
    unavailable,
    unsupported,
    internal
};

class Error : public std::exception {
public:
    // `id` is the stable dotted key clients may test for, e.g. "app.post.get.app_error".
    // `text` is one English sentence for the person who asked; it never quotes message content.
    // `detail` is for the operator's log only and never leaves the machine.
    Error(Fault fault, std::string id, std::string text = {}, std::string detail = {})
        : fault_(fault), id_(std::move(id)), text_(std::move(text)), detail_(std::move(detail)) {}

    Fault fault() const noexcept { return fault_; }
    const std::string& id() const noexcept { return id_; }
    const std::string& text() const noexcept { return text_; }
    const std::string& detail() const noexcept { return detail_; }
    const char* what() const noexcept override { return id_.c_str(); }

private:
    Fault fault_;
    std::string id_;
    std::string text_;
    std::string detail_;
};

// The one check used by every room: require(ok, Fault::invalid, "model.reaction.emoji_name").
inline void require(bool ok, Fault fault, const char* id, const char* text = "") {
    if (!ok) throw Error(fault, id, text);
}

// Turns "maybe a row" into "the row, or 404".
template <class T>
T found(std::optional<T> value, const char* id, const char* text = "") {
    if (!value) throw Error(Fault::not_found, id, text);
    return *std::move(value);
}

// The two errors that official clients expect for a malformed value; `name` is the JSON key, or the
// path or query parameter.
inline Error bad_body(const std::string& name) {
    return {Fault::invalid, "api.context.invalid_body_param.app_error",
            "Invalid or missing " + name + " in request body."};
}
inline Error bad_url(const std::string& name) {
    return {Fault::invalid, "api.context.invalid_url_param.app_error",
            "Invalid or missing " + name + " parameter in request URL."};
}
inline Error lacks_permission(std::string detail = {}) {
    return {Fault::forbidden, "api.context.permissions.app_error",
            "You do not have the appropriate permissions.", std::move(detail)};
}

}  // namespace concordat
