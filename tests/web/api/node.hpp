// A node without a listener: a router with real services on a database of its own, asked as the listener
// would.
//
//   Node node;
//   const auto alice = node.join("alice");          // a person with a session
//   const auto answer = node.ask(Verb::get, "/users/me", {.token = alice.token});
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "identity/account/accounts.hpp"
#include "identity/account/bots.hpp"
#include "identity/account/custom_statuses.hpp"
#include "identity/account/installation.hpp"
#include "identity/account/mail_links.hpp"
#include "identity/account/people.hpp"
#include "identity/account/terms.hpp"
#include "identity/mfa/coverage.hpp"
#include "identity/mfa/factors.hpp"
#include "identity/saml/saml_sign_out.hpp"
#include "identity/scim/provisioning.hpp"
#include "identity/session/sessions.hpp"
#include "identity/signin/sign_in.hpp"
#include "identity/token/access_tokens.hpp"
#include "messaging/conversation/invitations.hpp"
#include "messaging/conversation/statuses.hpp"
#include "messaging/conversation/team_members.hpp"
#include "messaging/group/provisioned_groups.hpp"
#include "messaging/group/user_groups.hpp"
#include "tests/support/store.hpp"
#include "web/api/access_tokens.hpp"
#include "web/api/bots.hpp"
#include "web/api/client_facts.hpp"
#include "web/api/decisions.hpp"
#include "web/api/doorkeeper.hpp"
#include "web/api/factor_policy.hpp"
#include "web/api/factors.hpp"
#include "web/api/login.hpp"
#include "web/api/logs.hpp"
#include "web/api/mail_links.hpp"
#include "web/api/passkeys.hpp"
#include "web/api/roles.hpp"
#include "web/api/scim.hpp"
#include "web/api/sessions.hpp"
#include "web/api/status.hpp"
#include "web/api/system.hpp"
#include "web/api/user_groups.hpp"
#include "web/api/users.hpp"
#include "web/http/router.hpp"
#include "web/outbound/client.hpp"

namespace concordat::web::test {

constexpr const char* good_password = "correct horse battery";

struct Answer {
    Reply reply;
    std::string body;

    int status() const { return reply.status; }
    std::string header(std::string_view name) const {
        for (const auto& [key, value] : reply.headers)
            if (key == name) return value;
        return {};
    }
    // All values of Set-Cookie.
    std::vector<std::string> cookies() const {
        std::vector<std::string> out;
        for (const auto& [key, value] : reply.headers)
            if (key == "Set-Cookie") out.push_back(value);
        return out;
    }
    // Value of a cookie that is set, and its whole line.
    std::string cookie_line(const std::string& name) const {
        for (auto& line : cookies())
            if (line.starts_with(name + "=")) return line;
        return {};
    }
    std::string cookie(const std::string& name) const {
        const auto line = cookie_line(name);
        return line.empty() ? line : line.substr(name.size() + 1, line.find(';') - name.size() - 1);
    }
    json::value parsed() const { return parse_json_value(body); }
    std::string text(const char* key) const { return std::string(parsed().at(key).as_string()); }
    std::string error() const { return status() < 400 ? std::string() : text("id"); }
    // The members `key` of a list of objects, sorted.
    std::vector<std::string> all(const char* key) const { return all_of(parsed(), key); }
    static std::vector<std::string> all_of(const json::value& list, const char* key) {
        std::vector<std::string> out;
        for (const auto& each : list.as_array()) out.emplace_back(each.at(key).as_string());
        std::sort(out.begin(), out.end());
        return out;
    }
};

struct With {
    std::string token{};  // in the Authorization header
    std::string body{};
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string from = "203.0.113.9";  // an address elsewhere
    bool is_secure = false;
};

struct Person {
    User user;
    std::string token;
};

inline Settings quick_settings(Settings settings = {}) {
    settings.ConcordatSettings.Argon2MemoryKiB = 8;
    settings.ConcordatSettings.Argon2Iterations = 1;
    return settings;
}

class Node {
public:
    explicit Node(Settings settings = {}) : store(quick_settings(std::move(settings))) {
        store.db.on_commit([this](const std::vector<storage::Fact>& facts) { sessions.on_facts(facts); });
        installation.prepare();
        add_login_routes(router, sign_in, accounts, passkeys, sign_out, store.settings);
        add_passkey_routes(router, passkeys, sign_in, sessions, accounts, store.settings);
        add_decision_routes(router, decisions);
        add_scim_routes(router, provisioning, store.settings);
        add_scim_group_routes(router, provisioning, provisioned, store.settings);
        add_factor_routes(router, factors, sign_in, sessions, store.gate, store.db, store.settings);
        add_factor_policy_routes(router, factor_coverage, store.gate, store.settings);
        sign_in.use_factor(factors);
        add_sign_up_routes(router, accounts, people, members, invitations,
                           [this](std::string_view code) { return code == setup_code; });
        add_mail_link_routes(router, mail_links);
        add_session_routes(router, sessions);
        add_access_token_routes(router, access_tokens);
        add_bot_routes(router, bots, accounts);
        add_user_routes(router, people, terms, store.settings);
        add_people_routes(router, people, accounts, groups);
        add_user_group_routes(
            router, groups, directories, people,
            {[] {},
             [this](const GroupId& group, const std::string& attempt) { provisioned.follow(group, attempt); },
             [this](const UserId& user, const std::string& attempt) {
                 membership.follow({user}, "", attempt, true);
             }});
        add_typing_route(router, [this](const UserId& user, const ChannelId& channel, const PostId&) {
            typed.emplace_back(user, channel);
        });
        add_status_routes(router, statuses, accounts);
        add_custom_status_routes(router, custom_statuses);
        add_role_routes(router, store.roles);
        const HealthChecks checks{[this] { return trouble; }, [] { return std::nullopt; },
                                  [] {
                                      return json::object{{"version", "1"}};
                                  },
                                  [] { return json::object(); }};
        add_client_fact_routes(router, texts, store.gate);
        add_log_routes(router);
        add_system_routes(router, installation, people, store.gate, checks, store.settings);
        add_report_routes(router, metrics, store.settings);
        add_absent_feature_routes(router);
        add_health_routes(router, checks, metrics, store.settings);
    }

