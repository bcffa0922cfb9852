// The uploads table: files that arrive in pieces. What has arrived is a partial blob.
#pragma once
#include <optional>
#include <vector>
#include "core/model/file_info.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

struct UploadRow {
    UploadSession session;
    AnyId blob;  // of the file to be, sealed under the day of create_at
};

class UploadTable {
public:
    explicit UploadTable(Tx& tx) : tx_(tx) {}

    void insert(const UploadRow& upload);
    std::optional<UploadRow> find(const UploadId& id);
    // Newest first.
    std::vector<UploadRow> of_user(const UserId& user, std::int64_t limit);
    std::int64_t count_of_user(const UserId& user);
    void set_offset(const UploadId& id, std::int64_t offset);
    // False when it was not there.
    bool remove(const UploadId& id);
    // Begun before that.
    std::vector<UploadRow> abandoned(Millis before, std::int64_t limit);

private:
    UploadRow row(const pqxx::row& row);
    std::vector<UploadRow> rows(const pqxx::result& result);
    Tx& tx_;
};

}  // namespace concordat::storage
