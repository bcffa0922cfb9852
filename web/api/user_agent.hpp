// What a User-Agent header tells a person about one of their sessions. Pure.
#pragma once
#include <map>
#include <string>
#include <string_view>

namespace concordat::web {

// platform, os, browser ("Chrome/120.0"), isMobile: as clients show them in the list of sessions.
std::map<std::string, std::string> session_props_of(std::string_view user_agent);

}  // namespace concordat::web
