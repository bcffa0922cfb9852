#include "federation/wire/frame.hpp"

#include "core/base/error.hpp"
#include "storage/crypto/digest.hpp"

namespace concordat::federation {
namespace {

constexpr std::size_t head_size = 8;  // the length included

[[noreturn]] void refuse_frame(const char* why) {
    throw Error(Fault::invalid, "federation.frame", "The other side sent what is no frame.", why);
}

void add_u32(std::string& out, std::size_t number) {
    std::uint8_t bytes[4];
    storage::put_u32(bytes, static_cast<std::uint32_t>(number));
    out.append(reinterpret_cast<const char*>(bytes), sizeof bytes);
}

bool is_known(std::uint8_t type) {
    return (type >= static_cast<std::uint8_t>(FrameType::hello) &&
            type <= static_cast<std::uint8_t>(FrameType::declined)) ||
           type == static_cast<std::uint8_t>(FrameType::keys);
}

}  // namespace

std::string encode(const Frame& frame) {
    std::size_t length = head_size - 4;
    for (const auto& part : frame.parts) length += 4 + part.size();
    if (length > longest_frame || frame.parts.size() > most_parts)
        throw Error(Fault::too_large, "federation.frame", "This is too long for a frame.");
    std::string out;
    out.reserve(length + 4);
    add_u32(out, length);
    out += static_cast<char>(frame.type);
    out.append(3, '\0');
    for (const auto& part : frame.parts) {
        add_u32(out, part.size());
        out += part;
    }
    return out;
}

std::optional<Frame> FrameReader::next() {
    const auto rest = std::string_view(buffer_).substr(at_);
    if (rest.size() < 4) return std::nullopt;
    const std::size_t length = storage::get_u32(rest.data());
    if (length < head_size - 4) refuse_frame("a frame is shorter than its head");
    if (length > limit_) refuse_frame("a frame is longer than is allowed");
    if (rest.size() >= head_size) {
        if (!is_known(static_cast<std::uint8_t>(rest[4]))) refuse_frame("a frame is of an unknown type");
        if (rest[5] != 0 || rest[6] != 0 || rest[7] != 0)
            refuse_frame("a frame has flags that are not known");
    }
    if (rest.size() < 4 + length) return std::nullopt;
    Frame frame;
    frame.type = static_cast<FrameType>(rest[4]);
    for (auto body = rest.substr(head_size, length - (head_size - 4)); !body.empty();) {
        if (body.size() < 4) refuse_frame("a part is cut off");
        const std::size_t size = storage::get_u32(body.data());
        if (size > body.size() - 4) refuse_frame("a part is longer than its frame");
        if (frame.parts.size() == most_parts) refuse_frame("a frame has too many parts");
        frame.parts.emplace_back(body.substr(4, size));
        body.remove_prefix(4 + size);
    }
    if (frame.parts.empty()) refuse_frame("a frame is empty");
    at_ += 4 + length;
    if (at_ == buffer_.size() || at_ > longest_frame) {
        buffer_.erase(0, at_);
        at_ = 0;
    }
    return frame;
}

}  // namespace concordat::federation
