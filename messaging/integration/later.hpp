// Posts that wait for their time: those of /echo with a delay. Kept in memory, and lost when the node stops.
//
// Thread-safe.
#pragma once
#include <mutex>
#include <vector>
#include "core/model/post.hpp"
#include "identity/access/gate.hpp"

namespace concordat::storage {
class Database;
}

namespace concordat::messaging {

class Posts;

class LaterPosts {
public:
    static constexpr std::size_t most = 100;

    // All must outlive this object.
    LaterPosts(storage::Database& db, identity::Gate& gate, Posts& posts)
        : db_(db), gate_(gate), posts_(posts) {}
    // False when as many wait as may.
    bool add(const UserId& author, Post post, Millis at);
    // Writes what is due and may still be written; how many were due. Run every second.
    std::size_t tick();

private:
    struct Waiting {
        UserId author;
        Post post;
        Millis at = 0;
    };
    void write(const Waiting& waiting);

    storage::Database& db_;
    identity::Gate& gate_;
    Posts& posts_;
    std::mutex mutex_;
    std::vector<Waiting> waiting_;
};

}  // namespace concordat::messaging
