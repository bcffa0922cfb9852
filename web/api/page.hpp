// Pages that the server itself shows: one text without anything from elsewhere, whose Content-Security-Policy
// allows nothing but its own style (and a form that goes back here, or the line that sends one elsewhere,
// when it has one). Pure.
#pragma once
#include <string>
#include "core/config/settings.hpp"
#include "web/http/call.hpp"

namespace concordat::web {

struct Page {
    std::string body;         // HTML, below the heading that names the site
    std::string footer = {};  // HTML; "" is none
    std::string next = {};    // an address that the browser goes to by itself; "" is none
    bool has_form = false;
    bool posts_by_itself = false;  // its one form goes elsewhere, at once
    const char* language = "en";
};
// Never kept by browsers; status 200.
Reply page_reply(const Settings& settings, const Page& page);

}  // namespace concordat::web
