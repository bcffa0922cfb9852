#include "storage/journal/journal.hpp"

#include <pthread.h>

#include "core/base/log.hpp"
#include "storage/crypto/seal.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {
namespace {

using namespace std::chrono_literals;
// Facts are held back by a transaction that may end without a word; the pause grows while it runs.
constexpr auto held_pause = 1ms;
constexpr auto longest_held_pause = 250ms;
constexpr auto longest_pause = 5000ms;
constexpr int batch = 500;

std::int64_t steady_now() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

}  // namespace

struct Journal::Reader {
    EventSink& sink;
    Counter& delivered;
    std::atomic<std::int64_t> looked_at{0};
    std::thread thread;
};

Journal::Journal(Database& db, Metrics& metrics, std::chrono::milliseconds poll)
    : db_(db),
      metrics_(metrics),
      poll_(poll),
      lost_(metrics.counter("concordat_journal_lost_total",
                            "Facts that could not be read and were passed over.")) {}

Journal::~Journal() {
    stop();
}

void Journal::add(EventSink& sink) {
    auto& delivered = metrics_.counter("concordat_journal_delivered_total", "Facts handed to a sink.",
                                       "sink=\"" + sink.name() + "\"");
    readers_.push_back(std::unique_ptr<Reader>(new Reader{sink, delivered, {}, {}}));
}

void Journal::start() {
    for (auto& reader : readers_) reader->thread = std::thread([this, &reader] { serve(*reader); });
}

void Journal::stop() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    for (auto& reader : readers_)
        if (reader->thread.joinable()) reader->thread.join();
}

void Journal::hint() {
    {
        std::lock_guard lock(mutex_);
        ++hints_;
    }
    wake_.notify_all();
}

void Journal::wait(std::uint64_t seen, std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, time, [&] { return stopping_ || hints_ != seen; });
}

std::vector<Fact> Journal::after(const Position& from, int at_most, Position& reached) {
    auto seen = look(from, at_most);
    reached = seen.reached;
    return std::move(seen.facts);
}

Journal::Look Journal::look(const Position& from, int at_most) {
    return db_.read([&](Tx& tx) {
        // A bare "order by tx" would sort by the column of the result, which is text.
        const auto rows = tx.exec(R"(
            select tx::text, seq, kind, scope, record, create_at,
                   case when tx < pg_snapshot_xmin(pg_current_snapshot()) then body end
            from journal where (tx, seq) > ($1::xid8, $2) order by journal.tx, seq limit $3)",
                                  from.tx, from.seq, at_most);
        Look seen{{}, from};
        seen.is_full = static_cast<int>(rows.size()) == at_most;
        seen.facts.reserve(rows.size());
        for (const auto& row : rows) {
            if (row[6].is_null()) {
                seen.is_waiting = true;
                break;
            }
            seen.reached = {text_in(row[0]), int_in(row[1])};
            Fact fact{text_in(row[2]), id_in<AnyId>(row[3]).bytes(), int_in(row[5]), {}};
            const auto record = id_in<AnyId>(row[4]);
            try {
                fact.body = tx.open(Kind::fact, fact.scope, record.bytes(), 0, bytes_in(row[6]));
                seen.facts.push_back(std::move(fact));
            } catch (const Error& e) {
                if (!is_lost(e)) throw;
                // It would hold up every sink for ever, so it is named and passed over.
                lost_.add();
                log_error("a fact in the journal cannot be read", {{"kind", fact.kind},
                                                                   {"record", record.text()},
                                                                   {"seq", int_in(row[1])},
                                                                   {"id", e.id()}});
            }
        }
        return seen;
    });
}

