// New passwords and proved addresses by link: who gets one, what it is good for, and what it is not.
#include "identity/account/mail_links.hpp"

#include <gtest/gtest.h>

#include "identity/account/accounts.hpp"
#include "identity/account/passwords.hpp"
#include "identity/mail/notices.hpp"
#include "storage/tables/letters.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/smtp_server.hpp"
#include "tests/support/store.hpp"

namespace concordat::identity {
namespace {

using test::refusal;
using test::SmtpServer;

constexpr const char *old_password = "correct horse battery", *new_password = "staple of another kind";
constexpr const char *bad_link = "api.user.reset_password.invalid_link.app_error",
                     *bad_proof = "api.user.verify_email.bad_link.app_error";

struct Desk {
    explicit Desk(bool must_verify = false) : store(wanted(must_verify)) {
        NewAccount account;
        account.user.username = "ada";
        account.user.email = "ada@example.org";
        account.password = old_password;
        account.by_operator = !must_verify;
        account.is_invited = true;
        if (must_verify) store.user("somebody");
        ada = accounts.create(std::move(account), Actor());
    }
    Settings wanted(bool must_verify) {
        auto settings = server.settings();
        settings.ConcordatSettings.Argon2MemoryKiB = 8;
        settings.ConcordatSettings.Argon2Iterations = 1;
        settings.EmailSettings.RequireEmailVerification = must_verify;
        return settings;
    }
    // What the thread does, until nothing is due.
    void send() {
        while (office.send_due() > 0) {
        }
    }
    std::string ask(const std::string& email) {
        links.ask_for_reset(email);
        send();
        return latest_token();
    }
    // Of the letter that came last; "" when there is none.
    std::string latest_token() {
        std::string token;
        for (const auto& letter : server.letters()) {
            const auto link = test::link_in(letter);
            if (const auto at = link.find("token="); at != link.npos && !known.contains(link)) {
                known.insert(link);
                token = link.substr(at + 6, 52);
            }
        }
        return token;
    }
    bool is_password(const std::string& password) {
        const auto credential =
            store.db.read([&](storage::Tx& tx) { return storage::UserTable(tx).credential(ada.id); });
        return verify_password(password, credential->password_hash, *store.settings.current());
    }
    std::string reset(const std::string& token, const std::string& password = new_password) {
        return refusal([&] { links.reset(token, password, new_token(), "203.0.113.9"); });
    }
    std::string rule() { return decisions.list({}).at(0).rule; }

