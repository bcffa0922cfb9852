// Compression of replies as the client asked for it. Pure CPU work: run it on a worker thread.
#pragma once
#include <string_view>
#include "web/http/call.hpp"

namespace concordat::web {

enum class Coding { identity, gzip, brotli };

// The best coding that an Accept-Encoding header allows; brotli before gzip at equal quality.
Coding coding_of(std::string_view accept_encoding);

// Types that shrink: text, JSON, scripts, style sheets, SVG.
bool shrinks(std::string_view content_type);

// Compresses the reply's body in place when that is allowed and worth it: more than 1400 bytes of a
// type that shrinks, in memory, not compressed or partial already. Adds Content-Encoding, and Vary
// whenever another client could get another coding.
void compress(Reply& reply, std::string_view accept_encoding);

}  // namespace concordat::web
