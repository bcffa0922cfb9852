#include "compliance/retention/retention_runner.hpp"

#include <thread>

#include "compliance/retention/certificate.hpp"
#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "identity/decision/decisions.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/holds.hpp"
#include "storage/tables/jobs.hpp"
#include "storage/tables/retention_policies.hpp"

namespace concordat::compliance {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t blobs_at_once = 500, most_exports_named = 200, most_policies_named = 10000;

template <class Counts, class Visit>
void each_count(Counts& counts, Visit visit) {
    boost::mp11::mp_for_each<members_of<DestroyedCounts>>([&](auto d) { visit(d.name, counts.*d.pointer); });
}

}  // namespace

DestroyedCounts counts_of(const Job& job) {
    DestroyedCounts counts;
    each_count(counts, [&](const char* name, std::int64_t& value) {
        if (const auto at = job.data.find(name); at != job.data.end()) value = std::stoll(at->second);
    });
    return counts;
}

void add_counts(Job& job, const DestroyedCounts& more) {
    each_count(more, [&](const char* name, std::int64_t value) {
        const auto at = job.data.find(name);
        job.data[name] = std::to_string((at == job.data.end() ? 0 : std::stoll(at->second)) + value);
    });
}

RetentionRunner::RetentionRunner(const Means& means)
    : means_(means), keys_(means.db, means.keyring, means.files), blobs_(means.db, means.files) {
    keys_.after = [this](const char* step) { after(step); };
}

void RetentionRunner::recover() {
    const auto waiting =
        means_.db.read([](storage::Tx& tx) { return storage::JobTable(tx).requeue(data_retention); });
    if (waiting > 0) log_info("a run of retention that was interrupted goes on", {{"jobs", waiting}});
    keys_.finish();
}

bool RetentionRunner::run_next(const std::atomic<bool>& is_stopping) {
    auto taken =
        means_.db.read([](storage::Tx& tx) { return storage::JobTable(tx).take_next(data_retention); });
    if (!taken) return false;
    auto& job = *taken;
    try {
        if (job.status == "cancel_requested") throw Ended{"canceled"};
        work(job, is_stopping);
        certify(job, blocked_ > 0 ? "warning" : "success");
    } catch (const Ended& ended) {
        if (std::string_view(ended.status) == "pending")
            means_.db.read([](storage::Tx& tx) { return storage::JobTable(tx).requeue(data_retention); });
        else
            certify(job, ended.status);
    } catch (const Error& e) {
        log_error("a run of retention failed",
                  {{"job", job.id.text()}, {"id", e.id()}, {"reason", e.text()}, {"detail", e.detail()}});
        if (e.fault() == Fault::unavailable) throw;  // it goes on when the database is back
        job.data["error"] = e.id();
        job.data["progress_message"] = e.text();
        certify(job, "error");
    }
    return true;
}

void RetentionRunner::save(storage::Tx& tx, Job& job, const DestroyedCounts& more) {
    storage::JobTable table(tx);
    const auto now = table.lock(job.id);
    if (!now || now->status == "cancel_requested") throw Ended{"canceled"};
    auto next = *now;
    add_counts(next, more);
    next.last_activity_at = tx.now();
    table.update(next);
    job.data = next.data;
}

void RetentionRunner::pause(const std::atomic<bool>& is_stopping) {
    auto left = std::chrono::milliseconds(
        means_.settings.current()->DataRetentionSettings.TimeBetweenBatchesMilliseconds);
    for (; left > 0ms && !is_stopping; left -= 100ms)
        std::this_thread::sleep_for(std::min<std::chrono::milliseconds>(left, 100ms));
    if (is_stopping) throw Ended{"pending"};
}

void RetentionRunner::work(Job& job, const std::atomic<bool>& is_stopping) {
    const auto settings = means_.settings.current();
    const auto rules =
        means_.db.read([&](storage::Tx& tx) { return expiry_rules(tx, *settings, job.start_at); });
    keys_.run(rules, job.id);
    remove_blobs();
    const auto channels =
        means_.db.read([&](storage::Tx& tx) { return storage::ExpiryTable(tx).channels(rules); });
    for (const auto& channel : channels) remove_channel(job, rules, channel, is_stopping);
    clear_days(job, is_stopping);
    blocked_ = means_.db.read([&](storage::Tx& tx) { return storage::ExpiryTable(tx).unexported(rules); });
    if (blocked_ > 0) {
        log_warn(
            "retention blocked by export: messages past their time stay until an export has covered them",
            {{"posts", blocked_.load()}, {"exported_until", rules.exported_until}});
        job.data["blocked_by_export"] = std::to_string(blocked_);
    }
}

void RetentionRunner::remove_channel(Job& job, const storage::ExpiryRules& rules,
                                     const storage::ExpiringChannel& channel,
                                     const std::atomic<bool>& is_stopping) {
    const auto limit = means_.settings.current()->DataRetentionSettings.BatchSize;
    storage::ExpiryMark mark, next_mark;
    FileId file_mark, next_file;
    bool is_any_gone = false;
    const auto batch = [&](auto remove) {
        const auto looked_at = means_.db.transact([&](storage::Tx& tx) {
            storage::ExpiryTable table(tx);
            table.keep_holds();
            const auto now = table.channel(rules, channel.id);  // its policy may have changed
            const auto gone = now ? remove(table, *now) : storage::ExpiredBatch();
            if (gone.looked_at == 0) return std::int64_t{0};
            save(tx, job, gone.counts);
            tx.emit(PostsDestroyed{channel.id, now->cutoff, gone.posts});
            return gone.looked_at;
        });
        if (looked_at == 0) return false;
        is_any_gone = true;
        after("batch");
        remove_blobs();
        pause(is_stopping);
        return looked_at == limit;
    };
    while (batch([&](storage::ExpiryTable& table, const storage::ExpiringChannel& now) {
        auto at = mark;  // the body may run again
        auto gone = now.cutoff > 0 ? table.remove_posts(rules, now, at, limit) : storage::ExpiredBatch();
        next_mark = at;
        return gone;
    }))
        mark = next_mark;
    if (is_any_gone)
        means_.db.transact([&](storage::Tx& tx) {
            storage::ExpiryTable(tx).settle_unread(channel.id, channel.cutoff);
            tx.emit(PostsDestroyed{channel.id, channel.cutoff, {}});
        });
    while (batch([&](storage::ExpiryTable& table, const storage::ExpiringChannel& now) {
        auto at = file_mark;
        auto gone = rules.file_cutoff > 0 && !now.has_policy ? table.remove_files(rules, now, at, limit)
                                                             : storage::ExpiredBatch();
        next_file = at;
        return gone;
    }))
        file_mark = next_file;
}

