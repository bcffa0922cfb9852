#include "identity/mfa/qr.hpp"

#include <qrencode.h>
#include <zlib.h>

#include <memory>

#include "core/base/error.hpp"

namespace concordat::identity {
namespace {

constexpr int quiet_zone = 4;  // modules

std::string big_endian(std::uint32_t v) {
    return {static_cast<char>(v >> 24), static_cast<char>(v >> 16), static_cast<char>(v >> 8),
            static_cast<char>(v)};
}

// PNG (third edition), section 5.3: length, type, data, CRC of type and data.
std::string chunk(const std::string& type, const std::string& data) {
    const auto body = type + data;
    const auto crc = ::crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
    return big_endian(static_cast<std::uint32_t>(data.size())) + body +
           big_endian(static_cast<std::uint32_t>(crc));
}

std::string deflated(const std::string& plain) {
    auto size = ::compressBound(static_cast<uLong>(plain.size()));
    std::string out(size, '\0');
    if (::compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(plain.data()),
                    static_cast<uLong>(plain.size()), 9) != Z_OK)
        throw Error(Fault::internal, "identity.qr.failed");
    out.resize(size);
    return out;
}

}  // namespace

std::string qr_png(const std::string& text, int scale) {
    const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
        QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_M), QRcode_free);
    if (!code) throw Error(Fault::internal, "identity.qr.failed");
    const int side = (code->width + 2 * quiet_zone) * scale;
    std::string rows;
    for (int y = 0; y < side; ++y) {
        rows += '\0';  // no filter
        const int row = y / scale - quiet_zone;
        for (int x = 0; x < side; ++x) {
            const int column = x / scale - quiet_zone;
            const bool is_inside = row >= 0 && column >= 0 && row < code->width && column < code->width;
            rows += is_inside && code->data[row * code->width + column] & 1 ? '\0' : '\xff';
        }
    }
    const auto size = big_endian(static_cast<std::uint32_t>(side));
    const std::string eight_bit_grey("\x08\x00\x00\x00\x00", 5);
    return "\x89PNG\r\n\x1a\n" + chunk("IHDR", size + size + eight_bit_grey) + chunk("IDAT", deflated(rows)) +
           chunk("IEND", "");
}

}  // namespace concordat::identity
