// XML read as a stream of beginnings, ends and text. A document type is refused, and with it every entity
// that somebody could define: no format that is read here has one.
#pragma once
#include <functional>
#include <memory>
#include <string_view>

namespace concordat::messaging {

// Told what there is, in order. Names are without their prefix. May throw.
class XmlListener {
public:
    virtual ~XmlListener() = default;
    // `attribute` gives the value of the one of that local name; "" when there is none.
    virtual void begin(std::string_view name,
                       const std::function<std::string_view(std::string_view)>& attribute) = 0;
    virtual void end(std::string_view name) = 0;
    virtual void text(std::string_view text) = 0;
};

// One document. One thread. Throws damaged (text_sink.hpp) for what is not well-formed, has a document type
// or is deeper than deepest_markup; and what the listener throws.
class XmlReader {
public:
    explicit XmlReader(XmlListener& listener);
    ~XmlReader();
    XmlReader(const XmlReader&) = delete;
    void read(std::string_view part);
    void finish();

private:
    struct Parser;
    std::unique_ptr<Parser> parser_;
};

}  // namespace concordat::messaging
