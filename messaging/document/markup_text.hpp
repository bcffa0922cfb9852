// The words of HTML, XML and SVG as people would see them: without tags, comments, scripts and styles, with
// the usual entities resolved. Forgiving, as browsers are; never fails. A pure function.
#pragma once
#include <string_view>

#include "messaging/document/text_sink.hpp"

namespace concordat::messaging {

void read_markup(std::string_view markup, TextSink& sink);

}  // namespace concordat::messaging
