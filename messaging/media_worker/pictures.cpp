#include "messaging/media_worker/pictures.hpp"
#include <Magick++.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <list>
#include <new>
#include "core/base/error.hpp"

namespace concordat::messaging {
namespace {

constexpr std::uint32_t thumbnail_width = 120, thumbnail_height = 100, preview_width = 1920, mini_side = 16;
constexpr std::uint32_t profile_side = 128, emoji_side = 128;
constexpr std::uint64_t most_animation_pixels = 16u << 20;  // all frames of an emoji together
constexpr unsigned jpeg_quality = 90;

struct Size {
    std::uint32_t width, height;
    bool operator==(const Size&) const = default;
    Size turned(bool is_turned) const { return is_turned ? Size{height, width} : *this; }
};

Size size_of(const Magick::Image& image) {
    return {static_cast<std::uint32_t>(image.columns()), static_cast<std::uint32_t>(image.rows())};
}

const char* coder_of(ImageFormat format) {
    switch (format) {
        case ImageFormat::png:
            return "PNG";
        case ImageFormat::jpeg:
            return "JPEG";
        case ImageFormat::gif:
            return "GIF";
        case ImageFormat::webp:
            return "WEBP";
        case ImageFormat::bmp:
            return "BMP";
        case ImageFormat::tiff:
            return "TIFF";
    }
    throw Error(Fault::invalid, "media.format");
}

std::uint32_t in_proportion(std::uint32_t length, std::uint32_t wanted, std::uint32_t of) {
    return std::max<std::uint32_t>(1, static_cast<std::uint32_t>(std::lround(double(length) * wanted / of)));
}

Size with_width(Size from, std::uint32_t width) {
    return {width, in_proportion(from.height, width, from.width)};
}
Size with_height(Size from, std::uint32_t height) {
    return {in_proportion(from.width, height, from.height), height};
}

Size preview_size(Size shown) {
    return shown.width > preview_width ? with_width(shown, preview_width) : shown;
}

// Landscape pictures become 120 wide, others 100 high; small ones stay as they are.
Size thumbnail_size(Size shown) {
    if (shown.width <= thumbnail_width && shown.height <= thumbnail_height) return shown;
    const bool is_wide =
        std::uint64_t{shown.width} * thumbnail_height > std::uint64_t{shown.height} * thumbnail_width;
    return is_wide ? with_width(shown, thumbnail_width) : with_height(shown, thumbnail_height);
}

Size fitted_size(Size shown, std::uint32_t side) {
    if (shown.width <= side && shown.height <= side) return shown;
    return shown.width >= shown.height ? with_width(shown, side) : with_height(shown, side);
}

Magick::Geometry exactly(Size size) {
    Magick::Geometry geometry(size.width, size.height);
    geometry.aspect(true);
    return geometry;
}

void resize(Magick::Image& image, Size to) {
    // Far larger pictures are first averaged to twice the size, which is several times faster.
    if (image.columns() >= to.width * 4ul && image.rows() >= to.height * 4ul)
        image.scale(exactly({to.width * 2, to.height * 2}));
    if (size_of(image) == to) return;
    image.filterType(Magick::TriangleFilter);
    image.zoom(exactly(to));
}

void orient(Magick::Image& image, std::uint32_t orientation) {
    if (orientation == 2 || orientation == 3) image.flop();
    if (orientation == 3 || orientation == 4) image.flip();
    if (orientation >= 5) image.rotate(orientation == 8 ? 270 : 90);
    if (orientation == 5) image.flop();
    if (orientation == 7) image.flip();
}

// One colour all over. (The library's own way asks for a coder that we have taken out.)
Magick::Image canvas(Size size, std::array<unsigned char, 4> red_green_blue_alpha) {
    Magick::Image image(1, 1, "RGBA", MagickLib::CharPixel, red_green_blue_alpha.data());
    image.sample(exactly(size));
    return image;
}

// A frame may cover only a part of the animation's screen.
void put_on_screen(Magick::Image& frame, Size screen) {
    const auto page = frame.page();
    if (size_of(frame) == screen) return;
    auto whole = canvas(screen, {0, 0, 0, 0});
    whole.composite(frame, static_cast<long>(page.xOff()), static_cast<long>(page.yOff()),
                    Magick::OverCompositeOp);
    frame = whole;
}

bool is_transparent(const Magick::Image& image) {
    if (!image.matte()) return false;
    MagickLib::ExceptionInfo ignored;
    MagickLib::GetExceptionInfo(&ignored);
    const bool is_opaque = MagickLib::IsOpaqueImage(image.constImage(), &ignored) != MagickFalse;
    MagickLib::DestroyExceptionInfo(&ignored);
    return !is_opaque;
}

Picture encoded(Magick::Image image, ImageFormat format) {
    if (format == ImageFormat::jpeg && image.matte()) {
        auto flat = canvas(size_of(image), {255, 255, 255, 255});
        flat.composite(image, 0, 0, Magick::OverCompositeOp);
        image = flat;
        image.matte(false);
    }
    image.strip();
    image.depth(8);
    image.quality(format == ImageFormat::jpeg ? jpeg_quality : 75);
    image.magick(coder_of(format));
    Magick::Blob blob;
    image.write(&blob);
    const auto size = size_of(image);
    return {format, size.width, size.height,
            std::string(static_cast<const char*>(blob.data()), blob.length())};
}

// The first frame, as stored (not turned), about as large as `wanted` or larger, in RGB.
Magick::Image first_frame(const Magick::Blob& blob, const ImageHeader& header, Size wanted) {
    Magick::Image image;
    image.quiet(true);
    image.magick(coder_of(header.format));
    image.subImage(0);
    image.subRange(1);
    // The JPEG decoder can leave out detail that nobody will see.
    if (header.format == ImageFormat::jpeg) image.size(Magick::Geometry(wanted.width, wanted.height));
    image.read(blob);
    require(image.isValid() && image.columns() > 0, Fault::invalid, "media.not_an_image");
    if (image.colorSpace() == Magick::CMYKColorspace) image.colorSpace(Magick::RGBColorspace);
    if (header.format == ImageFormat::gif) put_on_screen(image, {header.width, header.height});
    image.page(Magick::Geometry(0, 0));
    return image;
}

// The first frame as shown, exactly `shown` in size.
Magick::Image shown_frame(const Magick::Blob& blob, const ImageHeader& header, Size shown) {
    const auto stored = shown.turned(header.is_turned());
    auto image = first_frame(blob, header, stored);
    resize(image, stored);
    orient(image, header.orientation);
    return image;
}

std::vector<Picture> file_pictures(const Magick::Blob& blob, const ImageHeader& header) {
    const Size shown{header.shown_width(), header.shown_height()};
    auto image = shown_frame(blob, header, preview_size(shown));
    const auto format = is_transparent(image) ? ImageFormat::png : ImageFormat::jpeg;
    std::vector<Picture> pictures;
    pictures.push_back(encoded(image, format));
    resize(image, thumbnail_size(shown));
    pictures.push_back(encoded(image, format));
    resize(image, {mini_side, mini_side});
    pictures.push_back(encoded(image, ImageFormat::jpeg));
    return pictures;
}

// The middle of the picture, square.
Picture profile_picture(const Magick::Blob& blob, const ImageHeader& header) {
    const Size stored{header.width, header.height};
    const auto cover =
        stored.width < stored.height ? with_width(stored, profile_side) : with_height(stored, profile_side);
    auto image = first_frame(blob, header, cover);
    const auto side = std::min(image.columns(), image.rows());
    image.crop(Magick::Geometry(side, side, (image.columns() - side) / 2, (image.rows() - side) / 2));
    image.page(Magick::Geometry(0, 0));
    resize(image, {profile_side, profile_side});
    orient(image, header.orientation);
    return encoded(image, ImageFormat::png);
}

Picture animated_emoji(const Magick::Blob& blob, Size to) {
    std::list<Magick::Image> stored, frames;
    try {  // a warning comes after what could be read has been stored
        Magick::readImages(&stored, blob);
    } catch (const Magick::Warning&) {
    }
    require(!stored.empty(), Fault::invalid, "media.not_an_image");
    Magick::coalesceImages(&frames, stored.begin(), stored.end());
    stored.clear();
    for (auto& frame : frames) {
        resize(frame, to);
        frame.page(Magick::Geometry(0, 0));
        frame.strip();
        frame.magick("GIF");
    }
    Magick::Blob out;
    Magick::writeImages(frames.begin(), frames.end(), &out, true);
    return {ImageFormat::gif, to.width, to.height,
            std::string(static_cast<const char*>(out.data()), out.length())};
}

Picture emoji_picture(const Magick::Blob& blob, const ImageHeader& header) {
    const auto to = fitted_size({header.shown_width(), header.shown_height()}, emoji_side);
    const bool is_animation = header.format == ImageFormat::gif && header.frame_count > 1;
    if (is_animation && header.pixels() * header.frame_count <= most_animation_pixels)
        return animated_emoji(blob, to);
    return encoded(shown_frame(blob, header, to), ImageFormat::png);
}

void keep_only_our_coders() {
    const std::vector<std::string> ours = {"PNG", "PNG8", "PNG24", "PNG32", "PNG48", "PNG64", "PNG00", "JPEG",
                                           "JPG", "GIF",  "WEBP",  "BMP",   "BMP2",  "BMP3",  "TIFF",  "TIF"};
    MagickLib::ExceptionInfo failure;
    MagickLib::GetExceptionInfo(&failure);
    auto** coders = MagickLib::GetMagickInfoArray(&failure);
    MagickLib::DestroyExceptionInfo(&failure);
    if (coders == nullptr) throw Error(Fault::internal, "media.no_coders");
    std::vector<std::string> others;
    for (auto** coder = coders; *coder != nullptr; ++coder)
        if (std::find(ours.begin(), ours.end(), (*coder)->name) == ours.end())
            others.emplace_back((*coder)->name);
    MagickLib::MagickFree(coders);
    for (const auto& name : others) MagickLib::UnregisterMagickInfo(name.c_str());
}

void set_limits() {
    using namespace MagickLib;
    SetMagickResourceLimit(ThreadsResource, 1);
    SetMagickResourceLimit(MemoryResource, magick_int64_t{700} << 20);
    SetMagickResourceLimit(MapResource, 0);
    SetMagickResourceLimit(DiskResource, 0);
    SetMagickResourceLimit(PixelsResource, static_cast<magick_int64_t>(most_image_pixels));
    SetMagickResourceLimit(WidthResource, 65535);
    SetMagickResourceLimit(HeightResource, 65535);
    SetMagickResourceLimit(ReadResource, static_cast<magick_int64_t>(most_image_bytes));
}

// Every decoder and encoder we allow, so that what they open, they open now.
void warm_up() {
    auto image = canvas({64, 48}, {255, 128, 0, 255});
    for (const auto format : {ImageFormat::png, ImageFormat::jpeg, ImageFormat::gif, ImageFormat::webp,
                              ImageFormat::bmp, ImageFormat::tiff}) {
        const auto sample = encoded(image, format);
        auto copy = std::make_unique<char[]>(sample.bytes.size());
        std::copy(sample.bytes.begin(), sample.bytes.end(), copy.get());
        make_pictures(WorkerTask::file_pictures, std::move(copy), sample.bytes.size());
    }
    image.rotate(90);
}

}  // namespace

void start_pictures() {
    MagickLib::ExceptionInfo failure;
    MagickLib::GetExceptionInfo(&failure);
    const auto started = MagickLib::InitializeMagickEx(nullptr, MAGICK_OPT_NO_SIGNAL_HANDER, &failure);
    MagickLib::DestroyExceptionInfo(&failure);
    if (started == MagickFail) throw Error(Fault::internal, "media.library");
    Magick::InitializeMagick(nullptr);
    keep_only_our_coders();
    set_limits();
    warm_up();
}

std::vector<Picture> make_pictures(WorkerTask task, std::unique_ptr<char[]> image, std::size_t size) {
    const auto header = image_header({image.get(), size});
    require(header.has_value(), Fault::invalid, "media.not_an_image");
    require(header->pixels() <= most_image_pixels, Fault::too_large, "media.too_large");
    Magick::Blob blob;
    blob.updateNoCopy(image.release(), size, Magick::Blob::NewAllocator);
    try {  // the library's errors end here
        switch (task) {
            case WorkerTask::file_pictures:
                return file_pictures(blob, *header);
            case WorkerTask::profile_picture:
                return {profile_picture(blob, *header)};
            case WorkerTask::emoji:
                return {emoji_picture(blob, *header)};
        }
    } catch (const Magick::ErrorResourceLimit&) {
        throw Error(Fault::too_large, "media.too_large");
    } catch (const Magick::ErrorCache&) {
        throw Error(Fault::too_large, "media.too_large");
    } catch (const std::bad_alloc&) {
        throw Error(Fault::too_large, "media.too_large");
    } catch (const Magick::Exception&) {
        throw Error(Fault::invalid, "media.not_an_image");
    }
    throw Error(Fault::invalid, "media.task");
}

}  // namespace concordat::messaging
