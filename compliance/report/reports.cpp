#include "compliance/report/reports.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <istream>
#include <set>
#include <streambuf>
#include <unordered_map>

#include "compliance/export/archive.hpp"
#include "compliance/report/report_table.hpp"
#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "core/model/scope.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/posts.hpp"
#include "storage/tables/reports.hpp"
#include "storage/tables/teams.hpp"
#include "storage/tables/users.hpp"

namespace concordat::compliance {
namespace {

constexpr auto look_every = std::chrono::seconds(30);
constexpr int own_niceness = 15;
constexpr std::int64_t most_posts_at_once = 1000;

Error no_such_report() {
    return {Fault::not_found, "ent.compliance.report.not_found", "There is no such report."};
}

// Lines of a table, handed on as a stream of bytes.
class Lines : public std::streambuf {
public:
    // `next` appends the next lines; false at the end.
    explicit Lines(std::function<bool(std::string&)> next) : next_(std::move(next)) {}

protected:
    int_type underflow() override {
        text_.clear();
        while (text_.empty())
            if (!next_(text_)) return traits_type::eof();
        setg(text_.data(), text_.data(), text_.data() + text_.size());
        return traits_type::to_int_type(text_.front());
    }

private:
    std::function<bool(std::string&)> next_;
    std::string text_;
};

// Goes through what was said, channel by channel, oldest first.
class Reading {
public:
    Reading(storage::Database& db, const Report& report, const std::atomic<bool>& is_stopping)
        : db_(db), report_(report), words_(report.keywords), is_stopping_(is_stopping) {
        db_.read(
            [&](storage::Tx& tx) { channels_ = storage::ReportTable(tx).channels_since(report.start_at); });
        std::string list = report.emails;
        std::replace(list.begin(), list.end(), ',', ' ');
        for (const auto& email : split_words(list)) {
            is_narrowed_ = true;
            const auto user =
                db_.read([&](storage::Tx& tx) { return storage::UserTable(tx).by_email(email); });
            if (user) authors_.insert(user->id);
        }
    }

    std::int64_t posts() const { return posts_; }
    bool was_stopped() const { return was_stopped_; }

    bool next(std::string& out) {
        if (is_stopping_) {
            was_stopped_ = true;
            return false;
        }
        if (!place_ && !next_channel()) return false;
        auto page = db_.read([&](storage::Tx& tx) {
            return storage::PostTable(tx).after(place_->id, at_, after_, {false, true}, most_posts_at_once);
        });
        std::reverse(page.begin(), page.end());
        bool is_over = std::ssize(page) < most_posts_at_once;
        for (const auto& post : page) {
            if (post.create_at >= report_.end_at) {
                is_over = true;
                break;
            }
            at_ = post.create_at;
            after_ = post.id;
            add(out, post);
            if (post.edit_at == 0) continue;
            for (const auto& version :
                 db_.read([&](storage::Tx& tx) { return storage::PostTable(tx).history(post.id); }))
                add(out, version);
        }
        if (is_over) place_.reset();
        return true;
    }

private:
    bool next_channel() {
        while (channel_ < channels_.size()) {
            const auto& id = channels_[channel_++];
            db_.read([&](storage::Tx& tx) {
                place_ = storage::ChannelTable(tx).find(id);
                team_.reset();
                if (place_ && !place_->team_id.empty()) team_ = storage::TeamTable(tx).find(place_->team_id);
            });
            at_ = report_.start_at;  // and no id comes before none
            after_ = PostId();
            if (place_) return true;
        }
        return false;
    }
    void add(std::string& out, const Post& post) {
        if (post.type.starts_with("system_")) return;
        if (is_narrowed_ && !authors_.contains(post.user_id)) return;
        if (!words_.match(post.message)) return;
        out += report_line({team_, *place_, post, author(post.user_id)});
        ++posts_;
    }
    const User& author(const UserId& id) {
        const auto known = people_.find(id);
        if (known != people_.end()) return known->second;
        if (people_.size() >= 10000) people_.clear();
        auto user = db_.read([&](storage::Tx& tx) { return storage::UserTable(tx).find(id); });
        return people_.emplace(id, user.value_or(User())).first->second;
    }

