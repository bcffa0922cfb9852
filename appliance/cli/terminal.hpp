// What the operator's tool asks whoever sits at it.
#pragma once
#include <string>

namespace concordat::appliance {

// A line from standard input; a terminal does not show it.
std::string read_secret(const char* prompt);

}  // namespace concordat::appliance
