#include "web/http/connection_bounds.hpp"

namespace concordat::web {

ConnectionBounds::Verdict ConnectionBounds::admit(const std::string& owner, std::shared_ptr<void>& held) {
    {
        std::lock_guard lock(mutex_);
        if (open_.load(std::memory_order_relaxed) >= most_) return Verdict::too_many;
        if (!owner.empty()) {
            auto& count = by_owner_[owner];
            if (count >= most_per_owner_) {
                if (count == 0) by_owner_.erase(owner);
                return Verdict::too_many_from_there;
            }
            ++count;
        }
        open_.fetch_add(1, std::memory_order_relaxed);
    }
    held = std::shared_ptr<void>(nullptr, [self = shared_from_this(), owner](void*) { self->leave(owner); });
    return Verdict::admitted;
}

void ConnectionBounds::leave(const std::string& owner) {
    std::lock_guard lock(mutex_);
    open_.fetch_sub(1, std::memory_order_relaxed);
    if (owner.empty()) return;
    const auto found = by_owner_.find(owner);
    if (--found->second == 0) by_owner_.erase(found);
}

}  // namespace concordat::web
