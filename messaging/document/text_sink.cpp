#include "messaging/document/text_sink.hpp"

#include "core/base/error.hpp"

namespace concordat::messaging {

void damaged_document() {
    throw Error(Fault::invalid, "file_text.damaged");
}

void too_large_document() {
    throw Error(Fault::invalid, "file_text.too_large");
}

void locked_document() {
    throw Error(Fault::invalid, "file_text.locked");
}

void TextSink::add(std::string_view text) {
    if (is_full_) return;
    if (text.size() > most_text - text_.size()) {
        is_full_ = true;
        text = text.substr(0, most_text - text_.size());
        // Not in the middle of a sign.
        while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80)
            text.remove_suffix(1);
        if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xC0) text.remove_suffix(1);
    }
    text_ += text;
}

void TextSink::gap(char sign) {
    if (text_.empty() || text_.back() == '\n' || (sign == ' ' && text_.back() == ' ')) return;
    if (text_.back() == ' ')
        text_.back() = sign;
    else
        add({&sign, 1});
}

}  // namespace concordat::messaging
