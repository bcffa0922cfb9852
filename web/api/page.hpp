// Pages that the server itself shows: one text without anything from elsewhere, whose Content-Security-Policy
// allows nothing but its own style and script (and its form, when it has one). Pure.
#pragma once
#include <string>
#include <string_view>
#include "core/config/settings.hpp"
#include "web/http/call.hpp"

namespace concordat::web {

struct Page {
    std::string body;         // HTML, below the heading that names the site
    std::string footer = {};  // HTML; "" is none
    std::string next = {};    // an address that the browser goes to by itself; "" is none
    bool has_form = false;
    // Its one form leads elsewhere. Where to is not bounded: browsers apply a bound to every redirect after
    // it.
    bool form_leaves = false;
    std::string_view script = {};  // runs when the body is there; "" is none
    const char* language = "en";
};
// Never kept by browsers; status 200.
Reply page_reply(const Settings& settings, const Page& page);

}  // namespace concordat::web
