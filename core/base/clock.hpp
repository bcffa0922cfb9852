// Time. Services are given a Clock, so tests can stand still.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>

namespace concordat {

using Millis = std::int64_t;  // milliseconds since 1970-01-01 UTC, as on the wire
using Clock = std::function<Millis()>;

inline Millis wall_clock() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace concordat
