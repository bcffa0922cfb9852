// The operator's commands about who comes in, and why.
#include "appliance/daemon/operator.hpp"

#include <algorithm>

#include "appliance/daemon/operator_arguments.hpp"
#include "core/base/text.hpp"
#include "identity/mail/smtp.hpp"
#include "identity/mfa/policy.hpp"
#include "storage/tables/users.hpp"

namespace concordat::appliance {
namespace {

json::object shown(Node& node, const IdentityDecision& d) {
    const auto user = d.user_id.empty() ? std::nullopt : node.accounts.find(d.user_id);
    return {{"time", d.create_at},
            {"act", d.act},
            {"admitted", d.is_admitted},
            {"rule", d.rule},
            {"user", user ? user->username : d.user_id.text()},
            {"service", d.service},
            {"provider", d.provider},
            {"address", d.address},
            {"attempt", d.attempt}};
}

json::object shown_link(Node& node, const IdentityLink& link) {
    const auto user = node.accounts.find(link.user_id);
    return {{"user", user ? user->username : link.user_id.text()},
            {"service", link.service},
            {"provider", link.provider},
            {"subject", link.subject},
            {"is_off", link.is_off}};
}

// Without those that a group gave once.
std::string given_roles(const std::string& roles) {
    std::string out;
    for (const auto& word : split_words(roles))
        if (!word.starts_with('-')) out += (out.empty() ? "" : " ") + word;
    return out;
}

}  // namespace

void Operator::add_identity() {
    commands_["user unlock"] = [this](const json::object& a, const Progress&) -> json::value {
        const auto user = user_named(a);
        node_.sign_in.unlock(the_operator(), user.id, new_token());
        return json::object{{"user", user.username}, {"failed_attempts", 0}};
    };
    commands_["identity list"] = [this](const json::object& a, const Progress&) -> json::value {
        identity::DecisionQuery query;
        if (a.contains("user")) query.user_id = user_named(a).id;
        query.act = text_of(a, "act");
        query.rule = text_of(a, "rule");
        if (flag_of(a, "refused")) query.is_admitted = false;
        query.limit = 200;
        json::array out;
        for (const auto& decision : node_.decisions.list(query)) out.push_back(shown(node_, decision));
        note_reading("the newest decisions");
        return out;
    };
    commands_["identity explain"] = [this](const json::object& a, const Progress&) -> json::value {
        identity::DecisionQuery query;
        query.attempt = needed(a, "attempt");
        const auto decisions = node_.decisions.list(query);
        if (decisions.empty())
            throw Error(
                Fault::not_found, "operator.attempt",
                "No decision belongs to this number. It is the request_id of the answer, or the header "
                "X-Request-Id.");
        note_reading("the attempt " + query.attempt);
        json::array out;
        for (const auto& decision : decisions) {
            for (const auto& step : decision.steps)
                out.push_back(
                    json::object{{"rule", step.rule}, {"outcome", step.outcome}, {"detail", step.detail}});
            out.push_back(json::object{{"rule", decision.rule},
                                       {"outcome", decision.is_admitted ? "admitted" : "refused"},
                                       {"detail", "This rule decided."}});
        }
        return out;
    };
    commands_["identity verify"] = [this](const json::object&, const Progress& progress) -> json::value {
        const auto report = node_.decisions.verify(
            [&](std::int64_t read) { progress(std::to_string(read) + " records read"); });
        json::array faults;
        for (const auto& fault : report.faults) faults.emplace_back(fault);
        return json::object{
            {"records", report.records}, {"is_whole", report.faults.empty()}, {"faults", std::move(faults)}};
    };
    commands_["identity links"] = [this](const json::object& a, const Progress&) -> json::value {
        json::array out;
        std::string after;
        for (;;) {
            const auto page = node_.database.read([&](storage::Tx& tx) {
                return node_.admissions.links(tx, needed(a, "service"), text_of(a, "provider"), after, 1000);
            });
            for (const auto& link : page) out.push_back(shown_link(node_, link));
            if (page.empty()) return out;
            after = page.back().subject;
        }
    };
    commands_["identity link"] = [this](const json::object& a, const Progress&) -> json::value {
        const auto user = user_named(a);
        node_.admissions.link(the_operator(), user.id, needed(a, "service"), text_of(a, "provider"),
                              needed(a, "subject"), new_token());
        return json::object{{"user", user.username}, {"service", needed(a, "service")}};
    };
    commands_["identity unlink"] = [this](const json::object& a, const Progress&) -> json::value {
        const auto user = user_named(a);
        node_.admissions.unlink(the_operator(), user.id, new_token());
        return json::object{{"user", user.username}, {"service", ""}};
    };
}

void Operator::add_directories() {
    commands_["ldap sync"] = [this](const json::object& a, const Progress&) -> json::value {
        auto& directory = node_.directories.named(text_of(a, "provider"));
        return parse_json_value(
            json_text(node_.directory_sync.run(directory, new_token(), flag_of(a, "dry-run"))));
    };
    commands_["ldap groups"] = [this](const json::object& a, const Progress&) -> json::value {
        messaging::RemoteGroupQuery query;
        query.provider = text_of(a, "provider");
        query.term = text_of(a, "term");
        if (flag_of(a, "linked")) query.is_linked = true;
        query.limit = identity::Directory::most_groups;
        json::array out;
        for (const auto& group : node_.user_groups.remote(the_operator(), query).groups)
            out.push_back(json::object{{"name", group.name},
                                       {"id", group.primary_key},
                                       {"linked", static_cast<bool>(group.mattermost_group_id)},
                                       {"roles", given_roles(group.roles)},
                                       {"has_places", group.has_syncables == Nullable<bool>(true)}});
        return out;
    };
    commands_["ldap link"] = [this](const json::object& a, const Progress&) -> json::value {
        const auto [group, is_new] =
            node_.user_groups.link(the_operator(), text_of(a, "provider"), needed(a, "id"), new_token());
        return json::object{{"name", group.display_name},
                            {"id", needed(a, "id")},
                            {"group_id", group.id.text()},
                            {"is_new", is_new}};
    };
    commands_["ldap unlink"] = [this](const json::object& a, const Progress&) -> json::value {
        node_.user_groups.unlink(the_operator(), text_of(a, "provider"), needed(a, "id"), new_token());
        return json::object{{"id", needed(a, "id")}, {"linked", false}};
    };
    commands_["ldap role"] = [this](const json::object& a, const Progress&) -> json::value {
        const auto role = needed(a, "role");
        const auto group = node_.user_groups.set_role(the_operator(), text_of(a, "provider"), needed(a, "id"),
                                                      role, !flag_of(a, "remove"), new_token());
        const auto allowed = node_.settings.current()->ConcordatSettings.RolesFromProviders;
        const bool is_allowed = std::find(allowed.begin(), allowed.end(), role) != allowed.end();
        return json::object{
            {"name", group.display_name}, {"roles", given_roles(group.roles)}, {"is_allowed", is_allowed}};
    };
    commands_["saml test"] = [this](const json::object& a, const Progress&) -> json::value {
        auto& provider = node_.saml_providers.named(text_of(a, "provider"));
        json::array out;
        if (!provider.is_enabled()) out.push_back(json::object{{"problem", "Enable: is false"}});
        for (const auto& problem : provider.state()->problems)
            out.push_back(json::object{{"problem", problem}});
        return out;
    };
    commands_["saml show"] = [this](const json::object& a, const Progress&) -> json::value {
        const auto state = node_.saml_providers.named(text_of(a, "provider")).state();
        json::array certificates;
        for (const auto& one : state->certificates)
            certificates.push_back(json::object{{"subject", one.subject},
                                                {"until", identity::saml::xml_time(one.not_after)},
                                                {"is_ours", one.der == state->us.signing_certificate}});
        return json::object{
            {"entity_id", state->facts.entity_id},
            {"sign_in", state->facts.sign_in_url},
            {"sign_out", state->facts.sign_out_url},
            {"our_entity_id", state->us.entity_id},
            {"our_sign_out", state->us.sign_out_url},
            {"metadata_until", state->valid_until == 0 ? "" : identity::saml::xml_time(state->valid_until)},
            {"certificates", std::move(certificates)}};
    };
    commands_["saml refresh"] = [this](const json::object& a, const Progress&) -> json::value {
        auto& provider = node_.saml_providers.named(text_of(a, "provider"));
        return parse_json_value(json_text(node_.saml_metadata.refresh(provider, new_token())));
    };
    commands_["oidc test"] = [this](const json::object& a, const Progress&) -> json::value {
        auto service = text_of(a, "service");
        if (service.empty()) service = "openid";
        json::array out;
        for (const auto& problem :
             node_.oidc_providers.named(service, text_of(a, "provider")).problems(node_.database.now()))
            out.push_back(json::object{{"problem", problem}});
        return out;
    };
    commands_["ldap test"] = [this](const json::object& a, const Progress&) -> json::value {
        json::array out;
        for (const auto& problem : node_.directories.named(text_of(a, "provider")).problems())
            out.push_back(json::object{{"problem", problem}});
        return out;
    };
}

// Those whom the settings, or what is asked about, would hold up until they set up a factor.
json::value factor_preview(Node& node, const json::object& a) {
    auto settings = *node.settings.current();
    auto& service = settings.ServiceSettings;
    service.EnableMultifactorAuthentication = true;
    if (flag_of(a, "everyone")) service.EnforceMultifactorAuthentication = true;
    if (flag_of(a, "guests")) settings.GuestAccountsSettings.EnforceMultifactorAuthentication = true;
    if (const auto role = text_of(a, "role"); !role.empty())
        settings.ConcordatSettings.MfaForRoles.push_back(role);
    if (const auto by = text_of(a, "service"); !by.empty())
        settings.ConcordatSettings.MfaForServices.push_back(by);
    const auto inside = settings.ConcordatSettings.MfaOutsideNetworks;
    json::array out;
    storage::UserQuery query;
    query.active = true;
    query.limit = 1000;
    for (;; query.offset += query.limit) {
        const auto page = node.accounts.select(query);
        for (const auto& user : page) {
            if (user.mfa_active.value_or(false) ||
                !identity::demands_factor(settings, identity::factor_subject(user), ""))
                continue;
            const auto elsewhere_only =
                !inside.empty() &&
                !identity::demands_factor(settings, identity::factor_subject(user),
                                          inside.front().substr(0, inside.front().find('/')));
            out.push_back(json::object{{"user", user.username},
                                       {"roles", user.roles},
                                       {"service", user.auth_service.empty() ? "email" : user.auth_service},
                                       {"where", elsewhere_only ? "outside the networks" : "everywhere"}});
        }
        if (static_cast<std::int64_t>(page.size()) < query.limit) return out;
    }
}

void Operator::add_factors() {
    commands_["factor show"] = [this](const json::object& a, const Progress&) -> json::value {
        const auto user = user_named(a);
        const auto status = node_.factors.status(user.id);
        return json::object{{"user", user.username},
                            {"is_active", status.is_active},
                            {"create_at", status.create_at},
                            {"recovery_codes_left", status.recovery_codes_left},
                            {"passkeys", status.passkeys}};
    };
    commands_["factor remove"] = [this](const json::object& a, const Progress&) -> json::value {
        const auto user = user_named(a);
        node_.factors.remove_all(the_operator(), user.id, new_token());
        return json::object{{"user", user.username}, {"is_active", false}};
    };
    commands_["factor preview"] = [this](const json::object& a, const Progress&) {
        return factor_preview(node_, a);
    };
}

void Operator::add_programs() {
    commands_["token create"] = [this](const json::object& a, const Progress&) -> json::value {
        const auto user = user_named(a);
        AccessToken wanted;
        wanted.user_id = user.id;
        wanted.description = needed(a, "description");
        if (const auto days = text_of(a, "days"); !days.empty()) {
            const auto number =
                days.size() <= 5 && days.find_first_not_of("0123456789") == days.npos ? std::stoll(days) : 0;
            require(number > 0, Fault::invalid, "operator.argument",
                    "--days is a number of days, from 1 to 99999.");
            wanted.expires_at = wall_clock() + number * 86400000;
        }
        const auto made = node_.access_tokens.create(the_operator(), std::move(wanted), new_token());
        return json::object{{"user", user.username}, {"id", made.id.text()}, {"token", *made.token}};
    };
    commands_["token list"] = [this](const json::object& a, const Progress&) -> json::value {
        const auto user = user_named(a);
        json::array out;
        for (const auto& token : node_.access_tokens.of_user(the_operator(), user.id, 0,
                                                             identity::AccessTokens::most_per_account))
            out.push_back(json::object{{"id", token.id.text()},
                                       {"description", token.description},
                                       {"is_active", token.is_active},
                                       {"create_at", token.create_at},
                                       {"expires_at", token.expires_at.value_or(0)}});
        return out;
    };
    commands_["token revoke"] = [this](const json::object& a, const Progress&) -> json::value {
        const auto id = needed(a, "id");
        node_.access_tokens.revoke(the_operator(), AccessTokenId::from_text(id), new_token());
        return json::object{{"id", id}, {"revoked", true}};
    };
    const auto shown_bot = [this](const Bot& bot) {
        const auto owner = node_.accounts.find(bot.owner_id);
        return json::object{{"bot", bot.username},
                            {"display_name", bot.display_name.value_or("")},
                            {"owner", owner ? owner->username : ""},
                            {"is_active", bot.delete_at == 0}};
    };
    const auto switched = [this, shown_bot](const json::object& a, bool is_active) -> json::value {
        const auto user = node_.accounts.by_username(needed(a, "bot"));
        require(user && user->is_bot.value_or(false), Fault::not_found, "operator.bot",
                "There is no bot of this name; see concordatctl bot list.");
        return shown_bot(node_.bots.set_active(the_operator(), user->id, is_active, new_token()));
    };
    commands_["bot create"] = [this, shown_bot](const json::object& a, const Progress&) -> json::value {
        BotPatch wanted;
        wanted.username = needed(a, "name");
        if (const auto name = text_of(a, "display-name"); !name.empty()) wanted.display_name = name;
        if (const auto text = text_of(a, "description"); !text.empty()) wanted.description = text;
        return shown_bot(node_.bots.create(the_operator(), wanted, new_token(), user_named(a).id));
    };
    commands_["bot list"] = [this, shown_bot](const json::object&, const Progress&) -> json::value {
        json::array out;
        for (identity::BotList page{true, false, 0, 200};; page.offset += page.limit) {
            const auto bots = node_.bots.list(the_operator(), page);
            for (const auto& bot : bots) out.push_back(shown_bot(bot));
            if (static_cast<std::int64_t>(bots.size()) < page.limit) return out;
        }
    };
    commands_["bot enable"] = [switched](const json::object& a, const Progress&) {
        return switched(a, true);
    };
    commands_["bot disable"] = [switched](const json::object& a, const Progress&) {
        return switched(a, false);
    };
}

void Operator::add_mail() {
    commands_["mail show"] = [this](const json::object&, const Progress&) -> json::value {
        const auto settings = node_.settings.current();
        const auto& email = settings->EmailSettings;
        return json::object{
            {"is_on", node_.post_office.is_open()},
            {"server", email.SMTPServer.empty() ? "" : email.SMTPServer + ":" + email.SMTPPort},
            {"security", email.ConnectionSecurity},
            {"from", identity::sender_address(*settings)},
            {"waiting", node_.post_office.waiting()}};
    };
    commands_["mail test"] = [this](const json::object& a, const Progress&) -> json::value {
        const auto to = needed(a, "to");
        try {
            node_.post_office.send_test(to, "");
        } catch (const Error& e) {  // the operator is told what the log would say
            throw Error(e.fault(), e.id(), e.text() + (e.detail().empty() ? "" : " (" + e.detail() + ")"),
                        e.detail());
        }
        return json::object{{"sent", true}};
    };
}

void Operator::add_provisioning() {
    commands_["scim add"] = [this](const json::object& a, const Progress&) -> json::value {
        const auto made =
            node_.provisioning.add_client(needed(a, "name"), needed(a, "service"), text_of(a, "provider"));
        return json::object{
            {"name", made.client.name}, {"service", made.client.service}, {"token", made.token}};
    };
    commands_["scim list"] = [this](const json::object&, const Progress&) -> json::value {
        json::array out;
        for (const auto& client : node_.provisioning.clients())
            out.push_back(json::object{{"name", client.name},
                                       {"service", client.service},
                                       {"provider", client.provider},
                                       {"create_at", client.create_at},
                                       {"last_used_at", client.last_used_at}});
        return out;
    };
    commands_["scim renew"] = [this](const json::object& a, const Progress&) -> json::value {
        return json::object{{"name", needed(a, "name")},
                            {"token", node_.provisioning.renew_token(needed(a, "name"))}};
    };
    commands_["scim remove"] = [this](const json::object& a, const Progress&) -> json::value {
        const auto name = needed(a, "name");
        for (const auto& client : node_.provisioning.clients())
            if (client.name == name) node_.provisioned_groups.remove_all(client, new_token());
        node_.provisioning.remove_client(name);
        return json::object{{"name", needed(a, "name")}, {"removed", true}};
    };
}

}  // namespace concordat::appliance
