// Forms as programs are sent them: application/x-www-form-urlencoded. Pure.
#pragma once
#include <string>
#include <string_view>

namespace concordat::messaging {

class FormBody {
public:
    FormBody& add(std::string_view name, std::string_view value);
    const std::string& text() const { return text_; }

private:
    void append(std::string_view part);
    std::string text_;
};

inline FormBody& FormBody::add(std::string_view name, std::string_view value) {
    if (!text_.empty()) text_ += '&';
    append(name);
    text_ += '=';
    append(value);
    return *this;
}

inline void FormBody::append(std::string_view part) {
    constexpr char digits[] = "0123456789ABCDEF";
    for (const unsigned char c : part) {
        const bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                              c == '-' || c == '_' || c == '.' || c == '~';
        if (c == ' ') {
            text_ += '+';
        } else if (is_plain) {
            text_ += static_cast<char>(c);
        } else {
            text_ += '%';
            text_ += digits[c >> 4];
            text_ += digits[c & 15];
        }
    }
}

}  // namespace concordat::messaging
