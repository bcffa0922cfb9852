#include "identity/ldap/directory_sync.hpp"

#include <gtest/gtest.h>

#include "identity/session/sessions.hpp"
#include "storage/tables/directories.hpp"
#include "tests/support/slapd.hpp"
#include "tests/support/store.hpp"

namespace concordat::identity {
namespace {

using test::Slapd;

// A node's accounts, and a directory they follow.
class DirectorySyncTest : public testing::Test {
protected:
    DirectorySyncTest() : section(std::make_shared<LdapSection>(slapd.settings())) {
        store.db.on_commit([this](const std::vector<storage::Fact>& facts) { sessions.on_facts(facts); });
    }
    // Their first sign-in.
    User arrive(const std::string& name) {
        Trail trail("sign_in", "arrival");
        const auto answer = directory.check(name, Slapd::password, trail);
        const auto admission =
            store.db.transact([&](storage::Tx& tx) { return admissions.admit(tx, answer.identity, trail); });
        return admission.value().user;
    }
    std::string session(const User& user) { return sessions.start(user, {}).token; }
    std::optional<User> find(const User& user) {
        return store.db.read([&](storage::Tx& tx) { return storage::UserTable(tx).find(user.id); });
    }
    std::string refusal(bool is_dry_run = false) {
        try {
            sync.run(directory, "attempt", is_dry_run);
            return {};
        } catch (const Error& e) {
            return e.id();
        }
    }
    void rename(const std::string& from, const std::string& to) {
        slapd.change("dn: uid=" + from + ",ou=people,dc=example,dc=test\nchangetype: modrdn\nnewrdn: uid=" +
                     to + "\ndeleteoldrdn: 1\n");
    }
    void remove(const std::string& name) {
        slapd.change("dn: uid=" + name + ",ou=people,dc=example,dc=test\nchangetype: delete\n");
    }

    Slapd slapd;
    std::shared_ptr<LdapSection> section;
    SocketWatchdog dog;
    Directory directory{"", [this] { return section; }, dog};
    test::Store store;
    Sessions sessions{store.db, store.settings, store.roles};
    Decisions decisions{store.db};
    Admissions admissions{store.db, sessions, decisions, store.settings};
    DirectorySync sync{store.db, admissions, decisions};
};

TEST_F(DirectorySyncTest, ADryRunListsWhatTheRunThenDoes) {
    const auto alice = arrive("alice"), bob = arrive("bob"), gus = arrive("gus");
    const auto token = session(bob);
    rename("alice", "alicia");
    remove("bob");
    const auto planned = sync.run(directory, "dry", true);
    ASSERT_EQ(planned.changes.size(), 2u);
    EXPECT_EQ(planned.accounts, 3);
    EXPECT_EQ(find(alice)->username, "alice");
    EXPECT_TRUE(sessions.by_token(token));
    EXPECT_EQ(sync.last_sync(directory), 0);
    const auto done = sync.run(directory, "real", false);
    EXPECT_EQ(json_text(done.changes), json_text(planned.changes));
    EXPECT_EQ(find(alice)->username, "alicia");
    EXPECT_GT(find(bob)->delete_at, 0);
    EXPECT_FALSE(sessions.by_token(token));
    EXPECT_EQ(find(gus)->delete_at, 0);
    EXPECT_GT(sync.last_sync(directory), 0);
    EXPECT_EQ(decisions.list({.attempt = "real"}).size(), 2u);
    EXPECT_TRUE(sync.run(directory, "again", false).changes.empty());
}

TEST_F(DirectorySyncTest, WhoeverGetsANameDoesNotGetTheAccount) {
    const auto bob = arrive("bob");
    remove("bob");
    rename("alice", "bob");
    sync.run(directory, "real", false);
    EXPECT_GT(find(bob)->delete_at, 0);
    Trail trail("sign_in", "arrival");
    const auto answer = directory.check("bob", Slapd::password, trail);
    ASSERT_EQ(answer.kind, PasswordAnswer::Kind::proven);
    const auto admission =
        store.db.transact([&](storage::Tx& tx) { return admissions.admit(tx, answer.identity, trail); });
    EXPECT_FALSE(admission);
    EXPECT_EQ(trail.decision.rule, "account.username_taken");
}

TEST_F(DirectorySyncTest, StopsAtTheCeiling) {
    section->MostDeactivations = 1;
    section->MostDeactivationsPercent = 50;
    const auto alice = arrive("alice"), bob = arrive("bob"), gus = arrive("gus");
    remove("alice");
    remove("bob");
    EXPECT_EQ(refusal(true), "ldap.most_deactivations");
    EXPECT_EQ(refusal(), "ldap.most_deactivations");
    EXPECT_EQ(find(alice)->delete_at, 0);
    const auto decided = decisions.list({.attempt = "attempt"});
    ASSERT_FALSE(decided.empty());
    EXPECT_EQ(decided[0].rule, "ldap.most_deactivations");
    EXPECT_FALSE(decided[0].is_admitted);
    section->MostDeactivations = 2;
    EXPECT_EQ(refusal(), "");
    EXPECT_GT(find(bob)->delete_at, 0);
    EXPECT_EQ(find(gus)->delete_at, 0);
}

TEST_F(DirectorySyncTest, ADirectoryThatShowsNobodyOrIsGoneDeactivatesNobody) {
    const auto alice = arrive("alice");
    const auto token = session(alice);
    section->UserFilter = "(uid=nobody)";
    EXPECT_EQ(refusal(), "ldap.empty");
    slapd.stop();
    EXPECT_EQ(refusal(), "ldap.unreachable");
    EXPECT_THROW(sync.probe(directory, "probe"), Error);
    EXPECT_TRUE(sessions.by_token(token));
}

TEST_F(DirectorySyncTest, AProbeEndsTheSessionsOfWhomTheDirectoryDisabled) {
    const auto alice = arrive("alice"), bob = arrive("bob");
    const auto of_alice = session(alice), of_bob = session(bob);
    EXPECT_EQ(sync.probe(directory, "probe"), 0u);
    slapd.change(
        "dn: uid=bob,ou=people,dc=example,dc=test\nchangetype: modify\nadd: employeeType\n"
        "employeeType: disabled\n");
    EXPECT_EQ(sync.probe(directory, "probe"), 1u);
    EXPECT_TRUE(sessions.by_token(of_alice));
    EXPECT_FALSE(sessions.by_token(of_bob));
    EXPECT_GT(find(bob)->delete_at, 0);
    EXPECT_EQ(decisions.list({.attempt = "probe"}).front().rule, "ldap.gone");
    slapd.change("dn: uid=bob,ou=people,dc=example,dc=test\nchangetype: modify\ndelete: employeeType\n");
    EXPECT_EQ(sync.run(directory, "real", false).changes.front().action, "reactivate");
    EXPECT_EQ(find(bob)->delete_at, 0);
}

TEST_F(DirectorySyncTest, OneAtATime) {
    arrive("alice");
    const auto hold = [&](const char* holder, Millis until) {
        return store.db.transact(
            [&](storage::Tx& tx) { return storage::DirectoryTable(tx).hold("", holder, tx.now() + until); });
    };
    EXPECT_TRUE(hold("another node", 60000));
    EXPECT_EQ(refusal(), "ldap.sync_running");
    EXPECT_EQ(refusal(true), "");
    store.wait(60001);  // it died
    EXPECT_EQ(refusal(), "");
    EXPECT_TRUE(hold("another node", 1)) << "the turn was given back";
}

}  // namespace
}  // namespace concordat::identity
