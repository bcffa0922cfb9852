#include "storage/tables/file_texts.hpp"

#include <zlib.h>

#include <new>

#include "storage/crypto/digest.hpp"
#include "storage/crypto/seal.hpp"
#include "storage/database/data_keys.hpp"

namespace concordat::storage {
namespace {

constexpr std::size_t longest_text = 4 << 20;  // what nobody writes is not unpacked
constexpr std::size_t length_size = 4;

// Its length, then the text deflated.
std::string packed(std::string_view text) {
    auto size = compressBound(text.size());
    std::string out(length_size + size, '\0');
    put_u32(reinterpret_cast<std::uint8_t*>(out.data()), static_cast<std::uint32_t>(text.size()));
    const int state =
        compress2(reinterpret_cast<Bytef*>(out.data() + length_size), &size,
                  reinterpret_cast<const Bytef*>(text.data()), text.size(), Z_DEFAULT_COMPRESSION);
    if (state != Z_OK) throw std::bad_alloc();
    out.resize(length_size + size);
    return out;
}

std::string unpacked(std::string_view bytes) {
    const auto damaged = [] {
        return Error(Fault::internal, "storage.sealed.damaged", {}, "text of a file");
    };
    if (bytes.size() < length_size) throw damaged();
    uLongf size = get_u32(reinterpret_cast<const std::uint8_t*>(bytes.data()));
    if (size > longest_text) throw damaged();
    std::string out(size, '\0');
    const int state =
        uncompress(reinterpret_cast<Bytef*>(out.data()), &size,
                   reinterpret_cast<const Bytef*>(bytes.data() + length_size), bytes.size() - length_size);
    if (state != Z_OK || size != out.size()) throw damaged();
    return out;
}

}  // namespace

std::optional<FileId> FileTextTable::next_due(Millis now) {
    const auto rows = tx_.exec(
        "select id from files where text_due_at > 0 and text_due_at <= $1 and delete_at = 0 order by id desc "
        "limit 1",
        now);
    if (rows.empty()) return std::nullopt;
    return id_in<FileId>(rows[0][0]);
}

std::int64_t FileTextTable::waiting() {
    return int_in(tx_.exec("select count(*) from files where text_due_at > 0 and delete_at = 0")[0][0]);
}

int FileTextTable::begin(const FileId& id, Millis now, Millis pause) {
    const auto rows = tx_.exec(R"(
        update files set text_attempts = text_attempts + 1,
            text_due_at = ($2 + $3 * power(3, least(text_attempts, 20)))::bigint
        where id = $1 returning text_attempts)",
                               id, now, pause);
    return rows.empty() ? 0 : static_cast<int>(int_in(rows[0][0]));
}

void FileTextTable::take_back(const FileId& id) {
    tx_.exec("update files set text_attempts = text_attempts - 1 where id = $1 and text_attempts > 0", id);
}

bool FileTextTable::finish(const FileId& id, std::string_view outcome) {
    return tx_.exec("update files set text_due_at = 0, text_outcome = $2 where id = $1", id,
                    std::string(outcome))
               .affected_rows() == 1;
}

bool FileTextTable::keep(const FileInfo& info, std::string_view outcome, std::string_view text) {
    const auto names = tx_.exec("select details from files where id = $1 for update", info.id);
    if (names.empty()) return false;
    const auto day = day_of_sealed(bytes_in(names[0][0]));
    const auto scope = info.channel_id.bytes();
    const auto sealed = seal(*tx_.keys().reading(scope, day), day,
                             {Kind::file_text, scope, info.id.bytes(), 0}, packed(text));
    return tx_.exec("update files set text_due_at = 0, text_outcome = $2, body_text = $3 where id = $1",
                    info.id, std::string(outcome), bytea(sealed))
               .affected_rows() == 1;
}

std::string FileTextTable::text(const FileInfo& file) {
    const auto rows =
        tx_.exec("select body_text from files where id = $1 and body_text is not null", file.id);
    if (rows.empty()) return {};
    return unpacked(
        tx_.open(Kind::file_text, file.channel_id.bytes(), file.id.bytes(), 0, bytes_in(rows[0][0])));
}

}  // namespace concordat::storage
