// Feeds bytes to the readers of client requests. What MessagePack is accepted must be JSON: written
// as text and read again it is the same value.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include "core/base/json.hpp"
#include "web/socket/client_frame.hpp"

namespace {

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
        if (parse_json_value(json::serialize(value)) != value) std::abort();
    });
    try_to([&] { web::read_binary_frame(input); });
    try_to([&] { web::read_text_frame(input); });
    return 0;
}
