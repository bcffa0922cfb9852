#include "storage/tables/letters.hpp"

#include "core/model/scope.hpp"
#include "storage/crypto/seal.hpp"
#include "storage/tables/whole_rows.hpp"

namespace concordat::storage {
namespace {

struct LetterBody {
    std::string to, locale;
    StringMap values;
};
BOOST_DESCRIBE_STRUCT(LetterBody, (), (to, locale, values))

struct LinkBody {
    std::string email;
    TeamId team_id;
    std::string channel_ids;
};
BOOST_DESCRIBE_STRUCT(LinkBody, (), (email, team_id, channel_ids))

const std::string link_columns =
    "select id, kind, user_id, made_by, create_at, expires_at, body from mail_links where token_hash = $1";

}  // namespace

bool LetterTable::insert(const Letter& l, std::string_view only_one) {
    const auto body = tx_.seal(Kind::user_secret, scopes::accounts, l.id.bytes(), 0,
                               json_text(LetterBody{l.to, l.locale, l.values}));
    if (only_one.empty())
        return tx_.exec(
                      "insert into letters (id, kind, create_at, due_at, body) values ($1, $2, $3, $3, $4) "
                      "on conflict do nothing",
                      l.id, l.kind, l.create_at, bytea(body))
                   .affected_rows() == 1;
    return tx_.exec(
                  "insert into letters (id, kind, only_one, create_at, due_at, body) "
                  "values ($1, $2, $3, $4, $4, $5) on conflict do nothing",
                  l.id, l.kind, bytea(only_one), l.create_at, bytea(body))
               .affected_rows() == 1;
}

std::int64_t LetterTable::count(const std::string& kind, std::int64_t most) {
    return int_in(tx_.exec("select count(*) from (select 1 from letters where kind = $1 limit $2) l", kind,
                           most)[0][0]);
}

std::int64_t LetterTable::count() {
    return int_in(tx_.exec("select count(*) from letters")[0][0]);
}

std::vector<Letter> LetterTable::take_due(Millis now, Millis again_at, std::int64_t limit) {
    const auto due = tx_.exec(R"(
        update letters set due_at = $2, tries = tries + 1 where id in
            (select id from letters where due_at <= $1 order by due_at, id limit $3 for update skip locked)
        returning id, kind, create_at, tries, body)",
                              now, again_at, limit);
    return whole_rows(due, [&](const pqxx::row& r) {
        Letter l;
        l.id = id_in<LetterId>(r[0]);
        l.kind = text_in(r[1]);
        l.create_at = int_in(r[2]);
        l.tries = int_in(r[3]);
        auto body = parse_json<LetterBody>(
            tx_.open(Kind::user_secret, scopes::accounts, l.id.bytes(), 0, bytes_in(r[4])), "letter");
        l.to = std::move(body.to);
        l.locale = std::move(body.locale);
        l.values = std::move(body.values);
        return l;
    });
}

void LetterTable::put_off(const LetterId& id, Millis due_at) {
    tx_.exec("update letters set due_at = $2 where id = $1", id, due_at);
}

bool LetterTable::remove(const LetterId& id) {
    return tx_.exec("delete from letters where id = $1", id).affected_rows() == 1;
}

void MailLinkTable::insert(const MailLink& l, std::string_view token_hash) {
    tx_.exec(
        "insert into mail_links (id, token_hash, kind, user_id, made_by, create_at, expires_at, body) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8)",
        l.id, bytea(token_hash), l.kind, NullableId(l.user_id).c_str(), NullableId(l.made_by).c_str(),
        l.create_at, l.expires_at,
        bytea(tx_.seal(Kind::user_secret, scopes::accounts, l.id.bytes(), 0,
                       json_text(LinkBody{l.email, l.team_id, l.channel_ids}))));
}

std::optional<MailLink> MailLinkTable::first(const pqxx::result& result) {
    if (result.empty()) return std::nullopt;
    const auto r = result[0];
    MailLink l;
    l.id = id_in<MailLinkId>(r[0]);
    l.kind = text_in(r[1]);
    l.user_id = id_in<UserId>(r[2]);
    l.made_by = id_in<UserId>(r[3]);
    l.create_at = int_in(r[4]);
    l.expires_at = int_in(r[5]);
    auto body = parse_json<LinkBody>(
        tx_.open(Kind::user_secret, scopes::accounts, l.id.bytes(), 0, bytes_in(r[6])), "mail link");
    l.email = std::move(body.email);
    l.team_id = body.team_id;
    l.channel_ids = std::move(body.channel_ids);
    return l;
}

std::optional<MailLink> MailLinkTable::by_hash(std::string_view token_hash) {
    return first(tx_.exec(link_columns, bytea(token_hash)));
}

std::optional<MailLink> MailLinkTable::lock_by_hash(std::string_view token_hash) {
    return first(tx_.exec(link_columns + " for update", bytea(token_hash)));
}

void MailLinkTable::remove(const MailLinkId& id) {
    tx_.exec("delete from mail_links where id = $1", id);
}

void MailLinkTable::remove_of(const UserId& user, const std::string& kind) {
    tx_.exec("delete from mail_links where user_id = $1 and kind = $2", user, kind);
}

std::int64_t MailLinkTable::remove_all(const std::string& kind) {
    return static_cast<std::int64_t>(
        tx_.exec("delete from mail_links where kind = $1", kind).affected_rows());
}

std::int64_t MailLinkTable::count_since(const UserId& user, const std::string& kind, Millis since) {
    return int_in(
        tx_.exec("select count(*) from mail_links where user_id = $1 and kind = $2 and create_at >= $3", user,
                 kind, since)[0][0]);
}

std::int64_t MailLinkTable::count_made_since(const UserId& maker, Millis since) {
    return int_in(tx_.exec("select count(*) from mail_links where made_by = $1 and create_at >= $2", maker,
                           since)[0][0]);
}

std::int64_t MailLinkTable::remove_expired(Millis now) {
    return static_cast<std::int64_t>(
        tx_.exec("delete from mail_links where expires_at < $1", now).affected_rows());
}

}  // namespace concordat::storage
