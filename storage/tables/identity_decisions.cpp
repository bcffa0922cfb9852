#include "storage/tables/identity_decisions.hpp"

#include "core/model/scope.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/crypto/seal.hpp"
#include "storage/tables/whole_rows.hpp"

namespace concordat::storage {
namespace {

struct IdentityDecisionBody {
    IdentityDecision decision;
    std::string previous;  // base64 of the SHA-256 of the sealed body before this one
    std::string salt;      // so that a digest of the whole says nothing about it; "" in old records
};
BOOST_DESCRIBE_STRUCT(IdentityDecisionBody, (), (decision, previous, salt))

constexpr std::size_t salt_size = 16;

std::string digest_of(std::string_view sealed) {
    return base64(text_of(sha256(sealed)));
}

IdentityDecisionBody opened(Tx& tx, const DecisionId& id, const pqxx::field& sealed) {
    return parse_json<IdentityDecisionBody>(
        tx.open(Kind::audit, scopes::decisions, id.bytes(), 0, bytes_in(sealed)), "decision");
}

// What can be read without the key, of a row as chain() selects it.
IdentityDecision in_columns(const pqxx::row& r) {
    IdentityDecision d;
    d.id = id_in<DecisionId>(r[1]);
    d.create_at = int_in(r[3]);
    d.attempt = text_in(r[4]);
    d.act = text_in(r[5]);
    d.is_admitted = bool_in(r[6]);
    d.rule = text_in(r[7]);
    d.service = text_in(r[8]);
    d.user_id = id_in<UserId>(r[9]);
    return d;
}

}  // namespace

void IdentityDecisionTable::insert(const IdentityDecision& d) {
    tx_.exec("select pg_advisory_xact_lock(6022215)");
    const auto last = tx_.exec("select body from identity_decisions order by seq desc limit 1");
    const IdentityDecisionBody body{d, last.empty() ? std::string() : digest_of(bytes_in(last[0][0])),
                                    base64(random_bytes(salt_size))};
    tx_.exec(
        "insert into identity_decisions (id, create_at, attempt, act, is_admitted, rule, service, user_id, "
        "body) values ($1, $2, $3, $4, $5, $6, $7, $8::uuid, $9)",
        d.id, d.create_at, d.attempt, d.act, d.is_admitted, d.rule, d.service, NullableId(d.user_id).c_str(),
        bytea(tx_.seal(Kind::audit, scopes::decisions, d.id.bytes(), 0, json_text(body))));
}

std::vector<IdentityDecision> IdentityDecisionTable::select(const DecisionFilter& f) {
    const std::string wanted = f.is_admitted ? (*f.is_admitted ? "yes" : "no") : "";
    const auto rows = tx_.exec(R"(
        select id, body from identity_decisions
        where ($1 = '' or attempt = $1) and ($2 = '' or act = $2) and ($3 = '' or rule = $3) and ($4 = '' or service = $4)
          and ($5::uuid is null or user_id = $5::uuid) and ($6 = '' or is_admitted = ($6 = 'yes'))
          and ($7::bigint = 0 or create_at < $7::bigint)
        order by seq desc limit $8 offset $9)",
                               f.attempt, f.act, f.rule, f.service, NullableId(f.user_id).c_str(), wanted,
                               f.before, f.limit, f.offset);
    return whole_rows(
        rows, [&](const pqxx::row& r) { return opened(tx_, id_in<DecisionId>(r[0]), r[1]).decision; });
}

bool IdentityDecisionTable::exists(const DecisionId& id) {
    return !tx_.exec("select 1 from identity_decisions where id = $1", id).empty();
}

std::vector<IdentityDecision> IdentityDecisionTable::sign_ins_after(std::int64_t& seq, std::int64_t limit) {
    const auto rows = tx_.exec(
        "select id, body, seq from identity_decisions where seq > $1 and act = 'sign_in' order by seq limit "
        "$2",
        seq, limit);
    if (!rows.empty()) seq = int_in(rows.back()[2]);
    return whole_rows(
        rows, [&](const pqxx::row& r) { return opened(tx_, id_in<DecisionId>(r[0]), r[1]).decision; });
}

std::vector<IdentityDecisionTable::Link> IdentityDecisionTable::chain(std::int64_t after,
                                                                      std::int64_t limit) {
    std::vector<Link> out;
    for (const auto& r :
         tx_.exec("select seq, id, body, create_at, attempt, act, is_admitted, rule, service, "
                  "user_id from identity_decisions where seq > $1 order by seq limit $2",
                  after, limit)) {
        Link link;
        link.seq = int_in(r[0]);
        link.digest = digest_of(bytes_in(r[2]));
        link.decision = in_columns(r);
        const auto shown = link.decision;
        try {
            auto body = opened(tx_, shown.id, r[2]);
            link.previous = body.previous;
            link.decision = std::move(body.decision);
            const auto& d = link.decision;
            if (d.create_at != shown.create_at || d.attempt != shown.attempt || d.act != shown.act ||
                d.is_admitted != shown.is_admitted || d.rule != shown.rule || d.service != shown.service ||
                d.user_id != shown.user_id)
                link.fault = "its columns do not say what was sealed";
        } catch (const Error& e) {
            if (!is_lost(e)) throw;
            link.is_opened = false;
            link.fault = "it was changed, or its key is gone";
        }
        out.push_back(std::move(link));
    }
    return out;
}

std::vector<IdentityDecisionTable::Stored> IdentityDecisionTable::stored(std::int64_t after,
                                                                         std::int64_t limit) {
    std::vector<Stored> out;
    for (const auto& r : tx_.exec(
             "select seq, id, create_at, body from identity_decisions where seq > $1 order by seq limit $2",
             after, limit)) {
        const auto body = bytes_in(r[3]);
        Stored stored{
            int_in(r[0]), id_in<DecisionId>(r[1]), int_in(r[2]), std::string(text_of(sha256(body))), {}};
        try {
            stored.plain = tx_.open(Kind::audit, scopes::decisions, stored.id.bytes(), 0, body);
        } catch (const Error& e) {
            if (!is_lost(e)) throw;
        }
        out.push_back(std::move(stored));
    }
    return out;
}

IdentityDecisionTable::Backlog IdentityDecisionTable::after(std::int64_t seq, std::int64_t most) {
    const auto rows = tx_.exec(R"(
        select (select count(*) from (select seq from identity_decisions where seq > $1 limit $2) d),
               coalesce((select create_at from identity_decisions where seq > $1 order by seq limit 1), 0))",
                               seq, most);
    return {int_in(rows[0][0]), int_in(rows[0][1])};
}

std::optional<IdentityDecisionTable::Link> IdentityDecisionTable::last_until(std::int64_t seq) {
    const auto rows =
        tx_.exec("select seq, body from identity_decisions where seq <= $1 order by seq desc limit 1", seq);
    if (rows.empty()) return std::nullopt;
    Link link;
    link.seq = int_in(rows[0][0]);
    link.digest = digest_of(bytes_in(rows[0][1]));
    return link;
}

}  // namespace concordat::storage
