// A migrated database with keys, for tests of the rooms that lie below identity.
#pragma once
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "core/model/facts.hpp"
#include "storage/crypto/keyring.hpp"
#include "storage/database/database.hpp"
#include "storage/database/migrations.hpp"
#include "tests/support/postgres.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/temporary_directory.hpp"

namespace concordat::storage {

using namespace std::chrono_literals;
using test::refusal;

struct Keys {
    test::TemporaryDirectory directory;
    std::unique_ptr<Keyring> ring = open_keyring(directory.path("store.json"), directory.path("master.key"));
};

struct Base : Keys {
    explicit Base(std::string dsn = test::fresh_database(), std::size_t connections = 4,
                  std::chrono::milliseconds deadline = 20s)
        : db({std::move(dsn), connections, deadline}, *ring) {
        migrate(db);
    }
    Database db;

    std::int64_t number(const std::string& sql) {
        return db.read([&](Tx& tx) { return int_in(tx.exec(sql)[0][0]); });
    }
};

inline std::chrono::milliseconds since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
}

template <class Condition>
bool eventually(Condition holds, std::chrono::milliseconds limit = 60s) {
    for (const auto end = std::chrono::steady_clock::now() + limit; std::chrono::steady_clock::now() < end;) {
        if (holds()) return true;
        std::this_thread::sleep_for(2ms);
    }
    return holds();
}

}  // namespace concordat::storage
