#include "compliance/content/content_rules.hpp"

#include <algorithm>

#include "identity/decision/decisions.hpp"
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

identity::Trail content_trail(const Request& request) {
    identity::Trail trail("content", request.attempt, request.address);
    trail.decision.user_id = request.actor.user_id;
    trail.decision.session_id = request.actor.session_id;
    if (request.is_operator) trail.noted("content.operator", "done at the machine");
    return trail;
}

std::string summary_of(const ContentRule& rule) {
    return "rule " + rule.id.text() + ", " + rule.kind + ", " + rule.action + ", " + rule.where + ", " +
           (rule.is_on ? "on" : "off");
}

}  // namespace

void ContentRules::refuse(const Request& request, const char* rule, const std::string& detail,
                          const Error& error) {
    auto trail = content_trail(request);
    trail.refused(rule, detail);
    decisions_.record(trail);
    throw error;
}

void ContentRules::require_officer(const Request& request, const char* what) {
    if (request.is_operator || std::ranges::count(request.actor.roles, role) > 0) return;
    refuse(request, "content.role",
           std::string(what) + " needs the role content_officer; administration does not count.",
           lacks_permission(role));
}

void ContentRules::require_fresh(const Request& request) {
    const auto minutes = settings_.current()->ConcordatSettings.StepUpMinutes;
    const auto& actor = request.actor;
    const bool is_fresh = actor.factor_at > 0 && db_.now() - actor.factor_at <= minutes * 60000;
    if (request.is_operator || minutes == 0 || is_fresh) return;
    refuse(request, "content.fresh_factor", "a change of rules",
           Error(Fault::forbidden, "identity.step_up.needed",
                 actor.has_factor ? "Show your second factor again first."
                                  : "This needs a second factor. Set one up first."));
}

void ContentRules::note(storage::Tx& tx, const Request& request, const char* rule,
                        const std::string& detail) {
    auto trail = content_trail(request);
    trail.admitted(rule, detail);
    decisions_.record(tx, trail);
}

void ContentRules::look(const Request& request, const char* what) {
    require_officer(request, what);
    db_.transact([&](storage::Tx& tx) { note(tx, request, "content.looked_at", what); });
}

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
    look(request, "the rules about content");
    return db_.read([](storage::Tx& tx) { return storage::ContentRuleTable(tx).all(); });
}

ContentRule ContentRules::get(const Request& request, const ContentRuleId& id) {
    look(request, "a rule about content");
    auto rule = db_.read([&](storage::Tx& tx) { return storage::ContentRuleTable(tx).find(id); });
    if (!rule) throw no_such_rule();
    return *std::move(rule);
}

ContentRule ContentRules::create(const Request& request, ContentRule rule) {
    require_officer(request, "A new rule about content");
    require_fresh(request);
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
        note(tx, request, "content.rule_made", summary_of(rule));
    });
    screen_.reload();
    return rule;
}

ContentRule ContentRules::update(const Request& request, const ContentRuleId& id, ContentRule rule) {
    require_officer(request, "The change of a rule about content");
    require_fresh(request);
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
        note(tx, request, "content.rule_changed", summary_of(rule));
    });
    screen_.reload();
    return rule;
}

void ContentRules::remove(const Request& request, const ContentRuleId& id) {
    require_officer(request, "The removal of a rule about content");
    require_fresh(request);
    db_.transact([&](storage::Tx& tx) {
        if (!storage::ContentRuleTable(tx).remove(id)) throw no_such_rule();
        note(tx, request, "content.rule_removed", "rule " + id.text());
    });
    screen_.reload();
}

std::vector<TrialStrike> ContentRules::attempt(const Request& request, RuleTrial trial) {
    require_officer(request, "To try a rule about content");
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
    look(request, "where rules about content struck");
    return db_.read([&](storage::Tx& tx) { return storage::ContentRuleTable(tx).hits(rule, offset, limit); });
}

}  // namespace concordat::compliance
