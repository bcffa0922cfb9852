// The newest lines of the operator's log (log.hpp), for those who read it over the API: at most 10,000, and
// 2 MiB. Thread-safe.
#pragma once
#include <string>
#include <vector>

namespace concordat {

// Oldest first, without the line's end.
std::vector<std::string> recent_log();

}  // namespace concordat
