#include "storage/tables/settings_trial.hpp"

#include "core/model/scope.hpp"
#include "storage/crypto/seal.hpp"

namespace concordat::storage {
namespace {

// There is one row, so that what it holds is told apart by its revision only.
constexpr IdBytes the_trial = scopes::named(1);

std::optional<SettingsTrialRow> trial_in(Tx& tx, const pqxx::result& rows) {
    if (rows.empty()) return std::nullopt;
    const auto r = rows[0];
    SettingsTrialRow row;
    row.create_at = int_in(r[0]);
    row.ends_at = int_in(r[1]);
    row.is_ending = bool_in(r[2]);
    row.seen_seq = int_in(r[3]);
    row.revision = int_in(r[4]);
    row.body = tx.open(Kind::config, scopes::configuration, the_trial, row.revision, bytes_in(r[5]));
    return row;
}

}  // namespace

std::optional<SettingsTrialRow> SettingsTrialTable::find() {
    return trial_in(
        tx_, tx_.exec("select create_at, ends_at, is_ending, seen_seq, revision, body from settings_trial"));
}

std::optional<SettingsTrialRow> SettingsTrialTable::find_and_hold() {
    return trial_in(
        tx_, tx_.exec("select create_at, ends_at, is_ending, seen_seq, revision, body from settings_trial "
                      "for update"));
}

bool SettingsTrialTable::insert(const SettingsTrialRow& row) {
    return tx_.exec(R"(
        insert into settings_trial (create_at, ends_at, is_ending, seen_seq, revision, body)
        select $1::bigint, $2::bigint, $3::boolean, coalesce(max(seq), 0), 0, $4::bytea from identity_decisions
        on conflict do nothing)",
                    row.create_at, row.ends_at, row.is_ending,
                    bytea(tx_.seal(Kind::config, scopes::configuration, the_trial, 0, row.body)))
               .affected_rows() == 1;
}

void SettingsTrialTable::update(const SettingsTrialRow& row) {
    tx_.exec(R"(
        update settings_trial set ends_at = $2, is_ending = $3, seen_seq = $4, revision = $5, body = $6
        where create_at = $1)",
             row.create_at, row.ends_at, row.is_ending, row.seen_seq, row.revision + 1,
             bytea(tx_.seal(Kind::config, scopes::configuration, the_trial, row.revision + 1, row.body)));
}

bool SettingsTrialTable::remove(Millis create_at) {
    return tx_.exec("delete from settings_trial where create_at = $1", create_at).affected_rows() == 1;
}

}  // namespace concordat::storage
