#include "storage/database/migrations.hpp"

#include "core/base/log.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {
namespace {

constexpr const char* lock_number = "6022213";  // any number that nobody else uses

}  // namespace

int newest_schema() {
    return migrations().back().number;
}

int schema_of(Database& db) {
    return db.read([](Tx& tx) {
        if (tx.exec("select to_regclass('schema_steps') is null")[0][0].as<bool>()) return 0;
        return tx.exec("select coalesce(max(number), 0) from schema_steps")[0][0].as<int>();
    });
}

int migrate(Database& db) {
    int ran = 0;
    for (const auto& step : migrations()) {
        const bool was_run = db.transact([&](Tx& tx) {
            tx.run_script(std::string("select pg_advisory_xact_lock(") + lock_number + ")");
            tx.run_script(
                "create table if not exists schema_steps (number integer primary key, name text not null, at "
                "timestamptz not null default now())");
            const int have = tx.exec("select coalesce(max(number), 0) from schema_steps")[0][0].as<int>();
            if (have > newest_schema())
                throw Error(Fault::unavailable, "storage.schema_newer",
                            "The database was written by a newer version of Concordat (schema " +
                                std::to_string(have) + ", this program knows " +
                                std::to_string(newest_schema()) + "). Install that version or a newer one.");
            if (have >= step.number) return false;
            tx.run_script(std::string(step.sql));
            tx.exec("insert into schema_steps (number, name) values ($1, $2)", step.number,
                    std::string(step.name));
            return true;
        });
        if (was_run) {
            ++ran;
            log_info("schema step done", {{"step", step.name}});
        }
    }
    return ran;
}

}  // namespace concordat::storage
