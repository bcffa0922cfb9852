// The names of time zones, from the compact form of the tz database ("tzdata.zi").
#pragma once
#include <istream>
#include <string>
#include <vector>

namespace concordat::web {

// Zones and links of the form Area/Place, and UTC; sorted. Reads to the end.
std::vector<std::string> timezones_in(std::istream& tzdata);
// Those of this machine. Without a tz database there is only UTC, and the log says so.
std::vector<std::string> installed_timezones(const std::string& file = "/usr/share/zoneinfo/tzdata.zi");

}  // namespace concordat::web
