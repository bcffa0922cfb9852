#include "compliance/siem/audit_stream.hpp"

#include <pthread.h>

#include <algorithm>
#include <map>

#include "core/base/log.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/identity_decisions.hpp"
#include "storage/tables/users.hpp"

namespace concordat::compliance {
namespace {

using namespace std::chrono_literals;

constexpr auto first_pause = 1000ms, longest_pause = 60000ms;
constexpr Millis backlog_is_good_for = 2000;
constexpr auto look_every = 5s;        // should a wake-up be lost
constexpr auto gather = 300ms;         // records that come together go together
constexpr auto look_at_settings = 1s;  // while resting

std::string said(const Error& error) {
    const auto& text = error.text().empty() ? error.id() : error.text();
    return error.detail().empty() ? text : text + " (" + error.detail() + ")";
}

}  // namespace

AuditStream::AuditStream(storage::Database& db, Metrics& metrics, const LiveSettings& settings,
                         std::string name, Make make)
    : db_(db),
      settings_(settings),
      name_(std::move(name)),
      make_(std::move(make)),
      sent_(metrics.counter("concordat_audit_sent_total", "Records of decisions that arrived outside.",
                            "sink=\"" + name_ + '"')),
      failures_(metrics.counter("concordat_audit_failures_total",
                                "Deliveries of records of decisions that failed and are tried again.",
                                "sink=\"" + name_ + '"')) {
    metrics.gauge(
        "concordat_audit_backlog", "Records of decisions that wait to be sent.",
        [this] { return static_cast<double>(backlog_); }, "sink=\"" + name_ + '"');
    metrics.gauge(
        "concordat_audit_oldest_seconds", "Age of the oldest record of a decision that waits to be sent.",
        [this] {
            const Millis at = oldest_at_;
            return at == 0 ? 0.0 : static_cast<double>(std::max<Millis>(db_.now() - at, 0)) / 1000;
        },
        "sink=\"" + name_ + '"');
}

AuditStream::~AuditStream() {
    stop();
}

void AuditStream::start() {
    std::lock_guard guard(mutex_);
    stop_.clear();
    is_stopping_ = false;
    is_running_ = true;
    thread_ = std::thread([this] { serve(); });
}

void AuditStream::stop() {
    {
        std::lock_guard guard(mutex_);
        is_stopping_ = true;
    }
    stop_.raise();
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
    std::lock_guard guard(mutex_);
    is_running_ = false;
}

void AuditStream::wake() {
    {
        std::lock_guard guard(mutex_);
        is_woken_ = true;
    }
    wake_.notify_all();
}

std::vector<AuditRecord> AuditStream::waiting_after(const storage::AuditCursor& cursor) {
    std::vector<AuditRecord> out;
    std::vector<UserId> people;
    auto digest = cursor.digest;
    for (auto& link : db_.read([&](storage::Tx& tx) {
             return storage::IdentityDecisionTable(tx).chain(cursor.seq, most_at_a_time);
         })) {
        AuditRecord record;
        record.seq = link.seq;
        record.digest = link.digest;
        record.previous = link.previous;
        record.fault = link.fault;
        if (link.fault.empty() && link.previous != digest)
            record.fault = "the record before it is not the one that was there";
        record.decision = std::move(link.decision);
        digest = link.digest;
        for (const auto& id : {record.decision.user_id, record.decision.actor_id})
            if (!id.empty()) people.push_back(id);
        out.push_back(std::move(record));
    }
    std::map<UserId, std::string> names;
    if (!people.empty())
        for (const auto& user :
             db_.read([&](storage::Tx& tx) { return storage::UserTable(tx).find(people); }))
            names[user.id] = user.username;
    for (auto& record : out) {
        if (const auto at = names.find(record.decision.user_id); at != names.end()) record.user = at->second;
        if (const auto at = names.find(record.decision.actor_id); at != names.end())
            record.actor = at->second;
    }
    return out;
}

void AuditStream::move(const storage::AuditCursor& before, const AuditRecord& last) {
    db_.transact([&](storage::Tx& tx) {
        // Not moved when an operator moved it meanwhile: then the same goes out again, as was asked.
        storage::AuditCursorTable(tx).move(name_, before.seq, {last.seq, last.digest, tx.now()});
    });
}

void AuditStream::look_at_backlog(std::int64_t seq, bool is_end) {
    if (!is_end && std::abs(db_.now() - looked_at_) < backlog_is_good_for) return;
    looked_at_ = db_.now();
    const auto backlog = db_.read(
        [&](storage::Tx& tx) { return storage::IdentityDecisionTable(tx).after(seq, most_counted); });
    backlog_ = backlog.records;
    oldest_at_ = backlog.oldest_at;
}

std::size_t AuditStream::deliver() {
    const auto sink = make_(*settings_.current(), stop_);
    if (!sink) {
        backlog_ = oldest_at_ = 0;
        return 0;
    }
    const auto cursor = db_.read([&](storage::Tx& tx) { return storage::AuditCursorTable(tx).find(name_); });
    look_at_backlog(cursor.seq, false);
    const auto records = waiting_after(cursor);
    if (records.empty()) {
        backlog_ = oldest_at_ = 0;
        return 0;
    }
    if (backlog_ < std::ssize(records)) backlog_ = std::ssize(records);
    oldest_at_ = records.front().decision.create_at;
    sink->deliver(records);
    move(cursor, records.back());
    sent_.add(records.size());
    for (const auto& record : records)
        if (!record.fault.empty())
            log_error("a record of a decision is not as it was written",
                      {{"seq", record.seq}, {"record", record.decision.id.text()}, {"fault", record.fault}});
    look_at_backlog(records.back().seq, std::ssize(records) < most_at_a_time);
    return records.size();
}

bool AuditStream::is_on() const {
    return make_(*settings_.current(), stop_) != nullptr;
}

void AuditStream::test() {
    const auto sink = make_(*settings_.current(), stop_);
    if (!sink)
        throw Error(Fault::unsupported, "compliance.siem.off",
                    "Records are not sent to the " + name_ + ": the settings name none.");
    AuditRecord record;
    record.decision.id = DecisionId::fresh(db_.now());
    record.decision.create_at = db_.now();
    record.decision.act = "test";
    record.decision.rule = "audit.test";
    record.decision.is_admitted = true;
    sink->deliver({record});
}

void AuditStream::rewind(std::int64_t seq, const std::function<void(storage::Tx&)>& record) {
    db_.transact([&](storage::Tx& tx) {
        const auto last = storage::IdentityDecisionTable(tx).last_until(seq);
        storage::AuditCursorTable table(tx);
        const auto now = table.find(name_);
        require(!last || last->seq <= now.seq, Fault::invalid, "compliance.siem.ahead",
                "What was not sent yet cannot be passed over.");
        const storage::AuditCursor next{last ? last->seq : 0, last ? last->digest : "", now.sent_at};
        require(table.move(name_, now.seq, next), Fault::conflict, "compliance.siem.moved",
                "Records were sent meanwhile. Try again.");
        record(tx);
    });
    wake();
}

AuditStreamStatus AuditStream::status() {
    AuditStreamStatus out;
    out.sink = name_;
    const bool has_sink = is_on();
    const auto cursor = db_.read([&](storage::Tx& tx) { return storage::AuditCursorTable(tx).find(name_); });
    out.seq = cursor.seq;
    out.sent_at = cursor.sent_at;
    if (has_sink) {
        const auto backlog = db_.read([&](storage::Tx& tx) {
            return storage::IdentityDecisionTable(tx).after(cursor.seq, most_counted);
        });
        out.waiting = backlog.records;
        if (backlog.records > 0)
            out.oldest_seconds = std::max<Millis>(db_.now() - backlog.oldest_at, 0) / 1000;
    }
    std::lock_guard guard(mutex_);
    out.state = !has_sink ? "off" : !is_running_ ? "stopped" : failing_since_ != 0 ? "failing" : "working";
    out.failing_since = failing_since_;
    out.error = error_;
    out.text = text_;
    return out;
}

void AuditStream::note_success() {
    Millis since = 0;
    {
        std::lock_guard guard(mutex_);
        since = std::exchange(failing_since_, 0);
        tries_ = 0;
    }
    if (since != 0)
        log_info("records of decisions are sent again",
                 {{"sink", name_}, {"after_seconds", (db_.now() - since) / 1000}});
}

void AuditStream::note_failure(const Error& error) {
    failures_.add();
    bool is_first = false;
    {
        std::lock_guard guard(mutex_);
        if (is_stopping_) return;
        is_first = failing_since_ == 0;
        if (is_first) failing_since_ = db_.now();
        ++tries_;
        error_ = error.id();
        text_ = said(error);
    }
    if (is_first)
        log_warn(
            "records of decisions cannot be sent; they are kept and tried again",
            {{"sink", name_}, {"id", error.id()}, {"detail", said(error)}, {"waiting", backlog_.load()}});
}

// Whether there may be more.
bool AuditStream::serve_once() {
    try {
        const auto done = deliver();
        note_success();
        return done == static_cast<std::size_t>(most_at_a_time);
    } catch (const Error& e) {  // comes again
        note_failure(e);
    } catch (const std::exception& e) {
        note_failure(Error(Fault::internal, "compliance.siem.failed", "Records cannot be sent.", e.what()));
    }
    return false;
}

std::chrono::milliseconds AuditStream::pause() {
    const auto whole = std::min(longest_pause, first_pause * (1 << std::min(tries_ - 1, 6u)));
    std::uniform_int_distribution<std::chrono::milliseconds::rep> part(whole.count() / 2, whole.count());
    return std::chrono::milliseconds(part(chance_));
}

// Until something may be there to send: while failing, until the pause is over; other settings end it.
void AuditStream::rest(bool is_failing) {
    std::unique_lock lock(mutex_);
    const auto settings = settings_.current();
    const auto until = std::chrono::steady_clock::now() + (is_failing ? pause() : look_every);
    const auto is_over = [&] { return is_stopping_ || (is_woken_ && !is_failing); };
    while (!is_over() && settings_.current() == settings && std::chrono::steady_clock::now() < until)
        wake_.wait_until(lock, std::min(until, std::chrono::steady_clock::now() + look_at_settings), is_over);
    if (is_woken_ && !is_failing) wake_.wait_for(lock, gather, [&] { return is_stopping_; });
    is_woken_ = false;
}

void AuditStream::serve() {
    pthread_setname_np(pthread_self(), ("audit-" + name_).substr(0, 15).c_str());
    for (;;) {
        const bool is_more = serve_once();
        bool is_failing;
        {
            std::lock_guard guard(mutex_);
            if (is_stopping_) return;
            is_failing = failing_since_ != 0;
        }
        if (!is_more) rest(is_failing);
    }
}

}  // namespace concordat::compliance
