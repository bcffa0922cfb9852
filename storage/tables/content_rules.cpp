#include "storage/tables/content_rules.hpp"

#include "core/model/scope.hpp"
#include "storage/crypto/seal.hpp"

namespace concordat::storage {
namespace {

const std::string rule_columns =
    "select id, create_at, update_at, creator_id, is_on, body from content_rules ";

std::string sealed_rule(Tx& tx, const ContentRule& rule) {
    return tx.seal(Kind::config, scopes::configuration, rule.id.bytes(), rule.update_at, json_text(rule));
}

}  // namespace

ContentRule ContentRuleTable::row(const pqxx::row& r) {
    const auto id = id_in<ContentRuleId>(r[0]);
    auto rule = parse_json<ContentRule>(
        tx_.open(Kind::config, scopes::configuration, id.bytes(), int_in(r[2]), bytes_in(r[5])), "rule");
    rule.id = id;
    rule.create_at = int_in(r[1]);
    rule.update_at = int_in(r[2]);
    rule.creator_id = id_in<UserId>(r[3]);
    rule.is_on = bool_in(r[4]);
    return rule;
}

void ContentRuleTable::insert(const ContentRule& rule) {
    tx_.exec(
        "insert into content_rules (id, create_at, update_at, creator_id, is_on, body) "
        "values ($1, $2, $3, $4::uuid, $5, $6)",
        rule.id, rule.create_at, rule.update_at, NullableId(rule.creator_id), rule.is_on,
        bytea(sealed_rule(tx_, rule)));
}

bool ContentRuleTable::update(const ContentRule& rule) {
    return tx_.exec("update content_rules set update_at = $2, is_on = $3, body = $4 where id = $1", rule.id,
                    rule.update_at, rule.is_on, bytea(sealed_rule(tx_, rule)))
               .affected_rows() > 0;
}

bool ContentRuleTable::remove(const ContentRuleId& id) {
    return tx_.exec("delete from content_rules where id = $1", id).affected_rows() > 0;
}

std::optional<ContentRule> ContentRuleTable::find(const ContentRuleId& id) {
    const auto rows = tx_.exec(rule_columns + "where id = $1", id);
    if (rows.empty()) return std::nullopt;
    return row(rows[0]);
}

std::vector<ContentRule> ContentRuleTable::all() {
    std::vector<ContentRule> out;
    for (const auto& r : tx_.exec(rule_columns + "order by create_at, id")) out.push_back(row(r));
    return out;
}

void ContentRuleTable::insert(const ContentHit& hit) {
    tx_.exec(
        "insert into content_hits (id, rule_id, create_at, user_id, channel_id, post_id, place, start, "
        "length, "
        "action, outcome) values ($1, $2, $3, $4, $5, $6::uuid, $7, $8, $9, $10, $11)",
        hit.id, hit.rule_id, hit.create_at, hit.user_id, hit.channel_id, NullableId(hit.post_id), hit.place,
        hit.start, hit.length, hit.action, hit.outcome);
}

std::vector<ContentHit> ContentRuleTable::hits(const ContentRuleId& rule, std::int64_t offset,
                                               std::int64_t limit) {
    std::vector<ContentHit> out;
    for (const auto& r : tx_.exec(
             "select id, rule_id, create_at, user_id, channel_id, post_id, place, start, length, action, "
             "outcome from content_hits where ($1::uuid is null or rule_id = $1::uuid) "
             "order by create_at desc, id desc offset $2 limit $3",
             NullableId(rule), offset, limit)) {
        ContentHit hit;
        hit.id = id_in<ContentHitId>(r[0]);
        hit.rule_id = id_in<ContentRuleId>(r[1]);
        hit.create_at = int_in(r[2]);
        hit.user_id = id_in<UserId>(r[3]);
        hit.channel_id = id_in<ChannelId>(r[4]);
        hit.post_id = id_in<PostId>(r[5]);
        hit.place = text_in(r[6]);
        hit.start = int_in(r[7]);
        hit.length = int_in(r[8]);
        hit.action = text_in(r[9]);
        hit.outcome = text_in(r[10]);
        out.push_back(std::move(hit));
    }
    return out;
}

}  // namespace concordat::storage
