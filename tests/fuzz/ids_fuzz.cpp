// Reads bytes as an id. What is accepted has a wire form that reads back as the same id; what is not is
// refused as invalid.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include "core/base/error.hpp"
#include "core/model/ids.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace concordat;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        const auto id = PostId::from_text(text);
        if (PostId::from_text(id.text()) != id) std::abort();
        if (!text.empty() && !looks_like_id(text)) std::abort();
        if (uuid_bytes(id.uuid()) != id.bytes()) std::abort();
    } catch (const Error& e) {
        if (e.fault() != Fault::invalid || looks_like_id(text)) std::abort();
    }
    return 0;
}
