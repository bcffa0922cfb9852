#include "web/http/static_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include "core/base/text.hpp"
#include "web/http/compression.hpp"

namespace concordat::web {
namespace {

constexpr auto page_caching = "no-cache, max-age=31556926, public";
constexpr auto asset_caching = "max-age=31556926, public, immutable";
constexpr auto own_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; "
    "connect-src 'self'; media-src 'self' blob:; manifest-src 'self'; worker-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
constexpr auto own_permissions = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
constexpr auto other_policy = "frame-ancestors 'self'; script-src 'self'";
constexpr std::uint64_t largest_in_memory = 256 * 1024;

class OpenFile {
public:
    explicit OpenFile(int number = -1) : number_(number) {}
    OpenFile(OpenFile&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    OpenFile& operator=(OpenFile&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~OpenFile() {
        if (number_ >= 0) ::close(number_);
    }
    int number() const { return number_; }
    explicit operator bool() const { return number_ >= 0; }

private:
    int number_;
};

struct Found {
    OpenFile file;
    std::uint64_t size = 0;
    std::string tag;
};

class FileSource : public BodySource {
public:
    explicit FileSource(OpenFile file) : file_(std::move(file)) {}
    std::size_t read(std::span<char> out) override {
        for (;;) {
            const auto got = ::read(file_.number(), out.data(), out.size());
            if (got >= 0) return static_cast<std::size_t>(got);
            if (errno != EINTR)
                throw Error(Fault::internal, "web.static_file", "", "a file of the client cannot be read");
        }
    }

private:
    OpenFile file_;
};

// Opens directory/a/b/c step by step, so that neither ".." nor a link leads elsewhere. Only regular files.
std::optional<Found> open_below(int directory, const std::string& path) {
    if (directory < 0) return std::nullopt;
    const auto steps = split_words(path, '/');
    if (steps.empty()) return std::nullopt;
    OpenFile place(::dup(directory));
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (steps[i].front() == '.' || steps[i].find('\0') != std::string::npos) return std::nullopt;
        const int kind = i + 1 < steps.size() ? O_PATH | O_DIRECTORY : O_RDONLY | O_NONBLOCK;
        place = OpenFile(::openat(place.number(), steps[i].c_str(), kind | O_NOFOLLOW | O_CLOEXEC));
        if (!place) return std::nullopt;
    }
    struct stat facts {};
    if (::fstat(place.number(), &facts) != 0 || !S_ISREG(facts.st_mode)) return std::nullopt;
    char tag[64];
    snprintf(tag, sizeof tag, "\"%llx-%llx%08lx", static_cast<unsigned long long>(facts.st_size),
             static_cast<unsigned long long>(facts.st_mtim.tv_sec),
             static_cast<unsigned long>(facts.st_mtim.tv_nsec));
    return Found{std::move(place), static_cast<std::uint64_t>(facts.st_size), tag};
}

const char* type_of(std::string_view path) {
    struct Type {
        std::string_view ending;
        const char* type;
    };
    static constexpr std::array types{Type{".html", "text/html; charset=utf-8"},
                                      Type{".js", "text/javascript; charset=utf-8"},
                                      Type{".mjs", "text/javascript; charset=utf-8"},
                                      Type{".css", "text/css; charset=utf-8"},
                                      Type{".json", "application/json"},
                                      Type{".map", "application/json"},
                                      Type{".webmanifest", "application/manifest+json"},
                                      Type{".txt", "text/plain; charset=utf-8"},
                                      Type{".xml", "text/xml; charset=utf-8"},
                                      Type{".svg", "image/svg+xml"},
                                      Type{".png", "image/png"},
                                      Type{".jpg", "image/jpeg"},
                                      Type{".jpeg", "image/jpeg"},
                                      Type{".gif", "image/gif"},
                                      Type{".webp", "image/webp"},
                                      Type{".avif", "image/avif"},
                                      Type{".ico", "image/x-icon"},
                                      Type{".woff", "font/woff"},
                                      Type{".woff2", "font/woff2"},
                                      Type{".ttf", "font/ttf"},
                                      Type{".otf", "font/otf"},
                                      Type{".wasm", "application/wasm"},
                                      Type{".mp3", "audio/mpeg"},
                                      Type{".ogg", "audio/ogg"},
                                      Type{".wav", "audio/wav"},
                                      Type{".mp4", "video/mp4"},
                                      Type{".webm", "video/webm"},
                                      Type{".pdf", "application/pdf"}};
    for (const auto& [ending, type] : types)
        if (path.ends_with(ending)) return type;
    return "application/octet-stream";
}

// If-None-Match against one tag, weak or strong.
bool is_known(std::string_view known, const std::string& tag) {
    for (const auto& part : split_words(known, ',')) {
        auto word = trimmed(part);
        if (word.starts_with("W/")) word.remove_prefix(2);
        if (word == tag || word == "*") return true;
    }
    return false;
}

void fill_body(Reply& reply, Found found) {
    FileSource source(std::move(found.file));
    if (found.size > largest_in_memory) {
        reply.source = std::make_unique<FileSource>(std::move(source));
        reply.source_size = found.size;
        return;
    }
    reply.body.resize(static_cast<std::size_t>(found.size));
    std::size_t filled = 0;
    while (filled < reply.body.size()) {
        const auto length = source.read({reply.body.data() + filled, reply.body.size() - filled});
        if (length == 0) break;  // replaced by a shorter one meanwhile
        filled += length;
    }
    reply.body.resize(filled);
}

// The file in the best coding that is there and accepted.
Reply file_reply(const Head& head, int directory, const std::string& path, Found plain) {
    Reply reply;
    reply.content_type = type_of(path);
    std::string coding;
    auto chosen = std::move(plain);
    const auto accepted = head.headers.get("Accept-Encoding");
    const auto consider = [&](const char* ending, const char* name, Coding wanted, std::string_view asked) {
        if (!coding.empty() || coding_of(asked) != wanted) return;
        auto smaller = open_below(directory, path + ending);
        if (!smaller) return;
        chosen = std::move(*smaller);
        coding = name;
    };
    consider(".br", "br", Coding::brotli, accepted);
    if (coding.empty() && coding_of(accepted) == Coding::brotli)  // no .br here; is .gz accepted as well?
        consider(".gz", "gzip", Coding::gzip,
                 lower_ascii(accepted).find("gzip") == std::string::npos ? "" : "gzip");
    consider(".gz", "gzip", Coding::gzip, accepted);
    const auto tag = chosen.tag + (coding.empty() ? "\"" : "-" + coding + "\"");
    reply.set("ETag", tag);
    reply.set("X-Content-Type-Options", "nosniff");
    if (!coding.empty()) {
        reply.set("Content-Encoding", coding);
        reply.set("Vary", "Accept-Encoding");
        reply.may_compress = false;
    }
    if (is_known(head.headers.get("If-None-Match"), tag))
        reply.status = 304;
    else
        fill_body(reply, std::move(chosen));
    return reply;
}

// Every address of the page that begins with "./" now begins at the root of the site.
std::string at_root(const std::string& page, const std::string& sub_path) {
    std::string out;
    std::size_t done = 0;
    for (auto at = page.find("\"./"); at != page.npos; at = page.find("\"./", done)) {
        out.append(page, done, at + 1 - done).append(sub_path);
        done = at + 2;
    }
    return out.append(page, done);
}

void guard_own_page(Reply& reply) {
    reply.set("X-Frame-Options", "DENY");
    reply.set("Content-Security-Policy", own_policy);
    reply.set("Cross-Origin-Opener-Policy", "same-origin");
    reply.set("Permissions-Policy", own_permissions);
}

}  // namespace

StaticSite::StaticSite(const std::string& directory, std::string sub_path)
    : directory_(directory.empty() ? -1 : ::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)),
      sub_path_(std::move(sub_path)) {}

StaticSite::~StaticSite() {
    if (directory_ >= 0) ::close(directory_);
}

Reply StaticSite::page(const Head& head, const std::string& name) const {
    auto file = open_below(directory_, name);
    Reply reply;
    if (!file) {  // taken away since it was looked for
        reply.status = 404;
        return reply;
    }
    reply = file_reply(head, directory_, name, std::move(*file));
    reply.set("Cache-Control", page_caching);
    reply.set("Referrer-Policy", "no-referrer");
    if (name == "index.html") {
        guard_own_page(reply);
        reply.body = at_root(reply.body, sub_path_);
    } else {
        reply.set("X-Frame-Options", "SAMEORIGIN");
        reply.set("Content-Security-Policy", other_policy);
    }
    return reply;
}

std::optional<Reply> StaticSite::reply(const Head& head) const {
    if (head.verb != Verb::get && head.verb != Verb::head) return std::nullopt;
    if (directory_ < 0 || head.path == "/api" || head.path.starts_with("/api/")) return std::nullopt;
    const bool is_asset = head.path.starts_with("/static/");
    const bool is_page = head.path == "/root.html" || head.path == "/index.html";
    if (!is_page) {
        if (auto file = open_below(directory_, head.path)) {
            auto reply = file_reply(head, directory_, head.path, std::move(*file));
            reply.set("Cache-Control", is_asset ? asset_caching : "no-cache, public");
            return reply;
        }
    }
    if (is_asset) {
        Reply missing;
        missing.status = 404;
        missing.content_type = "text/plain; charset=utf-8";
        missing.body = "not found";
        missing.set("Cache-Control", "no-cache, no-store");
        return missing;
    }
    for (const auto* name : {"root.html", "index.html"})
        if (open_below(directory_, name)) return page(head, name);
    return std::nullopt;
}

}  // namespace concordat::web
