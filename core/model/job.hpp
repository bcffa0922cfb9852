// A job: work that takes long, shown with its progress, and going on after a restart.
#pragma once
#include <boost/describe.hpp>
#include <map>
#include <string>
#include "core/base/json.hpp"
#include "core/model/ids.hpp"

namespace concordat {

using JobId = Id<struct JobTag>;

struct Job {
    JobId id;
    std::string type;  // "message_export"
    std::int64_t priority = 0;
    Millis create_at = 0;
    Millis start_at = 0;
    Millis last_activity_at = 0;
    // pending, in_progress, success, warning, error, cancel_requested, canceled; and asked: waits for the
    // approval of other people (approval.hpp), which clients see as pending
    std::string status = "pending";
    std::int64_t progress = 0;                // percent
    std::map<std::string, std::string> data;  // of the type; numbers are decimal
};
BOOST_DESCRIBE_STRUCT(Job, (),
                      (id, type, priority, create_at, start_at, last_activity_at, status, progress, data))
// What the job says of that name; "" when it says nothing.
inline std::string datum(const Job& job, const char* name) {
    const auto at = job.data.find(name);
    return at == job.data.end() ? std::string() : at->second;
}

}  // namespace concordat
