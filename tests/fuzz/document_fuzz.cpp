// libFuzzer target: the first byte says which ending, the rest is a file. What the readers of documents make
// of it is text within its bound, or one of their errors.
#include <cstdint>
#include <string_view>

#include "core/base/error.hpp"
#include "messaging/document/charset.hpp"
#include "messaging/document/document.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace concordat;
    using namespace concordat::messaging;
    if (size == 0) return 0;
    static constexpr std::string_view endings[] = {"txt", "html", "xml", "docx", "zip", "what"};
    const std::string_view file(reinterpret_cast<const char*>(data + 1), size - 1);
    DocumentRules rules;
    rules.may_open_archives = (data[0] & 0x80) != 0;
    rules.read_pdf = [](std::string_view bytes, TextSink& sink) { sink.add(utf8_of(bytes, 100)); };
    try {
        const auto text = document_text(file, endings[data[0] % std::size(endings)], rules);
        if (text.size() > most_text || !is_utf8(text)) __builtin_trap();
    } catch (const Error& e) {
        if (!std::string_view(e.id()).starts_with("file_text.")) __builtin_trap();
    }
    return 0;
}
