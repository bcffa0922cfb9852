// Words of office documents: docx, xlsx, pptx (OOXML) and odt, ods, odp (OpenDocument), in the order in which
// the archive has them. What was deleted with changes tracked is not among them. Formulas are there by their
// results.
#pragma once
#include "messaging/document/text_sink.hpp"

namespace concordat::messaging {

class ZipArchive;

// False when it is none of these. Throws what text_sink.hpp lists.
bool read_office(const ZipArchive& archive, TextSink& sink);

}  // namespace concordat::messaging
