#include "compliance/export/export_runner.hpp"

#include <ctime>
#include <thread>

#include "compliance/export/manifest.hpp"
#include "compliance/export/message_exports.hpp"
#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "core/model/scope.hpp"
#include "identity/decision/decisions.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/approvals.hpp"
#include "storage/tables/jobs.hpp"

namespace concordat::compliance {
namespace {

using namespace std::chrono_literals;

std::int64_t number(const Job& job, const char* name) {
    const auto text = datum(job, name);
    return text.empty() ? 0 : std::stoll(text);
}

template <class IdType>
std::set<IdType> ids(const Job& job, const char* name) {
    std::set<IdType> out;
    for (const auto& id : split_words(datum(job, name))) out.insert(IdType::from_text(id));
    return out;
}

std::string batch_name(std::int64_t number, Millis starts, Millis ends) {
    auto text = std::to_string(number);
    if (text.size() < 3) text.insert(0, 3 - text.size(), '0');
    return "batch" + text + "-" + std::to_string(starts) + "-" + std::to_string(ends) + ".zip";
}

// How far along: transactions are numbered.
std::int64_t percent(const Stretch& stretch, const storage::Position& reached) {
    const auto from = std::stod(stretch.from.tx), upto = std::stod(stretch.upto.tx),
               at = std::stod(reached.tx);
    if (upto <= from) return 99;
    return std::clamp<std::int64_t>(static_cast<std::int64_t>(99 * (at - from) / (upto - from)), 0, 99);
}

}  // namespace

std::string export_name(Millis started, Millis from, Millis to) {
    const std::time_t seconds = started / 1000;
    std::tm local{};
    ::localtime_r(&seconds, &local);
    char text[64] = "";
    std::strftime(text, sizeof text, "%Y-%m-%d-%Hh%Mm", &local);
    return "compliance-export-" + std::string(text) + "-" + std::to_string(from) + "-" + std::to_string(to);
}

ExportRunner::ExportRunner(const Means& means)
    : means_(means), packages_(means.db, means.packages), files_(means.db, means.files) {}

void ExportRunner::recover() {
    const auto waiting =
        means_.db.read([](storage::Tx& tx) { return storage::JobTable(tx).requeue(message_export); });
    if (waiting > 0) log_info("an export that was interrupted goes on", {{"exports", waiting}});
    std::vector<AnyId> found;
    means_.packages.each([&](const storage::BlobEntry& entry) { found.push_back(id_as<AnyId>(entry.id)); });
    const auto in_use =
        means_.db.read([&](storage::Tx& tx) { return storage::ExportTable(tx).blobs_in_use(found); });
    for (const auto& id : found)
        if (!in_use.contains(id)) packages_.remove(id_as<storage::BlobId>(id));
}

// Runs `act` again, after pauses, while what it needs is away; a failure of the disk passes, too.
template <class Act>
auto ExportRunner::patiently(const std::atomic<bool>& is_stopping, Act act) {
    for (auto pause = patience.begin();; ++pause) {
        try {
            return act();
        } catch (const Error& e) {
            const bool passes = e.fault() == Fault::unavailable || e.id() == "storage.file";
            if (!passes || pause == patience.end()) throw;
            log_warn("an export waits", {{"id", e.id()}, {"milliseconds", pause->count()}});
        }
        for (auto left = *pause; left > 0ms && !is_stopping; left -= 100ms)
            std::this_thread::sleep_for(std::min<std::chrono::milliseconds>(left, 100ms));
    }
}

bool ExportRunner::run_next(const std::atomic<bool>& is_stopping) {
    auto taken =
        means_.db.read([](storage::Tx& tx) { return storage::JobTable(tx).take_next(message_export); });
    if (!taken) return false;
    auto& job = *taken;
    try {
        const auto outcome = job.status == "cancel_requested" ? Outcome::cancelled : work(job, is_stopping);
        if (outcome == Outcome::cancelled) {
            drop_parts(job);
            end(job, "canceled", "export.was_cancelled", "");
        } else if (outcome == Outcome::stopped) {
            means_.db.read([](storage::Tx& tx) { return storage::JobTable(tx).requeue(message_export); });
        }
    } catch (const Error& e) {
        log_error("an export failed",
                  {{"export", job.id.text()}, {"id", e.id()}, {"reason", e.text()}, {"detail", e.detail()}});
        job.data["error"] = e.id();
        job.data["progress_message"] = e.text();
        patiently(is_stopping, [&] {
            drop_parts(job);
            end(job, "error", "export.failed", e.id());
        });
    }
    return true;
}

// What a job is about is fixed when it begins, so that it stays the same however often it goes on.
void ExportRunner::settle(Job& job) {
    if (!datum(job, "to_tx").empty()) return;
    const bool has_period = datum(job, "has_period") == "true";
    const auto upto = means_.journal.present();
    storage::Position from;
    if (has_period) {
        from = means_.journal.before(number(job, "job_start_time"));
    } else {
        const auto last =
            means_.db.read([](storage::Tx& tx) { return storage::JobTable(tx).last_link(message_export); });
        if (last) {
            from = {datum(*last, "to_tx"), number(*last, "to_seq")};
            job.data["job_start_time"] = datum(*last, "job_end_time");
            if (datum(job, "is_chained") == "true") {
                job.data["previous_export"] = last->id.text();
                job.data["previous_manifest_sha256"] = datum(*last, "manifest_sha256");
            }
        } else {
            const auto begin = number(job, "export_from");
            if (begin > 0) from = means_.journal.before(begin);
            job.data["job_start_time"] = std::to_string(begin);
        }
        job.data["job_end_time"] = std::to_string(means_.db.now());
    }
    job.data["from_tx"] = from.tx;
    job.data["from_seq"] = std::to_string(from.seq);
    job.data["to_tx"] = upto.tx;
    job.data["to_seq"] = std::to_string(upto.seq);
    job.data["batch_start_time"] = job.data["job_start_time"];
    job.data["messages_exported"] = job.data["warning_count"] = job.data["job_batch_number"] = "0";
    job.data["export_dir"] =
        export_name(job.start_at, number(job, "job_start_time"), number(job, "job_end_time"));
    means_.db.read([&](storage::Tx& tx) { storage::JobTable(tx).update(job); });
}

ExportRunner::Plan ExportRunner::plan_of(const Job& job) const {
    Plan plan;
    plan.format = datum(job, "export_type");
    plan.starts = number(job, "job_start_time");
    plan.ends = number(job, "job_end_time");
    plan.stretch.from = {datum(job, "from_tx"), number(job, "from_seq")};
    plan.stretch.upto = {datum(job, "to_tx"), number(job, "to_seq")};
    plan.stretch.most_posts = number(job, "batch_size");
    plan.stretch.keeps_entries = plan.format == "native";
    plan.stretch.channels = ids<ChannelId>(job, "channel_ids");
    plan.stretch.custodians = ids<UserId>(job, "custodian_ids");
    if (datum(job, "has_period") == "true") {
        plan.stretch.not_before = plan.starts;
        plan.stretch.not_after = plan.ends;
    }
    return plan;
}

ExportRunner::Outcome ExportRunner::work(Job& job, const std::atomic<bool>& is_stopping) {
    patiently(is_stopping, [&] { means_.db.read([&](storage::Tx& tx) { check_approved(tx, job); }); });
    patiently(is_stopping, [&] { settle(job); });
    const auto plan = plan_of(job);
    const auto parts = patiently(is_stopping, [&] {
        return means_.db.read([&](storage::Tx& tx) { return storage::ExportTable(tx).parts(job.id); });
    });
    auto stretch = plan.stretch;
    auto starts = plan.starts;
    std::int64_t number_of_batch = 0;
    if (!parts.empty()) {
        stretch.from = parts.back().upto;
        starts = parts.back().ends;
        number_of_batch = parts.back().number;
    }
    for (bool is_last = stretch.from == stretch.upto && !parts.empty(); !is_last;) {
        if (is_stopping) return Outcome::stopped;
        const auto batch = patiently(is_stopping, [&] {
            auto one = collect(means_.journal, means_.db, stretch, starts, plan.ends);
            if (is_worth_an_archive(one)) write_batch(job, plan, one, number_of_batch + 1);
            return one;
        });
        if (is_worth_an_archive(batch)) ++number_of_batch;
        stretch.from = batch.reached;
        starts = batch.ends;
        is_last = batch.is_last;
        if (!patiently(is_stopping, [&] { return save_progress(job, plan, batch); }))
            return Outcome::cancelled;
        after_batch(number_of_batch);
    }
    patiently(is_stopping, [&] { write_package(job, plan); });
    return Outcome::done;
}

void ExportRunner::write_batch(const Job& job, const Plan& plan, const Batch& batch,
                               std::int64_t batch_number) {
    storage::ExportPart part;
    const auto id = storage::BlobId::fresh(means_.db.now());
    messaging::NewBlobs made(packages_);
    made.add(id);
    const auto writer = packages_.create(storage::Kind::export_file, scopes::exports, id);
    Archive archive(*writer);
    const auto totals = write_archive(
        plan.format, batch,
        [&](const ExportedFile& file) {
            return files_.open(storage::Kind::file, file.info.channel_id.bytes(),
                               id_as<storage::BlobId>(file.blob));
        },
        archive);
    const auto summary = archive.finish();
    part.job_id = job.id;
    part.number = batch_number;
    part.blob = id_as<AnyId>(id);
    part.name = batch_name(batch_number, batch.starts, batch.ends);
    part.size = static_cast<std::int64_t>(summary.size);
    part.sha256 = storage::text_of(summary.sha256);
    part.posts = totals.messages;
    part.warnings = static_cast<std::int64_t>(totals.warnings.size());
    part.starts = batch.starts;
    part.ends = batch.ends;
    part.upto = batch.reached;
    means_.db.read([&](storage::Tx& tx) { storage::ExportTable(tx).insert(part); });
    made.keep();
}

bool ExportRunner::save_progress(Job& job, const Plan& plan, const Batch& batch) {
    return means_.db.transact([&](storage::Tx& tx) {
        std::int64_t posts = 0, warnings = 0, batches = 0;
        for (const auto& part : storage::ExportTable(tx).parts(job.id)) {
            posts += part.posts;
            warnings += part.warnings;
            ++batches;
        }
        storage::JobTable table(tx);
        const auto now = table.lock(job.id);
        if (!now || now->status == "cancel_requested") return false;
        job.data["messages_exported"] = std::to_string(posts);
        job.data["warning_count"] = std::to_string(warnings);
        job.data["job_batch_number"] = std::to_string(batches);
        job.data["batch_start_time"] = std::to_string(batch.ends);
        job.data["progress_message"] = std::to_string(posts) + " messages are written.";
        job.progress = percent(plan.stretch, batch.reached);
        job.last_activity_at = tx.now();
        table.update(job);
        return true;
    });
}

void ExportRunner::write_package(Job& job, const Plan& plan) {
    const auto parts =
        means_.db.read([&](storage::Tx& tx) { return storage::ExportTable(tx).parts(job.id); });
    if (!parts.empty() && parts.front().number == 0) return;
    const auto asked =
        means_.db.read([&](storage::Tx& tx) { return storage::ApprovalTable(tx).find(job.id); });
    const auto manifest = manifest_text(means_.installation, job, asked, parts);
    const auto id = storage::BlobId::fresh(means_.db.now());
    messaging::NewBlobs made(packages_);
    made.add(id);
    const auto writer = packages_.create(storage::Kind::export_file, scopes::exports, id);
    Archive archive(*writer);
    archive.add("manifest.json", manifest);
    archive.add("manifest.sig", means_.key.sign(manifest), false);
    storage::ExportPart whole;
    for (const auto& part : parts) {
        const auto body =
            packages_.open(storage::Kind::export_file, scopes::exports, id_as<storage::BlobId>(part.blob));
        archive.add(part.name, *body);
        whole.posts += part.posts;
        whole.warnings += part.warnings;
    }
    const auto summary = archive.finish();
    whole.job_id = job.id;
    whole.blob = id_as<AnyId>(id);
    whole.name = datum(job, "export_dir") + ".zip";
    whole.size = static_cast<std::int64_t>(summary.size);
    whole.sha256 = storage::text_of(summary.sha256);
    whole.starts = plan.starts;
    whole.ends = plan.ends;
    whole.upto = plan.stretch.upto;
    job.data["manifest_sha256"] = hex_of(storage::text_of(storage::sha256(manifest)));
    job.data["package_sha256"] = hex_of(whole.sha256);
    job.data["is_downloadable"] = "true";
    job.progress = 100;
    means_.db.transact([&](storage::Tx& tx) {
        storage::ExportTable table(tx);
        table.insert(whole);
        table.remove_parts(job.id, false);
        job.last_activity_at = tx.now();
        job.status = whole.warnings > 0 ? "warning" : "success";
        storage::JobTable(tx).update(job);
        identity::Trail trail("export", job.id.text());
        trail.admitted("export.finished", std::to_string(whole.posts) + " messages, " +
                                              std::to_string(whole.warnings) + " warnings, manifest " +
                                              job.data["manifest_sha256"]);
        means_.decisions.record(tx, trail);
    });
    made.keep();
    for (const auto& part : parts) packages_.remove(id_as<storage::BlobId>(part.blob));
    log_info("an export is done", {{"export", job.id.text()},
                                   {"messages", whole.posts},
                                   {"warnings", whole.warnings},
                                   {"bytes", whole.size}});
}

void ExportRunner::end(Job& job, const std::string& status, const std::string& rule,
                       const std::string& detail) {
    means_.db.transact([&](storage::Tx& tx) {
        job.status = status;
        job.last_activity_at = tx.now();
        storage::JobTable(tx).update(job);
        identity::Trail trail("export", job.id.text());
        trail.refused(rule, detail);
        means_.decisions.record(tx, trail);
    });
}

void ExportRunner::drop_parts(const Job& job) {
    const auto parts = means_.db.transact([&](storage::Tx& tx) {
        storage::ExportTable table(tx);
        auto all = table.parts(job.id);
        table.remove_parts(job.id, true);
        return all;
    });
    for (const auto& part : parts) packages_.remove(id_as<storage::BlobId>(part.blob));
}

}  // namespace concordat::compliance
