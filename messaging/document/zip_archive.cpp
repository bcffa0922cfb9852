#include "messaging/document/zip_archive.hpp"

#include <zlib.h>

#include <algorithm>
#include <memory>
#include <new>

namespace concordat::messaging {
namespace {

constexpr std::string_view end_mark = "PK\x05\x06", entry_mark = "PK\x01\x02", local_mark = "PK\x03\x04";
constexpr std::size_t end_size = 22, entry_size = 46, local_size = 30, longest_comment = 65535;
constexpr std::size_t part_size = 64 * 1024;
constexpr std::uint16_t stored = 0, deflated = 8;

std::uint32_t little(std::string_view bytes, std::size_t at, std::size_t count) {
    std::uint32_t out = 0;
    for (std::size_t i = count; i > 0; --i) out = out << 8 | static_cast<unsigned char>(bytes[at + i - 1]);
    return out;
}

// Where the record at the end stands.
std::size_t end_of(std::string_view bytes) {
    if (bytes.size() < end_size) damaged_document();
    const auto first = bytes.size() - std::min(bytes.size(), end_size + longest_comment);
    for (auto at = bytes.size() - end_size;; --at) {
        if (bytes.substr(at, end_mark.size()) == end_mark &&
            little(bytes, at + 20, 2) == bytes.size() - at - end_size)
            return at;
        if (at == first) damaged_document();
    }
}

struct Inflater {
    z_stream stream{};
    Inflater() {
        if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
    }
    ~Inflater() { inflateEnd(&stream); }
    Inflater(const Inflater&) = delete;
};

}  // namespace

ZipArchive::ZipArchive(std::string_view bytes, Budget& budget) : bytes_(bytes), budget_(budget) {
    const auto end = end_of(bytes);
    const std::size_t count = little(bytes, end + 10, 2), size = little(bytes, end + 12, 4),
                      start = little(bytes, end + 16, 4);
    if (start > end || size > end - start) damaged_document();
    auto directory = bytes.substr(start, size);
    for (std::size_t i = 0; i < count; ++i) {
        if (budget_.entries == 0) too_large_document();
        --budget_.entries;
        if (directory.size() < entry_size || !directory.starts_with(entry_mark)) damaged_document();
        const std::size_t name = little(directory, 28, 2);
        const auto length = entry_size + name + little(directory, 30, 2) + little(directory, 32, 2);
        if (directory.size() < length) damaged_document();
        Entry entry;
        entry.is_locked = (little(directory, 8, 2) & 1) != 0;
        entry.method = static_cast<std::uint16_t>(little(directory, 10, 2));
        entry.packed = little(directory, 20, 4);
        entry.at = little(directory, 42, 4);
        entry.name = directory.substr(entry_size, name);
        entries_.push_back(std::move(entry));
        directory.remove_prefix(length);
    }
}

const ZipArchive::Entry* ZipArchive::find(std::string_view name) const {
    const auto at = std::ranges::find(entries_, name, &Entry::name);
    return at == entries_.end() ? nullptr : &*at;
}

void ZipArchive::unpack(const Entry& entry, const std::function<bool(std::string_view)>& take) const {
    if (entry.is_locked) locked_document();
    if (entry.at > bytes_.size() || bytes_.size() - entry.at < local_size) damaged_document();
    auto rest = bytes_.substr(entry.at);
    if (!rest.starts_with(local_mark)) damaged_document();
    const auto head = local_size + little(rest, 26, 2) + little(rest, 28, 2);
    if (rest.size() < head || rest.size() - head < entry.packed) damaged_document();
    const auto packed = rest.substr(head, entry.packed);
    if (entry.method == deflated) return inflate_to(packed, take);
    if (entry.method != stored) damaged_document();
    if (packed.size() > budget_.unpacked) too_large_document();
    budget_.unpacked -= packed.size();
    for (std::size_t at = 0; at < packed.size(); at += part_size)
        if (!take(packed.substr(at, part_size))) return;
}

void ZipArchive::inflate_to(std::string_view packed,
                            const std::function<bool(std::string_view)>& take) const {
    Inflater inflater;
    auto& stream = inflater.stream;
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    const auto part = std::make_unique<char[]>(part_size);
    for (int state = Z_OK; state != Z_STREAM_END;) {
        stream.next_out = reinterpret_cast<Bytef*>(part.get());
        stream.avail_out = part_size;
        state = inflate(&stream, Z_NO_FLUSH);
        if (state != Z_OK && state != Z_STREAM_END) damaged_document();
        const auto count = part_size - stream.avail_out;
        if (count > budget_.unpacked) too_large_document();
        budget_.unpacked -= count;
        if (count > 0 && !take({part.get(), count})) return;
    }
}

std::string ZipArchive::whole(const Entry& entry, std::uint64_t at_most) const {
    std::string out;
    unpack(entry, [&](std::string_view part) {
        if (part.size() > at_most - out.size()) too_large_document();
        out += part;
        return true;
    });
    return out;
}

}  // namespace concordat::messaging
