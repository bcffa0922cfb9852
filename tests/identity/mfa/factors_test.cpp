#include "identity/mfa/factors.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "identity/mfa/policy.hpp"
#include "identity/mfa/totp.hpp"
#include "identity/signin/sign_in.hpp"
#include "storage/tables/identity_factors.hpp"
#include "tests/support/store.hpp"

namespace concordat::identity {
namespace {

constexpr const char* good = "correct horse battery";
constexpr const char* no_code = "mfa.validate_token.authenticate.app_error";
constexpr const char* bad_code = "api.user.check_user_mfa.bad_code.app_error";

template <class Act>
std::string refusal(Act act) {
    try {
        act();
        return {};
    } catch (const Error& e) {
        return e.id();
    }
}

class FactorsTest : public testing::Test {
protected:
    FactorsTest() : store(enabled()) {
        store.db.on_commit([this](const std::vector<storage::Fact>& facts) { sessions.on_facts(facts); });
        sign_in.use_factor(factors);
        NewAccount account;
        account.user.username = "alice";
        account.user.email = "alice@example.org";
        account.password = good;
        account.by_operator = true;
        alice = accounts.create(std::move(account), Actor());
        session = sign_in.with_password(attempt()).session;
    }
    static Settings enabled() {
        Settings settings;
        settings.ServiceSettings.EnableMultifactorAuthentication = true;
        return settings;
    }
    SignInAttempt attempt(const std::string& code = {}) {
        SignInAttempt a;
        a.id = new_token();
        a.login_id = "alice";
        a.password = good;
        a.code = code;
        return a;
    }
    std::string sign_in_with(const std::string& code) {
        return refusal([&] { sign_in.with_password(attempt(code)); });
    }
    Actor actor() { return sessions.by_token(session.token)->actor(); }
    std::string secret() {
        return store.db.read(
            [&](storage::Tx& tx) { return storage::IdentityFactorTable(tx).find(alice.id)->secret; });
    }
    // Of now, or of a step later.
    std::string code(int later = 0) { return totp_code(secret(), totp_step(store.now()) + later); }
    void next_step() { store.wait(totp_seconds * 1000); }
    void enrol() {
        factors.begin(actor(), "begin");
        factors.activate(actor(), code(), "activate");
        next_step();
    }

