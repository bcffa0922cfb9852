// What the first bytes of a picture say about it, without decoding it.
//
// The format comes from magic bytes, never from a name. Reading is bounds-checked and linear in the number
// of blocks of the file; it never throws. A header may lie: decoders get limits of their own.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace concordat::messaging {

enum class ImageFormat : std::uint32_t { png = 1, jpeg, gif, webp, bmp, tiff };

struct ImageHeader {
    ImageFormat format = ImageFormat::png;
    std::uint32_t width = 0;  // as stored, at least 1
    std::uint32_t height = 0;
    std::uint32_t frame_count = 1;
    // EXIF: 1 to 8. From 5 on width and height change places when shown.
    std::uint32_t orientation = 1;

    bool is_turned() const { return orientation >= 5; }
    std::uint32_t shown_width() const { return is_turned() ? height : width; }
    std::uint32_t shown_height() const { return is_turned() ? width : height; }
    std::uint64_t pixels() const { return std::uint64_t{width} * height; }
};

// Empty for anything but PNG, JPEG, GIF, WebP, BMP and TIFF, and when the header is broken.
std::optional<ImageHeader> image_header(std::string_view bytes);

// "image/png" ...
std::string_view mime_type_of(ImageFormat format);

}  // namespace concordat::messaging
