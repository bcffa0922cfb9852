// How long messages are kept: policies, what a run of destruction took away, and the fact that it did.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>
#include "core/base/json.hpp"
#include "core/model/facts.hpp"
#include "core/model/ids.hpp"
#include "core/model/job.hpp"

namespace concordat {

using RetentionPolicyId = Id<struct RetentionPolicyTag>;
using CertificateId = Id<struct CertificateTag>;

// Of the settings; cutoffs are milliseconds: what is older goes.
struct GlobalRetentionPolicy {
    bool message_deletion_enabled = false, file_deletion_enabled = false;
    Millis message_retention_cutoff = 0, file_retention_cutoff = 0;
};
BOOST_DESCRIBE_STRUCT(GlobalRetentionPolicy, (),
                      (message_deletion_enabled, file_deletion_enabled, message_retention_cutoff,
                       file_retention_cutoff))

// For some teams and channels.
struct RetentionPolicy {
    RetentionPolicyId id;
    std::string display_name;
    std::int64_t post_duration = 0;  // days; -1: kept for ever
    std::int64_t team_count = 0, channel_count = 0;
};
BOOST_DESCRIBE_STRUCT(RetentionPolicy, (), (id, display_name, post_duration, team_count, channel_count))

struct RetentionPolicyList {
    std::vector<RetentionPolicy> policies;
    std::int64_t total_count = 0;
};
BOOST_DESCRIBE_STRUCT(RetentionPolicyList, (), (policies, total_count))

// What is to be, or to be changed: unset members stay as they are.
struct RetentionPolicyPatch {
    std::optional<std::string> display_name;
    std::optional<std::int64_t> post_duration;
    std::optional<std::vector<std::string>> team_ids, channel_ids;
};
BOOST_DESCRIBE_STRUCT(RetentionPolicyPatch, (), (display_name, post_duration, team_ids, channel_ids))

struct RetentionPolicyForTeam {
    TeamId team_id;
    std::int64_t post_duration = 0;
};
BOOST_DESCRIBE_STRUCT(RetentionPolicyForTeam, (), (team_id, post_duration))
struct RetentionPolicyForTeamList {
    std::vector<RetentionPolicyForTeam> policies;
    std::int64_t total_count = 0;
};
BOOST_DESCRIBE_STRUCT(RetentionPolicyForTeamList, (), (policies, total_count))
struct RetentionPolicyForChannel {
    ChannelId channel_id;
    std::int64_t post_duration = 0;
};
BOOST_DESCRIBE_STRUCT(RetentionPolicyForChannel, (), (channel_id, post_duration))
struct RetentionPolicyForChannelList {
    std::vector<RetentionPolicyForChannel> policies;
    std::int64_t total_count = 0;
};
BOOST_DESCRIBE_STRUCT(RetentionPolicyForChannelList, (), (policies, total_count))

// Rows that a run took away, by class.
struct DestroyedCounts {
    std::int64_t posts = 0;
    std::int64_t emptied = 0;   // roots whose text went while their replies stay
    std::int64_t versions = 0;  // earlier ones of edited posts
    std::int64_t reactions = 0, acknowledgements = 0, threads = 0, drafts = 0, files = 0, bytes_of_files = 0;
    std::int64_t journal_entries = 0, partner_events = 0;
    std::int64_t buckets = 0, data_keys = 0;
};
BOOST_DESCRIBE_STRUCT(DestroyedCounts, (),
                      (posts, emptied, versions, reactions, acknowledgements, threads, drafts, files,
                       bytes_of_files, journal_entries, partner_events, buckets, data_keys))

// A record that something was destroyed: a text, signed, and the place in the chain of all of them.
struct DestructionCertificate {
    CertificateId id;
    std::int64_t number = 0;  // from 1, without gaps
    JobId job_id;
    Millis create_at = 0;
    std::string text;       // what is signed: JSON
    std::string signature;  // Ed25519, in base64
};
BOOST_DESCRIBE_STRUCT(DestructionCertificate, (), (id, number, job_id, create_at, text, signature))

// Messages whose time was up are gone; one fact a batch, and one without ids when the channel is done: then
// none that nothing keeps is older than `before`.
struct PostsDestroyed {
    ChannelId channel_id;
    Millis before = 0;
    std::vector<PostId> post_ids;
    CONCORDAT_FACT(PostsDestroyed, "posts_destroyed", channel_id.bytes(), channel_id, before, post_ids)
};

}  // namespace concordat