    test::Store store;
    Sessions sessions{store.db, store.settings, store.roles};
    Decisions decisions{store.db};
    Accounts accounts{store.db, store.gate, sessions, store.settings};
    Admissions admissions{store.db, sessions, decisions, store.settings};
    SignIn sign_in{store.db, accounts, admissions, sessions, decisions, store.settings};
    Passkeys passkeys{store.db, sessions, decisions, store.settings};
    Factors factors{store.db, sessions, decisions, store.settings, passkeys};
    User alice;
    NewSession session;
};

TEST_F(FactorsTest, AreInForceAfterTheFirstRightCode) {
    const auto enrolment = factors.begin(actor(), "begin");
    EXPECT_EQ(enrolment.secret, base32(secret()));
    EXPECT_GT(enrolment.qr_code.size(), 100u);
    EXPECT_EQ(sign_in_with(""), "");  // not yet
    EXPECT_EQ(refusal([&] { factors.activate(actor(), "000000", "x"); }), "mfa.activate.bad_token.app_error");
    EXPECT_FALSE(factors.status(alice.id).is_active);
    factors.activate(actor(), code(), "x");
    EXPECT_TRUE(accounts.get(alice.id).mfa_active.value_or(false));
    EXPECT_EQ(sign_in_with(""), no_code);
    EXPECT_EQ(refusal([&] { factors.begin(actor(), "again"); }), "identity.factor.active");
    EXPECT_EQ(refusal([&] { factors.activate(actor(), code(1), "again"); }), "mfa.activate.app_error");
}

TEST_F(FactorsTest, EndTheSessionsThatShowedNone) {
    const auto other = sign_in.with_password(attempt()).session;
    enrol();
    EXPECT_FALSE(sessions.by_token(other.token));
    ASSERT_TRUE(sessions.by_token(session.token));
    EXPECT_TRUE(sessions.by_token(session.token)->has_factor);
    EXPECT_GT(sessions.by_token(session.token)->factor_at, 0);
}

TEST_F(FactorsTest, ACodeCountsOnce) {
    enrol();
    const auto used = code();
    EXPECT_EQ(sign_in_with(used), "");
    EXPECT_EQ(sign_in_with(used), bad_code);
    next_step();
    EXPECT_EQ(sign_in_with(used), bad_code);
    EXPECT_EQ(sign_in_with(code()), "");
}

TEST_F(FactorsTest, TheFirstCodeIsUsedUpToo) {
    factors.begin(actor(), "begin");
    const auto first = code();
    factors.activate(actor(), first, "activate");
    EXPECT_EQ(sign_in_with(first), bad_code);
}

TEST_F(FactorsTest, ACodeCountsOnceInARace) {
    enrol();
    const auto used = code();
    std::atomic<int> admitted{0};
    std::vector<std::thread> racers;
    for (int i = 0; i < 4; ++i) racers.emplace_back([&] { admitted += sign_in_with(used).empty(); });
    for (auto& racer : racers) racer.join();
    EXPECT_EQ(admitted, 1);
}

TEST_F(FactorsTest, RecoveryCodesCountOnceEach) {
    enrol();
    const auto codes = factors.make_recovery_codes(actor(), "codes");
    ASSERT_EQ(codes.size(), Factors::recovery_code_count);
    EXPECT_EQ(codes[0].size(), 19u);
    EXPECT_EQ(sign_in_with(codes[0]), "");
    EXPECT_EQ(sign_in_with(codes[0]), bad_code);
    EXPECT_EQ(sign_in_with(lower_ascii(codes[1].substr(0, 4)) + codes[1].substr(5)), "");
    EXPECT_EQ(factors.status(alice.id).recovery_codes_left, 8);
    const auto newer = factors.make_recovery_codes(actor(), "codes");
    EXPECT_EQ(sign_in_with(codes[2]), bad_code);
    EXPECT_EQ(sign_in_with(newer[2]), "");
    EXPECT_EQ(sign_in_with("ABCD-EFGH-IJKL-MNOP"), bad_code);
}

TEST_F(FactorsTest, NothingReadableIsKept) {
    enrol();
    const auto codes = factors.make_recovery_codes(actor(), "codes");
    const auto row = store.db.read([&](storage::Tx& tx) {
        return storage::bytes_in(tx.exec("select secret from identity_factors")[0][0]);
    });
    EXPECT_EQ(row.find(secret()), std::string::npos);
    for (const auto& fact : store.facts<FactorsChanged>()) EXPECT_FALSE(fact.what.empty());
    for (const auto& decision : decisions.list({}))
        for (const auto& step : decision.steps)
            for (const auto& one : codes) EXPECT_EQ(step.detail.find(one), std::string::npos);
}

TEST_F(FactorsTest, AreTakenAway) {
    enrol();
    const auto admin = store.actor(store.admin());
    factors.remove_all(admin, alice.id, "removal");
    EXPECT_EQ(sign_in_with(""), "");
    EXPECT_FALSE(accounts.get(alice.id).mfa_active);
    const auto decision = decisions.list({.attempt = "removal"}).at(0);
    EXPECT_EQ(decision.rule, "factor.totp_removed");
    EXPECT_EQ(decision.actor_id, admin.user_id);
    factors.remove_all(admin, alice.id, "again");
    EXPECT_TRUE(decisions.list({.attempt = "again"}).empty());
}

TEST_F(FactorsTest, AProofMarksTheSessionAndWrongOnesCount) {
    enrol();
    next_step();
    EXPECT_FALSE(sign_in.is_code_of(actor(), "000000", "x", ""));
    EXPECT_TRUE(sign_in.is_code_of(actor(), code(), "x", ""));
    for (int i = 0; i < 10; ++i) EXPECT_FALSE(sign_in.is_code_of(actor(), "000000", "x", ""));
    EXPECT_FALSE(sign_in.is_code_of(actor(), code(1), "held", ""));
    EXPECT_EQ(decisions.list({.attempt = "held"}).at(0).rule, "failures.held_back");
}

TEST_F(FactorsTest, CannotBeSetUpWhereTheyAreSwitchedOff) {
    store.settings.replace(Settings());
    EXPECT_EQ(refusal([&] { factors.begin(actor(), "x"); }), "mfa.mfa_disabled.app_error");
}

TEST_F(FactorsTest, OneInForceIsAskedForEvenWhereTheyAreSwitchedOff) {
    enrol();
    store.settings.replace(Settings());
    EXPECT_EQ(sign_in_with(""), no_code);
}

TEST(FactorPolicy, DemandsFactorsByEachRuleAlone) {
    const FactorSubject member{{"system_user"}, "", false, false},
        guest{{"system_guest"}, "saml", true, false},
        admin{{"system_admin", "system_user"}, "ldap", false, false}, bot{{"system_user"}, "", false, true};
    Settings s;
    auto& service = s.ServiceSettings;
    auto& rules = s.ConcordatSettings;
    service.EnforceMultifactorAuthentication = true;
    EXPECT_FALSE(demands_factor(s, member, "192.0.2.1"));  // nobody could set one up
    service.EnableMultifactorAuthentication = true;
    EXPECT_TRUE(demands_factor(s, member, "192.0.2.1"));
    EXPECT_FALSE(demands_factor(s, bot, "192.0.2.1"));
    service.EnforceMultifactorAuthentication = false;
    EXPECT_FALSE(demands_factor(s, member, "192.0.2.1"));
    s.GuestAccountsSettings.EnforceMultifactorAuthentication = true;
    EXPECT_TRUE(demands_factor(s, guest, ""));
    EXPECT_FALSE(demands_factor(s, member, ""));
    s.GuestAccountsSettings.EnforceMultifactorAuthentication = false;
    rules.MfaForRoles = {"system_admin"};
    EXPECT_TRUE(demands_factor(s, admin, ""));
    EXPECT_FALSE(demands_factor(s, member, ""));
    rules.MfaForRoles.clear();
    rules.MfaForServices = {"email", "saml"};
    EXPECT_TRUE(demands_factor(s, member, ""));
    EXPECT_TRUE(demands_factor(s, guest, ""));
    EXPECT_FALSE(demands_factor(s, admin, ""));
    rules.MfaForServices.clear();
    rules.MfaOutsideNetworks = {"10.0.0.0/8"};
    EXPECT_FALSE(demands_factor(s, member, "10.1.2.3"));
    EXPECT_TRUE(demands_factor(s, member, "192.0.2.1"));
    EXPECT_TRUE(demands_factor(s, member, ""));
}

}  // namespace
}  // namespace concordat::identity
