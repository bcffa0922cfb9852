// multipart/form-data (RFC 7578), read while it arrives.
//
// A part's body is handed on as it comes and never collected here: memory is bounded by a part's header and
// one boundary, whatever is sent. An object belongs to one thread at a time. Anything that is not a
// well-formed form throws Error (invalid, "api.context.multipart.app_error").
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace concordat::web {

struct PartHead {
    std::string name;
    std::optional<std::string> filename;  // as sent: may hold anything
    std::string content_type;             // what the sender claims
};

// Gets begin, any number of takes, end; part after part.
class PartTaker {
public:
    virtual ~PartTaker() = default;
    virtual void begin(const PartHead& head) = 0;
    virtual void take(std::string_view bytes) = 0;
    virtual void end() = 0;
};

// The boundary of a multipart/form-data Content-Type; nothing for every other type.
std::optional<std::string> form_boundary(std::string_view content_type);

class MultipartReader {
public:
    static constexpr std::size_t most_header_bytes =
        8192;  // of one part; and of what stands before the first
    static constexpr std::size_t most_parts = 32;

    // `taker` must outlive the reader.
    MultipartReader(const std::string& boundary, PartTaker& taker);

    // What `taker` throws goes through; the reader is of no use then.
    void write(std::string_view bytes);
    // The body has ended. Throws unless the form had, too.
    void finish();
    bool is_complete() const { return state_ == State::after; }

private:
    enum class State { before, boundary, header, body, after };
    bool step();
    bool skip_preamble();
    bool end_boundary();
    bool read_header();
    bool pass_body();
    std::string_view rest() const { return std::string_view(held_).substr(at_); }

    const std::string delimiter_;  // CRLF -- boundary
    PartTaker& taker_;
    State state_ = State::before;
    std::string held_ =
        "\r\n";  // not yet decided on, from at_; so that the first boundary looks like the others
    std::size_t at_ = 0;
    std::size_t skipped_ = 0;
    std::size_t parts_ = 0;
};

}  // namespace concordat::web
