#include "identity/signin/sign_in.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/identity/signin/signing_in.hpp"

namespace concordat::identity {
namespace {

TEST_F(SignInTest, AnOwnPasswordAdmits) {
    const auto alice = own("alice");
    EXPECT_EQ(result(attempt("alice")), "");
    EXPECT_EQ(admitted.user.id, alice.id);
    EXPECT_EQ(rule(), "session.started");
    EXPECT_EQ(decisions.list({.attempt = last})[0].session_id, admitted.session.session.id);
    EXPECT_EQ(result(attempt("alice@example.org")), "");
    auto by_id = attempt(" ");
    by_id.user_id = alice.id;
    EXPECT_EQ(result(by_id), "");
}

TEST_F(SignInTest, WhateverIsWrongIsAnsweredAlikeAndExplained) {
    const auto alice = own("alice");
    own("bob");
    accounts.set_active(Actor(), own("gone").id, false);
    EXPECT_EQ(result(attempt("nobody")), masked);
    EXPECT_EQ(rule(), "account.known");
    EXPECT_EQ(result(attempt("alice", "wrong")), masked);
    EXPECT_EQ(rule(), "password.matches");
    EXPECT_EQ(result(attempt("gone")), masked);
    EXPECT_EQ(rule(), "account.active");
    for (int i = 0; i < 3; ++i) EXPECT_EQ(result(attempt("bob", "wrong")), masked);
    EXPECT_EQ(result(attempt("bob")), masked);
    EXPECT_EQ(rule(), "failures.held_back");
    EXPECT_TRUE(decisions.verify().faults.empty());
}

TEST_F(SignInTest, BlankLongAndBrokenTextsAreRefused) {
    own("alice");
    for (const auto& password : {std::string(" "), std::string(2000, 'x'), std::string("a\0b", 3)}) {
        EXPECT_EQ(result(attempt("alice", password)), masked);
        EXPECT_EQ(rule(), "password.form");
    }
    EXPECT_EQ(result(attempt(std::string(10240, 'a'))), masked);
    EXPECT_EQ(result(attempt(std::string("alice\0", 6))), masked);
}

TEST_F(SignInTest, AnAccountIsHeldBackForAGrowingTime) {
    own("alice");
    for (int i = 0; i < 3; ++i) result(attempt("alice", "wrong"));
    EXPECT_EQ(result(attempt("alice")), masked);
    store.wait(31'000);
    EXPECT_EQ(result(attempt("alice", "wrong")), masked);
    EXPECT_EQ(rule(), "password.matches");  // it was looked at
    store.wait(31'000);
    EXPECT_EQ(result(attempt("alice")), masked);
    EXPECT_EQ(rule(), "failures.held_back");  // for 60 s now
    store.wait(30'000);
    EXPECT_EQ(result(attempt("alice")), "");
    EXPECT_EQ(result(attempt("alice", "wrong")), masked);
    EXPECT_EQ(result(attempt("alice")), "");  // one failure after a success is one
}

TEST_F(SignInTest, NamesAndAddressesShareOneCount) {
    own("alice");
    result(attempt("alice", "wrong"));
    result(attempt("ALICE@example.org", "wrong"));
    result(attempt("Alice", "wrong"));
    EXPECT_EQ(result(attempt("alice")), masked);
    EXPECT_EQ(rule(), "failures.held_back");
}

TEST_F(SignInTest, ParallelTriesShareOneBound) {
    own("alice");
    std::atomic<int> looked_at{0};
    std::vector<std::thread> tries;
    for (int t = 0; t < 4; ++t)
        tries.emplace_back([&] {
            for (int i = 0; i < 3; ++i) {
                SignInAttempt a;
                a.id = new_token();
                a.login_id = "alice";
                a.password = "wrong";
                EXPECT_THROW(sign_in.with_password(a), Error);
                looked_at += decisions.list({.attempt = a.id}).at(0).rule == "password.matches";
            }
        });
    for (auto& t : tries) t.join();
    EXPECT_EQ(looked_at, 3);
}

TEST_F(SignInTest, AnAdministratorUnlocks) {
    const auto alice = own("alice");
    for (int i = 0; i < 3; ++i) result(attempt("alice", "wrong"));
    sign_in.unlock(store.actor(store.admin()), alice.id, "unlocking");
    EXPECT_EQ(result(attempt("alice")), "");
    EXPECT_EQ(decisions.list({.attempt = "unlocking"}).at(0).rule, "failures.forgotten");
}

TEST_F(SignInTest, AFactorIsAskedForAfterTheRightPasswordOnly) {
    own("alice");
    factor.holder = "alice";
    EXPECT_EQ(result(attempt("alice", "wrong", "123456")), masked);
    for (int i = 0; i < 5; ++i)  // asking for the code is no failure
        EXPECT_EQ(result(attempt("alice")), "mfa.validate_token.authenticate.app_error");
    EXPECT_EQ(result(attempt("alice", good, "654321")), "api.user.check_user_mfa.bad_code.app_error");
    EXPECT_EQ(rule(), "factor.code");
    EXPECT_EQ(result(attempt("alice", good, "123456")), "");
    EXPECT_EQ(result(attempt("alice", good, "123456")), "api.user.check_user_mfa.bad_code.app_error");
}

TEST_F(SignInTest, WrongCodesCountWithWrongPasswords) {
    own("alice");
    factor.holder = "alice";
    result(attempt("alice", "wrong"));
    result(attempt("alice", good, "000000"));
    result(attempt("alice", good, "000001"));
    EXPECT_EQ(result(attempt("alice", good, "123456")), masked);
    EXPECT_EQ(rule(), "failures.held_back");
}

TEST_F(SignInTest, ADirectoryAdmitsWhomItProves) {
    use_directory();
    source.people["ada"] = person("id-1", "ada");
    EXPECT_EQ(result(attempt("ada")), "");
    EXPECT_EQ(admitted.user.auth_service, "ldap");
    EXPECT_EQ(admitted.user.email, "ada@example.com");
    const auto id = admitted.user.id;
    source.people["ada"].first_name = "Augusta";
    EXPECT_EQ(result(attempt("ada")), "");
    EXPECT_EQ(admitted.user.id, id);
    EXPECT_EQ(admitted.user.first_name, "Augusta");
    EXPECT_EQ(result(attempt("ada", "wrong")), masked);
    EXPECT_EQ(rule(), "password.matches");
    EXPECT_EQ(result(attempt("nobody")), masked);
    EXPECT_EQ(rule(), "account.known");
}

TEST_F(SignInTest, ADirectoryIsAskedByTheUserNameWhenItDoesNotKnowTheAddress) {
    use_directory();
    source.people["ada"] = person("id-1", "ada");
    ASSERT_EQ(result(attempt("ada")), "");
    EXPECT_EQ(result(attempt("ada@example.com")), "");
    EXPECT_EQ(result(attempt("ada@example.com", "wrong")), masked);
}

TEST_F(SignInTest, ARenamedPersonKeepsTheAccountAndANameUsedAgainTakesNoneOver) {
    use_directory();
    source.people["ada"] = person("id-1", "ada");
    ASSERT_EQ(result(attempt("ada")), "");
    const auto ada = admitted.user.id;
    source.people = {{"lovelace", person("id-1", "lovelace")}};
    ASSERT_EQ(result(attempt("lovelace")), "");
    EXPECT_EQ(admitted.user.id, ada);
    EXPECT_EQ(admitted.user.username, "lovelace");
    source.people["ada"] = person("id-2", "ada");
    ASSERT_EQ(result(attempt("ada")), "");
    EXPECT_NE(admitted.user.id, ada);
    // The name of an account, given to somebody else there.
    source.people["lovelace"] = person("id-3", "lovelace");
    EXPECT_EQ(result(attempt("lovelace")), masked);
    EXPECT_EQ(rule(), "account.subject");
}

TEST_F(SignInTest, AnAccountThatIsNotLinkedIsNotTakenOver) {
    use_directory();
    own("alice");
    source.people["ally"] = person("id-1", "alice");
    EXPECT_EQ(result(attempt("ally")), masked);
    EXPECT_EQ(rule(), "account.username_taken");
    auto by_email = person("id-2", "other");
    by_email.email = "alice@example.org";
    EXPECT_EQ(arrive(by_email), "identity.sign_in.refused");
    EXPECT_EQ(rule(), "account.email_taken");
    // The account's own password still works, and the directory is not asked.
    const int before = source.asked;
    EXPECT_EQ(result(attempt("alice")), "");
    EXPECT_EQ(source.asked, before);
}

TEST_F(SignInTest, LinkingHandsAnAccountToTheDirectory) {
    use_directory();
    const auto alice = own("alice");
    ASSERT_EQ(result(attempt("alice")), "");
    const auto token = admitted.session.token;
    source.people["alice"] = person("id-1", "alice");
    admissions.link(store.actor(store.admin()), alice.id, "ldap", "", "id-1", "linking");
    EXPECT_FALSE(sessions.by_token(token));
    EXPECT_EQ(result(attempt("alice")), "");
    EXPECT_EQ(admitted.user.auth_service, "ldap");
    EXPECT_THROW(admissions.link(Actor(), own("bob").id, "ldap", "", "id-1", "again"), Error);
    admissions.unlink(Actor(), alice.id, "unlinking");
    source.people.clear();
    EXPECT_EQ(result(attempt("alice")), masked);  // no password is left
}

TEST_F(SignInTest, FailuresInTheDirectoryCountOnTheAccount) {
    use_directory();
    source.people["ada"] = person("id-1", "ada");
    source.people["a.lovelace"] = person("id-1", "ada");
    ASSERT_EQ(result(attempt("ada")), "");
    result(attempt("ada", "wrong"));
    result(attempt("a.lovelace", "wrong"));
    result(attempt("ada", "wrong"));
    const int before = source.asked;
    EXPECT_EQ(result(attempt("ada")), masked);
    EXPECT_EQ(source.asked, before);  // a held-back account does not wear out the directory's own lock
    EXPECT_EQ(result(attempt("a.lovelace")), masked);
    EXPECT_EQ(rule(), "failures.held_back");
}

TEST_F(SignInTest, ASilentDirectoryIsSaidSoAndCountsNothing) {
    use_directory();
    own("alice");
    source.people["ada"] = person("id-1", "ada");
    ASSERT_EQ(result(attempt("ada")), "");
    source.available = false;
    for (int i = 0; i < 5; ++i) EXPECT_EQ(result(attempt("ada")), "identity.directory_unavailable");
    EXPECT_EQ(result(attempt("alice")), "");
    source.available = true;
    EXPECT_EQ(result(attempt("ada")), "");
}

TEST_F(SignInTest, OnlyDirectoriesMeansThat) {
    own("alice");
    auto only = attempt("alice");
    only.only_directories = true;
    EXPECT_EQ(result(only), "api.user.login_ldap.not_available.app_error");
    use_directory();
    only = attempt("alice");
    only.only_directories = true;
    EXPECT_EQ(result(only), masked);
    EXPECT_EQ(rule(), "account.service");
}

TEST_F(SignInTest, WhatWasDeactivatedHereStaysSo) {
    use_directory();
    source.people["ada"] = person("id-1", "ada");
    ASSERT_EQ(result(attempt("ada")), "");
    accounts.set_active(Actor(), admitted.user.id, false);
    EXPECT_EQ(result(attempt("ada")), masked);
    EXPECT_EQ(rule(), "account.deactivated");
}

TEST_F(SignInTest, WhatTheSourceSwitchedOffComesBackWithIt) {
    use_directory();
    source.people["ada"] = person("id-1", "ada");
    ASSERT_EQ(result(attempt("ada")), "");
    const auto token = admitted.session.token;
    store.db.transact([&](storage::Tx& tx) {
        Trail trail("directory_sync", "job");
        EXPECT_TRUE(admissions.deactivate(tx, *admissions.link_of(tx, admitted.user.id), trail));
    });
    EXPECT_FALSE(sessions.by_token(token));
    EXPECT_EQ(result(attempt("ada")), "");
    EXPECT_EQ(accounts.get(admitted.user.id).delete_at, 0);
    // Unless it was decided here meanwhile.
    store.db.transact([&](storage::Tx& tx) {
        Trail trail("directory_sync", "job");
        admissions.deactivate(tx, *admissions.link_of(tx, admitted.user.id), trail);
    });
    accounts.set_active(Actor(), admitted.user.id, true);
    accounts.set_active(Actor(), admitted.user.id, false);
    EXPECT_EQ(result(attempt("ada")), masked);
}

TEST_F(SignInTest, RolesComeFromSourcesOnlyAsFarAsAllowed) {
    auto ada = person("id-1", "ada");
    ada.is_admin = true;
    ASSERT_EQ(arrive(ada), "");
    EXPECT_EQ(admitted.user.roles, "system_user");
    auto settings = *store.settings.current();
    settings.ConcordatSettings.RolesFromProviders.push_back("system_admin");
    store.settings.replace(std::move(settings));
    ASSERT_EQ(arrive(ada), "");
    EXPECT_EQ(admitted.user.roles, "system_admin system_user");
    ada.is_admin = false;
    ASSERT_EQ(arrive(ada), "");
    EXPECT_EQ(admitted.user.roles, "system_user");
}

TEST_F(SignInTest, AMemberBecomesAGuestAndAGuestStaysOne) {
    auto ada = person("id-1", "ada");
    ASSERT_EQ(arrive(ada), "");
    const auto team = store.team();
    store.add(admitted.user, team, true);
    ada.is_guest = true;
    EXPECT_EQ(arrive(ada), "identity.sign_in.refused");
    EXPECT_EQ(rule(), "account.guests_disabled");
    auto settings = *store.settings.current();
    settings.GuestAccountsSettings.Enable = true;
    store.settings.replace(std::move(settings));
    ASSERT_EQ(arrive(ada), "");
    EXPECT_EQ(admitted.user.roles, "system_guest");
    EXPECT_FALSE(
        store.gate.may_in_team(store.actor(admitted.user), Permission::create_public_channel, team.id));
    ada.is_guest = false;
    ASSERT_EQ(arrive(ada), "");
    EXPECT_EQ(admitted.user.roles, "system_guest");
}

TEST_F(SignInTest, AnIdentityWithoutAnIdOrWithABadNameIsRefused) {
    EXPECT_EQ(arrive(person("", "ada")), "identity.sign_in.refused");
    EXPECT_EQ(rule(), "account.subject");
    EXPECT_EQ(arrive(person("id-1", "not a name!")), "identity.sign_in.refused");
    EXPECT_EQ(rule(), "account.profile");
    EXPECT_EQ(accounts.count(), 0);
}

TEST_F(SignInTest, AnIdentityNeedsTheFactorToo) {
    factor.holder = "ada";
    EXPECT_EQ(arrive(person("id-1", "ada")), "mfa.validate_token.authenticate.app_error");
    EXPECT_EQ(arrive(person("id-1", "ada"), "123456"), "");
}

TEST_F(SignInTest, ASessionEndsWhenItsSourceSays) {
    auto ada = person("id-1", "ada");
    ada.session_ends_at = store.now() + 60'000;
    ASSERT_EQ(arrive(ada), "");
    EXPECT_EQ(admitted.session.session.expires_at, ada.session_ends_at);
    EXPECT_TRUE(sessions.by_token(admitted.session.token));
    store.wait(61'000);
    EXPECT_FALSE(sessions.by_token(admitted.session.token));
}

TEST_F(SignInTest, WhatARefusingArrivalThrowsLetsNobodyIn) {
    sign_in.on_arrival([](const User&, const ExternalIdentity&, bool, Trail&) {
        throw Error(Fault::internal, "groups.broken");
    });
    EXPECT_EQ(arrive(person("id-1", "ada")), "identity.sign_in.refused");
    EXPECT_EQ(rule(), "account.admission");
}

TEST_F(SignInTest, AProfileThatTheSourceOwnsIsNotChangedHere) {
    auto settings = *store.settings.current();
    settings.LdapSettings.FirstNameAttribute = "givenName";
    store.settings.replace(std::move(settings));
    ASSERT_EQ(arrive(person("id-1", "ada")), "");
    UserPatch patch;
    patch.first_name = "Other";
    try {
        accounts.patch(store.actor(admitted.user), admitted.user.id, patch);
        ADD_FAILURE();
    } catch (const Error& e) {
        EXPECT_EQ(e.id(), "api.user.patch_user.login_provider_attribute_set.app_error");
    }
    UserPatch free;
    free.nickname = "Countess";
    EXPECT_EQ(accounts.patch(store.actor(admitted.user), admitted.user.id, free).nickname, "Countess");
}

TEST_F(SignInTest, APasswordIsProvenForAChange) {
    const auto alice = own("alice");
    EXPECT_TRUE(sign_in.is_password_of(alice.id, good, "change", "192.0.2.1"));
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(sign_in.is_password_of(alice.id, "wrong", "c", "192.0.2.1"));
    EXPECT_FALSE(sign_in.is_password_of(alice.id, good, "change", "192.0.2.1"));
}

}  // namespace
}  // namespace concordat::identity
