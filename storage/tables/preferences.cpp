#include "storage/tables/preferences.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "core/model/scope.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/crypto/seal.hpp"
#include "storage/tables/whole_rows.hpp"

namespace concordat::storage {
namespace {

const std::string preference_columns = "p.user_id, p.category, p.name, p.value";

// What a value is bound to: whose it is and what it is called.
IdBytes record_of(const Preference& p) {
    const auto digest =
        sha256(p.user_id.text() + ' ' + std::to_string(p.category.size()) + ' ' + p.category + p.name);
    IdBytes record{};
    std::copy(digest.begin(), digest.begin() + 16, record.begin());
    return record;
}

}  // namespace

Preference PreferenceTable::row(const pqxx::row& r) {
    Preference p{id_in<UserId>(r[0]), text_in(r[1]), text_in(r[2]), {}};
    p.value = tx_.open(Kind::preference, scopes::accounts, record_of(p), 0, bytes_in(r[3]));
    return p;
}

std::vector<Preference> PreferenceTable::rows(const pqxx::result& result) {
    return whole_rows(result, [&](const pqxx::row& r) { return row(r); });
}

std::vector<Preference> PreferenceTable::of_user(const UserId& user) {
    return rows(tx_.exec("select " + preference_columns +
                             " from preferences p where p.user_id = $1 order by p.category, p.name",
                         user));
}

std::vector<Preference> PreferenceTable::in_category(const UserId& user, const std::string& category) {
    return rows(tx_.exec("select " + preference_columns +
                             " from preferences p where p.user_id = $1 and p.category = $2 order by p.name",
                         user, category));
}

std::optional<Preference> PreferenceTable::find(const UserId& user, const std::string& category,
                                                const std::string& name) {
    const auto found =
        tx_.exec("select " + preference_columns +
                     " from preferences p where p.user_id = $1 and p.category = $2 and p.name = $3",
                 user, category, name);
    if (found.empty()) return std::nullopt;
    return row(found[0]);
}

void PreferenceTable::set(const std::vector<Preference>& preferences) {
    // In the order of the key, so that two writers of the same rows wait for each other instead of
    // deadlocking.
    std::map<std::tuple<UserId, std::string, std::string>, const Preference*> last;
    for (const auto& p : preferences) last[{p.user_id, p.category, p.name}] = &p;
    std::vector<UserId> users;
    std::vector<std::string> categories, names, values;
    for (const auto& [key, p] : last) {
        users.push_back(p->user_id);
        categories.push_back(p->category);
        names.push_back(p->name);
        values.push_back(tx_.seal(Kind::preference, scopes::accounts, record_of(*p), 0, p->value));
    }
    tx_.exec(R"(
        insert into preferences (user_id, category, name, value)
        select * from unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[])
        on conflict (user_id, category, name) do update set value = excluded.value)",
             array_of(users), array_of(categories), array_of(names), array_of_bytes(values));
}

void PreferenceTable::remove(const std::vector<Preference>& preferences) {
    std::vector<UserId> users;
    std::vector<std::string> categories, names;
    for (const auto& p : preferences) {
        users.push_back(p.user_id);
        categories.push_back(p.category);
        names.push_back(p.name);
    }
    tx_.exec(R"(
        delete from preferences p using unnest($1::uuid[], $2::text[], $3::text[]) as gone(user_id, category, name)
        where p.user_id = gone.user_id and p.category = gone.category and p.name = gone.name)",
             array_of(users), array_of(categories), array_of(names));
}

void PreferenceTable::remove_saved(const std::vector<PostId>& posts) {
    std::vector<std::string> names;
    for (const auto& post : posts) names.push_back(post.text());
    tx_.exec("delete from preferences where category = 'flagged_post' and name = any($1::text[])",
             array_of(names));
}

}  // namespace concordat::storage
