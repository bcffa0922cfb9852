// Reads bytes as the body of a post. Whatever they are, reading must end with a value or one of our errors, and what was
// read must survive being written and read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include "core/base/json.hpp"
#include "core/model/post.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace concordat;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        const auto written = json_text(parse_json<Post>(text));
        if (json_text(parse_json<Post>(written)) != written) std::abort();
    } catch (const Error& e) {
        if (e.fault() != Fault::invalid) std::abort();
    }
    return 0;
}
