#include "web/http/compression.hpp"

#include <brotli/encode.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include "core/base/text.hpp"

namespace concordat::web {
namespace {

constexpr std::size_t smallest_worth_it = 1400;  // less fits one packet anyway
constexpr int gzip_level = 1;
constexpr int brotli_quality = 4;
constexpr int brotli_window = 19;

// Quality in thousandths from "gzip;q=0.5". A malformed one counts as refused.
int quality_of(std::string_view parameters) {
    const auto lowered = lower_ascii(parameters);
    const auto at = lowered.find("q=");
    if (at == lowered.npos) return 1000;
    double value = 0;
    const auto parsed = std::from_chars(lowered.data() + at + 2, lowered.data() + lowered.size(), value);
    if (parsed.ec != std::errc()) return 0;
    return static_cast<int>(std::clamp(value, 0.0, 1.0) * 1000);
}

bool gzip(std::string_view in, std::string& out) {
    z_stream stream{};
    if (deflateInit2(&stream, gzip_level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) return false;
    out.resize(deflateBound(&stream, in.size()));
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const bool finished = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return finished;
}

bool brotli(std::string_view in, std::string& out) {
    auto size = BrotliEncoderMaxCompressedSize(in.size());
    out.resize(size);
    const auto finished = BrotliEncoderCompress(brotli_quality, brotli_window, BROTLI_MODE_TEXT, in.size(),
                                                reinterpret_cast<const std::uint8_t*>(in.data()), &size,
                                                reinterpret_cast<std::uint8_t*>(out.data()));
    out.resize(size);
    return finished == BROTLI_TRUE;
}

bool has_header(const Reply& reply, std::string_view name) {
    return std::any_of(reply.headers.begin(), reply.headers.end(),
                       [&](const auto& header) { return lower_ascii(header.first) == name; });
}

}  // namespace

Coding coding_of(std::string_view accept_encoding) {
    int brotli_quality_asked = -1, gzip_quality_asked = -1, any = 0;
    for (const auto& part : split_words(accept_encoding, ',')) {
        const std::string_view whole = part;
        const auto semicolon = std::min(whole.find(';'), whole.size());
        const auto name = lower_ascii(trimmed(whole.substr(0, semicolon)));
        const int quality = quality_of(whole.substr(semicolon));
        if (name == "br")
            brotli_quality_asked = quality;
        else if (name == "gzip" || name == "x-gzip")
            gzip_quality_asked = quality;
        else if (name == "*")
            any = quality;
    }
    if (brotli_quality_asked < 0) brotli_quality_asked = any;
    if (gzip_quality_asked < 0) gzip_quality_asked = any;
    if (brotli_quality_asked > 0 && brotli_quality_asked >= gzip_quality_asked) return Coding::brotli;
    return gzip_quality_asked > 0 ? Coding::gzip : Coding::identity;
}

bool shrinks(std::string_view content_type) {
    const auto type = trimmed(content_type.substr(0, content_type.find(';')));
    return type.starts_with("text/") || type == "application/json" || type == "application/x-ndjson" ||
           type == "application/javascript" || type == "application/manifest+json" || type == "image/svg+xml";
}

void compress(Reply& reply, std::string_view accept_encoding) {
    const std::string_view body = reply.shared_body ? *reply.shared_body : reply.body;
    if (!reply.may_compress || reply.source || body.size() <= smallest_worth_it || reply.status == 206)
        return;
    if (body.size() > (1u << 30) || !shrinks(reply.content_type) || has_header(reply, "content-encoding"))
        return;
    reply.set("Vary", "Accept-Encoding");
    const auto coding = coding_of(accept_encoding);
    if (coding == Coding::identity) return;
    std::string smaller;
    if (!(coding == Coding::brotli ? brotli(body, smaller) : gzip(body, smaller)) ||
        smaller.size() >= body.size())
        return;
    reply.body = std::move(smaller);
    reply.shared_body.reset();
    reply.set("Content-Encoding", coding == Coding::brotli ? "br" : "gzip");
}

}  // namespace concordat::web
