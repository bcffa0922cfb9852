// Feeds bytes to the reader of frames between nodes, whole and cut into pieces: both ways must give the same
// frames, which written again are the same bytes. Parts then go to the readers of headers, seals and
// messages: what they take is spelled as they would spell it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "federation/wire/event.hpp"
#include "federation/wire/frame.hpp"
#include "federation/wire/key_chain.hpp"
#include "federation/wire/messages.hpp"

namespace {

using namespace concordat;
using namespace concordat::federation;

// The frames, and whether the reader gave up.
std::vector<Frame> frames_of(std::string_view input, std::size_t step, bool& is_refused) {
    FrameReader reader;
    std::vector<Frame> out;
    is_refused = false;
    try {
        for (std::size_t at = 0; at < input.size(); at += step) {
            reader.feed(input.substr(at, step));
            while (auto frame = reader.next()) out.push_back(std::move(*frame));
        }
    } catch (const Error&) {
        is_refused = true;
    }
    return out;
}

template <class Read>
void try_to(Read read) {
    try {
        read();
    } catch (const Error&) {  // refused is fine
    }
}

void check_part(const std::string& part) {
    try_to([&] {
        if (encode_header(decode_header(part)) != part) std::abort();
    });
    try_to([&] {
        if (encode_seal(decode_seal(part)) != part) std::abort();
    });
    try_to([&] {
        if (KeyChain::decode(part).encode() != part) std::abort();
    });
    try_to([&] { parse_json<Hello>(part); });
    try_to([&] { parse_json<ShareList>(part); });
    try_to([&] { parse_json<Wants>(part); });
    try_to([&] { parse_json<Declined>(part); });
    try_to([&] { parse_json<PostBody>(part); });
    try_to([&] { parse_json<FileWant>(part); });
    try_to([&] { parse_json<FileData>(part); });
    try_to([&] { parse_json<FileCredit>(part); });
    try_to([&] { parse_json<FileNo>(part); });
    try_to([&] { parse_json<FileRefused>(part); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string input(reinterpret_cast<const char*>(data), size);
    bool whole_refused = false, cut_refused = false;
    const auto whole = frames_of(input, std::max<std::size_t>(1, size), whole_refused);
    const auto cut = frames_of(input, 3, cut_refused);
    if (whole_refused != cut_refused || whole.size() != cut.size()) std::abort();
    std::string again;
    for (std::size_t i = 0; i < whole.size(); ++i) {
        if (whole[i].type != cut[i].type || whole[i].parts != cut[i].parts) std::abort();
        again += encode(whole[i]);
        for (const auto& part : whole[i].parts) check_part(part);
    }
    if (input.substr(0, again.size()) != again) std::abort();
    check_part(input);
    return 0;
}
