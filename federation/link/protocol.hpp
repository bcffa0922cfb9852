// What both lanes of a session do with frames. Private to the link. Pure.
#pragma once
#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "federation/wire/frame.hpp"

namespace concordat::federation {

// The first part of a frame. Throws what parse_json() throws.
template <class T>
T message_in(const Frame& frame) {
    return parse_json<T>(frame.parts.at(0), "frame");
}

// Ends the session.
[[noreturn]] inline void break_rule(const char* why) {
    throw Error(Fault::invalid, "federation.protocol", "The other side does not keep to the protocol.", why);
}

}  // namespace concordat::federation
