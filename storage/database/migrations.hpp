// The schema, step by step. Steps are numbered, run forward only and are never edited after a release.
#pragma once
#include <string_view>
#include <vector>

namespace concordat::storage {

class Database;

struct Migration {
    int number;
    std::string_view name;
    std::string_view sql;
};

// In ascending order; compiled in from storage/migrations.
const std::vector<Migration>& migrations();

// Brings the schema up to this binary's, one transaction a step, under an advisory lock so that nodes
// starting together take turns. Returns the steps run. Throws Error (unavailable,
// "storage.schema_newer") with a sentence for the operator when the database was written by a newer
// version.
int migrate(Database& db);
// The highest step this binary knows / the database has had.
int newest_schema();
int schema_of(Database& db);

}  // namespace concordat::storage
