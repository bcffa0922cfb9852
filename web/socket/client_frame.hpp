// What a client asks over the socket: {"seq": n, "action": "...", "data": {...}}, as JSON text or as
// MessagePack. Pure functions.
//
// The input is hostile. Nesting is limited to 16 levels, and memory stays proportional to the bytes
// received, whatever lengths those claim.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include "core/base/json.hpp"

namespace concordat::web {

struct ClientFrame {
    std::int64_t seq = 0;
    std::string action;
    json::object data;
};

// Unknown keys are ignored, absent ones keep their defaults. Both throw Error (invalid) on anything
// that is not such an object.
ClientFrame read_text_frame(std::string_view text);
ClientFrame read_binary_frame(std::string_view bytes);

// MessagePack to JSON. Exactly one value; map keys are text; binary, extension types, numbers that
// are not finite and text that is not UTF-8 have no place in JSON and are refused. Throws Error (invalid).
json::value read_message_pack(std::string_view bytes);

}  // namespace concordat::web
