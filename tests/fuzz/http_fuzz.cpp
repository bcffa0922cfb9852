// Feeds bytes to the request reader as a connection would: request after request, cut at places that
// the first byte chooses. Whatever they are, it must neither crash nor loop nor take more than it was given.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include "web/http/request_reader.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using concordat::web::RequestReader;
    if (size < 2) return 0;
    const std::size_t step = 1 + data[0] % 64;
    const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    auto reader = std::make_unique<RequestReader>(concordat::web::ReadLimits{});
    std::string unread;
    std::size_t at = 0;
    bool is_limited = false;
    for (;;) {
        const auto taken = reader->put(unread);
        if (taken > unread.size()) std::abort();
        unread.erase(0, taken);
        if (reader->refusal()) return 0;
        if (reader->has_head() && !is_limited) {
            reader->limit_body(100'000);
            reader->head().query_value("a");
            reader->head().cookie("MMAUTHTOKEN");
            is_limited = true;
        }
        if (reader->body().size() > 100'000) std::abort();
        if (reader->is_done()) {
            reader->keeps_alive();
            reader = std::make_unique<RequestReader>(concordat::web::ReadLimits{});
            is_limited = false;
        } else if (taken == 0) {
            if (at >= input.size()) return 0;
            if (unread.size() > 70'000) std::abort();  // a reader that waits must refuse before this
            const auto next = input.substr(at, step);
            unread += next;
            at += next.size();
        }
    }
}
