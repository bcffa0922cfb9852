// What is true of this installation as a whole and survives restarts: by what id clients know it, since
// when it exists, whether its first administrator is done with the first steps.
//
// Thread-safe after prepare(); calls block. The same on all nodes of one database.
#pragma once
#include <string>
#include "core/base/clock.hpp"

namespace concordat::storage {
class Database;
}

namespace concordat::identity {

class Installation {
public:
    // `db` must outlive this object.
    explicit Installation(storage::Database& db) : db_(db) {}

    // Reads the id and the date, or makes them at the very first start. Call once, after the migrations.
    void prepare();

    const std::string& diagnostic_id() const { return diagnostic_id_; }  // 26 characters; never changes
    Millis date() const { return date_; }
    int schema_version() const { return schema_version_; }

    bool is_set_up();
    void mark_set_up();

private:
    storage::Database& db_;
    std::string diagnostic_id_;
    Millis date_ = 0;
    int schema_version_ = 0;
};

}  // namespace concordat::identity
