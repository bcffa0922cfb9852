#include "storage/database/data_keys.hpp"

#include "core/base/error.hpp"
#include "core/model/scope.hpp"
#include "core/model/search_scope.hpp"
#include "storage/database/values.hpp"

namespace concordat::storage {
namespace {

constexpr std::size_t most_remembered = 65536;

// The class decides which expiry buckets a scope's keys fall into.
const char* class_of(const IdBytes& scope) {
    if (scope == scopes::accounts) return "accounts";
    if (scope == scopes::places) return "places";
    if (scope == scopes::configuration) return "config";
    if (scope == scopes::pictures) return "pictures";
    if (scope == scopes::drafts) return "drafts";
    if (scope == scopes::decisions) return "decisions";  // they outlive the messages of their week
    if (scope == scopes::exports) return "exports";
    if (scope == scopes::federation) return "federation";
    if (scope == scopes::search) return "search";  // by the week of what is found, to end with it
    return "messages";
}

template <class Body>
auto with_connection(Pool& pool, Body body) {
    Pool::Loan loan(pool);
    try {
        pqxx::nontransaction work((*loan).link);
        return body(*loan, work);
    } catch (const Error&) {
        throw;
    } catch (const std::exception&) {
        pool.translate(loan);  // the door between libpqxx's errors and ours
    }
}

}  // namespace

DataKeys::DataKeys(const std::string& dsn, std::chrono::milliseconds deadline, Keyring& keyring)
    : keyring_(keyring), pool_(dsn, 1, deadline) {}

std::shared_ptr<const DataKey> DataKeys::cached(const Name& name) {
    std::lock_guard lock(mutex_);
    const auto at = by_name_.find(name);
    if (at == by_name_.end()) return nullptr;
    recent_.splice(recent_.begin(), recent_, at->second);
    return at->second->second;
}

std::shared_ptr<const DataKey> DataKeys::remember(const Name& name, std::shared_ptr<const DataKey> key) {
    std::lock_guard lock(mutex_);
    if (const auto at = by_name_.find(name); at != by_name_.end()) return at->second->second;
    recent_.emplace_front(name, key);
    by_name_[name] = recent_.begin();
    if (recent_.size() > most_remembered) {
        by_name_.erase(recent_.back().first);
        recent_.pop_back();
    }
    return key;
}

void DataKeys::forget() {
    std::lock_guard lock(mutex_);
    by_name_.clear();
    recent_.clear();
}

std::shared_ptr<const DataKey> DataKeys::load(const Name& name, bool create) {
    return with_connection(
        pool_, [&](Connection& connection, pqxx::transaction_base& work) -> std::shared_ptr<const DataKey> {
            const auto day = static_cast<int>(name.day);
            const AnyId scope(name.scope);
            auto find = [&] {
                return work.exec_prepared(
                    connection.statement(
                        "select bucket, wrapped from data_keys where scope = $1 and day = $2"),
                    scope, day);
            };
            auto rows = find();
            if (rows.empty() && create) {
                const auto bucket = keyring_.bucket_for(class_of(name.scope), name.day);
                const auto wrapped = keyring_.wrap(bucket, Secret::random(), name.scope, name.day);
                // Another node may have been first: its key counts.
                work.exec_prepared(connection.statement("insert into data_keys (scope, day, bucket, wrapped) "
                                                        "values ($1, $2, $3, $4) on conflict do nothing"),
                                   scope, day, bucket, bytea(wrapped));
                rows = find();
            }
            if (rows.empty())
                throw Error(Fault::internal, "storage.key.missing", "",
                            "no data key for scope " + scope.uuid() + " day " + std::to_string(name.day));
            const auto key =
                keyring_.unwrap(id_in<BucketId>(rows[0][0]), bytes_in(rows[0][1]), name.scope, name.day);
            return std::make_shared<const DataKey>(key);
        });
}

std::shared_ptr<const DataKey> DataKeys::writing(const IdBytes& scope, std::uint32_t day) {
    const Name name{scope, day};
    if (auto key = cached(name)) return key;
    return remember(name, load(name, true));
}

std::shared_ptr<const DataKey> DataKeys::reading(const IdBytes& scope, std::uint32_t day) {
    const Name name{scope, day};
    if (auto key = cached(name)) return key;
    return remember(name, load(name, false));
}

std::size_t DataKeys::rewrap(std::size_t at_most) {
    const auto outdated = keyring_.outdated();
    if (outdated.empty()) return 0;
    return with_connection(pool_, [&](Connection& connection, pqxx::transaction_base& work) {
        const auto rows = work.exec_prepared(
            connection.statement(
                "select scope, day, bucket, wrapped from data_keys where bucket = any($1::uuid[]) limit $2"),
            array_of(outdated), at_most);
        for (const auto& row : rows) {
            const auto scope = id_in<AnyId>(row[0]);
            const auto day = static_cast<std::uint32_t>(int_in(row[1]));
            const auto from = id_in<BucketId>(row[2]);
            const auto to = keyring_.successor(from);
            work.exec_prepared(connection.statement("update data_keys set bucket = $3, wrapped = $4 where "
                                                    "scope = $1 and day = $2 and bucket = $5"),
                               scope, static_cast<int>(day), to,
                               bytea(keyring_.rewrap(from, bytes_in(row[3]), to, scope.bytes(), day)), from);
        }
        const auto left = work.exec_prepared(
            connection.statement("select count(*) from data_keys where bucket = any($1::uuid[])"),
            array_of(outdated));
        return static_cast<std::size_t>(int_in(left[0][0]));
    });
}

void DataKeys::retire_outdated() {
    Pool::Loan loan(pool_);
    try {
        pqxx::work work((*loan).link);
        work.exec("lock table data_keys in share mode");
        const auto outdated = keyring_.outdated();
        std::vector<BucketId> unused;
        for (const auto& bucket : outdated)
            if (work.exec_prepared((*loan).statement("select 1 from data_keys where bucket = $1 limit 1"),
                                   bucket)
                    .empty())
                unused.push_back(bucket);
        keyring_.retire(unused);
    } catch (const Error&) {
        throw;
    } catch (const std::exception&) {
        pool_.translate(loan);  // the door between libpqxx's errors and ours
    }
}

std::unordered_map<std::string, std::size_t> DataKeys::count_by_bucket() {
    return with_connection(pool_, [&](Connection& connection, pqxx::transaction_base& work) {
        std::unordered_map<std::string, std::size_t> counts;
        for (const auto& row : work.exec_prepared(
                 connection.statement("select bucket, count(*) from data_keys group by bucket")))
            counts[id_in<BucketId>(row[0]).text()] = static_cast<std::size_t>(int_in(row[1]));
        return counts;
    });
}

}  // namespace concordat::storage
