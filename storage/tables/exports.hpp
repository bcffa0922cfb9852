// The table export_parts, and what an export asks of other tables' pasts: who was in a channel, who was
// called what.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>
#include "core/model/job.hpp"
#include "storage/database/database.hpp"
#include "storage/database/position.hpp"

namespace concordat::storage {

struct ExportPart {
    JobId job_id;
    std::int64_t number = 0;  // from 1; 0 is the whole
    AnyId blob;
    std::string name;
    std::int64_t size = 0;
    std::string sha256;  // 32 bytes
    std::int64_t posts = 0, warnings = 0;
    Millis starts = 0, ends = 0;
    Position upto;
};

// One stay of a person in a channel. `leave_at` 0: still there.
struct MemberInterval {
    ChannelId channel_id;
    UserId user_id;
    Millis join_at = 0, leave_at = 0;
};

struct PastIdentity {
    Millis from_at = 0;
    std::string username, email;
};

class ExportTable {
public:
    explicit ExportTable(Tx& tx) : tx_(tx) {}
    void insert(const ExportPart& part);
    std::vector<ExportPart> parts(const JobId& job);
    void remove_parts(const JobId& job, bool and_the_whole);
    // Packages, newest first: the names of those that are there.
    std::vector<std::string> package_names(std::int64_t limit);
    // The export whose package this is.
    std::optional<JobId> package_named(const std::string& name);
    // Which of these blobs belong to an export.
    std::set<AnyId> blobs_in_use(const std::vector<AnyId>& blobs);

    // That touch [from, to], in the order of joining.
    std::vector<MemberInterval> intervals(const std::vector<ChannelId>& channels, Millis from, Millis to);
    // Oldest first.
    std::map<UserId, std::vector<PastIdentity>> identities(const std::vector<UserId>& users);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