    SmtpServer server;
    std::set<std::string> known;
    test::Store store;
    Metrics metrics;
    Sessions sessions{store.db, store.settings, store.roles};
    Decisions decisions{store.db};
    Accounts accounts{store.db, store.gate, sessions, store.settings};
    PostOffice office{store.db, metrics, store.settings};
    Notices notices{store.db, office, store.settings};
    MailLinks links{store.db, office, sessions, decisions, store.settings};
    User ada;
};

TEST(PasswordReset, ALinkIsGoodOnceAndEndsAllSessions) {
    Desk d;
    const auto session = d.sessions.start(d.ada, {});
    const auto token = d.ask("Ada@Example.org ");
    ASSERT_EQ(token.size(), 52u);
    EXPECT_EQ(d.reset(token), "");
    EXPECT_TRUE(d.is_password(new_password));
    EXPECT_EQ(d.rule(), "reset_link.used");
    d.sessions.on_facts({storage::fact_of(PasswordChanged{d.ada.id, d.ada.id}, 1)});
    EXPECT_TRUE(d.sessions.of_user(d.ada.id).empty());
    EXPECT_EQ(d.reset(token, "a third one, long enough"), bad_link);
    EXPECT_TRUE(d.is_password(new_password));
    EXPECT_EQ(d.rule(), "reset_link.known");
}

TEST(PasswordReset, AsksNobodyWhetherThereIsSuchAnAccount) {
    Desk d;
    EXPECT_EQ(refusal([&] { d.links.ask_for_reset("nobody@example.org"); }), "");
    d.send();
    EXPECT_TRUE(d.server.letters().empty());
    EXPECT_EQ(refusal([&] { d.links.ask_for_reset(" "); }), "api.context.invalid_body_param.app_error");
}

TEST(PasswordReset, TokensAreNotInTheDatabase) {
    Desk d;
    const auto token = d.ask("ada@example.org");
    const auto count = d.store.db.read([&](storage::Tx& tx) {
        return storage::int_in(tx.exec(
            "select count(*) from mail_links where encode(token_hash, 'escape') like '%' || $1 || '%' "
            "or encode(body, 'escape') like '%' || $1 || '%'",
            token)[0][0]);
    });
    EXPECT_EQ(count, 0);
    EXPECT_EQ(d.reset(token), "");
}

TEST(PasswordReset, RefusesWhatIsStale) {
    Desk d;
    EXPECT_EQ(d.reset("made up"), bad_link);
    const auto late = d.ask("ada@example.org");
    d.store.wait(MailLinks::good_for + 1000);
    EXPECT_EQ(d.reset(late), "api.user.reset_password.link_expired.app_error");
    EXPECT_EQ(d.rule(), "reset_link.in_time");
    const auto moved = d.ask("ada@example.org");
    UserPatch patch;
    patch.email = "ada@example.com";
    d.accounts.patch(d.store.actor(d.store.admin()), d.ada.id, patch);
    EXPECT_EQ(d.reset(moved), bad_link);
    EXPECT_EQ(d.rule(), "reset_link.address");
    const auto off = d.ask("ada@example.com");
    d.accounts.set_active(d.store.actor(d.store.admin("root")), d.ada.id, false);
    EXPECT_EQ(d.reset(off), bad_link);
    EXPECT_EQ(d.rule(), "account.active");
    EXPECT_TRUE(d.is_password(old_password));
}

TEST(PasswordReset, AWeakPasswordLeavesTheLinkGood) {
    Desk d;
    const auto token = d.ask("ada@example.org");
    EXPECT_NE(d.reset(token, "short"), "");
    EXPECT_TRUE(d.is_password(old_password));
    EXPECT_EQ(d.reset(token), "");
}

TEST(PasswordReset, WhoSignsInElsewhereIsToldWhere) {
    Desk d;
    auto user = *d.accounts.find(d.ada.id);
    user.auth_service = "ldap";
    d.store.db.transact([&](storage::Tx& tx) { storage::UserTable(tx).update(user); });
    EXPECT_EQ(d.ask("ada@example.org"), "");
    ASSERT_EQ(d.server.letters().size(), 1u);
    EXPECT_NE(d.server.letters()[0].find("signs in by ldap"), std::string::npos);
    for (std::int64_t i = 0; i < 2 * MailLinks::most_an_hour; ++i) d.ask("ada@example.org");
    EXPECT_EQ(std::ssize(d.server.letters()), MailLinks::most_an_hour) << "nobody's mailbox is flooded";
}

TEST(PasswordReset, SendsAnAccountFiveLinksAnHour) {
    Desk d;
    for (std::int64_t i = 0; i < MailLinks::most_an_hour; ++i) EXPECT_NE(d.ask("ada@example.org"), "");
    EXPECT_EQ(d.ask("ada@example.org"), "");
    d.store.wait(3600 * 1000 + 1000);
    EXPECT_NE(d.ask("ada@example.org"), "");
}

TEST(PasswordReset, SaysThatNoMailIsSent) {
    Desk d;
    auto settings = *d.store.settings.current();
    settings.EmailSettings.SMTPServer.clear();
    settings.ConcordatSettings = {};
    d.store.settings.replace(settings);
    EXPECT_EQ(refusal([&] { d.links.ask_for_reset("ada@example.org"); }),
              "api.user.send_password_reset.send.app_error");
}

TEST(AddressProof, IsAskedForWhenAnAccountIsMadeAndWorksOnce) {
    Desk d(true);
    EXPECT_FALSE(d.accounts.get(d.ada.id).email_verified.value_or(false));
    d.notices.take({storage::fact_of(UserCreated{d.ada, d.ada.id}, 1)});
    d.send();
    const auto token = d.latest_token();
    ASSERT_EQ(token.size(), 52u);
    const auto verify = [&](const std::string& with) {
        return refusal([&] { d.links.verify(with, new_token(), "203.0.113.9"); });
    };
    EXPECT_EQ(d.reset(token), bad_link) << "a proof of an address is no way to a password";
    EXPECT_EQ(verify(token), "");
    EXPECT_TRUE(d.accounts.get(d.ada.id).email_verified.value_or(false));
    EXPECT_EQ(verify(token), bad_proof);
    EXPECT_EQ(verify("made up"), bad_proof);
    const auto reset = d.ask("ada@example.org");
    EXPECT_EQ(verify(reset), bad_proof);
}

TEST(AddressProof, AnAdministratorCanVouch) {
    Desk d(true);
    const auto admin = d.store.actor(d.store.admin());
    EXPECT_TRUE(d.links.verify_by(admin, d.ada.id, "attempt").email_verified.value_or(false));
    EXPECT_EQ(d.rule(), "account.verified");
    EXPECT_EQ(refusal([&] { d.links.verify_by(admin, UserId::fresh(), "attempt"); }),
              "app.user.missing_account.const");
}

TEST(AddressProof, LinksAreSweptWhenTheyAreOver) {
    Desk d;
    d.ask("ada@example.org");
    EXPECT_EQ(d.links.sweep(), 0);
    d.store.wait(MailLinks::good_for + 1000);
    EXPECT_EQ(d.links.sweep(), 1);
}

}  // namespace
}  // namespace concordat::identity
