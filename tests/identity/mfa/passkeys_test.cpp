#include "identity/mfa/passkeys.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "identity/mfa/factors.hpp"
#include "identity/mfa/totp.hpp"
#include "identity/signin/sign_in.hpp"
#include "storage/tables/identity_factors.hpp"
#include "storage/tables/passkeys.hpp"
#include "tests/support/authenticator.hpp"
#include "tests/support/store.hpp"

namespace concordat::identity {
namespace {

using test::Authenticator;

constexpr const char* password = "correct horse battery";
constexpr const char* refused_sign_in = "identity.passkey.sign_in_refused";
constexpr const char* wants_factor = "mfa.validate_token.authenticate.app_error";
constexpr const char* bad_factor = "api.user.check_user_mfa.bad_code.app_error";

template <class Act>
std::string error_of(Act act) {
    try {
        act();
        return {};
    } catch (const Error& e) {
        return e.id();
    }
}

class PasskeysTest : public testing::Test {
protected:
    PasskeysTest() : store(here()) {
        store.db.on_commit([this](const std::vector<storage::Fact>& facts) { sessions.on_facts(facts); });
        sign_in.use_factor(factors);
        alice = join("alice");
        bob = join("bob");
        session = sessions.start(alice, {});
    }
    static Settings here() {
        Settings settings;
        settings.ServiceSettings.EnableMultifactorAuthentication = true;
        settings.ServiceSettings.SiteURL = "http://localhost:8065";
        settings.ServiceSettings.MaximumLoginAttempts = 3;
        return settings;
    }
    template <class Change>
    void change(Change change) {
        auto settings = *store.settings.current();
        change(settings);
        store.settings.replace(std::move(settings));
    }
    User join(const std::string& name) {
        NewAccount account;
        account.user.username = name;
        account.user.email = name + "@example.org";
        account.password = password;
        account.by_operator = true;
        return accounts.create(std::move(account), Actor());
    }
    Actor actor() { return sessions.by_token(session.token)->actor(); }
    Actor actor_of(const User& user) { return sessions.by_token(sessions.start(user, {}).token)->actor(); }

    Passkey add(Authenticator& device, const Actor& who, const std::string& name = "Key") {
        const auto options = passkeys.begin(who);
        device.user_handle = storage::from_base64_url(options.user.id).value();
        return passkeys.add(who, name, device.create(options.challenge), "attempt", "");
    }
    SignInAttempt attempt(const std::string& code = {}) {
        SignInAttempt a;
        a.id = "attempt-" + std::to_string(++attempts);
        a.login_id = "alice";
        a.password = password;
        a.code = code;
        return a;
    }
    // The rule of the newest decision, and whether it let somebody in.
    std::string decided() {
        const auto newest = decisions.list({.limit = 1}).at(0);
        return (newest.is_admitted ? "+" : "-") + newest.rule;
    }
    std::string sign_in_alone(Authenticator& device) {
        return error_of(
            [&] { sign_in.with_passkey(device.use(passkeys.ask_anybody("").challenge), attempt()); });
    }
    std::string sign_in_after_password(Authenticator& device) {
        auto a = attempt();
        a.passkey = device.use(passkeys.ask(alice.id, PasskeyPurpose::second_factor, "").value().challenge);
        return error_of([&] { sign_in.with_password(a); });
    }

