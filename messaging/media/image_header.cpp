#include "messaging/media/image_header.hpp"
#include <algorithm>
#include <cstddef>

namespace concordat::messaging {
namespace {

using std::size_t;
using std::uint32_t;

constexpr uint32_t most_frames = 1'000'000;

// Numbers out of bytes. Past the end everything is 0, and `is_inside` says so.
class Bytes {
public:
    explicit Bytes(std::string_view bytes, bool is_little_endian = false)
        : bytes_(bytes), little_(is_little_endian) {}

    size_t size() const { return bytes_.size(); }
    bool is_inside(size_t at, size_t count) const {
        return at <= bytes_.size() && count <= bytes_.size() - at;
    }
    bool has(size_t at, std::string_view text) const {
        return is_inside(at, text.size()) && bytes_.substr(at, text.size()) == text;
    }
    std::string_view from(size_t at) const { return bytes_.substr(std::min(at, bytes_.size())); }
    std::string_view part(size_t at, size_t count) const { return from(at).substr(0, count); }
    uint32_t u8(size_t at) const { return at < bytes_.size() ? static_cast<unsigned char>(bytes_[at]) : 0; }
    uint32_t u16(size_t at) const { return little_ ? u8(at) | u8(at + 1) << 8 : u8(at) << 8 | u8(at + 1); }
    uint32_t u24(size_t at) const { return u8(at) | u8(at + 1) << 8 | u8(at + 2) << 16; }  // little-endian
    uint32_t u32(size_t at) const {
        return little_ ? u16(at) | u16(at + 2) << 16 : u16(at) << 16 | u16(at + 2);
    }

private:
    std::string_view bytes_;
    bool little_;
};

// The first directory of a TIFF file, which is also how EXIF is stored.
struct TiffDirectory {
    uint32_t width = 0, height = 0, orientation = 1;
};

std::optional<TiffDirectory> tiff_directory(std::string_view bytes) {
    const bool is_little_endian = bytes.substr(0, 4) == std::string_view("II*\0", 4);
    if (!is_little_endian && bytes.substr(0, 4) != std::string_view("MM\0*", 4)) return std::nullopt;
    const Bytes in(bytes, is_little_endian);
    const size_t directory = in.u32(4);
    if (directory < 8 || !in.is_inside(directory, 2)) return std::nullopt;
    TiffDirectory result;
    const size_t entries = in.u16(directory);
    for (size_t i = 0; i < entries; ++i) {
        const auto at = directory + 2 + i * 12;
        if (!in.is_inside(at, 12)) break;
        const auto type = in.u16(at + 2);
        const auto value = type == 3 ? in.u16(at + 8) : type == 4 ? in.u32(at + 8) : 0;
        if (in.u16(at) == 0x100) result.width = value;
        if (in.u16(at) == 0x101) result.height = value;
        if (in.u16(at) == 0x112 && value >= 1 && value <= 8) result.orientation = value;
    }
    return result;
}

uint32_t exif_orientation(std::string_view exif) {
    if (exif.substr(0, 6) == std::string_view("Exif\0\0", 6)) exif.remove_prefix(6);
    const auto directory = tiff_directory(exif);
    return directory ? directory->orientation : 1;
}

void read_png(const Bytes& in, ImageHeader& header) {
    if (!in.has(12, "IHDR")) return;
    header.width = in.u32(16);
    header.height = in.u32(20);
    for (size_t at = 8; in.is_inside(at, 12);) {
        const size_t length = in.u32(at);
        if (in.has(at + 4, "acTL")) header.frame_count = std::clamp(in.u32(at + 8), 1u, most_frames);
        if (in.has(at + 4, "eXIf")) header.orientation = exif_orientation(in.part(at + 8, length));
        if (in.has(at + 4, "IDAT") || in.has(at + 4, "IEND")) break;
        at += 12 + length;
    }
}

void read_jpeg(const Bytes& in, ImageHeader& header) {
    for (size_t at = 2; in.is_inside(at, 4);) {
        if (in.u8(at) != 0xFF) return;
        const auto marker = in.u8(at + 1);
        if (marker == 0xFF) {  // filling
            ++at;
            continue;
        }
        if (marker == 0xD8 || marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7)) {
            at += 2;
            continue;
        }
        const size_t length = in.u16(at + 2);
        if (length < 2 || marker == 0xD9 || marker == 0xDA) return;
        if (marker == 0xE1 && in.has(at + 4, std::string_view("Exif\0\0", 6)))
            header.orientation = exif_orientation(in.part(at + 4, length - 2));
        const bool is_frame =
            marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
        if (is_frame) {
            header.height = in.u16(at + 5);
            header.width = in.u16(at + 7);
            return;
        }
        at += 2 + length;
    }
}

// The end of the data sub-blocks that start at `at`.
size_t after_gif_blocks(const Bytes& in, size_t at) {
    while (in.is_inside(at, 1) && in.u8(at) != 0) at += 1 + in.u8(at);
    return at + 1;
}

void read_gif(const Bytes& in, ImageHeader& header) {
    header.width = in.u16(6);
    header.height = in.u16(8);
    const auto table = [&](size_t flags_at) -> size_t {
        const auto flags = in.u8(flags_at);
        return (flags & 0x80) != 0 ? size_t{3} << ((flags & 7) + 1) : 0;
    };
    uint32_t frames = 0;
    for (size_t at = 13 + table(10); in.is_inside(at, 1) && frames < most_frames;) {
        if (in.u8(at) == 0x21) {
            at = after_gif_blocks(in, at + 2);
        } else if (in.u8(at) == 0x2C && in.is_inside(at, 10)) {
            // A frame may be larger than the screen says; decoders make room for the larger.
            header.width = std::max(header.width, in.u16(at + 1) + in.u16(at + 5));
            header.height = std::max(header.height, in.u16(at + 3) + in.u16(at + 7));
            ++frames;
            at = after_gif_blocks(in, at + 11 + table(at + 9));
        } else {
            break;
        }
    }
    header.frame_count = std::max(frames, 1u);
}

void read_webp(const Bytes& in, ImageHeader& header) {
    uint32_t frames = 0;
    for (size_t at = 12; in.is_inside(at, 8);) {
        const size_t length = in.u32(at + 4);
        const auto body = at + 8;
        if (header.width == 0) {
            if (in.has(at, "VP8 ") && in.has(body + 3, "\x9D\x01\x2A")) {
                header.width = in.u16(body + 6) & 0x3FFF;
                header.height = in.u16(body + 8) & 0x3FFF;
            } else if (in.has(at, "VP8L") && in.u8(body) == 0x2F) {
                header.width = (in.u32(body + 1) & 0x3FFF) + 1;
                header.height = (in.u32(body + 1) >> 14 & 0x3FFF) + 1;
            } else if (in.has(at, "VP8X") && in.is_inside(body, 10)) {
                header.width = in.u24(body + 4) + 1;
                header.height = in.u24(body + 7) + 1;
            }
        }
        if (in.has(at, "ANMF") && frames < most_frames) ++frames;
        if (in.has(at, "EXIF")) header.orientation = exif_orientation(in.part(body, length));
        at = body + length + (length & 1);
    }
    header.frame_count = std::max(frames, 1u);
}

void read_bmp(const Bytes& in, ImageHeader& header) {
    const auto size = in.u32(14);
    if (size == 12) {
        header.width = in.u16(18);
        header.height = in.u16(20);
    } else if (size >= 40 && size <= 1024) {
        const auto rows = in.u32(22);  // negative: stored from the top
        header.width = in.u32(18);
        header.height = rows > 0x80000000u ? 0u - rows : rows;
    }
}

}  // namespace

