// A bounded pool of PostgreSQL connections with a deadline on every loan.
//
// Thread-safe. A loan that lasts longer than the deadline has its socket shut down by the pool's
// watchdog thread, which wakes libpq with an error; the connection is then thrown away. Connecting anew is
// given what is left of the deadline, in whole seconds and at least two.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <pqxx/pqxx>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace concordat::storage {

// One connection and the statements it has prepared. Used by one thread at a time.
struct Connection {
    pqxx::connection link;
    std::unordered_map<std::string, std::string> prepared;  // SQL text -> statement name
    std::uint64_t epoch;
    Connection(const std::string& dsn, std::uint64_t of_epoch) : link(dsn), epoch(of_epoch) {}
    // What every session needs to be told; talks to the server.
    void set_up();
    // The name of `sql` as a prepared statement of this connection.
    const std::string& statement(const std::string& sql);
};

class Pool {
public:
    // Connects when first needed.
    Pool(std::string dsn, std::size_t connections, std::chrono::milliseconds deadline);
    ~Pool();
    Pool(const Pool&) = delete;

    // A connection on loan. Throws Error (unavailable) when none is free or can be made in time.
    class Loan {
    public:
        explicit Loan(Pool& pool);
        ~Loan();
        Loan(const Loan&) = delete;
        Connection& operator*() { return *connection_; }

    private:
        friend class Pool;
        void connect(std::chrono::steady_clock::time_point until, std::uint64_t epoch);
        void watch(std::chrono::steady_clock::time_point until);
        void give_back();
        Pool& pool_;
        std::unique_ptr<Connection> connection_;
        std::uint64_t watch_ = 0;
        bool broken_ = false;
    };

    // Rethrows the exception in flight as an Error and decides whether the loan's connection, or all
    // of them, can be used again. Call inside a catch block.
    [[noreturn]] void translate(Loan& loan);
    // No connection made before now is used again.
    void reconnect();
    std::size_t in_use() const;
    std::uint64_t outages() const { return outages_.load(); }

private:
    void watch();

    struct Watched {
        int socket;
        std::chrono::steady_clock::time_point until;
    };

    std::string dsn_;
    std::size_t size_;
    std::chrono::milliseconds deadline_;
    mutable std::mutex mutex_;
    std::condition_variable freed_;
    std::vector<std::unique_ptr<Connection>> idle_;
    std::size_t lent_ = 0;
    std::uint64_t epoch_ = 0;
    std::atomic<std::uint64_t> outages_{0};

    std::mutex watch_mutex_;
    std::condition_variable watch_changed_;
    std::map<std::uint64_t, Watched> watched_;
    std::uint64_t next_watch_ = 1;
    bool stopping_ = false;
    std::thread watcher_;
};

}  // namespace concordat::storage