    test::Store store;
    Sessions sessions{store.db, store.settings, store.roles};
    Decisions decisions{store.db};
    Accounts accounts{store.db, store.gate, sessions, store.settings};
    Admissions admissions{store.db, sessions, decisions, store.settings};
    SignIn sign_in{store.db, accounts, admissions, sessions, decisions, store.settings};
    Passkeys passkeys{store.db, sessions, decisions, store.settings};
    Factors factors{store.db, sessions, decisions, store.settings, passkeys};
    User alice, bob;
    NewSession session;
    int attempts = 0;
};

TEST_F(PasskeysTest, AreASecondFactorAfterThePassword) {
    const auto other = sessions.start(alice, {});
    Authenticator device;
    const auto options = passkeys.begin(actor());
    EXPECT_EQ(options.rp.id, "localhost");
    EXPECT_EQ(options.user.name, "alice");
    EXPECT_EQ(storage::from_base64_url(options.user.id)->size(), 32u);
    EXPECT_EQ(options.pubKeyCredParams.size(), 3u);
    EXPECT_EQ(options.attestation, "none");
    const auto made = add(device, actor(), "  My key ");
    EXPECT_EQ(made.name, "My key");
    EXPECT_TRUE(made.can_sign_in);
    EXPECT_FALSE(sessions.by_token(other.token));  // nobody showed a factor there
    EXPECT_TRUE(actor().has_factor);
    EXPECT_GT(actor().factor_at, 0);
    EXPECT_TRUE(accounts.get(alice.id).mfa_active.value_or(false));
    EXPECT_EQ(error_of([&] { sign_in.with_password(attempt()); }), wants_factor);
    EXPECT_EQ(error_of([&] { sign_in.with_password(attempt("123456")); }), bad_factor);
    EXPECT_EQ(sign_in_after_password(device), "");
    EXPECT_EQ(decided(), "+session.started");
    device.is_verified = false;  // the password is the other factor
    EXPECT_EQ(sign_in_after_password(device), "");
    EXPECT_GT(passkeys.of(alice.id).at(0).last_used_at, 0);
    ASSERT_EQ(store.facts<FactorsChanged>().size(), 1u);
    EXPECT_EQ(store.facts<FactorsChanged>()[0].what, "passkey_added");
}

TEST_F(PasskeysTest, SignInAloneWhereTheAuthenticatorVerifies) {
    Authenticator device(-8);
    add(device, actor());
    Admitted admitted;
    ASSERT_EQ(error_of([&] {
                  admitted = sign_in.with_passkey(device.use(passkeys.ask_anybody("").challenge), attempt());
              }),
              "");
    EXPECT_EQ(admitted.user.id, alice.id);
    EXPECT_GT(sessions.by_token(admitted.session.token)->factor_at, 0);  // both factors
    EXPECT_EQ(decided(), "+session.started");

    device.is_verified = false;
    EXPECT_EQ(sign_in_alone(device), refused_sign_in);
    EXPECT_EQ(decided(), "-passkey.verification");
    device.is_verified = true;
    device.user_handle.clear();
    EXPECT_EQ(sign_in_alone(device), refused_sign_in);
    EXPECT_EQ(decided(), "-passkey.owner");
}

TEST_F(PasskeysTest, RefuseAnAnswerThatWasGivenBefore) {
    Authenticator device;
    add(device, actor());
    const auto answer = device.use(passkeys.ask_anybody("").challenge);
    sign_in.with_passkey(answer, attempt());
    EXPECT_EQ(error_of([&] { sign_in.with_passkey(answer, attempt()); }), refused_sign_in);
    EXPECT_EQ(decided(), "-passkey.challenge");
    const auto late = passkeys.ask_anybody("").challenge;
    store.wait(Passkeys::lifetime);
    EXPECT_EQ(error_of([&] { sign_in.with_passkey(device.use(late), attempt()); }), refused_sign_in);
    EXPECT_EQ(decided(), "-passkey.challenge");
    const auto invented = storage::base64_url(storage::random_bytes(challenge_bytes));
    EXPECT_EQ(error_of([&] { sign_in.with_passkey(device.use(invented), attempt()); }), refused_sign_in);
}

TEST_F(PasskeysTest, ChallengesAreForOnePurposeAndPerson) {
    Authenticator device, his;
    add(device, actor());
    const auto his_actor = actor_of(bob);
    add(his, his_actor);
    // A challenge of a step-up signs nobody in, and one for anybody is no second factor.
    const auto step_up = passkeys.ask(alice.id, PasskeyPurpose::step_up, "")->challenge;
    EXPECT_EQ(error_of([&] { sign_in.with_passkey(device.use(step_up), attempt()); }), refused_sign_in);
    auto a = attempt();
    a.passkey = device.use(passkeys.ask_anybody("").challenge);
    EXPECT_EQ(error_of([&] { sign_in.with_password(a); }), bad_factor);
    EXPECT_EQ(decided(), "-passkey.challenge");
    a.passkey = device.use(passkeys.ask(bob.id, PasskeyPurpose::second_factor, "")->challenge);
    EXPECT_EQ(error_of([&] { sign_in.with_password(a); }), bad_factor);
    EXPECT_EQ(decided(), "-passkey.challenge");
    // Somebody else's passkey, rightly used, is none of hers.
    change([](Settings& s) { s.ServiceSettings.MaximumLoginAttempts = 10; });
    a.passkey = his.use(passkeys.ask(alice.id, PasskeyPurpose::second_factor, "")->challenge);
    EXPECT_EQ(error_of([&] { sign_in.with_password(a); }), bad_factor);
    EXPECT_EQ(decided(), "-passkey.known");
    // Bob cannot register with what alice was given.
    Authenticator third;
    const auto hers = passkeys.begin(actor()).challenge;
    EXPECT_EQ(error_of([&] { passkeys.add(his_actor, "Key", third.create(hers), "x", ""); }),
              "identity.passkey.refused");
    EXPECT_EQ(decided(), "-passkey.challenge");
}

TEST_F(PasskeysTest, RefuseACounterThatGoesBack) {
    Authenticator device;
    device.sign_count = 40;
    add(device, actor());
    EXPECT_EQ(sign_in_alone(device), "");
    device.sign_count = 40;
    EXPECT_EQ(sign_in_alone(device), refused_sign_in);  // 41 again
    EXPECT_EQ(decided(), "-passkey.counter");
    device.counts = false;
    device.sign_count = 0;
    EXPECT_EQ(sign_in_alone(device), refused_sign_in);
    EXPECT_EQ(decided(), "-passkey.counter");

    Authenticator synced;  // those never count
    synced.counts = false;
    synced.may_sync = synced.is_synced = true;
    add(synced, actor(), "Phone");
    EXPECT_EQ(sign_in_alone(synced), "");
    EXPECT_EQ(sign_in_alone(synced), "");
    EXPECT_TRUE(passkeys.of(alice.id).at(1).is_synced);
}

TEST_F(PasskeysTest, SayTheSameOfWhatNobodyHas) {
    Authenticator device, unknown;
    add(device, actor());
    unknown.user_handle = device.user_handle;
    EXPECT_EQ(sign_in_alone(unknown), refused_sign_in);
    EXPECT_EQ(decided(), "-passkey.known");
    device.origin = "https://evil.example";
    EXPECT_EQ(sign_in_alone(device), refused_sign_in);
    EXPECT_EQ(decided(), "-passkey.origin");
    AssertionAnswer nothing;
    EXPECT_EQ(error_of([&] { sign_in.with_passkey(nothing, attempt()); }), refused_sign_in);
}

TEST_F(PasskeysTest, FailuresCountOnTheAccount) {
    Authenticator device;
    add(device, actor());
    device.is_verified = false;
    for (int i = 0; i < 3; ++i) EXPECT_EQ(sign_in_alone(device), refused_sign_in);
    device.is_verified = true;
    EXPECT_EQ(sign_in_alone(device), refused_sign_in);
    EXPECT_EQ(decided(), "-failures.held_back");
    EXPECT_NE(error_of([&] { sign_in.with_password(attempt()); }), wants_factor);  // one bound for all ways
    store.wait(31'000);
    EXPECT_EQ(sign_in_alone(device), "");
    EXPECT_EQ(sign_in_alone(device), "");
}

TEST_F(PasskeysTest, SignInAloneOnlyForTheServicesNamed) {
    Authenticator device;
    add(device, actor());
    change([](Settings& s) { s.ConcordatSettings.PasskeySignInForServices = {"ldap"}; });
    EXPECT_EQ(sign_in_alone(device), refused_sign_in);
    EXPECT_EQ(decided(), "-passkey.service");
    EXPECT_EQ(sign_in_after_password(device), "");
    change([](Settings& s) { s.ConcordatSettings.PasskeySignInForServices.clear(); });
    EXPECT_EQ(sign_in_alone(device), "identity.passkey.off");
}

TEST_F(PasskeysTest, DeactivatedAccountsStayOut) {
    Authenticator device;
    add(device, actor());
    accounts.set_active(Actor(), alice.id, false);
    EXPECT_EQ(sign_in_alone(device), refused_sign_in);
    EXPECT_EQ(decided(), "-account.active");
}

TEST_F(PasskeysTest, AreOffWhereTheSiteIsNoneForThem) {
    Authenticator device;
    add(device, actor());
    for (const char* site : {"", "http://chat.example.org", "https://192.0.2.1"}) {
        change([&](Settings& s) { s.ServiceSettings.SiteURL = site; });
        EXPECT_EQ(error_of([&] { passkeys.begin(actor()); }), "identity.passkey.off") << site;
        EXPECT_EQ(error_of([&] { passkeys.ask_anybody(""); }), "identity.passkey.off");
        EXPECT_FALSE(passkeys.ask(alice.id, PasskeyPurpose::second_factor, ""));
    }
    change([](Settings& s) {
        s.ServiceSettings.SiteURL = "http://localhost:8065";
        s.ConcordatSettings.EnablePasskeys = false;
    });
    EXPECT_EQ(error_of([&] { passkeys.begin(actor()); }), "identity.passkey.off");
    // Who has one is asked all the same: switching off opens nothing.
    EXPECT_EQ(error_of([&] { sign_in.with_password(attempt()); }), wants_factor);
    change([](Settings& s) { s.ConcordatSettings.EnablePasskeys = true; });
    EXPECT_EQ(sign_in_alone(device), "");
}

TEST_F(PasskeysTest, ShareRecoveryCodesWithTheAuthenticator) {
    Authenticator device;
    EXPECT_EQ(error_of([&] { factors.make_recovery_codes(actor(), "x"); }), "identity.factor.none");
    const auto made = add(device, actor());
    const auto codes = factors.make_recovery_codes(actor(), "codes");
    auto status = factors.status(alice.id);
    EXPECT_FALSE(status.is_active);
    EXPECT_EQ(status.create_at, 0);
    EXPECT_EQ(status.passkeys, 1);
    EXPECT_EQ(status.recovery_codes_left, 10);
    EXPECT_EQ(error_of([&] { sign_in.with_password(attempt(codes[0])); }), "");
    EXPECT_EQ(error_of([&] { sign_in.with_password(attempt(codes[0])); }), bad_factor);
    EXPECT_EQ(error_of([&] { factors.remove(actor(), "x"); }), "identity.factor.passkeys");

    // An authenticator besides: the codes stay, whichever of the two goes first.
    factors.begin(actor(), "begin");
    const auto secret = store.db.read(
        [&](storage::Tx& tx) { return storage::IdentityFactorTable(tx).find(alice.id)->secret; });
    const auto code = [&] { return totp_code(secret, totp_step(store.now())); };
    factors.activate(actor(), code(), "activate");
    store.wait(30'000);
    EXPECT_EQ(error_of([&] { sign_in.with_password(attempt(code())); }), "");
    EXPECT_EQ(sign_in_after_password(device), "");
    factors.remove(actor(), "remove");
    EXPECT_EQ(factors.status(alice.id).recovery_codes_left, 9);
    EXPECT_TRUE(accounts.get(alice.id).mfa_active.value_or(false));
    store.wait(30'000);
    EXPECT_EQ(error_of([&] { sign_in.with_password(attempt(code())); }), bad_factor);
    EXPECT_EQ(error_of([&] { sign_in.with_password(attempt(codes[1])); }), "");
    passkeys.remove(actor(), made.id, "remove");
    EXPECT_FALSE(accounts.get(alice.id).mfa_active.value_or(false));
    EXPECT_EQ(factors.status(alice.id).recovery_codes_left, 0);
    EXPECT_EQ(error_of([&] { sign_in.with_password(attempt()); }), "");
    EXPECT_EQ(error_of([&] { passkeys.remove(actor(), made.id, "again"); }), "identity.passkey.not_found");
    EXPECT_FALSE(store.facts<FactorsChanged>().back().has_factor);
}

TEST_F(PasskeysTest, AreAllTakenAwayFromWhoeverLostThem) {
    Authenticator device, second;
    add(device, actor());
    add(second, actor());
    factors.make_recovery_codes(actor(), "codes");
    factors.remove_all(Actor(), alice.id, "lost");
    EXPECT_FALSE(factors.status(alice.id).has_any());
    EXPECT_EQ(error_of([&] { sign_in.with_password(attempt()); }), "");
    EXPECT_EQ(sign_in_alone(device), refused_sign_in);
}

TEST_F(PasskeysTest, AStepUpMarksTheSession) {
    Authenticator device;
    add(device, actor());
    store.wait(3600'000);
    const auto before = actor().factor_at;
    const auto answer = [&] {
        return device.use(passkeys.ask(alice.id, PasskeyPurpose::step_up, "")->challenge);
    };
    EXPECT_TRUE(sign_in.is_passkey_of(actor(), answer(), "step", ""));
    EXPECT_GT(actor().factor_at, before);
    EXPECT_EQ(decided(), "+factor.proven");
    device.party = "evil.example";
    EXPECT_FALSE(sign_in.is_passkey_of(actor(), answer(), "step", ""));
    EXPECT_EQ(decided(), "-passkey.relying_party");
}

TEST_F(PasskeysTest, RefuseWhatIsInUse) {
    Authenticator device;
    add(device, actor());
    const auto his = actor_of(bob);
    EXPECT_EQ(error_of([&] { add(device, his); }), "identity.passkey.taken");
    EXPECT_EQ(error_of([&] { add(device, actor()); }), "identity.passkey.taken");
    EXPECT_EQ(decided(), "-passkey.new");
    EXPECT_TRUE(passkeys.of(bob.id).empty());
    EXPECT_EQ(passkeys.begin(actor()).excludeCredentials.at(0).id, storage::base64_url(device.credential_id));
    device.origin = "https://evil.example";
    device.credential_id = "another";
    EXPECT_EQ(error_of([&] { add(device, actor()); }), "identity.passkey.refused");
    EXPECT_EQ(decided(), "-passkey.origin");
}

TEST_F(PasskeysTest, HaveNamesAndBounds) {
    Authenticator device;
    for (const auto& name : {std::string(), std::string("  "), std::string(65, 'x'), std::string("a\nb")})
        EXPECT_EQ(error_of([&] { add(device, actor(), name); }), "identity.passkey.name");
    const auto made = add(device, actor());
    EXPECT_EQ(passkeys.rename(actor(), made.id, "Büro", "x").name, "Büro");
    EXPECT_EQ(passkeys.of(alice.id).at(0).name, "Büro");
    EXPECT_EQ(sign_in_alone(device), "");  // still the same key
    EXPECT_EQ(error_of([&] { passkeys.rename(actor_of(bob), made.id, "Mine", "x"); }),
              "identity.passkey.not_found");
    EXPECT_EQ(error_of([&] { passkeys.remove(actor_of(bob), made.id, "x"); }), "identity.passkey.not_found");
    const auto first = passkeys.begin(actor()).challenge;
    for (std::size_t i = 1; i < Passkeys::most_of_person; ++i) {
        Authenticator next;
        add(next, actor(), "Key " + std::to_string(i));
    }
    EXPECT_EQ(error_of([&] { passkeys.begin(actor()); }), "identity.passkey.too_many");
    Authenticator late;
    EXPECT_NE(error_of([&] { passkeys.add(actor(), "Key", late.create(first), "x", ""); }), "");
}

TEST_F(PasskeysTest, ChallengesAreBoundedAndSwept) {
    const auto count = [&] {
        return store.db.read([&](storage::Tx& tx) {
            return storage::int_in(tx.exec("select count(*) from passkey_challenges")[0][0]);
        });
    };
    for (int i = 0; i < 20; ++i) passkeys.begin(actor());
    EXPECT_EQ(count(), Passkeys::newest_of_person);
    store.db.transact([&](storage::Tx& tx) {
        tx.exec(R"(insert into passkey_challenges (challenge_hash, purpose, address, expires_at)
                   select decode(md5(i::text), 'hex'), 'sign_in', '192.0.2.1', $1 from generate_series(1, $2) i)",
                tx.now() + 1000, Passkeys::most_open_of_address);
    });
    EXPECT_EQ(error_of([&] { passkeys.ask_anybody("192.0.2.1"); }), "identity.passkey.busy");
    EXPECT_EQ(error_of([&] { passkeys.ask_anybody("192.0.2.2"); }), "");
    store.wait(1000);
    EXPECT_EQ(error_of([&] { passkeys.ask_anybody("192.0.2.1"); }), "");
    store.wait(Passkeys::lifetime);
    while (passkeys.sweep() > 0) {
    }
    EXPECT_EQ(count(), 0);
}

TEST_F(PasskeysTest, AreSealed) {
    Authenticator device;
    add(device, actor(), "A name to look for");
    const auto sealed = store.db.read(
        [&](storage::Tx& tx) { return storage::bytes_in(tx.exec("select secret from passkeys")[0][0]); });
    EXPECT_EQ(sealed.find("A name to look for"), std::string::npos);
    EXPECT_EQ(sealed.find(storage::base64(device.credential_id)), std::string::npos);
}

}  // namespace
}  // namespace concordat::identity