std::optional<ImageHeader> image_header(std::string_view bytes) {
    const Bytes big(bytes), little(bytes, true);
    ImageHeader header;
    if (big.has(0, "\x89PNG\r\n\x1A\n")) {
        header.format = ImageFormat::png;
        read_png(big, header);
    } else if (big.has(0, "\xFF\xD8\xFF")) {
        header.format = ImageFormat::jpeg;
        read_jpeg(big, header);
    } else if (big.has(0, "GIF87a") || big.has(0, "GIF89a")) {
        header.format = ImageFormat::gif;
        read_gif(little, header);
    } else if (big.has(0, "RIFF") && big.has(8, "WEBP")) {
        header.format = ImageFormat::webp;
        read_webp(little, header);
    } else if (big.has(0, "BM")) {
        header.format = ImageFormat::bmp;
        read_bmp(little, header);
    } else if (const auto directory = tiff_directory(bytes)) {
        header = {ImageFormat::tiff, directory->width, directory->height, 1, directory->orientation};
    }
    if (header.width == 0 || header.height == 0 || header.width > 0x7FFFFFFF || header.height > 0x7FFFFFFF)
        return std::nullopt;
    return header;
}

std::string_view mime_type_of(ImageFormat format) {
    switch (format) {
        case ImageFormat::png:
            return "image/png";
        case ImageFormat::jpeg:
            return "image/jpeg";
        case ImageFormat::gif:
            return "image/gif";
        case ImageFormat::webp:
            return "image/webp";
        case ImageFormat::bmp:
            return "image/bmp";
        case ImageFormat::tiff:
            return "image/tiff";
    }
    return "application/octet-stream";
}

}  // namespace concordat::messaging
