// People who sign in: a store with the services that takes, a directory that says what it is told to, and a
// second factor with one code.
#pragma once
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <string>
#include <utility>

#include "identity/signin/sign_in.hpp"
#include "tests/support/store.hpp"

namespace concordat::identity {

inline constexpr const char* good = "correct horse battery";
inline constexpr const char* masked = "api.user.login.invalid_credentials_email_username";
using Kind = PasswordAnswer::Kind;

// A directory that says what it is told to.
class FakeSource : public PasswordSource {
public:
    std::string service() const override { return "ldap"; }
    std::string provider() const override { return ""; }
    bool is_enabled() const override { return enabled; }
    PasswordAnswer check(const std::string& login_id, const std::string& password, Trail& trail) override {
        ++asked;
        trail.noted("ldap.search", "asked");
        if (!available) return {Kind::unavailable, {}};
        const auto at = people.find(login_id);
        if (at == people.end()) return {};
        return {password == good ? Kind::proven : Kind::wrong, at->second};
    }
    std::map<std::string, ExternalIdentity> people;
    bool enabled = true, available = true;
    std::atomic<int> asked{0};
};

// One code that may be used once.
class FakeFactor : public SecondFactor {
public:
    bool is_needed(storage::Tx&, const User& user) override { return user.username == holder; }
    bool accept(storage::Tx&, const User&, const std::string& code, Trail&) override {
        return code == "123456" && !std::exchange(is_used, true);
    }
    bool accept_passkey(storage::Tx&, const UserId&, const AssertionAnswer&, PasskeyPurpose,
                        Trail& trail) override {
        trail.refused("passkey.known");
        return false;
    }
    std::optional<UserId> owner_of(storage::Tx&, const AssertionAnswer&) override { return std::nullopt; }
    std::string holder;
    bool is_used = false;
};

class SignInTest : public testing::Test {
protected:
    explicit SignInTest(Settings settings = fast()) : store(std::move(settings)) {
        store.db.on_commit([this](const std::vector<storage::Fact>& facts) { sessions.on_facts(facts); });
        sign_in.use_factor(factor);
    }
    static Settings fast() {
        Settings settings;
        settings.ServiceSettings.MaximumLoginAttempts = 3;
        settings.ConcordatSettings.FirstDelaySeconds = 30;
        settings.ConcordatSettings.LongestDelaySeconds = 100;
        return settings;
    }
    User own(const std::string& name) {
        NewAccount account;
        account.user.username = name;
        account.user.email = name + "@example.org";
        account.password = good;
        account.by_operator = true;
        return accounts.create(std::move(account), Actor());
    }
    static ExternalIdentity person(const std::string& subject, const std::string& name) {
        ExternalIdentity identity;
        identity.service = "ldap";
        identity.subject = subject;
        identity.username = name;
        identity.email = name + "@example.com";
        identity.first_name = "First";
        return identity;
    }
    SignInAttempt attempt(const std::string& name, const std::string& password = good,
                          const std::string& code = {}) {
        SignInAttempt a;
        a.id = new_token();
        a.login_id = name;
        a.password = password;
        a.code = code;
        a.device.address = "192.0.2.9";
        last = a.id;
        return a;
    }
    // The id of the refusal, or "" and a session.
    std::string result(const SignInAttempt& a) {
        try {
            admitted = sign_in.with_password(a);
            EXPECT_TRUE(sessions.by_token(admitted.session.token));
            return {};
        } catch (const Error& e) {
            return e.id();
        }
    }
    std::string arrive(const ExternalIdentity& identity, const std::string& code = {}) {
        auto a = attempt("", "", code);
        try {
            admitted = sign_in.with_identity(identity, a, Trail("sign_in", a.id));
            return {};
        } catch (const Error& e) {
            return e.id();
        }
    }
    // The rule that decided the last attempt.
    std::string rule() {
        const auto found = decisions.list({.attempt = last});
        return found.size() == 1 ? found[0].rule : std::to_string(found.size()) + " decisions";
    }
    void use_directory() { sign_in.add_source(source); }

    test::Store store;
    Sessions sessions{store.db, store.settings, store.roles};
    Decisions decisions{store.db};
    Accounts accounts{store.db, store.gate, sessions, store.settings};
    Admissions admissions{store.db, sessions, decisions, store.settings};
    SignIn sign_in{store.db, accounts, admissions, sessions, decisions, store.settings};
    FakeSource source;
    FakeFactor factor;
    Admitted admitted;
    std::string last;
};

}  // namespace concordat::identity
