#include "messaging/media/initials.hpp"
#include <zlib.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <new>
#include <vector>

namespace concordat::messaging {
namespace {

// Lines through points on a grid 8 wide and 12 high, y downwards; a point is two base-13 digits, a space
// lifts the pen.
constexpr std::string_view letters[26] = {"0c408c 1878",
                                          "0c00507183755606 5677897b5c0c",
                                          "827150301103091b3c5c7b8a",
                                          "00407284887a4c0c00",
                                          "80000c8c 0666",
                                          "80000c 0666",
                                          "827150301103091b3c5c7b8a8757",
                                          "000c 808c 0686",
                                          "404c",
                                          "70796b4c2c0a",
                                          "000c 8007 348c",
                                          "000c8c",
                                          "0c0047808c",
                                          "0c008c80",
                                          "30507183897b5c3c1b09031130",
                                          "0c00507183755606",
                                          "30507183897b5c3c1b09031130 598c",
                                          "0c00507183755606 468c",
                                          "82715030110315365677897b5c3c1b0a",
                                          "0080 404c",
                                          "00091b3c5c7b8980",
                                          "004c80",
                                          "002c456c80",
                                          "008c 800c",
                                          "004680 464c",
                                          "00800c8c"};
constexpr std::string_view digits[10] = {
    "30507183897b5c3c1b09031130",           "12404c",   "021130507183850c8c",
    "021130507183755636 5677897b5c3c1b0a",  "6c600888", "800005557688897b5c3c1b0a",
    "715030110308091b3c5c7b89887655351608", "00803c",   "3050718375563615031130 3617091b3c5c7b897756",
    "1b3c5c7b89837150301103041637577684"};
// Capitals for U+00C0 to U+00DF; U+00E0 to U+00FF are their small letters. A dot has none.
constexpr std::string_view latin = "AAAAAAACEEEEIIIIDNOOOOO.OUUUUYTS";

struct Point {
    double x, y;
};
struct Stroke {
    Point from, to;
};
struct Colour {
    unsigned char red, green, blue;
};

constexpr Colour colours[] = {{0x1F, 0x6F, 0xEB}, {0x0B, 0x7A, 0x75}, {0x6A, 0x3F, 0xB5}, {0xB0, 0x3A, 0x5B},
                              {0x8A, 0x5A, 0x12}, {0x2F, 0x7D, 0x32}, {0x3F, 0x51, 0x8C}, {0xA8, 0x43, 0x1A},
                              {0x00, 0x6C, 0x9C}, {0x7B, 0x2D, 0x8E}, {0x4E, 0x5D, 0x6C}, {0x9C, 0x2F, 0x2F},
                              {0x35, 0x6B, 0x4F}, {0x5B, 0x4B, 0x9A}, {0x70, 0x65, 0x17}, {0x1B, 0x5E, 0x83}};

std::uint32_t hash_of(std::string_view seed) {
    std::uint32_t hash = 2166136261u;  // FNV-1a
    for (const unsigned char c : seed) hash = (hash ^ c) * 16777619u;
    return hash ^ hash >> 16;
}

// Capitals and digits that can be drawn, at most two.
std::string drawable(std::string_view initials) {
    std::string out;
    for (std::size_t i = 0; i < initials.size() && out.size() < 2; ++i) {
        const auto c = static_cast<unsigned char>(initials[i]);
        if (c >= 'a' && c <= 'z') out += static_cast<char>(c - 'a' + 'A');
        if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) out += static_cast<char>(c);
        if (c != 0xC3 || i + 1 == initials.size()) continue;
        const char capital = latin[static_cast<unsigned char>(initials[++i]) & 0x1F];
        if (capital != '.') out += capital;
    }
    return out;
}

std::string_view glyph_of(char c) {
    return c >= 'A' ? letters[c - 'A'] : digits[c - '0'];
}

int grid(char c) {
    return c >= 'a' ? c - 'a' + 10 : c - '0';
}

void add_strokes(std::vector<Stroke>& strokes, std::string_view glyph, Point corner, double unit) {
    bool is_down = false;
    Point pen{};
    for (std::size_t i = 0; i + 1 < glyph.size();) {
        if (glyph[i] == ' ') {
            is_down = false;
            ++i;
            continue;
        }
        const Point next{corner.x + grid(glyph[i]) * unit, corner.y + grid(glyph[i + 1]) * unit};
        strokes.push_back({is_down ? pen : next, next});
        pen = next;
        is_down = true;
        i += 2;
    }
}

double distance(Point p, const Stroke& s) {
    const Point along{s.to.x - s.from.x, s.to.y - s.from.y};
    const double length = along.x * along.x + along.y * along.y;
    const double t =
        length == 0
            ? 0
            : std::clamp(((p.x - s.from.x) * along.x + (p.y - s.from.y) * along.y) / length, 0.0, 1.0);
    return std::hypot(p.x - s.from.x - t * along.x, p.y - s.from.y - t * along.y);
}

// How much of the pixel round `p` is ink: 0 to 1.
double ink_of_strokes(Point p, const std::vector<Stroke>& strokes, double pen) {
    double nearest = 1e9;
    for (const auto& stroke : strokes) nearest = std::min(nearest, distance(p, stroke));
    return std::clamp(pen + 0.5 - nearest, 0.0, 1.0);
}

// A head and shoulders.
double ink_of_person(Point p) {
    const double head = std::hypot(p.x - 64, p.y - 50) - 21;
    const double body = std::hypot((p.x - 64) / 1.15, p.y - 118) - 36;
    return std::clamp(0.5 - std::min(head, body), 0.0, 1.0);
}

void put_u32(std::string& out, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xFF);
}