    storage::Database& db_;
    const Report& report_;
    const ReportWords words_;
    const std::atomic<bool>& is_stopping_;
    std::vector<ChannelId> channels_;
    std::size_t channel_ = 0;
    bool is_narrowed_ = false, was_stopped_ = false;
    std::set<UserId> authors_;
    std::optional<Channel> place_;
    std::optional<Team> team_;
    Millis at_ = 0;
    PostId after_;
    std::int64_t posts_ = 0;
    std::unordered_map<UserId, User> people_;
};

}  // namespace

void Reports::check_on() const {
    require(settings_.current()->ComplianceSettings.Enable, Fault::unsupported,
            "ent.compliance.licence_disable.app_error",
            "Reports are off. Set ComplianceSettings.Enable to true.");
}

void Reports::check_alone() const {
    require(settings_.current()->ConcordatSettings.ExportApprovals == 0, Fault::forbidden,
            "ent.compliance.report.approvals",
            "Nobody reads alone here what was said: ask for an export, which others approve.");
}

Report Reports::create(const Request& request, Report wanted) {
    requests_.require(request, Permission::create_compliance_export_job, "A report");
    check_on();
    check_alone();
    Report report;
    report.desc = std::string(trimmed(wanted.desc));
    report.start_at = wanted.start_at;
    report.end_at = wanted.end_at;
    report.keywords = lower_ascii(trimmed(wanted.keywords));
    report.emails = lower_ascii(trimmed(wanted.emails));
    require(!report.desc.empty() && rune_count(report.desc) <= longest_desc, Fault::invalid,
            "model.compliance.is_valid.desc.app_error", "A report has a description of 1 to 512 characters.");
    require(report.start_at > 0 && report.end_at > report.start_at, Fault::invalid,
            "model.compliance.is_valid.start_end_at.app_error",
            "A report has a period that ends after it begins.");
    require(report.keywords.size() <= longest_words && report.emails.size() <= longest_words, Fault::invalid,
            "model.compliance.is_valid.keywords.app_error",
            "Words and addresses have at most 4,000 bytes each.");
    report.type = "adhoc";
    report.status = "created";
    report.user_id = request.actor.user_id;
    db_.transact([&](storage::Tx& tx) {
        storage::ReportTable table(tx);
        require(table.waiting() < most_waiting, Fault::conflict, "ent.compliance.too_many_waiting",
                "Too many reports wait already.");
        report.id = ReportId::fresh(tx.now());
        report.create_at = tx.now();
        table.insert(report);
        requests_.note(tx, request, "report.requested",
                       "report " + report.id.text() + ", " + std::to_string(report.start_at) + " to " +
                           std::to_string(report.end_at));
    });
    {
        std::lock_guard guard(mutex_);
        is_woken_ = true;
    }
    wake_.notify_all();
    return report;
}

std::vector<Report> Reports::list(const Request& request, std::int64_t offset, std::int64_t limit) {
    requests_.require(request, Permission::read_compliance_export_job, "The list of reports");
    check_on();
    return db_.read([&](storage::Tx& tx) { return storage::ReportTable(tx).list(offset, limit); });
}

Report Reports::get(const Request& request, const ReportId& id) {
    requests_.require(request, Permission::read_compliance_export_job, "A report");
    check_on();
    auto report = db_.read([&](storage::Tx& tx) { return storage::ReportTable(tx).find(id); });
    if (!report) throw no_such_report();
    return *report;
}

Package Reports::open(const Request& request, const ReportId& id) {
    requests_.require(request, Permission::download_compliance_export_result, "To fetch a report");
    check_on();
    check_alone();
    requests_.require_fresh_factor(request, "report " + id.text());
    const auto [report, archive] = db_.read([&](storage::Tx& tx) {
        storage::ReportTable table(tx);
        return std::make_pair(table.find(id), table.archive(id));
    });
    if (!report) throw no_such_report();
    require(archive.has_value(), Fault::invalid, "ent.compliance.report.not_finished",
            "The report is not finished, or it failed.");
    auto body =
        blobs_.open(storage::Kind::export_file, scopes::exports, id_as<storage::BlobId>(archive->blob));
    db_.transact(
        [&](storage::Tx& tx) { requests_.note(tx, request, "report.fetched", "report " + id.text()); });
    return {"adhoc-" + id.text() + ".zip", std::move(body), archive->sha256};
}

void Reports::make(Report report) {
    messaging::NewBlobs kept(blobs_);
    const auto blob = storage::BlobId::fresh();
    const auto out = blobs_.create(storage::Kind::export_file, scopes::exports, blob);
    Archive archive(*out);
    Reading reading(db_, report, is_stopping_);
    bool has_header = false;
    Lines lines([&](std::string& text) {
        if (!std::exchange(has_header, true))
            text += report_header();
        else if (!reading.next(text))
            return false;
        return true;
    });
    std::istream table(&lines);
    archive.add("posts.csv", table);
    if (reading.was_stopped()) return;
    report.count = reading.posts();
    report.status = "finished";
    archive.add("meta.json", json_text(report));
    const auto summary = archive.finish();
    kept.add(blob);
    db_.transact([&](storage::Tx& tx) {
        storage::ReportTable reports(tx);
        reports.update(report);
        reports.set_archive(report.id, {id_as<AnyId>(blob), std::string(storage::text_of(summary.sha256))});
    });
    kept.keep();
    log_info("a report is finished", {{"report", report.id.text()}, {"posts", report.count}});
}

bool Reports::make_next() {
    auto report = db_.transact([](storage::Tx& tx) { return storage::ReportTable(tx).take_next(); });
    if (!report) return false;
    const auto fail = [&](const std::string& id, const std::string& detail) {
        log_error("a report failed", {{"report", report->id.text()}, {"id", id}, {"detail", detail}});
        report->status = "failed";
        db_.transact([&](storage::Tx& tx) { storage::ReportTable(tx).update(*report); });
    };
    try {
        make(*report);
    } catch (const Error& e) {  // this report failed; the next one may not
        if (e.fault() == Fault::unavailable) throw;
        fail(e.id(), e.detail());
    } catch (const std::exception& e) {  // of a library
        fail("compliance.report.failed", e.what());
    }
    return true;
}

void Reports::tidy() {
    const auto named = db_.read([](storage::Tx& tx) { return storage::ReportTable(tx).archives(); });
    const std::set<AnyId> in_use(named.begin(), named.end());
    std::vector<storage::BlobId> left;
    store_.each([&](const storage::BlobEntry& entry) {
        if (!in_use.contains(id_as<AnyId>(entry.id))) left.push_back(entry.id);
    });
    for (const auto& id : left) blobs_.remove(id);
}

void Reports::start() {
    if (!settings_.current()->JobSettings.RunJobs) return;
    is_stopping_ = false;
    thread_ = std::thread([this] { serve(); });
}

void Reports::stop() {
    {
        std::lock_guard guard(mutex_);
        is_stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Reports::serve() {
    pthread_setname_np(pthread_self(), "report");
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), own_niceness);  // people who write come first
    bool is_tidy = false;
    while (!is_stopping_) {
        try {
            if (!is_tidy) tidy();
            is_tidy = true;
            while (!is_stopping_ && make_next()) {
            }
        } catch (const Error& e) {  // comes again
            log_error("reports could not be looked after; they come again",
                      {{"id", e.id()}, {"detail", e.detail()}});
        } catch (const std::exception& e) {
            log_error("reports could not be looked after; they come again", {{"what", e.what()}});
        }
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, look_every, [&] { return is_stopping_ || is_woken_; });
        is_woken_ = false;
    }
}

}  // namespace concordat::compliance
