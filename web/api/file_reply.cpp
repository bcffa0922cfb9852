#include "web/api/file_reply.hpp"

#include <algorithm>

#include "messaging/conversation/media_types.hpp"
#include "web/http/byte_range.hpp"

namespace concordat::web {
namespace {

class BlobSource : public BodySource {
public:
    BlobSource(std::unique_ptr<storage::BlobReader> reader, ByteRange range)
        : reader_(std::move(reader)), at_(range.from), end_(range.from + range.length) {}

    std::size_t read(std::span<char> out) override {
        const auto length = reader_->read_at(
            at_, out.first(static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), end_ - at_))));
        at_ += length;
        return length;
    }

private:
    std::unique_ptr<storage::BlobReader> reader_;
    std::uint64_t at_;
    const std::uint64_t end_;
};

bool is_plain_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$&+-.^_`|~").find(c) != std::string_view::npos;
}

void set_guards(Reply& reply) {
    reply.set("X-Frame-Options", "DENY");
    reply.set("Content-Security-Policy",
              "default-src 'none'; img-src 'self' data:; media-src 'self' data:; style-src 'unsafe-inline'; "
              "frame-ancestors 'none'");
}

}  // namespace

std::string content_disposition(std::string_view how, std::string_view file_name) {
    std::string plain, extended;
    for (const char c : file_name) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte & 0xC0) != 0x80)
            plain += byte < 0x20 || byte > 0x7E || c == '"' || c == '\\' || c == '%' ? '_' : c;
        if (is_plain_char(c)) {
            extended += c;
        } else {
            extended += '%';
            extended += "0123456789ABCDEF"[byte >> 4];
            extended += "0123456789ABCDEF"[byte & 15];
        }
    }
    return std::string(how) + "; filename=\"" + plain + "\"; filename*=UTF-8''" + extended;
}

Reply file_reply(const Head& head, messaging::FileBody body, bool as_download) {
    Reply reply;
    const bool is_inline = !as_download && messaging::is_safe_inline(body.mime_type);
    reply.content_type = messaging::is_active_content(body.mime_type) ? "text/plain" : body.mime_type;
    reply.set("Content-Disposition",
              content_disposition(is_inline ? "inline" : "attachment", body.info.name));
    reply.set("Cache-Control", "private, max-age=86400");
    reply.set("ETag", body.etag);
    reply.set("Accept-Ranges", "bytes");
    set_guards(reply);
    reply.may_compress = false;
    if (is_known_tag(head.headers.get("If-None-Match"), body.etag)) {
        reply.status = 304;
        return reply;
    }
    const auto size = body.reader->size();
    auto [kind, range] = asked_range(head, size, body.etag);
    if (kind == RangeAnswer::Kind::beyond) {
        reply.status = 416;
        reply.set("Content-Range", "bytes */" + std::to_string(size));
        return reply;
    }
    if (kind == RangeAnswer::Kind::part) {
        reply.status = 206;
        reply.set("Content-Range", "bytes " + std::to_string(range.from) + '-' +
                                       std::to_string(range.from + range.length - 1) + '/' +
                                       std::to_string(size));
    } else {
        range = {0, size};
    }
    reply.source_size = range.length;
    reply.source = std::make_unique<BlobSource>(std::move(body.reader), range);
    return reply;
}

Reply picture_reply(std::string bytes, const std::string& mime_type, const std::string& etag,
                    const char* cache_control) {
    Reply reply;
    reply.status = bytes.empty() ? 304 : 200;
    reply.content_type = mime_type;
    reply.body = std::move(bytes);
    reply.set("Cache-Control", cache_control);
    reply.set("ETag", etag);
    set_guards(reply);
    reply.may_compress = false;
    return reply;
}

}  // namespace concordat::web
