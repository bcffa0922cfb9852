#include "web/http/byte_range.hpp"

#include <algorithm>
#include <charconv>

#include "core/base/text.hpp"

namespace concordat::web {
namespace {

std::optional<std::uint64_t> number_in(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || end != text.data() + text.size() || error == std::errc::invalid_argument)
        return std::nullopt;
    return error == std::errc::result_out_of_range ? UINT64_MAX : value;
}

// "100-199", "100-" or "-10".
RangeAnswer answer_to(std::string_view spec, std::uint64_t size) {
    using Kind = RangeAnswer::Kind;
    const auto dash = spec.find('-');
    if (dash == spec.npos) return {};
    const auto first = spec.substr(0, dash), last = spec.substr(dash + 1);
    if (first.empty()) {
        const auto count = number_in(last);
        if (!count) return {};
        if (*count == 0 || size == 0) return {Kind::beyond, {}};
        const auto length = std::min(*count, size);
        return {Kind::part, {size - length, length}};
    }
    const auto from = number_in(first);
    const auto to = last.empty() ? std::optional(UINT64_MAX) : number_in(last);
    if (!from || !to || *to < *from) return {};
    if (*from >= size) return {Kind::beyond, {}};
    return {Kind::part, {*from, std::min(*to, size - 1) - *from + 1}};
}

}  // namespace

RangeAnswer asked_range(const Head& head, std::uint64_t size, std::string_view etag) {
    if (head.verb != Verb::get) return {};
    const auto text = trimmed(head.headers.get("Range"));
    const auto equals = text.find('=');
    if (equals == text.npos || lower_ascii(trimmed(text.substr(0, equals))) != "bytes") return {};
    if (head.headers.has("If-Range") && trimmed(head.headers.get("If-Range")) != etag) return {};
    const auto spec = trimmed(text.substr(equals + 1));
    return spec.find(',') == spec.npos ? answer_to(spec, size) : RangeAnswer{};
}

bool is_known_tag(std::string_view if_none_match, std::string_view etag) {
    for (const auto& word : split_words(if_none_match, ',')) {
        auto tag = trimmed(word);
        if (tag.starts_with("W/")) tag.remove_prefix(2);
        if (tag == etag || tag == "*") return true;
    }
    return false;
}

}  // namespace concordat::web
