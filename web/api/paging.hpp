// Query parameters that many routes share. A number that makes no sense counts as absent.
#pragma once
#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include "web/http/call.hpp"

namespace concordat::web {

inline constexpr std::int64_t default_page_size = 60;
inline constexpr std::int64_t largest_page_size = 200;

struct Paging {
    std::int64_t page = 0;
    std::int64_t per_page = default_page_size;
    std::int64_t offset() const { return page * per_page; }
};

inline std::int64_t number_in(const Call& call, std::string_view name, std::int64_t fallback) {
    const auto text = call.head.query_value(name);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && !text.empty() ? value : fallback;
}

inline bool flag_in(const Call& call, std::string_view name) {
    const auto text = call.head.query_value(name);
    return text == "true" || text == "1";
}

// page from 0, per_page 60 and at most 200.
inline Paging paging_of(const Call& call) {
    Paging p;
    p.page = std::clamp<std::int64_t>(number_in(call, "page", 0), 0, 1000000);
    p.per_page = number_in(call, "per_page", default_page_size);
    if (p.per_page < 0) p.per_page = default_page_size;
    p.per_page = std::min(p.per_page, largest_page_size);
    return p;
}

// An optional id in the query. Throws bad_url(name) when it is there and is none.
template <class AnyIdType>
AnyIdType id_in(const Call& call, std::string_view name) {
    const auto text = call.head.query_value(name);
    if (text.empty()) return {};
    if (!looks_like_id(text)) throw bad_url(std::string(name));
    return AnyIdType::from_text(text);
}

// JSON, unless the client has it already: then 304 with the tag.
template <class Make>
Reply tagged(const Call& call, const std::string& etag, Make make) {
    Reply reply;
    reply.set("ETag", etag);
    if (call.head.headers.get("If-None-Match") == etag)
        reply.status = 304;
    else
        reply.body = make();
    return reply;
}

}  // namespace concordat::web
