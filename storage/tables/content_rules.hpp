// The tables content_rules and content_hits. What a rule looks for is sealed.
#pragma once
#include <optional>
#include <vector>
#include "core/model/content_rule.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

class ContentRuleTable {
public:
    explicit ContentRuleTable(Tx& tx) : tx_(tx) {}
    void insert(const ContentRule& rule);
    // False when it is gone.
    bool update(const ContentRule& rule);
    bool remove(const ContentRuleId& id);
    std::optional<ContentRule> find(const ContentRuleId& id);
    // By their age. One that cannot be read is an Error: rules are not left out.
    std::vector<ContentRule> all();

    void insert(const ContentHit& hit);
    // Newest first; of all rules when `rule` is empty.
    std::vector<ContentHit> hits(const ContentRuleId& rule, std::int64_t offset, std::int64_t limit);

private:
    ContentRule row(const pqxx::row& row);
    Tx& tx_;
};

}  // namespace concordat::storage
