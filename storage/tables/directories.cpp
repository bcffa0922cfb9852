#include "storage/tables/directories.hpp"

namespace concordat::storage {

bool DirectoryTable::hold(const std::string& provider, const std::string& holder, Millis until) {
    return tx_.exec(R"(
        insert into directory_syncs (provider, holder, held_until) values ($1, $2, $3)
        on conflict (provider) do update set holder = excluded.holder, held_until = excluded.held_until
            where directory_syncs.holder = excluded.holder or directory_syncs.held_until < $4)",
                    provider, holder, until, tx_.now())
               .affected_rows() == 1;
}

void DirectoryTable::release(const std::string& provider, const std::string& holder) {
    tx_.exec("update directory_syncs set holder = '', held_until = 0 where provider = $1 and holder = $2",
             provider, holder);
}

Millis DirectoryTable::last_sync(const std::string& provider) {
    const auto rows = tx_.exec("select last_at from directory_syncs where provider = $1", provider);
    return rows.empty() ? 0 : int_in(rows[0][0]);
}

void DirectoryTable::set_last_sync(const std::string& provider) {
    tx_.exec("update directory_syncs set last_at = $2 where provider = $1", provider, tx_.now());
}

std::vector<IdentityLink> DirectoryTable::signed_in(const std::string& service, const std::string& provider) {
    std::vector<IdentityLink> out;
    for (const auto& r : tx_.exec(R"(
             select l.user_id, l.service, l.provider, l.subject, l.create_at, l.is_off from identity_links l
             where l.service = $1 and l.provider = $2 and not l.is_off
               and exists (select 1 from sessions s where s.user_id = l.user_id and s.expires_at > $3)
             order by l.subject)",
                                  service, provider, tx_.now()))
        out.push_back(
            {id_in<UserId>(r[0]), text_in(r[1]), text_in(r[2]), text_in(r[3]), int_in(r[4]), bool_in(r[5])});
    return out;
}

std::int64_t DirectoryTable::count_active(const std::string& service, const std::string& provider) {
    return int_in(tx_.exec(R"(
        select count(*) from identity_links l join users u on u.id = l.user_id
        where l.service = $1 and l.provider = $2 and u.delete_at = 0)",
                           service, provider)[0][0]);
}

bool DirectoryTable::has_picture(const UserId& user, std::string_view digest) {
    return !tx_.exec("select 1 from directory_pictures where user_id = $1 and digest = $2", user,
                     bytea(digest))
                .empty();
}

void DirectoryTable::set_picture(const UserId& user, std::string_view digest) {
    tx_.exec(R"(
        insert into directory_pictures (user_id, digest) values ($1, $2)
        on conflict (user_id) do update set digest = excluded.digest)",
             user, bytea(digest));
}

}  // namespace concordat::storage
