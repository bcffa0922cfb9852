// The table jobs: work that takes long, and how far it is.
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "core/model/job.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

class JobTable {
public:
    explicit JobTable(Tx& tx) : tx_(tx) {}
    void insert(const Job& job);
    // Status, progress, data and times.
    void update(const Job& job);
    std::optional<Job> find(const JobId& id);
    // The row for update.
    std::optional<Job> lock(const JobId& id);
    // Newest first; of all types when `type` is "", of all states when `status` is "". Of "pending" are
    // those that are asked for, too.
    std::vector<Job> list(const std::string& type, const std::string& status, std::int64_t offset,
                          std::int64_t limit);
    // The newest of the type that ended well and is a link of the chain (data is_chained), by its beginning.
    std::optional<Job> last_link(const std::string& type);
    // When the newest was made whose data initiated_by is this; 0: never.
    Millis last_by(const std::string& type, const std::string& initiated_by);
    // The oldest of the type that waits, now in progress.
    std::optional<Job> take_next(const std::string& type);
    // Those of the type that were in progress wait again: the process that did them is gone. How many.
    std::int64_t requeue(const std::string& type);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
