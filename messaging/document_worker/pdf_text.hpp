// The words of PDF files, by poppler.
#pragma once
#include <string_view>

#include "messaging/document/text_sink.hpp"

namespace concordat::messaging {

// Brings the library up: whatever it loads from the disk when it is needed is loaded now, since later there
// is no disk. Throws std::runtime_error when it does not read a document that is known.
void start_pdf();

// Throws what text_sink.hpp lists.
void read_pdf(std::string_view bytes, TextSink& sink);

}  // namespace concordat::messaging