std::vector<JournalEntry> Journal::entries(const Position& from, const Position& upto, int at_most) {
    return db_.read([&](Tx& tx) {
        std::vector<JournalEntry> out;
        for (const auto& row : tx.exec(R"(
                 select tx::text, seq, kind, scope, record, create_at, body from journal
                 where (tx, seq) > ($1::xid8, $2) and (tx, seq) <= ($3::xid8, $4)
                 order by journal.tx, seq limit $5)",
                                       from.tx, from.seq, upto.tx, upto.seq, at_most)) {
            JournalEntry entry{{text_in(row[0]), int_in(row[1])},
                               {text_in(row[2]), id_in<AnyId>(row[3]).bytes(), int_in(row[5]), {}},
                               {}};
            try {
                entry.fact.body =
                    tx.open(Kind::fact, entry.fact.scope, id_in<AnyId>(row[4]).bytes(), 0, bytes_in(row[6]));
            } catch (const Error& e) {
                if (!is_lost(e)) throw;
                entry.damage = e.id();
            }
            out.push_back(std::move(entry));
        }
        return out;
    });
}

Position Journal::before(Millis time) {
    return db_.read([&](Tx& tx) {
        const auto rows = tx.exec(R"(
            select j.tx::text, j.seq - 1 from journal j where j.create_at >= $1
            order by j.tx, j.seq limit 1)",
                                  time);
        return rows.empty() ? present() : Position{text_in(rows[0][0]), int_in(rows[0][1])};
    });
}

Position Journal::present() {
    return db_.read([](Tx& tx) {
        const auto rows = tx.exec(R"(
            select j.tx::text, j.seq from journal j where j.tx < pg_snapshot_xmin(pg_current_snapshot())
            order by j.tx desc, j.seq desc limit 1)");
        return rows.empty() ? Position{} : Position{text_in(rows[0][0]), int_in(rows[0][1])};
    });
}

Position Journal::stored_position(const EventSink& sink) {
    return db_.transact([&](Tx& tx) {
        tx.exec("insert into journal_cursors (sink) values ($1) on conflict do nothing", sink.name());
        const auto rows = tx.exec("select tx::text, seq from journal_cursors where sink = $1", sink.name());
        return Position{text_in(rows[0][0]), int_in(rows[0][1])};
    });
}

void Journal::store_position(const EventSink& sink, const Position& position) {
    db_.read([&](Tx& tx) {
        tx.exec("update journal_cursors set tx = $2::xid8, seq = $3 where sink = $1", sink.name(),
                position.tx, position.seq);
    });
}

bool Journal::is_fresh(std::chrono::milliseconds limit) const {
    for (const auto& reader : readers_)
        if (steady_now() - reader->looked_at.load() > limit.count()) return false;
    return true;
}

void Journal::serve(Reader& reader) {
    pthread_setname_np(pthread_self(), ("j-" + reader.sink.name()).substr(0, 15).c_str());
    Position position;
    bool placed = false;
    auto pause = 100ms;
    auto held = held_pause;
    for (;;) {
        std::uint64_t seen;
        {
            std::lock_guard lock(mutex_);
            if (stopping_) return;
            seen = hints_;
        }
        try {
            if (!placed) position = reader.sink.is_durable() ? stored_position(reader.sink) : present();
            placed = true;
            const auto now = look(position, batch);
            reader.looked_at = steady_now();
            if (!now.facts.empty()) reader.sink.take(now.facts);
            const bool moved = now.reached != position;
            if (moved && reader.sink.is_durable()) store_position(reader.sink, now.reached);
            position = now.reached;
            reader.delivered.add(now.facts.size());
            pause = 100ms;
            held = moved ? held_pause : std::min<std::chrono::milliseconds>(held * 2, longest_held_pause);
            if (now.is_waiting)
                wait(seen, held);
            else if (!now.is_full)
                wait(seen, poll_);
        } catch (const std::exception& e) {  // the event dispatcher's catch: the same facts come again
            const auto* error = dynamic_cast<const Error*>(&e);
            log_warn("a journal sink could not go on; it tries again",
                     {{"sink", reader.sink.name()},
                      {"what", e.what()},
                      {"detail", error ? error->detail() : ""},
                      {"pause_ms", pause.count()}});
            std::unique_lock lock(mutex_);
            wake_.wait_for(lock, pause, [&] { return stopping_; });
            pause = std::min<std::chrono::milliseconds>(pause * 2, longest_pause);
        }
    }
}

}  // namespace concordat::storage
