// People whose messages end: an Exporting with a policy of thirty days, holds and the services of retention.
#pragma once
#include "compliance/hold/legal_holds.hpp"
#include "compliance/retention/policies.hpp"
#include "compliance/retention/retention_jobs.hpp"
#include "compliance/retention/retention_runner.hpp"
#include "storage/database/data_keys.hpp"
#include "storage/tables/holds.hpp"
#include "tests/compliance/export/exporting.hpp"

namespace concordat::compliance {

inline constexpr Millis an_hour = 3600000, a_day = 24 * an_hour;

inline Settings thirty_days() {
    Settings settings;
    settings.DataRetentionSettings.EnableMessageDeletion = true;
    settings.DataRetentionSettings.MessageRetentionHours = 30 * 24;
    settings.DataRetentionSettings.BatchSize = 3;
    settings.DataRetentionSettings.TimeBetweenBatchesMilliseconds = 0;
    settings.ConcordatSettings.HoldReleaseGraceHours = 24;
    return settings;
}

struct Retaining : Exporting {
    explicit Retaining(Settings with = thirty_days()) : Exporting(std::move(with)) {}

    RetentionPolicies policies{store.db, decisions, store.settings};
    RetentionJobs retention_jobs{store.db, *store.keyring, files, store.roles, decisions, store.settings};
    LegalHolds holds{store.db, decisions, store.settings};
    User lena = store.user("lena", "system_user legal"), otto = store.user("otto", "system_user legal");
    User admin = store.admin("root");

    std::unique_ptr<RetentionRunner> new_runner() {
        return std::make_unique<RetentionRunner>(RetentionRunner::Means{
            store.db, *store.keyring, files, decisions, key, store.settings, installation});
    }
    Job retain() {
        const auto job = ask_retention();
        const auto one = new_runner();
        EXPECT_TRUE(one->run_next(is_stopping));
        return retention_job(job.id);
    }
    Job ask_retention() {
        store.wait(10);
        const auto actor = store.actor(admin);
        return retention_jobs.create({actor, "attempt", "127.0.0.1"});
    }
    Job retention_job(const JobId& id) {
        const auto actor = store.actor(admin);
        return retention_jobs.get({actor, "attempt", "127.0.0.1"}, id);
    }
    static std::int64_t count(const Job& job, const std::string& name) {
        const auto at = job.data.find(name);
        return at == job.data.end() ? -1 : std::stoll(at->second);
    }
    RetentionPolicy limit(std::int64_t days, const std::vector<ChannelId>& channels,
                          const std::vector<TeamId>& teams = {}) {
        const auto actor = store.actor(admin);
        RetentionPolicyPatch wanted;
        wanted.display_name = std::to_string(days) + " days";
        wanted.post_duration = days;
        wanted.channel_ids.emplace();
        wanted.team_ids.emplace();
        for (const auto& id : channels) wanted.channel_ids->push_back(id.text());
        for (const auto& id : teams) wanted.team_ids->push_back(id.text());
        return policies.create({actor, "attempt", ""}, wanted);
    }
    LegalMatter matter() {
        const auto actor = store.actor(lena);
        return holds.open_matter({actor, "attempt", ""}, "Acme against Desk", "");
    }
    LegalHold hold(const std::vector<UserId>& people, const std::vector<ChannelId>& channels) {
        LegalHold wanted;
        wanted.matter_id = matter().id;
        wanted.name = "a hold";
        wanted.user_ids = people;
        wanted.channel_ids = channels;
        const auto actor = store.actor(lena);
        return holds.create({actor, "attempt", ""}, wanted);
    }
    LegalHold release(const LegalHold& hold) {
        const auto asks = store.actor(lena), approves = store.actor(otto);
        holds.ask_release({asks, "attempt", ""}, hold.id);
        return holds.approve_release({approves, "attempt", ""}, hold.id);
    }
    bool exists(const PostId& id) {
        return !store.db
                    .read([&](storage::Tx& tx) { return tx.exec("select 1 from posts where id = $1", id); })
                    .empty();
    }
    std::string text_of(const PostId& id) {
        return store.db.read([&](storage::Tx& tx) { return storage::PostTable(tx).find(id); })
            .value()
            .message;
    }
    std::int64_t number(const std::string& sql) {
        return storage::int_in(store.db.read([&](storage::Tx& tx) { return tx.exec(sql); })[0][0]);
    }
    std::int64_t rows(const std::string& table) { return number("select count(*) from " + table); }
    storage::BucketState state_of(const std::string& data_class) {
        for (const auto& bucket : store.keyring->status())
            if (bucket.data_class == data_class) return bucket.state;
        return storage::BucketState::retired;
    }
};

}  // namespace concordat::compliance
