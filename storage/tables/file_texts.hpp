// The words inside files, as far as they were read: columns of the files table. They are compressed, and
// sealed under the key that the file's name is sealed under, so they end with it.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "storage/tables/files.hpp"

namespace concordat::storage {

class FileTextTable {
public:
    explicit FileTextTable(Tx& tx) : tx_(tx) {}
    // The newest file that is due by now; empty when there is none.
    std::optional<FileId> next_due(Millis now);
    // Files that are due or will be again.
    std::int64_t waiting();
    // Counts a try, and lets the next be due after `pause` times three for each before it, should this one
    // not come to its end. How many there were with it.
    int begin(const FileId& id, Millis now, Millis pause);
    // As if it had not begun; due again when it would have been.
    void take_back(const FileId& id);
    // It is not tried again. False when the file is gone.
    bool finish(const FileId& id, std::string_view outcome);
    // The same, with what was read. Throws storage.key.missing when its key is destroyed.
    bool keep(const FileInfo& file, std::string_view outcome, std::string_view text);
    // "" when nothing was read. Throws storage.sealed.damaged and storage.key.missing (is_lost()).
    std::string text(const FileInfo& file);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
