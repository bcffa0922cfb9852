// The operator's commands about content rules.
#include <algorithm>

#include "appliance/daemon/operator.hpp"
#include "appliance/daemon/operator_arguments.hpp"
#include "core/base/text.hpp"

namespace concordat::appliance {
namespace {

constexpr std::int64_t most_hits_listed = 200;

compliance::Request asked_at_the_machine() {
    static const Actor nobody;
    return {nobody, new_token(), {}, true};
}

json::object listed_rule(const ContentRule& rule) {
    return {{"id", rule.id.text()}, {"name", rule.name},     {"kind", rule.kind},
            {"where", rule.where},  {"action", rule.action}, {"is_on", rule.is_on}};
}

}  // namespace

void Operator::add_content() {
    auto& rules = node_.content_rules;
    commands_["content list"] = [&rules](const json::object&, const Progress&) -> json::value {
        json::array out;
        for (const auto& rule : rules.list(asked_at_the_machine())) out.push_back(listed_rule(rule));
        return out;
    };
    commands_["content show"] = [&rules](const json::object& a, const Progress&) -> json::value {
        return json::parse(
            json_text(rules.get(asked_at_the_machine(), ContentRuleId::from_text(needed(a, "id")))));
    };
    commands_["content make"] = [this, &rules](const json::object& a, const Progress&) -> json::value {
        ContentRule rule;
        rule.name = needed(a, "name");
        rule.kind = needed(a, "kind");
        rule.content = text_of(a, "content");
        if (rule.kind != "pattern") std::ranges::replace(rule.content, ',', '\n');
        rule.action = needed(a, "action");
        rule.message = text_of(a, "message");
        if (flag_of(a, "shared")) rule.where = "shared";
        if (const auto team = text_of(a, "team"); !team.empty()) {
            const auto found = node_.teams.by_name(the_operator(), team);
            const auto names = split_words(text_of(a, "channels"), ',');
            rule.where = names.empty() ? "teams" : "channels";
            if (names.empty()) rule.team_ids = {found.id};
            for (const auto& name : names)
                rule.channel_ids.push_back(node_.channels.by_name(the_operator(), found.id, name, true).id);
        }
        return listed_rule(rules.create(asked_at_the_machine(), rule));
    };
    const auto turn = [&rules](const json::object& a, bool is_on) -> json::value {
        auto rule = rules.get(asked_at_the_machine(), ContentRuleId::from_text(needed(a, "id")));
        rule.is_on = is_on;
        return listed_rule(rules.update(asked_at_the_machine(), rule.id, rule));
    };
    commands_["content on"] = [turn](const json::object& a, const Progress&) { return turn(a, true); };
    commands_["content off"] = [turn](const json::object& a, const Progress&) { return turn(a, false); };
    commands_["content remove"] = [&rules](const json::object& a, const Progress&) -> json::value {
        rules.remove(asked_at_the_machine(), ContentRuleId::from_text(needed(a, "id")));
        return json::object{{"removed", needed(a, "id")}};
    };
    commands_["content hits"] = [&rules](const json::object& a, const Progress&) -> json::value {
        const auto id = text_of(a, "id");
        json::array out;
        for (const auto& hit :
             rules.hits(asked_at_the_machine(), id.empty() ? ContentRuleId() : ContentRuleId::from_text(id),
                        0, most_hits_listed))
            out.push_back(json::parse(json_text(hit)));
        return out;
    };
    add_held();
}

void Operator::add_held() {
    auto& held = node_.held_posts;
    commands_["content held"] = [&held](const json::object&, const Progress&) -> json::value {
        json::array out;
        for (const auto& one : held.list(asked_at_the_machine(), "waiting", 0, most_hits_listed))
            out.push_back(json::parse(json_text(one)));
        return out;
    };
    commands_["content read"] = [&held](const json::object& a, const Progress&) -> json::value {
        return json::parse(
            json_text(held.get(asked_at_the_machine(), HeldPostId::from_text(needed(a, "id")))));
    };
    commands_["content release"] = [&held](const json::object& a, const Progress&) -> json::value {
        return json::parse(
            json_text(held.release(asked_at_the_machine(), HeldPostId::from_text(needed(a, "id")))));
    };
    commands_["content refuse"] = [&held](const json::object& a, const Progress&) -> json::value {
        return json::parse(
            json_text(held.refuse(asked_at_the_machine(), HeldPostId::from_text(needed(a, "id")))));
    };
}

}  // namespace concordat::appliance