void RetentionRunner::remove_blobs() {
    for (;;) {
        const auto blobs = means_.db.read(
            [](storage::Tx& tx) { return storage::ExpiryTable(tx).blobs_to_remove(blobs_at_once); });
        if (blobs.empty()) return;
        for (const auto& blob : blobs) blobs_.remove(id_as<storage::BlobId>(blob));
        means_.db.transact([&](storage::Tx& tx) { storage::ExpiryTable(tx).blobs_removed(blobs); });
        after("blobs");
    }
}

void RetentionRunner::clear_days(Job& job, const std::atomic<bool>& is_stopping) {
    const auto limit = means_.settings.current()->DataRetentionSettings.BatchSize;
    const auto days =
        means_.db.read([](storage::Tx& tx) { return storage::DestructionTable(tx).destroyed_days(); });
    for (const auto day : days) {
        storage::DestructionTable::Mark mark;
        while (!mark.is_done) {
            auto next = mark;
            means_.db.transact([&](storage::Tx& tx) {
                next = mark;
                DestroyedCounts more;
                more.journal_entries = storage::DestructionTable(tx).remove_journal(day, next, limit);
                save(tx, job, more);
            });
            mark = next;
            after("journal");
            pause(is_stopping);
        }
        means_.db.transact([&](storage::Tx& tx) {
            storage::DestructionTable table(tx);
            DestroyedCounts more;
            more.partner_events = table.erase_partner_events(day);
            table.clear_keys(day);
            save(tx, job, more);
        });
    }
}

// What was committed counts, not what a transaction that failed would have added.
CertificateMatter RetentionRunner::matter_of(Job& job) {
    const auto settings = means_.settings.current();
    CertificateMatter m;
    m.installation = means_.installation;
    m.job_id = job.id;
    m.time = means_.db.now();
    means_.db.read([&](storage::Tx& tx) {
        const auto stored = storage::JobTable(tx).find(job.id).value();
        for (const auto& [name, value] : stored.data) job.data[name] = value;
        m.counts = counts_of(job);
        m.rules = expiry_rules(tx, *settings, job.start_at);
        storage::DestructionTable table(tx);
        m.buckets = table.of_job(job.id);
        m.policies = storage::RetentionPolicyTable(tx).select(0, most_policies_named);
        m.holds_in_force = storage::HoldTable(tx).count_in_force(m.rules.now);
        m.exports = table.exports(most_exports_named);
        m.partners = table.partners();
        if (const auto last = table.last_certificate()) {
            m.number = last->number;
            m.previous_sha256 = hex_of(storage::text_of(storage::sha256(last->text)));
        }
    });
    m.number += 1;
    m.counts.buckets = static_cast<std::int64_t>(m.buckets.size());
    for (const auto& bucket : m.buckets) m.counts.data_keys += bucket.data_keys;
    return m;
}

void RetentionRunner::certify(Job& job, const std::string& status) {
    const auto m = matter_of(job);
    const auto& c = m.counts;
    // A run that destroyed nothing has no certificate.
    const bool is_any = c.buckets + c.posts + c.emptied + c.files + c.journal_entries + c.partner_events > 0;
    DestructionCertificate certificate;
    if (is_any) {
        certificate.text = certificate_text(m);
        certificate.signature = storage::base64(means_.key.sign(certificate.text));
        certificate.id = CertificateId::fresh(m.time);
        certificate.number = m.number;
        certificate.job_id = job.id;
        certificate.create_at = m.time;
        job.data["certificate_id"] = certificate.id.text();
    }
    each_count(m.counts,
               [&](const char* name, std::int64_t value) { job.data[name] = std::to_string(value); });
    job.status = status;
    if (status == "success" || status == "warning") job.progress = 100;
    means_.db.transact([&](storage::Tx& tx) {
        job.last_activity_at = tx.now();
        if (is_any) {
            storage::DestructionTable(tx).insert(certificate);
            identity::Trail trail("retention", job.id.text());
            trail.admitted("retention.destroyed",
                           "certificate " + std::to_string(certificate.number) + ", sha256 " +
                               hex_of(storage::text_of(storage::sha256(certificate.text))) + ", " +
                               std::to_string(c.posts) + " messages, " + std::to_string(c.data_keys) +
                               " data keys in " + std::to_string(c.buckets) + " buckets");
            means_.decisions.record(tx, trail);
        }
        storage::JobTable(tx).update(job);
    });
    if (is_any)
        log_info("retention has destroyed", {{"job", job.id.text()},
                                             {"posts", c.posts},
                                             {"files", c.files},
                                             {"buckets", c.buckets},
                                             {"data_keys", c.data_keys}});
}

}  // namespace concordat::compliance
