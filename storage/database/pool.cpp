#include "storage/database/pool.hpp"

#include <pthread.h>
#include <sys/socket.h>

#include "core/base/error.hpp"
#include "core/base/log.hpp"

namespace concordat::storage {
namespace {

constexpr const char* unavailable_id = "storage.database_unavailable";
constexpr const char* unavailable_text = "The database cannot be reached right now. Try again in a moment.";

Error unavailable(std::string detail) { return {Fault::unavailable, unavailable_id, unavailable_text, std::move(detail)}; }

// A connection attempt must end in time too; libpq takes whole seconds.
std::string with_time_limit(const std::string& dsn, std::chrono::milliseconds deadline) {
    const auto seconds = std::max<long>(2, deadline.count() / 1000);
    const std::string options = " connect_timeout=" + std::to_string(seconds);
    if (dsn.starts_with("postgres://") || dsn.starts_with("postgresql://"))
        return dsn + (dsn.find('?') == std::string::npos ? "?" : "&") + options.substr(1);
    return dsn + options;
}

bool is_outage(const std::string& state) {
    return state.starts_with("08") || state.starts_with("57P") || state == "25006" || state == "53300" || state == "57014";
}

}  // namespace

Connection::Connection(const std::string& dsn, std::uint64_t of_epoch) : link(dsn), epoch(of_epoch) {
    pqxx::nontransaction setup(link);
    // A forgotten transaction would hold back every reader of the journal.
    setup.exec("set idle_in_transaction_session_timeout = '10s'; set bytea_output = 'hex'; set jit = off; set client_min_messages = warning");
}

const std::string& Connection::statement(const std::string& sql) {
    auto [at, fresh] = prepared.try_emplace(sql);
    if (fresh) {
        at->second = "s" + std::to_string(prepared.size());
        try {
            link.prepare(at->second, sql);
        } catch (...) {
            prepared.erase(at);  // so that the next try prepares it again
            throw;
        }
    }
    return at->second;
}

Pool::Pool(std::string dsn, std::size_t connections, std::chrono::milliseconds deadline)
    : dsn_(with_time_limit(dsn, deadline)), size_(connections), deadline_(deadline), watcher_([this] { watch(); }) {}

Pool::~Pool() {
    {
        std::lock_guard lock(watch_mutex_);
        stopping_ = true;
    }
    watch_changed_.notify_all();
    watcher_.join();
}

Pool::Loan::Loan(Pool& pool) : pool_(pool) {
    const auto until = std::chrono::steady_clock::now() + pool.deadline_;
    std::uint64_t epoch;
    {
        std::unique_lock lock(pool.mutex_);
        if (!pool.freed_.wait_until(lock, until, [&] { return pool.lent_ < pool.size_; }))
            throw unavailable("no free connection within the deadline");
        ++pool.lent_;
        epoch = pool.epoch_;
        if (!pool.idle_.empty()) {
            connection_ = std::move(pool.idle_.back());
            pool.idle_.pop_back();
        }
    }
    try {
        if (!connection_) connection_ = std::make_unique<Connection>(pool.dsn_, epoch);
    } catch (const std::exception& e) {
        {
            std::lock_guard lock(pool.mutex_);
            --pool.lent_;
        }
        pool.freed_.notify_one();
        ++pool.outages_;
        log_warn("no connection to the database", {{"reason", std::string(e.what()).substr(0, 200)}});
        throw unavailable(e.what());
    }
    std::lock_guard lock(pool.watch_mutex_);
    watch_ = pool.next_watch_++;
    pool.watched_.emplace(watch_, Watched{connection_->link.sock(), until});
    if (pool.watched_.size() == 1) pool.watch_changed_.notify_one();
}

Pool::Loan::~Loan() {
    {
        std::lock_guard lock(pool_.watch_mutex_);
        if (pool_.watched_.erase(watch_) == 0) broken_ = true;  // the watchdog has shut its socket
    }
    std::unique_ptr<Connection> dying;
    {
        std::lock_guard lock(pool_.mutex_);
        --pool_.lent_;
        if (broken_ || connection_->epoch != pool_.epoch_) dying = std::move(connection_);
        else pool_.idle_.push_back(std::move(connection_));
    }
    pool_.freed_.notify_one();
}

void Pool::watch() {
    pthread_setname_np(pthread_self(), "db-watchdog");
    std::unique_lock lock(watch_mutex_);
    while (!stopping_) {
        const auto now = std::chrono::steady_clock::now();
        for (auto at = watched_.begin(); at != watched_.end();) {
            if (at->second.until > now) {
                ++at;
                continue;
            }
            ::shutdown(at->second.socket, SHUT_RDWR);
            at = watched_.erase(at);
            ++outages_;
            log_error("a database call passed its deadline; its connection was cut", {{"deadline_ms", deadline_.count()}});
        }
        if (watched_.empty()) watch_changed_.wait(lock);
        else watch_changed_.wait_for(lock, std::chrono::milliseconds(100));
    }
}

void Pool::translate(Loan& loan) {
    try {
        throw;
    } catch (const Error&) {
        throw;
    } catch (const pqxx::unique_violation& e) {
        throw Error(Fault::conflict, "storage.unique", "", e.what());
    } catch (const pqxx::sql_error& e) {
        const auto& state = e.sqlstate();
        if (state == "53100" || state == "53200")
            throw Error(Fault::unavailable, "storage.disk_full", "The server is out of space. Nothing was saved.", state);
        if (state.empty() || is_outage(state)) {
            loan.broken_ = true;
            ++outages_;
            if (state != "57014") reconnect();
            throw unavailable("sqlstate " + state);
        }
        // The statement's text holds no values, but the server's message may: only the state is kept.
        throw Error(Fault::internal, "storage.statement", "", "sqlstate " + state);
    } catch (const pqxx::broken_connection& e) {
        loan.broken_ = true;
        ++outages_;
        reconnect();
        throw unavailable(e.what());
    } catch (const pqxx::failure& e) {
        loan.broken_ = true;
        throw Error(Fault::unavailable, unavailable_id, unavailable_text, e.what());
    }
}

void Pool::reconnect() {
    std::vector<std::unique_ptr<Connection>> dying;
    std::lock_guard lock(mutex_);
    ++epoch_;
    dying.swap(idle_);
}

std::size_t Pool::in_use() const {
    std::lock_guard lock(mutex_);
    return lent_;
}

}  // namespace concordat::storage
