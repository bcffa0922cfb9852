// How many connections may be open, in all and from one client. Thread-safe.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace concordat::web {

class ConnectionBounds : public std::enable_shared_from_this<ConnectionBounds> {
public:
    ConnectionBounds(std::size_t most, std::size_t most_per_owner)
        : most_(most), most_per_owner_(most_per_owner) {}

    enum class Verdict { admitted, too_many, too_many_from_there };
    // Counts a connection for as long as `held` lives. `owner` is who it is counted against; "" exempts
    // it from the bound per owner.
    Verdict admit(const std::string& owner, std::shared_ptr<void>& held);
    std::size_t open() const { return open_.load(std::memory_order_relaxed); }

private:
    void leave(const std::string& owner);

    const std::size_t most_;
    const std::size_t most_per_owner_;
    std::atomic<std::size_t> open_{0};
    std::mutex mutex_;
    std::unordered_map<std::string, std::size_t> by_owner_;
};

}  // namespace concordat::web
