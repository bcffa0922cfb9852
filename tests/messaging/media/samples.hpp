// Pictures written and read byte by byte, so that what the worker's library makes is judged by other code.
#pragma once
#include <zlib.h>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace concordat::messaging::samples {

using Pixel = std::array<std::uint8_t, 4>;  // red, green, blue, alpha
inline constexpr Pixel red{255, 0, 0, 255}, green{0, 255, 0, 255}, blue{0, 0, 255, 255},
    white{255, 255, 255, 255};

inline std::string big(std::uint32_t v) {
    return {char(v >> 24), char(v >> 16), char(v >> 8), char(v)};
}
inline std::string little(std::uint32_t v, int bytes = 4) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out += char(v >> (8 * i));
    return out;
}

inline std::string png_chunk(const std::string& type, const std::string& body) {
    const auto named = type + body;
    return big(std::uint32_t(body.size())) + named +
           big(std::uint32_t(crc32(0, reinterpret_cast<const Bytef*>(named.data()), uInt(named.size()))));
}
inline std::string deflated(const std::string& raw) {
    std::string out(compressBound(raw.size()), '\0');
    auto length = uLongf(out.size());
    compress2(reinterpret_cast<Bytef*>(out.data()), &length, reinterpret_cast<const Bytef*>(raw.data()),
              raw.size(), 1);
    return out.substr(0, length);
}
// Claims this size, whatever `data` holds. `type`: 2 RGB, 6 RGBA, 0 grey.
inline std::string png_with(std::uint32_t width, std::uint32_t height, char type, const std::string& data,
                            const std::string& before = "") {
    return "\x89PNG\r\n\x1A\n" +
           png_chunk("IHDR", big(width) + big(height) + std::string({8, type, 0, 0, 0})) + before +
           png_chunk("IDAT", data) + png_chunk("IEND", "");
}
using Paint = std::function<Pixel(std::uint32_t x, std::uint32_t y)>;
inline std::string png(std::uint32_t width, std::uint32_t height, const Paint& paint,
                       bool has_alpha = false) {
    std::string rows;
    for (std::uint32_t y = 0; y < height; ++y) {
        rows += '\0';
        for (std::uint32_t x = 0; x < width; ++x) {
            const auto p = paint(x, y);
            for (int i = 0; i < (has_alpha ? 4 : 3); ++i) rows += char(p[i]);
        }
    }
    return png_with(width, height, has_alpha ? 6 : 2, deflated(rows));
}
inline Paint plain(Pixel colour) {
    return [colour](auto, auto) { return colour; };
}
// Red, green, blue and white quarters.
inline Paint quarters(std::uint32_t width, std::uint32_t height) {
    return [=](std::uint32_t x, std::uint32_t y) {
        return y < height / 2 ? (x < width / 2 ? red : green) : (x < width / 2 ? blue : white);
    };
}

inline std::string bmp(std::uint32_t width, std::uint32_t height) {
    const auto row = (width * 3 + 3) / 4 * 4;
    return "BM" + little(54 + row * height) + little(0) + little(54) + little(40) + little(width) +
           little(height) + little(1, 2) + little(24, 2) + std::string(24, '\0') +
           std::string(row * height, '\x40');
}
inline std::string tiff(std::uint32_t width, std::uint32_t height) {
    const auto entry = [](std::uint32_t tag, std::uint32_t value) {
        return little(tag, 2) + little(4, 2) + little(1) + little(value);
    };
    return std::string("II*\0", 4) + little(8) + little(9, 2) + entry(0x100, width) + entry(0x101, height) +
           entry(0x102, 8) + entry(0x103, 1) + entry(0x106, 1) + entry(0x111, 8 + 2 + 9 * 12 + 4) +
           entry(0x115, 1) + entry(0x116, height) + entry(0x117, width * height) + little(0) +
           std::string(width * height, '\x80');
}
// Frames of one colour each out of a table of red, green, blue, white.
struct GifFrame {
    std::uint32_t x, y, width, height;
    int colour;
};
inline std::string gif(std::uint32_t width, std::uint32_t height, const std::vector<GifFrame>& frames) {
    std::string out = "GIF89a" + little(width, 2) + little(height, 2) + std::string("\x91\0\0", 3);
    for (const auto& c : {red, green, blue, white}) out.append({char(c[0]), char(c[1]), char(c[2])});
    for (const auto& f : frames) {
        out += std::string("\x21\xF9\x04\x04\x0A\0\0\0", 8);
        out += ',' + little(f.x, 2) + little(f.y, 2) + little(f.width, 2) + little(f.height, 2) + '\0';
        // LZW with 3-bit codes only: a clear code after every two colours keeps the codes from growing.
        std::string bits, data;
        std::uint32_t held = 0, count = 0;
        const auto put = [&](std::uint32_t code) {
            held |= code << count;
            for (count += 3; count >= 8; count -= 8, held >>= 8) bits += char(held & 0xFF);
        };
        for (std::uint32_t i = 0; i < f.width * f.height; ++i) {
            if (i % 2 == 0) put(4);
            put(std::uint32_t(f.colour));
        }
        put(5);
        if (count > 0) bits += char(held);
        for (std::size_t at = 0; at < bits.size(); at += 255)
            data += char(std::min<std::size_t>(255, bits.size() - at)) + bits.substr(at, 255);
        out += '\x02' + data + '\0';
    }
    return out + ';';
}
// `jpeg` with an EXIF block that says how to turn it.
inline std::string with_orientation(const std::string& jpeg, std::uint32_t orientation) {
    const auto tiff_part = std::string("MM\0*", 4) + big(8) + std::string("\0\x01", 2) +
                           std::string("\x01\x12\0\x03\0\0\0\x01", 8) +
                           std::string({0, char(orientation), 0, 0}) + big(0);
    const auto body = std::string("Exif\0\0", 6) + tiff_part;
    return jpeg.substr(0, 2) + "\xFF\xE1" + char((body.size() + 2) >> 8) + char(body.size() + 2) + body +
           jpeg.substr(2);
}