void put_chunk(std::string& png, std::string_view type, std::string_view body) {
    put_u32(png, static_cast<std::uint32_t>(body.size()));
    const auto from = png.size();
    png += type;
    png += body;
    const auto* bytes = reinterpret_cast<const Bytef*>(png.data() + from);
    put_u32(png, static_cast<std::uint32_t>(crc32(0, bytes, static_cast<uInt>(png.size() - from))));
}

// `rows`: per row a zero byte (no filter) and the pixels in RGB.
std::string png_of(const std::string& rows) {
    std::string packed(compressBound(rows.size()), '\0');
    auto length = static_cast<uLongf>(packed.size());
    if (compress2(reinterpret_cast<Bytef*>(packed.data()), &length,
                  reinterpret_cast<const Bytef*>(rows.data()), rows.size(), 9) != Z_OK)
        throw std::bad_alloc();  // the only way it fails
    std::string header;
    put_u32(header, initials_side);
    put_u32(header, initials_side);
    header += std::string("\x08\x02\0\0\0", 5);
    std::string png = "\x89PNG\r\n\x1A\n";
    put_chunk(png, "IHDR", header);
    put_chunk(png, "IDAT", std::string_view(packed).substr(0, length));
    put_chunk(png, "IEND", {});
    return png;
}

}  // namespace

std::string png_initials(std::string_view initials, std::string_view seed) {
    const auto text = drawable(initials);
    const auto back = colours[hash_of(seed) % std::size(colours)];
    const double unit = text.size() == 1 ? 4.6 : 3.6, pen = unit * 0.95, gap = 4.5;
    const double width = unit * (8 * static_cast<double>(text.size()) + gap * (text.size() == 2 ? 1 : 0));
    std::vector<Stroke> strokes;
    for (std::size_t i = 0; i < text.size(); ++i)
        add_strokes(strokes, glyph_of(text[i]),
                    {(initials_side - width) / 2 + static_cast<double>(i) * unit * (8 + gap),
                     (initials_side - 12 * unit) / 2},
                    unit);
    std::string rows;
    rows.reserve(initials_side * (1 + initials_side * 3));
    for (std::uint32_t y = 0; y < initials_side; ++y) {
        rows += '\0';
        for (std::uint32_t x = 0; x < initials_side; ++x) {
            const Point p{x + 0.5, y + 0.5};
            const double ink = text.empty() ? ink_of_person(p) : ink_of_strokes(p, strokes, pen);
            for (const auto colour : {back.red, back.green, back.blue})
                rows += static_cast<char>(std::lround(colour + (255 - colour) * ink));
        }
    }
    return png_of(rows);
}

}  // namespace concordat::messaging
