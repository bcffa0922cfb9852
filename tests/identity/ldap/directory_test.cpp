#include "identity/ldap/directory.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/base/error.hpp"
#include "tests/support/hostile_ldap.hpp"
#include "tests/support/slapd.hpp"

namespace concordat::identity {
namespace {

using test::HostileLdap;
using test::Slapd;
using Kind = PasswordAnswer::Kind;

// One directory server for all tests that do not change it.
Slapd& shared() {
    static Slapd slapd(1205);
    return slapd;
}

class Asked {
public:
    explicit Asked(LdapSection section)
        : settings(std::make_shared<const LdapSection>(std::move(section))),
          directory(
              "", [this] { return settings; }, dog) {}
    PasswordAnswer check(const std::string& login, const std::string& password = Slapd::password) {
        trail = Trail("sign_in", "attempt");
        return directory.check(login, password, trail);
    }
    Kind kind(const std::string& login, const std::string& password = Slapd::password) {
        return check(login, password).kind;
    }
    // The rule of the last step.
    std::string rule() const { return trail.decision.steps.empty() ? "" : trail.decision.steps.back().rule; }

    std::shared_ptr<const LdapSection> settings;
    SocketWatchdog dog;
    Directory directory;
    Trail trail{"sign_in", "attempt"};
};

LdapSection hostile(const HostileLdap& server, const std::string& security = "") {
    auto s = shared().settings(security);
    s.LdapPort = server.port;
    s.QueryTimeout = 1;
    return s;
}

std::string refusal(const std::function<void()>& act) {
    try {
        act();
        return {};
    } catch (const Error& e) {
        return e.id();
    }
}

TEST(Directory, ProvesAPersonOverEachKindOfConnection) {
    for (const auto* security : {"", "TLS", "STARTTLS"}) {
        Asked asked(shared().settings(security));
        const auto answer = asked.check("alice");
        ASSERT_EQ(answer.kind, Kind::proven) << security << " " << asked.rule();
        EXPECT_EQ(answer.identity.service, "ldap");
        EXPECT_EQ(answer.identity.subject.size(), 36u);
        EXPECT_EQ(answer.identity.username, "alice");
        EXPECT_EQ(answer.identity.email, "alice@example.test");
        EXPECT_EQ(answer.identity.first_name, "Alice");
        EXPECT_EQ(answer.identity.position, "Clerk");
        EXPECT_EQ(answer.identity.picture.substr(1, 3), "PNG");
        EXPECT_FALSE(answer.identity.is_guest);
        EXPECT_EQ(asked.kind("alice", "wrong"), Kind::wrong);
        EXPECT_EQ(asked.rule(), "ldap.bind");
        EXPECT_EQ(asked.kind("nobody"), Kind::unknown);
        EXPECT_EQ(asked.kind("dora"), Kind::unknown) << "the filter does not let her through";
    }
}

TEST(Directory, SendsNothingToAServerWhoseCertificateIsNotAccepted) {
    Slapd other;  // its authority is another one
    Slapd expired(0, 1, -1);
    for (const auto* security : {"TLS", "STARTTLS"}) {
        auto s = shared().settings(security);
        s.CertificateAuthorityFile = other.authority();
        const auto before = shared().binds();
        Asked wrong_authority(s);
        EXPECT_EQ(wrong_authority.kind("alice"), Kind::unavailable);
        EXPECT_EQ(wrong_authority.rule(), "ldap.tls");
        Asked over(expired.settings(security));
        EXPECT_EQ(over.kind("alice"), Kind::unavailable);
        EXPECT_EQ(over.rule(), "ldap.tls");
        EXPECT_EQ(shared().binds(), before);
        EXPECT_EQ(expired.binds(), 0u);
    }
    auto s = shared().settings("TLS");
    s.LdapServer = "127.0.0.2";  // it listens there, and its certificate names 127.0.0.1 only
    const auto before = shared().binds();
    Asked wrong_name(s);
    EXPECT_EQ(wrong_name.kind("alice"), Kind::unavailable);
    EXPECT_EQ(wrong_name.rule(), "ldap.tls");
    EXPECT_EQ(shared().binds(), before);
}

TEST(Directory, DoesNotGoOnInClearTextWhenStartTlsIsRefused) {
    HostileLdap server({.start_tls = 2});
    Asked asked(hostile(server, "STARTTLS"));
    EXPECT_EQ(asked.kind("alice"), Kind::unavailable);
    EXPECT_EQ(asked.rule(), "ldap.starttls");
    EXPECT_EQ(server.binds, 0);
}

TEST(Directory, NeverSendsAnEmptyPassword) {
    HostileLdap server({.dn_of_entry = "uid=alice,dc=x", .attribute = "entryUUID", .value = "id"});
    Asked asked(hostile(server));
    for (const std::string& password : {std::string(), std::string("  "), std::string("\0x", 2)}) {
        EXPECT_EQ(asked.kind("alice", password), Kind::wrong);
        EXPECT_EQ(asked.rule(), "ldap.empty_password");
    }
    EXPECT_EQ(server.connections, 0);
    auto s = hostile(server);
    s.BindPassword = " ";
    Asked account(s);
    EXPECT_EQ(account.kind("alice", "x"), Kind::unavailable);
    EXPECT_EQ(account.rule(), "ldap.settings");
    EXPECT_EQ(server.connections, 0);
}

TEST(Directory, TakesWhatIsTypedForANameAndNothingElse) {
    Asked asked(shared().settings());
    for (const auto* name : {"*", "alice)(uid=*", "*)(|(uid=*", "al*ce", "\\2a"})
        EXPECT_EQ(asked.kind(name), Kind::unknown) << name;
    EXPECT_EQ(shared().log().find("(uid=*"), std::string::npos);
    for (const std::string& name :
         {std::string("alice\0", 6), std::string("\xff\xfe"), std::string(10240, 'a')}) {
        EXPECT_EQ(asked.kind(name), Kind::unknown);
        EXPECT_EQ(asked.rule(), "ldap.login_id");
    }
    EXPECT_EQ(asked.kind("Star (Lit) \\*"), Kind::proven);
}

TEST(Directory, SaysWhyNobodyWasFound) {
    auto settings = shared().settings();
    Asked asked(settings);
    EXPECT_EQ(asked.kind("nobody"), Kind::unknown);
    EXPECT_EQ(asked.rule(), "ldap.one_entry");
    EXPECT_EQ(asked.kind("dora"), Kind::unknown);
    EXPECT_EQ(asked.rule(), "ldap.filtered");
}

TEST(Directory, RefusesANameThatTwoEntriesHave) {
    Asked asked(shared().settings());
    EXPECT_EQ(asked.kind("twin"), Kind::wrong);
    EXPECT_EQ(asked.rule(), "ldap.one_entry");
}

TEST(Directory, ListsEverybodyWhateverThePageSize) {
    for (const int size : {0, 40, 1000}) {  // the server gives no more than 100
        auto s = shared().settings();
        s.MaxPageSize = size;
        Asked asked(s);
        const auto people = asked.directory.people();
        EXPECT_EQ(people.size(), 1205u + 6);
        for (const auto& person : people) EXPECT_EQ(person.subject.size(), 36u);
    }
}

TEST(Directory, TakesAPartForAFailure) {
    HostileLdap server(
        {.search = 4, .dn_of_entry = "uid=alice,dc=x", .attribute = "entryUUID", .value = "id"});
    Asked asked(hostile(server));
    EXPECT_EQ(refusal([&] { asked.directory.people(); }), "ldap.partial");
    EXPECT_EQ(refusal([&] { asked.directory.groups(); }), "ldap.partial");
    EXPECT_NE(asked.kind("alice", "x"), Kind::proven);
}

// As Active Directory sends lists of more than 1,500 values.
TEST(Directory, FetchesLongListsInParts) {
    const auto members = [](std::vector<std::pair<std::string, std::vector<std::string>>> parts) {
        HostileLdap server({.dn_of_entry = "cn=all,dc=x", .parts = std::move(parts)});
        const auto settings = hostile(server);
        SocketWatchdog dog;
        ldap::Connection connection(dog, settings, "127.0.0.1",
                                    std::chrono::steady_clock::now() + std::chrono::seconds(10));
        auto entry = connection.search({"dc=x", true, "(cn=all)", {"member"}}).at(0);
        connection.complete(entry, "member");
        return entry.all("member");
    };
    EXPECT_EQ(members({{"member;range=0-1", {"a", "b"}},
                       {"member;range=2-3", {"c", "d"}},
                       {"member;range=4-*", {"e"}}}),
              (std::vector<std::string>{"a", "b", "c", "d", "e"}));
    EXPECT_EQ(members({{"member", {"a"}}}), std::vector<std::string>{"a"});
    // One that begins again, and one that says nothing more.
    EXPECT_EQ(refusal([&] { members({{"member;range=0-1", {"a", "b"}}}); }), "ldap.partial");
    EXPECT_EQ(refusal([&] {
                  members({{"member;range=0-1", {"a", "b"}}, {"member;range=2-3", {}}});
              }),
              "ldap.partial");
}

TEST(Directory, ResolvesNestedGroupsAndRings) {
    Asked asked(shared().settings());
    std::map<std::string, std::string> names;
    for (const auto& group : asked.directory.groups()) names[group.remote_id] = group.name;
    EXPECT_EQ(names.size(), 5u);
    const auto named = [&](const ExternalIdentity& person) {
        std::vector<std::string> out;
        for (const auto& id : person.groups) out.push_back(names[id]);
        std::sort(out.begin(), out.end());
        return out;
    };
    const std::vector<std::string> of_alice{"inner", "middle", "top"}, of_bob{"ring-a", "ring-b"};
    EXPECT_EQ(named(asked.check("alice").identity), of_alice);
    EXPECT_EQ(named(asked.check("bob").identity), of_bob);
    for (const auto& person : asked.directory.people()) {
        if (person.username == "alice") {
            EXPECT_EQ(named(person), of_alice);
        } else if (person.username == "bob") {
            EXPECT_EQ(named(person), of_bob);
        } else if (person.username == "gus") {
            EXPECT_TRUE(person.groups.empty());
        }
    }
    auto s = shared().settings();
    s.GroupFilter = "(cn=top)";  // groups that are not told still pass membership on
    Asked narrow(s);
    EXPECT_EQ(named(narrow.check("alice").identity), std::vector<std::string>{"top"});
}

TEST(Directory, FollowsNoReferral) {
    HostileLdap elsewhere({});
    Slapd slapd(0, elsewhere.port);
    Asked asked(slapd.settings());
    EXPECT_EQ(asked.kind("alice"), Kind::proven);
    EXPECT_EQ(asked.directory.people().size(), 6u);
    EXPECT_EQ(elsewhere.connections, 0);
}

TEST(Directory, ASilentServerIsGivenUpAndLeftAloneForAWhile) {
    HostileLdap at_bind({.bind = -1}), at_search({.search = -1}), at_start({.start_tls = -1}),
        after_start({.start_tls = 0});
    const std::vector<std::pair<HostileLdap*, const char*>> cases{{&at_bind, ""},
                                                                  {&at_search, ""},
                                                                  {&at_bind, "TLS"},
                                                                  {&at_start, "STARTTLS"},
                                                                  {&after_start, "STARTTLS"}};
    for (const auto& [server, security] : cases) {
        Asked asked(hostile(*server, security));
        EXPECT_EQ(asked.kind("alice", "x"), Kind::unavailable);
        EXPECT_EQ(asked.rule(), "ldap.timeout") << security;
        if (server == &at_search) continue;  // it does answer
        const int before = server->connections;
        EXPECT_EQ(asked.kind("alice", "x"), Kind::unavailable);
        EXPECT_EQ(asked.rule(), "ldap.resting");
        EXPECT_EQ(server->connections, before);
    }
}

TEST(Directory, AsksTheNextServerWhenOneIsGone) {
    auto s = shared().settings("TLS");
    s.LdapServer = "127.0.0.3 127.0.0.1";
    Asked asked(s);
    EXPECT_EQ(asked.kind("alice"), Kind::proven);
    EXPECT_EQ(asked.directory.problems().size(), 1u);
    s.LdapServer = "127.0.0.3";
    Asked none(s);
    EXPECT_EQ(none.kind("alice"), Kind::unavailable);
}

TEST(Directory, SaysGuestAndAdministratorOnlyAsTheFiltersSay) {
    auto s = shared().settings();
    s.GuestFilter = "(employeeType=guest)";
    s.EnableAdminFilter = true;
    s.AdminFilter = "(uid=alice)";
    Asked asked(s);
    const auto alice = asked.check("alice").identity, gus = asked.check("gus").identity;
    EXPECT_EQ(alice.is_guest, false);
    EXPECT_EQ(alice.is_admin, true);
    EXPECT_EQ(gus.is_guest, true);
    EXPECT_EQ(gus.is_admin, false);
    for (const auto& person : asked.directory.people()) {
        EXPECT_EQ(person.is_guest, person.username == "gus");
        EXPECT_EQ(person.is_admin, person.username == "alice");
    }
    for (const auto* broken : {"(employeeType=guest", "employeeType=guest)(uid=*", "(employeeType=)guest)"}) {
        s.GuestFilter = broken;
        Asked failing(s);
        EXPECT_EQ(failing.kind("gus"), Kind::unavailable) << broken;
    }
}

TEST(Directory, FindsPeopleByTheirImmutableId) {
    Slapd slapd;
    Asked asked(slapd.settings());
    const auto alice = asked.check("alice").identity, bob = asked.check("bob").identity;
    slapd.change(
        "dn: uid=alice,ou=people,dc=example,dc=test\nchangetype: modrdn\nnewrdn: uid=alicia\n"
        "deleteoldrdn: 1\n");
    ASSERT_TRUE(asked.directory.person(alice.subject));
    EXPECT_EQ(asked.directory.person(alice.subject)->username, "alicia");
    EXPECT_FALSE(asked.directory.person("*"));
    EXPECT_FALSE(asked.directory.person("00000000-0000-0000-0000-000000000000"));
    slapd.change(
        "dn: uid=bob,ou=people,dc=example,dc=test\nchangetype: modify\nadd: employeeType\n"
        "employeeType: disabled\n");
    EXPECT_EQ(asked.directory.present({alice.subject, bob.subject}), std::vector<std::string>{alice.subject});
    EXPECT_EQ(asked.kind("bob"), Kind::unknown);
}

TEST(Directory, SaysWhatIsWrongWithTheSettings) {
    auto s = shared().settings();
    EXPECT_TRUE(Asked(s).directory.problems().empty());
    s.BindPassword = "other";
    EXPECT_EQ(Asked(s).directory.problems().size(), 1u);
    s = shared().settings();
    s.BaseDN = "dc=nowhere";
    EXPECT_EQ(Asked(s).directory.problems().size(), 1u);
    s = shared().settings();
    s.LdapServer = "192.0.2.1";  // elsewhere, in clear text: not even tried
    EXPECT_EQ(Asked(s).directory.problems().size(), 1u);
    EXPECT_EQ(Asked(s).kind("alice"), Kind::unavailable);
    s.ConnectionSecurity = "TLS";
    s.SkipCertificateVerification = true;
    EXPECT_EQ(Asked(s).directory.problems().size(), 1u);
}

}  // namespace
}  // namespace concordat::identity
