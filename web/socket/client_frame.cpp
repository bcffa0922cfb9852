#include "web/socket/client_frame.hpp"

#include <bit>
#include <cmath>

#include "core/base/text.hpp"

namespace concordat::web {
namespace {

constexpr std::size_t deepest = 16;

Error undecodable() {
    return bad_body("frame");
}

class MessagePackReader {
public:
    explicit MessagePackReader(std::string_view bytes) : left_(bytes) {}
    bool is_done() const { return left_.empty(); }

    json::value value(std::size_t depth) {
        const auto tag = static_cast<std::uint8_t>(number(1));
        if (tag <= 0x7F) return static_cast<std::int64_t>(tag);
        if (tag >= 0xE0) return static_cast<std::int64_t>(static_cast<std::int8_t>(tag));
        if (tag <= 0x8F) return map(tag & 0x0Fu, depth);
        if (tag <= 0x9F) return array(tag & 0x0Fu, depth);
        if (tag <= 0xBF) return text(tag & 0x1Fu);
        switch (tag) {
            case 0xC0:
                return nullptr;
            case 0xC2:
                return false;
            case 0xC3:
                return true;
            case 0xCA:
                return real(std::bit_cast<float>(static_cast<std::uint32_t>(number(4))));
            case 0xCB:
                return real(std::bit_cast<double>(number(8)));
            case 0xCC:
                return natural(number(1));
            case 0xCD:
                return natural(number(2));
            case 0xCE:
                return natural(number(4));
            case 0xCF:
                return natural(number(8));
            case 0xD0:
                return static_cast<std::int64_t>(static_cast<std::int8_t>(number(1)));
            case 0xD1:
                return static_cast<std::int64_t>(static_cast<std::int16_t>(number(2)));
            case 0xD2:
                return static_cast<std::int64_t>(static_cast<std::int32_t>(number(4)));
            case 0xD3:
                return static_cast<std::int64_t>(number(8));
            case 0xD9:
                return text(number(1));
            case 0xDA:
                return text(number(2));
            case 0xDB:
                return text(number(4));
            case 0xDC:
                return array(number(2), depth);
            case 0xDD:
                return array(number(4), depth);
            case 0xDE:
                return map(number(2), depth);
            case 0xDF:
                return map(number(4), depth);
            default:
                throw undecodable();  // binary, extensions, and the one unused tag
        }
    }

private:
    std::string_view take(std::uint64_t size) {
        if (size > left_.size()) throw undecodable();
        const auto out = left_.substr(0, static_cast<std::size_t>(size));
        left_.remove_prefix(out.size());
        return out;
    }

    std::uint64_t number(std::size_t bytes) {
        std::uint64_t out = 0;
        for (const char c : take(bytes)) out = out << 8 | static_cast<unsigned char>(c);
        return out;
    }

    // As JSON text would read: what fits int64 is int64.
    static json::value natural(std::uint64_t n) {
        if (n <= static_cast<std::uint64_t>(INT64_MAX)) return static_cast<std::int64_t>(n);
        return n;
    }

    static json::value real(double n) {
        if (!std::isfinite(n)) throw undecodable();
        return n;
    }

    json::string text(std::uint64_t size) {
        const auto bytes = take(size);
        if (!is_utf8(bytes)) throw undecodable();
        return json::string(bytes);
    }

    json::string key() {
        const auto tag = static_cast<std::uint8_t>(number(1));
        if (tag >= 0xA0 && tag <= 0xBF) return text(tag & 0x1Fu);
        if (tag >= 0xD9 && tag <= 0xDB) return text(number(std::size_t{1} << (tag - 0xD9)));
        throw undecodable();
    }

    // Every element takes at least a byte, so a count beyond what is left is a lie.
    json::array array(std::uint64_t count, std::size_t depth) {
        if (depth == 0 || count > left_.size()) throw undecodable();
        json::array out;
        for (std::uint64_t i = 0; i < count; ++i) out.push_back(value(depth - 1));
        return out;
    }

    json::object map(std::uint64_t count, std::size_t depth) {
        if (depth == 0 || count > left_.size() / 2) throw undecodable();
        json::object out;
        for (std::uint64_t i = 0; i < count; ++i) {
            const auto name = key();
            out[name] = value(depth - 1);
        }
        return out;
    }

    std::string_view left_;
};

ClientFrame frame_of(json::value value) {
    if (!value.is_object()) throw undecodable();
    auto& all = value.get_object();
    ClientFrame frame;
    if (auto* seq = all.if_contains("seq")) from_json(*seq, frame.seq, "seq");
    if (auto* action = all.if_contains("action")) from_json(*action, frame.action, "action");
    if (auto* data = all.if_contains("data"); data && !data->is_null()) {
        if (!data->is_object()) throw bad_body("data");
        frame.data = std::move(data->get_object());
    }
    return frame;
}

}  // namespace

json::value read_message_pack(std::string_view bytes) {
    MessagePackReader reader(bytes);
    auto value = reader.value(deepest);
    if (!reader.is_done()) throw undecodable();
    return value;
}

ClientFrame read_text_frame(std::string_view text) {
    boost::system::error_code ec;
    json::parse_options options;
    options.max_depth = deepest;
    auto value = json::parse(text, ec, {}, options);
    if (ec) throw undecodable();
    return frame_of(std::move(value));
}

ClientFrame read_binary_frame(std::string_view bytes) {
    return frame_of(read_message_pack(bytes));
}

}  // namespace concordat::web
