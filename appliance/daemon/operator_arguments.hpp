// What the operator's commands take: named texts and flags. And who acts.
#pragma once
#include <string>
#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/model/actor.hpp"

namespace concordat::appliance {

// "" when it is not there.
inline std::string text_of(const json::object& arguments, const char* name) {
    const auto* value = arguments.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

inline bool flag_of(const json::object& arguments, const char* name) {
    const auto* value = arguments.if_contains(name);
    return value && value->is_bool() && value->get_bool();
}

// Milliseconds from 2026-01-31, 2026-01-31T12:00:00Z, or milliseconds; "" is "". Days are those of UTC;
// `is_end`: with the whole day. Throws Error (invalid, "operator.export.time").
std::string operator_time(const std::string& text, bool is_end);

inline std::string needed(const json::object& arguments, const char* name) {
    auto text = text_of(arguments, name);
    if (text.empty())
        throw Error(Fault::invalid, "operator.argument", std::string("--") + name + " is needed.");
    return text;
}

// The machine's operator: may do everything, is nobody.
inline Actor the_operator() {
    Actor actor;
    actor.is_admin = true;
    actor.username = "operator";
    return actor;
}

}  // namespace concordat::appliance
