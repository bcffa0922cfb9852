// PostgreSQL: a pool of blocking connections, one transaction a call.
//
// Thread-safe. Calls block, so run them on a worker thread; there should be as many connections as
// workers. Every statement has a deadline that the node itself enforces: a watchdog shuts the
// socket of a connection that is late, because a frozen server hangs libpq in spite of its own
// time-outs. Every statement is prepared once per connection and then only executed.
//
// Errors, translated here and nowhere else:
//   unavailable  storage.database_unavailable   no connection, deadline passed, server going down
//   unavailable  storage.disk_full              the server's disk is full (reads go on)
//   unavailable  storage.contention             serialization failure or deadlock, three times
//   conflict     storage.unique                 a unique key refused the row; detail names it
//   internal     storage.statement              anything else; detail holds the SQLSTATE
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>
#include "storage/database/fact.hpp"
#include "storage/database/pool.hpp"
#include "storage/database/values.hpp"

namespace concordat::storage {

class DataKeys;
class Keyring;

struct DatabaseOptions {
    std::string dsn;
    std::size_t connections = 16;
    std::chrono::milliseconds deadline{5000};  // of one transaction, waiting for a connection included
};

// Whether the error says that something sealed can never be read again: it, or its key, is damaged or gone.
// Who reads many records may then go on with the others, after saying so.
bool is_lost(const Error& error);

// An open transaction. Lives inside transact() or read() and dies with it.
class Tx {
public:
    Tx(Connection& connection, pqxx::transaction_base& work, DataKeys& keys, Millis now)
        : connection_(connection), work_(work), keys_(keys), now_(now) {}
    Tx(const Tx&) = delete;

    // Runs one statement with $1, $2, ... bound to `args`. `sql` must be a constant text: each distinct
    // one is prepared once per connection.
    template <class... Args>
    pqxx::result exec(const std::string& sql, const Args&... args) {
        return work_.exec_prepared(connection_.statement(sql), args...);
    }

    // Writes the fact to the journal; it exists if and only if this transaction commits.
    template <class F>
    void emit(const F& fact) {
        write(fact_of(fact, now_));
    }
    void write(Fact fact);
    // When this transaction began, for facts and new rows.
    Millis now() const { return now_; }

    // Field encryption under the data key of (scope, today) or of the day the blob was sealed. `kind` is a
    // storage::Kind. `version` must be what open() will be given: use a column that every change of
    // the sealed text changes, or 0 for text that is only ever replaced as a whole row.
    std::string seal(std::uint8_t kind, const IdBytes& scope, const IdBytes& record, std::int64_t version,
                     std::string_view plain);
    std::string open(std::uint8_t kind, const IdBytes& scope, const IdBytes& record, std::int64_t version,
                     std::string_view sealed);
    DataKeys& keys() { return keys_; }

    // Statements with no parameters and no result worth keeping: migrations, locks.
    void run_script(const std::string& sql) { work_.exec(sql); }
    std::vector<Fact>& written() { return written_; }

private:
    Connection& connection_;
    pqxx::transaction_base& work_;
    DataKeys& keys_;
    Millis now_;
    std::vector<Fact> written_;
};

class Database {
public:
    // Connects lazily: the constructor does not touch the server. `keyring` must outlive this object.
    Database(DatabaseOptions options, Keyring& keyring, Clock clock = wall_clock);
    ~Database();
    Database(const Database&) = delete;

    // read() inside a body of the same thread joins it, so checks may be asked from anywhere without taking a
    // second connection; what is remembered from such an answer must not depend on the body's own changes.
    // transact() inside a body is a mistake and throws.
    //
    // Runs `body` in one read-committed transaction, commits, returns what body returned. A
    // serialization failure or deadlock runs `body` again (at most three times), so body must have no
    // effect outside `tx`. Facts that body emitted are handed to the commit listeners afterwards.
    template <class Body>
    auto transact(Body body) {
        if (open_here()) throw Error(Fault::internal, "storage.nested_transaction");
        return attempt<pqxx::work>(body, 3);
    }
    // The same without a transaction around it: each statement stands alone and costs one round trip. For
    // reading, and for writes of a single statement.
    template <class Body>
    auto read(Body body) {
        if (auto* tx = open_here()) return body(*tx);
        return attempt<pqxx::nontransaction>(body, 1);
    }

    // Called after each commit that wrote facts, on the committing thread, in registration order;
    // must be quick and must not throw. For caches of this node and to wake the journal. Register
    // before the first transaction.
    void on_commit(std::function<void(const std::vector<Fact>&)> listener);
    // For facts written by a statement of their own (the posting path).
    void announce(const std::vector<Fact>& facts);

    // While one lives, what its thread commits is not waited for on the disk: a crash may take it back. For
    // work that is done again then. What emitted facts waits all the same: after a crash their ids would go
    // to others, behind the readers.
    class Relaxed {
    public:
        Relaxed() { ++depth(); }
        ~Relaxed() { --depth(); }
        Relaxed(const Relaxed&) = delete;

    private:
        friend class Database;
        static int& depth();
    };

    DataKeys& keys() { return *keys_; }
    const DatabaseOptions& options() const { return options_; }
    Millis now() const { return clock_(); }
    // Connections in use now, and transactions that failed because the server was gone.
    std::size_t in_use() const { return pool_.in_use(); }
    std::uint64_t outages() const { return pool_.outages(); }
    // Drops idle connections, so that the next call connects anew (after a failover).
    void reconnect() { pool_.reconnect(); }

private:
    // The transaction that a body of this thread is in.
    class Open {
    public:
        Open(const Database& db, Tx& tx);
        ~Open();
        Open(const Open&) = delete;

    private:
        friend class Database;
        const Database& db_;
        Tx& tx_;
        Open* outer_;
    };
    Tx* open_here() const;
    // Just before the commit: lets it not wait for the disk, if that was asked for and nobody reads it as a
    // fact.
    static void relax(Tx& tx);

    template <class Work, class Body>
    auto attempt(Body& body, int tries) {
        using Result = std::invoke_result_t<Body&, Tx&>;
        for (int attempt = 1;; ++attempt) {
            Pool::Loan loan(pool_);
            try {
                Work work((*loan).link);
                Tx tx(*loan, work, *keys_, clock_());
                const Open open(*this, tx);
                if constexpr (std::is_void_v<Result>) {
                    body(tx);
                    if (tries > 1) relax(tx);
                    work.commit();
                    if (!tx.written().empty()) announce(tx.written());
                    return;
                } else {
                    Result result = body(tx);
                    if (tries > 1) relax(tx);
                    work.commit();
                    if (!tx.written().empty()) announce(tx.written());
                    return result;
                }
            } catch (const pqxx::serialization_failure&) {
                if (attempt >= tries) pool_.translate(loan);
            } catch (const pqxx::deadlock_detected&) {
                if (attempt >= tries) pool_.translate(loan);
            } catch (const Error&) {
                throw;  // a rule of ours: the transaction rolls back
            } catch (const std::exception&) {
                pool_.translate(loan);  // the door between libpqxx's errors and ours
            }
        }
    }
    DatabaseOptions options_;
    Clock clock_;
    std::unique_ptr<DataKeys> keys_;
    std::vector<std::function<void(const std::vector<Fact>&)>> listeners_;
    Pool pool_;
};

}  // namespace concordat::storage
