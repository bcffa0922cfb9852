// The formats of exports: what of a batch goes into its archive, and how.
//
// csv, actiance and globalrelay-zip are what archives of Mattermost's exports read (members, columns,
// elements, words, order); native is Concordat's own and leaves nothing out, see
// docs/compliance/native-format.md. A file whose body is missing or damaged becomes a warning, never a
// failure.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>
#include "compliance/export/archive.hpp"
#include "compliance/export/batch.hpp"

namespace concordat::compliance {

struct Totals {
    std::int64_t messages = 0, files = 0;
    std::vector<std::string> warnings;  // a line each
};

// The body of a file; throws storage.blob.missing or storage.blob.damaged.
using OpenFile = std::function<std::unique_ptr<storage::BlobReader>(const ExportedFile& file)>;

// "csv", "actiance", "globalrelay-zip" or "native".
bool is_format(const std::string& name);
// Whether an archive is to be made of it at all: something was said, or somebody came or went.
bool is_worth_an_archive(const Batch& batch);
// Writes all members.
Totals write_archive(const std::string& format, const Batch& batch, const OpenFile& open, Archive& out);

// What archives call that kind of author: "bot" or "user".
inline const char* user_type(const Identity& who) {
    return who.is_bot ? "bot" : "user";
}
// A cell of a CSV file, quoted only where it has to be.
void append_csv_cell(std::string& line, const std::string& text);

// The parts of which the formats are made, for tests.
std::string csv_text(const Batch& batch);
std::string actiance_text(const Batch& batch);
std::string native_text(const Batch& batch);

}  // namespace concordat::compliance
