#include "compliance/content/content_rules.hpp"

#include <algorithm>

#include "messaging/screening/rule_set.hpp"
#include "messaging/screening/screen.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/content_rules.hpp"
#include "storage/tables/teams.hpp"

namespace concordat::compliance {
namespace {

Error no_such_rule() {
    return {Fault::not_found, "content.rule.not_found", "There is no such rule."};
}

std::string summary_of(const ContentRule& rule) {
    return "rule " + rule.id.text() + ", " + rule.kind + ", " + rule.action + ", " + rule.where + ", " +
           (rule.is_on ? "on" : "off");
}

}  // namespace

void ContentRules::check_places(storage::Tx& tx, const ContentRule& rule) {
    const auto teams = storage::TeamTable(tx).find(rule.team_ids);
    const auto channels = storage::ChannelTable(tx).find(rule.channel_ids);
    const auto all_there = [](const auto& ids, const auto& found) {
        return std::ranges::all_of(ids, [&](const auto& id) {
            return std::ranges::any_of(found, [&](const auto& one) { return one.id == id; });
        });
    };
    require(all_there(rule.team_ids, teams) && all_there(rule.channel_ids, channels), Fault::invalid,
            "content.rule.where", "A team or channel that the rule names does not exist.");
}

std::vector<ContentRule> ContentRules::list(const Request& request) {
    officer_.look(request, "the rules about content");
    return db_.read([](storage::Tx& tx) { return storage::ContentRuleTable(tx).all(); });
}

ContentRule ContentRules::get(const Request& request, const ContentRuleId& id) {
    officer_.look(request, "a rule about content");
    auto rule = db_.read([&](storage::Tx& tx) { return storage::ContentRuleTable(tx).find(id); });
    if (!rule) throw no_such_rule();
    return *std::move(rule);
}

ContentRule ContentRules::create(const Request& request, ContentRule rule) {
    officer_.require_change(request, "A new rule about content");
    messaging::check_rule(rule);
    rule.creator_id = request.actor.user_id;
    db_.transact([&](storage::Tx& tx) {
        check_places(tx, rule);
        storage::ContentRuleTable table(tx);
        require(table.all().size() < messaging::most_content_rules, Fault::conflict, "content.rule.too_many",
                "There are as many rules as there may be: 200.");
        rule.id = ContentRuleId::fresh(tx.now());
        rule.create_at = rule.update_at = tx.now();
        table.insert(rule);
        officer_.note(tx, request, "rule_made", summary_of(rule));
    });
    screen_.reload();
    return rule;
}

ContentRule ContentRules::update(const Request& request, const ContentRuleId& id, ContentRule rule) {
    officer_.require_change(request, "The change of a rule about content");
    messaging::check_rule(rule);
    db_.transact([&](storage::Tx& tx) {
        check_places(tx, rule);
        storage::ContentRuleTable table(tx);
        const auto before = table.find(id);
        if (!before) throw no_such_rule();
        rule.id = id;
        rule.creator_id = before->creator_id;
        rule.create_at = before->create_at;
        rule.update_at = std::max(tx.now(), before->update_at + 1);
        if (!table.update(rule)) throw no_such_rule();
        officer_.note(tx, request, "rule_changed", summary_of(rule));
    });
    screen_.reload();
    return rule;
}

void ContentRules::remove(const Request& request, const ContentRuleId& id) {
    officer_.require_change(request, "The removal of a rule about content");
    db_.transact([&](storage::Tx& tx) {
        if (!storage::ContentRuleTable(tx).remove(id)) throw no_such_rule();
        officer_.note(tx, request, "rule_removed", "rule " + id.text());
    });
    screen_.reload();
}

std::vector<TrialStrike> ContentRules::attempt(const Request& request, RuleTrial trial) {
    officer_.require_role(request, "To try a rule about content");
    require(trial.text.size() <= longest_trial && trial.file_name.size() <= longest_trial, Fault::invalid,
            "content.rule.trial", "A rule is tried on at most 65536 bytes.");
    trial.rule.is_on = true;
    const messaging::RuleSet set({trial.rule});
    std::vector<TrialStrike> out;
    for (const auto& strike :
         trial.rule.kind == "file" ? set.in_file(trial.file_name, "") : set.in_text(trial.text))
        out.push_back({static_cast<std::int64_t>(strike.start), static_cast<std::int64_t>(strike.length)});
    return out;
}

std::vector<ContentHit> ContentRules::hits(const Request& request, const ContentRuleId& rule,
                                           std::int64_t offset, std::int64_t limit) {
    officer_.look(request, "where rules about content struck");
    return db_.read([&](storage::Tx& tx) { return storage::ContentRuleTable(tx).hits(rule, offset, limit); });
}

}  // namespace concordat::compliance
