#include "web/http/multipart.hpp"

#include <algorithm>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "web/http/percent.hpp"

namespace concordat::web {
namespace {

constexpr std::size_t longest_boundary = 70;  // RFC 2046, 5.1.1
constexpr std::size_t longest_padding = 64;   // white space between a boundary and the end of its line

[[noreturn]] void malformed(const char* why) {
    throw Error(Fault::invalid, "api.context.multipart.app_error",
                std::string("The form could not be read: ") + why + '.');
}

bool is_token_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_boundary_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos;
}

// Reads `type; name=value; name="value"` piece by piece.
class Parameters {
public:
    explicit Parameters(std::string_view text) : text_(text) {
        const auto end = text_.find(';');
        type_ = lower_ascii(trimmed(text_.substr(0, end)));
        at_ = end == text_.npos ? text_.size() : end;
    }

    const std::string& type() const { return type_; }

    // False when there is none left. `name` in lower case.
    bool next(std::string& name, std::string& value) {
        skip_space();
        if (at_ == text_.size()) return false;
        if (text_[at_++] != ';') malformed("a parameter is not followed by a semicolon");
        skip_space();
        if (at_ == text_.size()) return false;
        name = lower_ascii(token());
        if (name.empty() || at_ == text_.size() || text_[at_++] != '=') malformed("a parameter has no value");
        value = at_ < text_.size() && text_[at_] == '"' ? quoted() : token();
        return true;
    }

private:
    void skip_space() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    }
    std::string token() {
        const auto from = at_;
        while (at_ < text_.size() && is_token_char(text_[at_])) ++at_;
        return std::string(text_.substr(from, at_ - from));
    }
    // A backslash that does not escape a quote or itself stands for itself: some senders put paths here.
    std::string quoted() {
        std::string out;
        for (++at_; at_ < text_.size(); ++at_) {
            if (text_[at_] == '"') {
                ++at_;
                return out;
            }
            if (text_[at_] == '\\' && at_ + 1 < text_.size() &&
                (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\'))
                ++at_;
            out += text_[at_];
        }
        malformed("a quotation has no end");
    }

    std::string_view text_;
    std::string type_;
    std::size_t at_ = 0;
};

// Browsers write a quote in a name as %22 and leave every other percent sign as it is.
std::string without_quote_escapes(std::string text) {
    for (auto at = text.find("%22"); at != text.npos; at = text.find("%22", at + 1))
        text.replace(at, 3, "\"");
    return text;
}

// RFC 8187: UTF-8''na%C3%AFve.txt
std::optional<std::string> extended_value(const std::string& value) {
    const auto first = value.find('\'');
    const auto second = first == value.npos ? first : value.find('\'', first + 1);
    if (second == value.npos || lower_ascii(value.substr(0, first)) != "utf-8") return std::nullopt;
    return percent_decoded(std::string_view(value).substr(second + 1));
}

void read_disposition(std::string_view text, PartHead& head, bool& has_name) {
    Parameters parameters(text);
    if (parameters.type() != "form-data") malformed("a part is not form-data");
    std::optional<std::string> extended;
    for (std::string name, value; parameters.next(name, value);) {
        if (name == "name") {
            if (std::exchange(has_name, true)) malformed("a part has two names");
            head.name = without_quote_escapes(std::move(value));
        } else if (name == "filename") {
            if (head.filename) malformed("a part has two file names");
            head.filename = without_quote_escapes(std::move(value));
        } else if (name == "filename*") {
            if (extended) malformed("a part has two file names");
            extended = extended_value(value);
            if (!extended) malformed("a file name has an unknown encoding");
        }
    }
    if (extended) head.filename = std::move(extended);
}

// `text` is the header's lines without the empty one.
PartHead part_head(std::string_view text) {
    PartHead head;
    bool has_name = false, has_disposition = false;
    while (!text.empty()) {
        const auto end = std::min(text.find("\r\n"), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(text.size(), end + 2));
        const auto colon = line.find(':');
        if (colon == 0 || colon == line.npos ||
            !std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(colon), is_token_char))
            malformed("a header line has no name");
        if (std::any_of(line.begin(), line.end(), [](char c) {
                return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
            }))
            malformed("a header has control characters");
        const auto name = lower_ascii(line.substr(0, colon));
        const auto value = trimmed(line.substr(colon + 1));
        if (name == "content-disposition") {
            if (std::exchange(has_disposition, true)) malformed("a part has two dispositions");
            read_disposition(value, head, has_name);
        } else if (name == "content-type") {
            head.content_type = value;
        } else if (name == "content-transfer-encoding") {
            const auto encoding = lower_ascii(value);
            if (encoding != "binary" && encoding != "7bit" && encoding != "8bit")
                malformed("a part is encoded");
        }
    }
    if (!has_name) malformed("a part has no name");
    return head;
}

}  // namespace

