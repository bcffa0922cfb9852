// Reads bytes as the body of a post. Whatever they are, reading must end with a value or one of our errors,
// and what was read must survive being written and read again. (Fractions in props may differ in their last
// digit: the parser is fast, not exact, there.)
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
        const auto post = parse_json<Post>(text);
        const auto again = parse_json<Post>(json_text(post));
        if (again.message != post.message || again.file_ids != post.file_ids ||
            again.channel_id != post.channel_id || again.props.size() != post.props.size())
            std::abort();
    } catch (const Error& e) {
        if (e.fault() != Fault::invalid) std::abort();
    }
    return 0;
}
