// The drafts table: one draft per person, channel and thread.
#pragma once
#include <optional>
#include <vector>
#include "core/model/post.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

class DraftTable {
public:
    explicit DraftTable(Tx& tx) : tx_(tx) {}
    // True when it is new.
    bool upsert(const Draft& draft);
    std::optional<Draft> find(const UserId& user, const ChannelId& channel, const PostId& root);
    // In channels of the team and between people, that the person still belongs to, but not in deleted
    // threads; latest change first.
    std::vector<Draft> of_user(const UserId& user, const TeamId& team);
    // Wherever they are.
    std::vector<Draft> all_of(const UserId& user);
    bool remove(const UserId& user, const ChannelId& channel, const PostId& root);
    // Everybody's replies to be.
    void remove_of_thread(const PostId& root);
    // Those sealed with the keys of these days (since 1970-01-01) are sealed with that of today.
    void seal_again(std::int64_t first_day, std::int64_t last_day);

private:
    Draft row(const pqxx::row& row);
    Tx& tx_;
};

}  // namespace concordat::storage
