#include "storage/tables/bots.hpp"

namespace concordat::storage {
namespace {

BotRow row(const pqxx::row& r) {
    return {id_in<UserId>(r[0]), id_in<UserId>(r[1]), int_in(r[2])};
}

}  // namespace

void BotTable::insert(const BotRow& bot) {
    tx_.exec("insert into bots (user_id, owner_id, create_at) values ($1, $2, $3)", bot.user_id, bot.owner_id,
             bot.create_at);
}

bool BotTable::remove(const UserId& user) {
    return tx_.exec("delete from bots where user_id = $1", user).affected_rows() == 1;
}

std::optional<BotRow> BotTable::find(const UserId& user) {
    const auto rows = tx_.exec("select user_id, owner_id, create_at from bots where user_id = $1", user);
    if (rows.empty()) return std::nullopt;
    return row(rows[0]);
}

std::vector<BotRow> BotTable::select(const BotQuery& q) {
    std::vector<BotRow> out;
    for (const auto& r : tx_.exec(R"(
             select b.user_id, b.owner_id, b.create_at from bots b join users u on u.id = b.user_id
             left join users o on o.id = b.owner_id
             where ($1::uuid is null or b.owner_id = $1) and ($2 or u.delete_at = 0)
                 and (not $3 or coalesce(o.delete_at, 1) > 0)
             order by b.create_at, b.user_id offset $4 limit $5)",
                                  q.owner ? std::optional(q.owner->uuid()) : std::nullopt, q.with_disabled,
                                  q.only_orphaned, q.offset, q.limit))
        out.push_back(row(r));
    return out;
}

void BotTable::set_owner(const UserId& user, const UserId& owner) {
    tx_.exec("update bots set owner_id = $2 where user_id = $1", user, owner);
}

void BotTable::mark(const UserId& user, bool is_bot) {
    tx_.exec("update users set is_bot = $2 where id = $1", user, is_bot);
}

}  // namespace concordat::storage