std::optional<std::string> form_boundary(std::string_view content_type) {
    Parameters parameters(content_type);
    if (parameters.type() != "multipart/form-data") return std::nullopt;
    std::optional<std::string> boundary;
    for (std::string name, value; parameters.next(name, value);) {
        if (name != "boundary") continue;
        if (boundary) malformed("there are two boundaries");
        boundary = std::move(value);
    }
    if (!boundary || boundary->empty() || boundary->size() > longest_boundary || boundary->ends_with(' ') ||
        !std::all_of(boundary->begin(), boundary->end(), is_boundary_char))
        malformed("there is no boundary");
    return boundary;
}

MultipartReader::MultipartReader(const std::string& boundary, PartTaker& taker)
    : delimiter_("\r\n--" + boundary), taker_(taker) {}

void MultipartReader::write(std::string_view bytes) {
    if (state_ == State::after) return;  // what follows the last boundary has no meaning
    held_.append(bytes);
    while (step()) {
    }
    held_.erase(0, at_);
    at_ = 0;
    if (state_ == State::after) std::string().swap(held_);
}

void MultipartReader::finish() {
    if (state_ != State::after) malformed("it ends too early");
}

// True when it came further and may try again.
bool MultipartReader::step() {
    switch (state_) {
        case State::before:
            return skip_preamble();
        case State::boundary:
            return end_boundary();
        case State::header:
            return read_header();
        case State::body:
            return pass_body();
        case State::after:
            return false;
    }
    return false;
}

bool MultipartReader::skip_preamble() {
    const auto found = rest().find(delimiter_);
    const auto passed = found != std::string_view::npos
                            ? found
                            : rest().size() - std::min(rest().size(), delimiter_.size() - 1);
    skipped_ += passed;
    if (skipped_ > most_header_bytes) malformed("there is no boundary in it");
    at_ += passed;
    if (found == std::string_view::npos) return false;
    at_ += delimiter_.size();
    state_ = State::boundary;
    return true;
}

bool MultipartReader::end_boundary() {
    if (rest().size() < 2) return false;
    if (rest().starts_with("--")) {
        at_ = held_.size();
        state_ = State::after;
        return false;
    }
    const auto end = std::min(rest().find_first_not_of(" \t"), rest().size());
    if (end > longest_padding) malformed("a boundary is not followed by the end of its line");
    if (rest().size() < end + 2) return false;
    if (!rest().substr(end).starts_with("\r\n"))
        malformed("a boundary is not followed by the end of its line");
    at_ += end + 2;
    state_ = State::header;
    return true;
}

bool MultipartReader::read_header() {
    const auto end = rest().find("\r\n\r\n");
    if ((end == std::string_view::npos ? rest().size() : end) > most_header_bytes)
        malformed("the header of a part is too long");
    if (end == std::string_view::npos) return false;
    if (++parts_ > most_parts) malformed("it has too many parts");
    const auto head = part_head(rest().substr(0, end));
    at_ += end + 4;
    state_ = State::body;
    taker_.begin(head);
    return true;
}

bool MultipartReader::pass_body() {
    const auto found = rest().find(delimiter_);
    const auto passed = found != std::string_view::npos
                            ? found
                            : rest().size() - std::min(rest().size(), delimiter_.size() - 1);
    if (passed > 0) taker_.take(rest().substr(0, passed));
    at_ += passed;
    if (found == std::string_view::npos) return false;
    at_ += delimiter_.size();
    state_ = State::boundary;
    taker_.end();
    return true;
}

}  // namespace concordat::web
