// MentionBook: the words, other than user names, that people want to be called by.
//
// Most people have none, so the node keeps all of them in memory (read once at start, followed by
// facts) and a post costs no query unless one of its words is somebody's. Thread-safe.
#pragma once
#include <map>
#include <shared_mutex>
#include <vector>
#include "core/model/user.hpp"
#include "messaging/notify/mentions.hpp"

namespace concordat::storage {
class Database;
struct Fact;
}  // namespace concordat::storage

namespace concordat::messaging {

class MentionBook {
public:
    explicit MentionBook(storage::Database& db) : db_(db) {}
    // Reads everybody. Call once at start.
    void load();
    void on_facts(const std::vector<storage::Fact>& facts);

    bool is_empty() const;
    // Whose words occur in the scanned text.
    std::vector<UserId> called(const MentionScan& scan) const;

private:
    void note(const User& user);

    storage::Database& db_;
    mutable std::shared_mutex mutex_;
    std::map<UserId, Keywords> keywords_;
};

}  // namespace concordat::messaging
