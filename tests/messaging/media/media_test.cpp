#include "messaging/media/media.hpp"
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include "core/base/error.hpp"
#include "messaging/media/image_header.hpp"
#include "tests/messaging/media/samples.hpp"
#include "tests/support/paths.hpp"

namespace concordat::messaging {
namespace {

using namespace samples;

MediaWorkers& workers() {
    static MediaWorkers shared(std::string(test::bin_dir) + "/concordat-media");
    return shared;
}
MediaResult files(std::string_view image) {
    return workers().make({WorkerTask::file_pictures, image});
}
MediaResult emoji(std::string_view image) {
    return workers().make({WorkerTask::emoji, image});
}
MediaResult profile(std::string_view image) {
    return workers().make({WorkerTask::profile_picture, image});
}

std::string size_text(const MediaPicture& p) {
    return std::to_string(p.width) + "x" + std::to_string(p.height);
}
std::string sizes(const MediaResult& r) {
    return size_text(r.preview) + " " + size_text(r.thumbnail) + " " + std::string(text_of(r.failure));
}
std::string from_base64(const std::string& text) {
    std::string out(text.size(), '\0');
    const int n = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                  reinterpret_cast<const unsigned char*>(text.data()), int(text.size()));
    out.resize(std::size_t(std::max(n, 0)));
    return out;
}
std::string jpeg(std::uint32_t width, std::uint32_t height) {
    return files(png(width, height, quarters(width, height))).preview.bytes;
}

TEST(Media, PreviewsAndThumbnailsHaveExactSizes) {
    EXPECT_EQ(sizes(files(png(4000, 1000, plain(red)))), "1920x480 120x30 none");
    EXPECT_EQ(sizes(files(png(300, 900, plain(red)))), "300x900 33x100 none");
    EXPECT_EQ(sizes(files(png(50, 40, plain(red)))), "50x40 50x40 none");
    EXPECT_EQ(sizes(files(png(1, 1, plain(red)))), "1x1 1x1 none");
    EXPECT_EQ(sizes(files(png(500, 500, plain(red)))), "500x500 100x100 none");
    EXPECT_EQ(sizes(files(png(3000, 2, plain(red)))), "1920x1 120x1 none");
    EXPECT_EQ(sizes(files(png(1920, 1080, plain(red)))), "1920x1080 120x68 none");
}

TEST(Media, WhatTheUploadIsIsTold) {
    const auto r = files(png(300, 200, plain(red)));
    EXPECT_TRUE(r.ok);
    EXPECT_EQ(r.width, 300u);
    EXPECT_EQ(r.height, 200u);
    EXPECT_EQ(r.frame_count, 1u);
    EXPECT_EQ(r.mime_type, "image/png");
    EXPECT_EQ(r.preview.mime_type, "image/jpeg");
    EXPECT_EQ(image_header(r.preview.bytes)->format, ImageFormat::jpeg);
}

TEST(Media, MiniPreviewsAreSmallJpegsInBase64) {
    const auto mini = from_base64(files(png(300, 200, plain(red))).mini_preview);
    const auto header = image_header(mini);
    ASSERT_TRUE(header.has_value());
    EXPECT_EQ(header->format, ImageFormat::jpeg);
    EXPECT_EQ(header->width, 16u);
    EXPECT_EQ(header->height, 16u);
}

TEST(Media, WhatShowsThroughStaysPng) {
    const auto half = [](std::uint32_t x, auto) { return Pixel{255, 0, 0, std::uint8_t(x < 100 ? 255 : 0)}; };
    const auto r = files(png(200, 200, half, true));
    EXPECT_EQ(r.preview.mime_type, "image/png");
    EXPECT_EQ(r.thumbnail.mime_type, "image/png");
    EXPECT_EQ(four_colours(r.preview.bytes), "r-r-");
    EXPECT_EQ(files(png(200, 200, plain(red), true)).preview.mime_type, "image/jpeg");
}

TEST(Media, ExifOrientationIsApplied) {
    const char* shown[] = {"rgbw", "grwb", "wbgr", "bwrg", "rbgw", "brwg", "wgbr", "gwrb"};
    const auto stored = jpeg(64, 32);
    for (std::uint32_t o = 1; o <= 8; ++o) {
        const auto turned = with_orientation(stored, o);
        const auto r = emoji(turned);
        ASSERT_TRUE(r.ok) << o;
        EXPECT_EQ(four_colours(r.picture.bytes), shown[o - 1]) << o;
        EXPECT_EQ(size_text(r.picture), o < 5 ? "64x32" : "32x64") << o;
        const auto f = files(turned);
        EXPECT_EQ(f.width, o < 5 ? 64u : 32u);
        EXPECT_EQ(size_text(f.preview), o < 5 ? "64x32" : "32x64") << o;
    }
    EXPECT_EQ(sizes(files(with_orientation(jpeg(1900, 400), 6))), "400x1900 21x100 none");
}

TEST(Media, LargeJpegsAreShrunkExactly) {
    EXPECT_EQ(sizes(files(with_orientation(jpeg(1920, 1281), 8))), "1281x1920 67x100 none");
}

TEST(Media, EveryFormatIsRead) {
    EXPECT_EQ(sizes(files(bmp(30, 20))), "30x20 30x20 none");
    EXPECT_EQ(sizes(files(tiff(30, 20))), "30x20 30x20 none");
    EXPECT_EQ(sizes(files(gif(30, 20, {{0, 0, 30, 20, 1}}))), "30x20 30x20 none");
    EXPECT_EQ(sizes(files(from_base64("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA"))),
              "1x1 1x1 none");
}

TEST(Media, AnimationsGiveTheirFirstFrame) {
    const auto moving = gif(200, 100, {{0, 0, 200, 100, 1}, {0, 0, 200, 100, 2}, {0, 0, 200, 100, 0}});
    const auto r = files(moving);
    EXPECT_EQ(r.frame_count, 3u);
    EXPECT_EQ(four_colours(profile(moving).picture.bytes), "gggg");
    EXPECT_EQ(sizes(r), "200x100 120x60 none");
}

TEST(Media, AFrameKeepsItsPlaceOnTheScreen) {
    const auto r = files(gif(100, 100, {{50, 0, 50, 50, 2}}));
    EXPECT_EQ(sizes(r), "100x100 100x100 none");
    EXPECT_EQ(four_colours(r.preview.bytes), "-b--");
}

TEST(Media, ProfilePicturesAreTheSquareMiddle) {
    const auto stripes = [](std::uint32_t x, auto) { return x < 100 ? red : x < 300 ? green : blue; };
    const auto r = profile(png(400, 200, stripes));
    EXPECT_EQ(size_text(r.picture), "128x128");
    EXPECT_EQ(r.picture.mime_type, "image/png");
    EXPECT_EQ(four_colours(r.picture.bytes), "gggg");
    EXPECT_EQ(size_text(profile(png(3, 5, plain(red))).picture), "128x128");
    EXPECT_EQ(size_text(profile(png(2000, 1, plain(red))).picture), "128x128");
}

TEST(Media, EmojiFitAndKeepMoving) {
    EXPECT_EQ(size_text(emoji(png(1028, 514, plain(red))).picture), "128x64");
    EXPECT_EQ(size_text(emoji(png(20, 10, plain(red))).picture), "20x10");
    const auto r = emoji(gif(256, 256, {{0, 0, 256, 256, 1}, {0, 0, 256, 256, 2}}));
    EXPECT_EQ(r.picture.mime_type, "image/gif");
    EXPECT_EQ(size_text(r.picture), "128x128");
    EXPECT_EQ(image_header(r.picture.bytes)->frame_count, 2u);
}

TEST(Media, EmojiHaveLimitsOfTheirOwn) {
    EXPECT_EQ(emoji(png(1029, 10, plain(red))).failure, MediaFailure::too_large);
    EXPECT_EQ(emoji(png(10, 10, plain(red)) + std::string(most_emoji_bytes, 'x')).failure,
              MediaFailure::too_large);
    const std::vector<GifFrame> many(100, GifFrame{0, 0, 8, 8, 1});
    const auto r = emoji(gif(1000, 1000, many));
    EXPECT_TRUE(r.ok);
    EXPECT_EQ(r.picture.mime_type, "image/png");
}

TEST(Media, OnlyPicturesAreTaken) {
    const std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"><image href=\"/etc/passwd\"/></svg>";
    for (const std::string& text :
         {std::string(), std::string("hello"), svg, "<?xml version=\"1.0\"?>" + svg,
          std::string("%!PS-Adobe-3.0\n(x) show"),
          std::string("push graphic-context\nimage over 0,0 0,0 'label:@/etc/passwd'\n"),
          std::string("%PDF-1.4\n"), std::string("<?xml?><image><read filename=\"/etc/passwd\"/></image>"),
          std::string("\x1F\x8B\x08\0\0", 5), std::string("P6 1 1 255\n\xFF\xFF\xFF"),
          std::string("\x89PNG\r\n\x1A\n"), std::string("\xFF\xD8\xFF\xE0"), "\x89PNG\r\n\x1A\n" + svg}) {
        const auto r = files(text);
        EXPECT_FALSE(r.ok) << text.substr(0, 20);
        EXPECT_EQ(r.failure, MediaFailure::not_an_image) << text.substr(0, 20);
    }
}

TEST(Media, RightHeadsOnWrongBodiesAreRefused) {
    EXPECT_EQ(files(png_with(100, 100, 2, "no deflate stream")).failure, MediaFailure::not_an_image);
    EXPECT_EQ(files(bmp(300, 300).substr(0, 60)).ok, false);
    EXPECT_EQ(files("GIF89a" + little(10, 2) + little(10, 2) + std::string("\0\0\0;", 4)).ok, false);
}

TEST(Media, BombsAreRefusedByTheirHeader) {
    EXPECT_EQ(files(png_with(50000, 50000, 2, "x")).failure, MediaFailure::too_large);
    EXPECT_EQ(files(png_with(0x7FFFFFFF, 0x7FFFFFFF, 2, "x")).failure, MediaFailure::too_large);
    EXPECT_EQ(files(gif(10, 10, {{60000, 60000, 2, 2, 1}})).failure, MediaFailure::too_large);
    EXPECT_EQ(files(tiff(10, 10).replace(18, 4, little(4000000))).failure, MediaFailure::too_large);
}

TEST(Media, ADecompressionBombIsWorkedOffWithinItsLimits) {
    // The largest picture allowed, in a few thousand bytes; and one whose stream unpacks to far more than its
    // size.
    const auto zeros = deflated(std::string(std::size_t{7680} * 4320 + 4320, '\0'));
    const auto r = files(png_with(7680, 4320, 0, zeros));
    EXPECT_EQ(sizes(r), "1920x1080 120x68 none");
    EXPECT_EQ(sizes(files(png_with(10, 10, 0, zeros))), "10x10 10x10 none");
    const auto text = deflated(std::string(100u << 20, 'a'));
    const auto comment = png_chunk("zTXt", std::string("Comment\0\0", 9) + text);
    files(png_with(10, 10, 0, deflated(std::string(110, '\0')), comment));  // either way: it must come back
    EXPECT_TRUE(files(png(10, 10, plain(red))).ok);
}

TEST(Media, TruncatedPicturesNeverEndTheNode) {
    const std::string whole[] = {png(90, 70, quarters(90, 70)), jpeg(90, 70), bmp(90, 70), tiff(90, 70),
                                 gif(90, 70, {{0, 0, 90, 70, 1}, {0, 0, 90, 70, 2}})};
    for (const auto& image : whole)
        for (std::size_t part = 1; part <= 8; ++part) {
            const auto r = files(std::string_view(image).substr(0, image.size() * part / 9));
            EXPECT_TRUE(r.ok || r.failure == MediaFailure::not_an_image) << text_of(r.failure);
            EXPECT_TRUE(!r.ok || sizes(r) == "90x70 90x70 none") << sizes(r);
        }
}

TEST(Media, DamagedPicturesNeverEndTheNode) {
    const std::string whole[] = {png(40, 30, quarters(40, 30)), jpeg(40, 30), tiff(40, 30),
                                 gif(40, 30, {{0, 0, 40, 30, 1}})};
    std::uint32_t state = 1;
    const auto random = [&] { return state = state * 1664525 + 1013904223, state >> 8; };
    for (const auto& image : whole)
        for (int i = 0; i < 25; ++i) {
            auto damaged = image;
            for (int k = 0; k < 4; ++k) damaged[random() % damaged.size()] = char(random());
            files(damaged);
        }
    EXPECT_TRUE(files(png(10, 10, plain(red))).ok);
}

}  // namespace
}  // namespace concordat::messaging
