// How concordatctl shows answers to people.
#pragma once
#include <ostream>
#include "core/base/json.hpp"

namespace concordat::appliance {

// An array of objects as aligned columns, an object as "name: value" lines, nested ones indented. Times
// (*_at) in UTC.
void print_table(std::ostream& out, const json::value& value);
// Every route of this program with its rule; needs no data directory. Returns the exit status.
int print_routes(bool is_tsv, bool is_json);

}  // namespace concordat::appliance
