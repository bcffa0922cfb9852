#include "messaging/integration/later.hpp"

#include <algorithm>

#include "core/base/log.hpp"
#include "messaging/conversation/posts.hpp"
#include "messaging/integration/owners.hpp"
#include "storage/database/database.hpp"

namespace concordat::messaging {

bool LaterPosts::add(const UserId& author, Post post, Millis at) {
    std::lock_guard guard(mutex_);
    if (waiting_.size() >= most) return false;
    waiting_.push_back({author, std::move(post), at});
    return true;
}

std::size_t LaterPosts::tick() {
    const auto now = db_.now();
    std::vector<Waiting> due;
    {
        std::lock_guard guard(mutex_);
        const auto cut = std::stable_partition(waiting_.begin(), waiting_.end(),
                                               [&](const Waiting& each) { return each.at > now; });
        std::move(cut, waiting_.end(), std::back_inserter(due));
        waiting_.erase(cut, waiting_.end());
    }
    for (const auto& each : due) write(each);
    return due.size();
}

void LaterPosts::write(const Waiting& waiting) {
    try {
        const auto author = acting_for(db_, gate_, waiting.author);
        if (!author || !gate_.may_in_channel(*author, Permission::create_post, waiting.post.channel_id))
            return;
        posts_.create(*author, waiting.post, {.set_online = false});
    } catch (const Error& e) {  // the channel may be archived by now; the others go on
        log_info("a post that waited was not written", {{"id", e.id()}});
    }
}

}  // namespace concordat::messaging
