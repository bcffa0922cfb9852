// Feeds bytes to the readers of client requests. What MessagePack is accepted must be JSON: written
// as text and read again it is the same value, but for the last digits of a fraction.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include "core/base/json.hpp"
#include "web/socket/client_frame.hpp"

namespace {

namespace json = concordat::json;

bool is_same(const json::value& a, const json::value& b) {
    if (a.is_double() && b.is_number()) {
        const double x = a.get_double(), y = b.to_number<double>();
        return std::abs(x - y) <= 1e-12 * std::max(std::abs(x), 1e-290);
    }
    if (a.is_array() && b.is_array())
        return std::equal(a.get_array().begin(), a.get_array().end(), b.get_array().begin(),
                          b.get_array().end(), is_same);
    if (a.is_object() && b.is_object())
        return a.get_object().size() == b.get_object().size() &&
               std::all_of(a.get_object().begin(), a.get_object().end(), [&](const auto& member) {
                   const auto* other = b.get_object().if_contains(member.key());
                   return other && is_same(member.value(), *other);
               });
    return a == b;
}

template <class Read>
void try_to(Read read) {
    try {
        read();
    } catch (const concordat::Error&) {
        // refused, as most inputs are
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace concordat;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    try_to([&] {
        const auto value = web::read_message_pack(input);
        if (!is_same(value, parse_json_value(json::serialize(value)))) std::abort();
    });
    try_to([&] { web::read_binary_frame(input); });
    try_to([&] { web::read_text_frame(input); });
    return 0;
}
