// Feeds bytes to the WebSocket parser, whole and cut into pieces: both ways must give the same messages,
// none longer than allowed, text in UTF-8 only, and nothing after a close or a fault.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>
#include "core/base/text.hpp"
#include "web/socket/frame.hpp"

namespace {

using concordat::web::FrameParser;
using concordat::web::Incoming;

std::vector<Incoming> messages_of(std::string_view input, std::size_t step) {
    FrameParser parser;
    std::vector<Incoming> out;
    for (std::size_t at = 0; at < input.size(); at += step) {
        const auto part = input.substr(at, step);
        std::span<const char> bytes(part.data(), part.size());
        while (!bytes.empty()) {
            auto message = parser.next(bytes);
            if (message.kind == Incoming::Kind::none) break;
            out.push_back(std::move(message));
        }
        if (!bytes.empty()) std::abort();  // asks for more while there is some
    }
    return out;
}

void check(const std::vector<Incoming>& messages) {
    for (std::size_t i = 0; i < messages.size(); ++i) {
        const auto& message = messages[i];
        const bool is_end = message.kind == Incoming::Kind::close || message.kind == Incoming::Kind::fault;
        if (is_end && i + 1 != messages.size()) std::abort();
        if (message.payload.size() > 8192) std::abort();
        if (message.kind == Incoming::Kind::text && !concordat::is_utf8(message.payload)) std::abort();
        if (message.kind == Incoming::Kind::fault && message.code != 1002 && message.code != 1007 &&
            message.code != 1009)
            std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto whole = messages_of(input, input.size());
    const auto pieces = messages_of(input, 1 + data[0] % 32);
    check(whole);
    const bool is_same = std::equal(whole.begin(), whole.end(), pieces.begin(), pieces.end(),
                                    [](const auto& a, const auto& b) {
                                        return a.kind == b.kind && a.payload == b.payload && a.code == b.code;
                                    });
    if (!is_same) std::abort();
    return 0;
}
