// How the bodies of files are sent: safely shown, in ranges, kept by the client for a day.
#pragma once
#include <string>
#include <string_view>
#include "messaging/conversation/files.hpp"
#include "web/http/call.hpp"

namespace concordat::web {

// Only still pictures, films and sound are shown inside a page; everything else is offered for saving, and
// what could run in a browser is sent as plain text besides.
Reply file_reply(const Head& head, messaging::FileBody body, bool as_download);

// A small picture made by this server. Empty `bytes`: the client has it (304).
Reply picture_reply(std::string bytes, const std::string& mime_type, const std::string& etag,
                    const char* cache_control);

// `attachment; filename="..."; filename*=UTF-8''...` (RFC 6266).
std::string content_disposition(std::string_view how, std::string_view file_name);

}  // namespace concordat::web
