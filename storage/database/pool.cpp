#include "storage/database/pool.hpp"

#include <poll.h>
#include <postgresql/libpq-fe.h>
#include <pthread.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "core/base/error.hpp"
#include "core/base/log.hpp"

namespace concordat::storage {
namespace {

constexpr const char* unavailable_id = "storage.database_unavailable";
constexpr const char* unavailable_text = "The database cannot be reached right now. Try again in a moment.";

Error unavailable(std::string detail) {
    return {Fault::unavailable, unavailable_id, unavailable_text, std::move(detail)};
}

// How many servers the DSN names, to be tried one after the other.
std::int64_t hosts_in(const std::string& dsn) {
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
        PQconninfoParse(dsn.c_str(), nullptr), &PQconninfoFree);
    std::int64_t most = 1;
    for (const auto* option = options.get(); option && option->keyword; ++option) {
        const std::string_view keyword = option->keyword, value = option->val ? option->val : "";
        if (keyword == "host" || keyword == "hostaddr")
            most = std::max<std::int64_t>(most, 1 + std::count(value.begin(), value.end(), ','));
    }
    return most;
}

// A connection attempt must end in time too; libpq takes whole seconds for each server, at least two.
std::string with_time_limit(const std::string& dsn, std::chrono::steady_clock::time_point until) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(until - std::chrono::steady_clock::now());
    const std::string option =
        "connect_timeout=" + std::to_string(std::max<std::int64_t>(2, left.count() / hosts_in(dsn)));
    if (dsn.starts_with("postgres://") || dsn.starts_with("postgresql://"))
        return dsn + (dsn.find('?') == std::string::npos ? '?' : '&') + option;
    return dsn + ' ' + option;
}

// Nobody waits for an answer on an idle connection: whatever can be read there is the server's farewell.
bool was_hung_up(pqxx::connection& link) {
    pollfd socket{link.sock(), POLLIN | POLLRDHUP, 0};
    return ::poll(&socket, 1, 0) != 0;
}

bool is_outage(const std::string& state) {
    return state.starts_with("08") || state.starts_with("57P") || state == "25006" || state == "53200" ||
           state == "53300" || state == "57014";
}

}  // namespace

void Connection::set_up() {
    pqxx::nontransaction setup(link);
    // A forgotten transaction would hold back every reader of the journal.
    setup.exec(
        "set idle_in_transaction_session_timeout = '10s'; set bytea_output = 'hex'; set jit = off; set "
        "client_min_messages = warning");
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
    : dsn_(std::move(dsn)), size_(connections), deadline_(deadline), watcher_([this] { watch(); }) {}

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
        while (!connection_ && !pool.idle_.empty()) {
            connection_ = std::move(pool.idle_.back());
            pool.idle_.pop_back();
            if (was_hung_up(connection_->link)) connection_.reset();
        }
    }
    if (connection_)
        watch(until);
    else
        connect(until, epoch);
}

void Pool::Loan::connect(std::chrono::steady_clock::time_point until, std::uint64_t epoch) {
    try {
        connection_ = std::make_unique<Connection>(with_time_limit(pool_.dsn_, until), epoch);
        watch(until);
        connection_->set_up();
    } catch (const std::exception& e) {  // the door between libpqxx's errors and ours
        broken_ = true;
        give_back();
        ++pool_.outages_;
        log_warn("no connection to the database", {{"reason", std::string(e.what()).substr(0, 200)}});
        throw unavailable(e.what());
    }
}

void Pool::Loan::watch(std::chrono::steady_clock::time_point until) {
    std::lock_guard lock(pool_.watch_mutex_);
    watch_ = pool_.next_watch_++;
    pool_.watched_.emplace(watch_, Watched{connection_->link.sock(), until});
    if (pool_.watched_.size() == 1) pool_.watch_changed_.notify_one();
}

Pool::Loan::~Loan() {
    give_back();
}

void Pool::Loan::give_back() {
    {
        std::lock_guard lock(pool_.watch_mutex_);
        if (pool_.watched_.erase(watch_) == 0) broken_ = true;  // the watchdog has shut its socket
    }
    if (!broken_ && !connection_->link.is_open()) broken_ = true;
    std::unique_ptr<Connection> dying;
    {
        std::lock_guard lock(pool_.mutex_);
        --pool_.lent_;
        if (broken_ || connection_->epoch != pool_.epoch_)
            dying = std::move(connection_);
        else
            pool_.idle_.push_back(std::move(connection_));
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
            log_error("a database call passed its deadline; its connection was cut",
                      {{"deadline_ms", deadline_.count()}});
        }
        if (watched_.empty())
            watch_changed_.wait(lock);
        else
            watch_changed_.wait_for(lock, std::chrono::milliseconds(100));
    }
}

void Pool::translate(Loan& loan) {
    try {
        throw;
    } catch (const Error&) {
        throw;
    } catch (const pqxx::unique_violation& e) {
        throw Error(Fault::conflict, "storage.unique", "", e.what());
    } catch (const pqxx::transaction_rollback& e) {
        throw Error(Fault::unavailable, "storage.contention",
                    "Too many changes at the same time. Try again in a moment.", e.what());
    } catch (const pqxx::sql_error& e) {
        const auto& state = e.sqlstate();
        if (state == "53100")
            throw Error(Fault::unavailable, "storage.disk_full",
                        "The server is out of space. Nothing was saved.", state);
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
