#include "messaging/document/xml_text.hpp"

#include <expat.h>

#include <exception>
#include <new>

#include "messaging/document/text_sink.hpp"

namespace concordat::messaging {
namespace {

std::string_view local(std::string_view name) {
    const auto colon = name.rfind(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

}  // namespace

// An exception must not pass through the library: it is kept, and thrown when that has returned.
struct XmlReader::Parser {
    explicit Parser(XmlListener& to) : listener(to), parser(XML_ParserCreate(nullptr)) {
        if (!parser) throw std::bad_alloc();
        XML_SetUserData(parser, this);
        XML_SetElementHandler(parser, on_begin, on_end);
        XML_SetCharacterDataHandler(parser, on_text);
        XML_SetStartDoctypeDeclHandler(parser, on_type);
    }
    ~Parser() { XML_ParserFree(parser); }
    Parser(const Parser&) = delete;

    template <class Body>
    void guarded(Body body) {
        if (failure) return;
        try {
            body();
        } catch (...) {
            failure = std::current_exception();
            XML_StopParser(parser, XML_FALSE);
        }
    }
    static Parser& of(void* user) { return *static_cast<Parser*>(user); }
    static void on_begin(void* user, const char* name, const char** attributes) {
        auto& self = of(user);
        self.guarded([&] {
            if (++self.depth > deepest_markup) damaged_document();
            self.listener.begin(local(name), [&](std::string_view wanted) -> std::string_view {
                for (auto* at = attributes; *at; at += 2)
                    if (local(at[0]) == wanted) return at[1];
                return {};
            });
        });
    }
    static void on_end(void* user, const char* name) {
        auto& self = of(user);
        --self.depth;
        self.guarded([&] { self.listener.end(local(name)); });
    }
    static void on_text(void* user, const char* text, int length) {
        auto& self = of(user);
        self.guarded([&] { self.listener.text({text, static_cast<std::size_t>(length)}); });
    }
    static void on_type(void* user, const char*, const char*, const char*, int) {
        of(user).guarded([] { damaged_document(); });
    }
    void parse(std::string_view part, bool is_last) {
        const auto state = XML_Parse(parser, part.data(), static_cast<int>(part.size()), is_last);
        if (failure) std::rethrow_exception(failure);
        if (state != XML_STATUS_OK) damaged_document();
    }

    XmlListener& listener;
    XML_Parser parser;
    std::exception_ptr failure;
    int depth = 0;
};

XmlReader::XmlReader(XmlListener& listener) : parser_(std::make_unique<Parser>(listener)) {}

XmlReader::~XmlReader() = default;

void XmlReader::read(std::string_view part) {
    parser_->parse(part, false);
}

void XmlReader::finish() {
    parser_->parse({}, true);
}

}  // namespace concordat::messaging
