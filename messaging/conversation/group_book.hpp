// GroupBook: which groups may be mentioned, and who is in them.
//
// The node keeps the names of all of them in memory (read once at start, followed by facts), and the members
// of those that were mentioned since they last changed; so members of a group are read when it is
// mentioned for the first time. Thread-safe; members() reads the database then.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include "core/model/user_group.hpp"

namespace concordat::storage {
class Database;
struct Fact;
}  // namespace concordat::storage

namespace concordat::messaging {

class GroupBook {
public:
    // Members that are kept at most, of all groups; past that all are forgotten and read again.
    static constexpr std::size_t most_kept = 1'000'000;

    struct Named {
        GroupId id;
        std::string display_name;
        bool is_custom = false;  // people made it
    };

    explicit GroupBook(storage::Database& db) : db_(db) {}
    // Reads all names. Call once at start.
    void load();
    void on_facts(const std::vector<storage::Fact>& facts);

    bool is_empty() const;
    // By its name in lower case.
    std::optional<Named> named(std::string_view name) const;
    // Active ones, by id.
    std::shared_ptr<const std::vector<UserId>> members(const GroupId& id);

private:
    struct Members {
        std::vector<std::pair<UserId, bool>> all;  // by id, and whether they are active
        std::shared_ptr<const std::vector<UserId>> active;
    };
    void note(const UserGroup& group);
    void forget(const GroupId& id);
    void note_activity(const UserId& user, bool is_active);

    storage::Database& db_;
    mutable std::shared_mutex mutex_;
    std::map<std::string, Named, std::less<>> names_;
    std::map<GroupId, Members> members_;
    std::size_t kept_ = 0;
    std::uint64_t changes_ = 0;  // what was read before the last one is not kept
};

}  // namespace concordat::messaging
