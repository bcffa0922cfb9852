// Parts of a body that is asked for (RFC 9110, 14), and whether the client has it already. Pure functions.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include "web/http/call.hpp"

namespace concordat::web {

struct ByteRange {
    std::uint64_t from = 0;
    std::uint64_t length = 0;
};

struct RangeAnswer {
    enum class Kind { whole, part, beyond };  // 200, 206, 416
    Kind kind = Kind::whole;
    ByteRange range;
};

// What to send of a body of `size` bytes with the strong tag `etag` (quoted). A range that is not understood,
// several ranges at once, and an If-Range that does not name this tag mean the whole. Only GET has ranges.
RangeAnswer asked_range(const Head& head, std::uint64_t size, std::string_view etag);

// If-None-Match names the tag, weak or strong.
bool is_known_tag(std::string_view if_none_match, std::string_view etag);

}  // namespace concordat::web
