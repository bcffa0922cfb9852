// Does in time what directories need: a probe every ProbeSeconds, a sync every SyncIntervalMinutes, or when
// asked. One thread for each directory, so that a silent one makes no other wait. What fails is logged and
// comes again.
//
// start() and stop() on one thread; ask_for_sync() on any.
#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>
#include "identity/ldap/directories.hpp"
#include "identity/ldap/directory_sync.hpp"

namespace concordat::identity {

class DirectoryKeeper {
public:
    // Both must outlive this object.
    DirectoryKeeper(Directories& directories, DirectorySync& sync) : directories_(directories), sync_(sync) {}
    ~DirectoryKeeper() { stop(); }
    DirectoryKeeper(const DirectoryKeeper&) = delete;

    // While this says true nobody is looked up: settings on trial must not make people gone. Before start().
    void wait_while(std::function<bool()> is_waiting) { is_waiting_ = std::move(is_waiting); }
    void start();
    // Waits for what is in hand. Idempotent.
    void stop();
    // All directories that are enabled, soon. Returns at once.
    void ask_for_sync();

private:
    void serve(Directory& directory);
    void sync(Directory& directory);

    Directories& directories_;
    DirectorySync& sync_;
    std::function<bool()> is_waiting_ = [] { return false; };
    std::mutex mutex_;  // guards the next two
    std::set<std::string> asked_;
    bool is_stopping_ = false;
    std::condition_variable wake_;
    std::vector<std::thread> threads_;
};

}  // namespace concordat::identity
