// Roles: what each of them allows, kept in memory.
//
// Thread-safe. The table is small and rarely changes; every node holds all of it and reads it again
// when a fact says that roles or schemes have changed. A role of a channel's scheme allows no more than the
// role above it: the one of the scheme of the channel's team, or the built-in one (moderation.hpp). That is
// what all of these answer with.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>
#include "core/base/clock.hpp"
#include "core/base/error.hpp"
#include "core/model/permission.hpp"
#include "core/model/role.hpp"

namespace concordat::storage {
class Database;
struct Fact;
}  // namespace concordat::storage

namespace concordat::identity {

// A role that others refer to is not in the table.
Error role_is_missing(const std::string& name);

class Roles {
public:
    // `db` must outlive this object.
    explicit Roles(storage::Database& db) : db_(db) {}

    // Writes the built-in roles that are not there yet, then loads all. Call once at start.
    void prepare();
    void on_facts(const std::vector<storage::Fact>& facts);

    // The union of what the named roles allow; unknown names allow nothing.
    Permissions allowed_by(std::string_view names_with_spaces) const;
    Permissions allowed_by(const std::vector<std::string>& names) const;
    std::vector<Role> named(const std::vector<std::string>& names) const;
    std::optional<Role> named(const std::string& name) const;
    std::optional<Role> find(const RoleId& id) const;
    std::vector<Role> all() const;

private:
    struct Known {
        Role role;
        Permissions allowed;
    };
    using Table = std::map<std::string, Known, std::less<>>;
    std::shared_ptr<const Table> table() const;
    void load();

    storage::Database& db_;
    mutable std::mutex mutex_;
    std::shared_ptr<const Table> table_ = std::make_shared<Table>();
};

}  // namespace concordat::identity
