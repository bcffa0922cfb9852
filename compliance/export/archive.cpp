#include "compliance/export/archive.hpp"

#include <Poco/DateTime.h>
#include <Poco/Path.h>
#include <Poco/Zip/Compress.h>

#include <istream>
#include <ostream>
#include <streambuf>
#include <vector>

#include "core/base/error.hpp"

namespace concordat::compliance {
namespace {

constexpr std::size_t buffer_size = 64 * 1024, longest_name = 200;

// The library writes to a stream; a stream swallows exceptions, so the first one is kept.
class Sink : public std::streambuf {
public:
    explicit Sink(storage::BlobWriter& out) : out_(out), buffer_(buffer_size) {
        setp(buffer_.data(), buffer_.data() + buffer_.size());
    }
    void rethrow() const {
        if (failure_) std::rethrow_exception(failure_);
    }

protected:
    int_type overflow(int_type c) override {
        if (sync() != 0) return traits_type::eof();
        if (!traits_type::eq_int_type(c, traits_type::eof())) {
            *pptr() = traits_type::to_char_type(c);
            pbump(1);
        }
        return traits_type::not_eof(c);
    }
    int sync() override {
        if (failure_) return -1;
        try {
            out_.write({pbase(), static_cast<std::size_t>(pptr() - pbase())});
        } catch (...) {  // thrown again by rethrow()
            failure_ = std::current_exception();
            return -1;
        }
        setp(buffer_.data(), buffer_.data() + buffer_.size());
        return 0;
    }

private:
    storage::BlobWriter& out_;
    std::vector<char> buffer_;
    std::exception_ptr failure_;
};

class BlobSource : public std::streambuf {
public:
    explicit BlobSource(storage::BlobReader& in) : in_(in), buffer_(buffer_size) {}
    void rethrow() const {
        if (failure_) std::rethrow_exception(failure_);
    }

protected:
    int_type underflow() override {
        if (failure_) return traits_type::eof();
        try {
            const auto length = in_.read_at(at_, buffer_);
            at_ += length;
            if (length == 0) return traits_type::eof();
            setg(buffer_.data(), buffer_.data(), buffer_.data() + length);
        } catch (...) {  // thrown again by rethrow()
            failure_ = std::current_exception();
            return traits_type::eof();
        }
        return traits_type::to_int_type(*gptr());
    }

private:
    storage::BlobReader& in_;
    std::vector<char> buffer_;
    std::uint64_t at_ = 0;
    std::exception_ptr failure_;
};

class TextSource : public std::streambuf {
public:
    explicit TextSource(std::string_view text) {
        auto* begin = const_cast<char*>(text.data());  // only ever read
        setg(begin, begin, begin + text.size());
    }
};

const Poco::DateTime& fixed_date() {
    static const Poco::DateTime date(1980, 1, 1);
    return date;
}

}  // namespace

std::string safe_name(std::string_view name) {
    std::string out;
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        const bool is_bad = byte < 0x20 || byte == 0x7F || c == '/' || c == '\\' || c == ':';
        out += is_bad ? '_' : c;
    }
    if (out.size() > longest_name) {
        auto end = longest_name;
        while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0) == 0x80) --end;
        out.resize(end);
    }
    if (out.empty() || out == "." || out == "..") out.assign(1, '_');
    return out;
}

struct Archive::Parts {
    explicit Parts(storage::BlobWriter& out) : blob(out), sink(out), stream(&sink), zip(stream, false) {}
    storage::BlobWriter& blob;
    Sink sink;
    std::ostream stream;
    Poco::Zip::Compress zip;
};

Archive::Archive(storage::BlobWriter& out) : parts_(std::make_unique<Parts>(out)) {}
Archive::~Archive() = default;

void Archive::add(const std::string& path, std::string_view content, bool is_text) {
    TextSource source(content);
    std::istream in(&source);
    using Zip = Poco::Zip::ZipCommon;
    parts_->zip.addFile(in, fixed_date(), Poco::Path(path, Poco::Path::PATH_UNIX),
                        is_text ? Zip::CM_DEFLATE : Zip::CM_STORE, Zip::CL_SUPERFAST);
    parts_->sink.rethrow();
}

void Archive::add(const std::string& path, std::istream& content) {
    using Zip = Poco::Zip::ZipCommon;
    parts_->zip.addFile(content, fixed_date(), Poco::Path(path, Poco::Path::PATH_UNIX), Zip::CM_STORE,
                        Zip::CL_NORMAL);
    parts_->sink.rethrow();
}

void Archive::add(const std::string& path, storage::BlobReader& content) {
    BlobSource source(content);
    std::istream in(&source);
    add(path, in);
    source.rethrow();
}

storage::BlobSummary Archive::finish() {
    parts_->zip.close();
    parts_->stream.flush();
    parts_->sink.rethrow();
    require(parts_->stream.good(), Fault::internal, "compliance.archive",
            "The archive could not be written.");
    return parts_->blob.finish();
}

}  // namespace concordat::compliance