    // Below /api/v4, unless the path begins with "//".
    Answer ask(Verb verb, const std::string& path, With with = {}) {
        Call call;
        const auto question = path.find('?');
        call.head.verb = verb;
        call.head.path =
            path.starts_with("//") ? path.substr(1, question - 1) : "/api/v4" + path.substr(0, question);
        if (question != path.npos) call.head.query = path.substr(question + 1);
        call.head.remote_address = with.from;
        call.head.is_secure = with.is_secure;
        call.head.request_id = new_token();
        if (!with.token.empty()) call.head.headers.add("Authorization", "Bearer " + with.token);
        for (const auto& [name, value] : with.headers) call.head.headers.add(name, value);
        call.body = with.body;
        Answer answer{router.run(router.plan(call.head), call), {}};
        answer.body = answer.reply.shared_body ? *answer.reply.shared_body : answer.reply.body;
        return answer;
    }
    Answer get(const Person& who, const std::string& path) {
        return ask(Verb::get, path, {.token = who.token});
    }
    Answer post(const Person& who, const std::string& path, const std::string& body) {
        return ask(Verb::post, path, {.token = who.token, .body = body});
    }
    Answer put(const Person& who, const std::string& path, const std::string& body) {
        return ask(Verb::put, path, {.token = who.token, .body = body});
    }
    Answer del(const Person& who, const std::string& path) {
        return ask(Verb::del, path, {.token = who.token});
    }

    // Puts changed settings in force, which must then be valid.
    template <class Change>
    void change(Change change) {
        auto settings = *store.settings.current();
        settings.ConcordatSettings = {};
        change(settings);
        store.settings.replace(std::move(settings));
    }

    // With a password and a session.
    Person join(const std::string& name, bool as_admin = false) {
        identity::NewAccount account;
        account.user.username = name;
        account.user.email = name + "@example.org";
        account.user.first_name = "First-" + name;
        account.password = good_password;
        account.by_operator = true;
        account.as_admin = as_admin;
        const auto user = accounts.create(std::move(account), Actor());
        return {user, sessions.start(user, {}).token};
    }
    // An administrator, so that those who join later are none.
    Person found() { return join("founder", true); }
    // Without a password.
    Person guest(const std::string& name) {
        const auto user = store.guest(name);
        return {user, sessions.start(user, {}).token};
    }

    concordat::test::Store store;
    Metrics metrics;
    identity::Sessions sessions{store.db, store.settings, store.roles};
    identity::Decisions decisions{store.db};
    identity::Accounts accounts{store.db, store.gate, sessions, store.settings};
    identity::Bots bots{store.db, store.gate, sessions, decisions, store.settings};
    identity::AccessTokens access_tokens{store.db, store.gate, bots, decisions, store.settings};
    identity::Admissions admissions{store.db, sessions, decisions, store.settings};
    identity::SignIn sign_in{store.db, accounts, admissions, sessions, decisions, store.settings};
    identity::Passkeys passkeys{store.db, sessions, decisions, store.settings};
    identity::Factors factors{store.db, sessions, decisions, store.settings, passkeys};
    identity::FactorCoverage factor_coverage{store.db};
    identity::MessageReaders saml_readers{"no program"};
    web::OutboundClient saml_client{store.settings};
    identity::MetadataAddresses saml_addresses{store.db, saml_client};
    identity::SamlProviders saml_providers{store.settings, saml_readers, saml_addresses};
    identity::SamlSignOut sign_out{store.db, saml_providers, saml_readers, sessions, decisions};
    identity::Provisioning provisioning{store.db, admissions, decisions, store.settings};
    identity::People people{store.db, store.gate, accounts, store.settings};
    identity::Terms terms{store.db, decisions};
    identity::Directories directories{store.settings};
    messaging::GroupMembership membership{store.db, directories, decisions, store.settings};
    messaging::ProvisionedGroups provisioned{store.db, membership, decisions};
    messaging::UserGroups groups{store.db, store.gate, directories, decisions, store.settings};
    identity::CustomStatuses custom_statuses{accounts, store.settings};
    identity::Installation installation{store.db};
    messaging::Statuses statuses{store.db, store.settings};
    messaging::TeamMembers members{store.db, store.gate, store.settings};
    identity::PostOffice office{store.db, metrics, store.settings};
    identity::MailLinks mail_links{store.db, office, sessions, decisions, store.settings};
    messaging::Invitations invitations{store.db, store.gate, office, decisions, store.settings};
    ClientTexts texts{installation, accounts, store.settings, Features()};
    SessionDoorkeeper doorkeeper{sessions, store.gate, store.settings};
    Router router{doorkeeper, metrics, {}};

    std::string setup_code = "set-up-code";
    std::optional<std::string> trouble;  // of the database, as readiness sees it
    std::vector<std::pair<UserId, ChannelId>> typed;
};

inline std::string login_body(const std::string& name, const std::string& password = good_password) {
    return json_text(StringMap{{"login_id", name}, {"password", password}});
}

}  // namespace concordat::web::test