// Reads 8-bit PNG without interlacing.
class Png {
public:
    explicit Png(std::string_view bytes) {
        std::string packed;
        for (std::size_t at = 8; at + 12 <= bytes.size();) {
            const auto length = number(bytes, at);
            const auto type = bytes.substr(at + 4, 4), body = bytes.substr(at + 8, length);
            if (type == "IHDR") {
                width = number(body, 0), height = number(body, 4);
                if (body[8] != 8 || body[12] != 0)
                    throw std::runtime_error("a PNG this reader does not know");
                type_ = body[9];
            }
            if (type == "PLTE") palette_ = body;
            if (type == "tRNS") see_through_ = body;
            if (type == "IDAT") packed += body;
            at += 12 + length;
        }
        const std::size_t channels = type_ == 2 ? 3 : type_ == 6 ? 4 : type_ == 4 ? 2 : 1;
        rows_.resize((width * channels + 1) * height);
        auto length = uLongf(rows_.size());
        if (uncompress(reinterpret_cast<Bytef*>(rows_.data()), &length,
                       reinterpret_cast<const Bytef*>(packed.data()), packed.size()) != Z_OK)
            throw std::runtime_error("a broken PNG");
        channels_ = channels;
        unfilter();
    }
    Pixel at(std::uint32_t x, std::uint32_t y) const {
        const auto* p = reinterpret_cast<const std::uint8_t*>(rows_.data()) + y * (width * channels_ + 1) +
                        1 + x * channels_;
        switch (type_) {
            case 2:
                return {p[0], p[1], p[2], 255};
            case 6:
                return {p[0], p[1], p[2], p[3]};
            case 4:
                return {p[0], p[0], p[0], p[1]};
            case 3: {
                const auto byte = [&](std::size_t i) { return std::uint8_t(palette_[i]); };
                const auto alpha =
                    *p < see_through_.size() ? std::uint8_t(see_through_[*p]) : std::uint8_t{255};
                return {byte(*p * 3u), byte(*p * 3u + 1), byte(*p * 3u + 2), alpha};
            }
            default:
                return {p[0], p[0], p[0], 255};
        }
    }
    std::uint32_t width = 0, height = 0;

private:
    static std::uint32_t number(std::string_view b, std::size_t at) {
        std::uint32_t v = 0;
        for (int i = 0; i < 4; ++i) v = v << 8 | std::uint8_t(b.at(at + i));
        return v;
    }
    void unfilter() {
        const auto row = width * channels_ + 1;
        auto* all = reinterpret_cast<std::uint8_t*>(rows_.data());
        for (std::size_t y = 0; y < height; ++y) {
            for (std::size_t i = 1; i < row; ++i) {
                const int left = i > channels_ ? all[y * row + i - channels_] : 0;
                const int up = y > 0 ? all[(y - 1) * row + i] : 0;
                const int corner = y > 0 && i > channels_ ? all[(y - 1) * row + i - channels_] : 0;
                const int guess = left + up - corner;
                const int a = std::abs(guess - left), b = std::abs(guess - up), c = std::abs(guess - corner);
                const int add[] = {0, left, up, (left + up) / 2,
                                   a <= b && a <= c ? left
                                   : b <= c         ? up
                                                    : corner};
                all[y * row + i] = std::uint8_t(all[y * row + i] + add[all[y * row]]);
            }
        }
    }
    std::string rows_;
    std::string_view palette_, see_through_;
    std::size_t channels_ = 1;
    char type_ = 0;
};

// The name of the nearest of our four colours, '-' for what shows through.
inline char colour_name(Pixel p) {
    if (p[3] < 128) return '-';
    const bool r = p[0] > 128, g = p[1] > 128, b = p[2] > 128;
    return r && g && b ? 'w' : r && !g && !b ? 'r' : g && !r && !b ? 'g' : b && !r && !g ? 'b' : '?';
}
// Names at a quarter and three quarters of each side, row by row.
inline std::string four_colours(std::string_view bytes) {
    const Png png(bytes);
    std::string names;
    for (const auto y : {png.height / 4, png.height * 3 / 4})
        for (const auto x : {png.width / 4, png.width * 3 / 4}) names += colour_name(png.at(x, y));
    return names;
}

}  // namespace concordat::messaging::samples
