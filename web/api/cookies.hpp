// The three cookies of a browser's session: MMAUTHTOKEN (the token, hidden from script), MMUSERID (by
// which the web client knows that somebody is signed in) and MMCSRF. Pure functions; they return values of
// Set-Cookie.
#pragma once
#include <string>
#include <vector>
#include "core/config/settings.hpp"
#include "identity/session/sessions.hpp"
#include "web/http/call.hpp"

namespace concordat::web {

inline constexpr const char* token_cookie = "MMAUTHTOKEN";

std::vector<std::string> session_cookies(const Settings& settings, const Head& head,
                                         const identity::NewSession& session);
// Takes them away.
std::vector<std::string> expired_cookies(const Settings& settings, const Head& head);

// Whether the client reached us by https, here or at a proxy.
bool came_by_https(const Head& head);

// The sub-path that the site lives under, without a final slash; "" when it has none.
std::string site_path(const Settings& settings);

}  // namespace concordat::web
