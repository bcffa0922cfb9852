// Letters go to a real mail server, each once, and none is lost while it is away.
#include "identity/mail/post_office.hpp"

#include <algorithm>

#include "identity/mail/notices.hpp"
#include "storage/tables/letters.hpp"
#include "storage/tables/users.hpp"
#include "tests/storage/database/database_fixture.hpp"
#include "tests/support/smtp_server.hpp"

namespace concordat::identity {
namespace {

using storage::Base;
using test::SmtpServer;

struct Office : Base {
    explicit Office(Settings with, std::string authorities = {})
        : settings(std::move(with)), office(db, metrics, settings, std::move(authorities)) {}

    void hand_in(const std::string& to, const std::string& kind = "password_changed", StringMap values = {}) {
        Letter letter;
        letter.kind = kind;
        letter.to = to;
        letter.values = std::move(values);
        db.transact([&](storage::Tx& tx) { office.hand_in(tx, letter); });
    }
    // As if that much time had passed.
    void pass(Millis time) {
        db.transact([&](storage::Tx& tx) {
            tx.run_script("update letters set due_at = due_at - " + std::to_string(time) +
                          ", create_at = create_at - " + std::to_string(time));
        });
    }
    std::int64_t waiting() { return number("select count(*) from letters"); }

    LiveSettings settings;
    Metrics metrics;
    PostOffice office;
};

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != text.npos;
}

TEST(PostOffice, SendsALetterOnce) {
    SmtpServer server;
    Office o(server.settings());
    o.hand_in("ada@example.org");
    EXPECT_EQ(o.office.send_due(), 1u);
    EXPECT_EQ(o.office.send_due(), 0u);
    EXPECT_EQ(o.waiting(), 0);
    const auto letters = server.letters();
    ASSERT_EQ(letters.size(), 1u);
    EXPECT_TRUE(has(letters[0], "To: ada@example.org"));
    EXPECT_TRUE(has(letters[0], "From: noreply@chat.example.org"));
    EXPECT_TRUE(has(letters[0], "Your password was changed"));
    EXPECT_TRUE(has(letters[0], "multipart/alternative"));
    EXPECT_TRUE(has(letters[0], "Auto-Submitted: auto-generated"));
    EXPECT_TRUE(has(letters[0], "@chat.example.org>"));
}

TEST(PostOffice, SpeaksTheReadersLanguageAndEscapes) {
    SmtpServer server;
    Office o(server.settings());
    Letter letter;
    letter.kind = "invite_member";
    letter.to = "ada@example.org";
    letter.locale = "de";
    letter.values = {{"team", "R&D <Ada>\r\nBcc: mallory@example.org"},
                     {"sender", "@bob"},
                     {"link", "https://chat.example.org/x"}};
    o.db.transact([&](storage::Tx& tx) { o.office.hand_in(tx, letter); });
    EXPECT_EQ(o.office.send_due(), 1u);
    ASSERT_EQ(server.letters().size(), 1u);
    const auto got = server.letters()[0];
    const auto head = got.substr(0, std::min(got.find("\n\n"), got.find("\r\n\r\n")));
    EXPECT_FALSE(has(head, "\nBcc:"));
    EXPECT_TRUE(has(got, "R&amp;D &lt;Ada&gt;"));
    EXPECT_TRUE(has(got, "Dem Team beitreten"));
}

TEST(PostOffice, KeepsLettersWhileTheServerIsAway) {
    SmtpServer server;
    server.stop();
    Office o(server.settings());
    o.hand_in("ada@example.org");
    o.hand_in("bob@example.org");
    EXPECT_EQ(o.office.send_due(), 0u);
    EXPECT_EQ(o.waiting(), 2);
    server.start();
    EXPECT_EQ(o.office.send_due(), 0u) << "they wait a little first";
    o.pass(61 * 1000);
    EXPECT_EQ(o.office.send_due(), 2u);
    EXPECT_EQ(server.letters().size(), 2u);
}

TEST(PostOffice, GivesUpAfterADay) {
    SmtpServer server;
    server.stop();
    Office o(server.settings());
    o.hand_in("ada@example.org");
    o.pass(PostOffice::given_up_after + 1000);
    EXPECT_EQ(o.office.send_due(), 0u);
    EXPECT_EQ(o.waiting(), 0);
    EXPECT_TRUE(has(o.metrics.text(), "concordat_mail_letters_total{outcome=\"dropped\"} 1"));
}

// A letter that the server will never take must not hold up the next one.
TEST(PostOffice, DropsWhatTheServerRefusesForGood) {
    SmtpServer server;
    Office o(server.settings());
    o.hand_in("zoë@example.org");  // this server takes plain ASCII only
    o.hand_in("bob@example.org");
    o.office.send_due();
    EXPECT_EQ(o.waiting(), 0);
    ASSERT_EQ(server.letters().size(), 1u);
    EXPECT_TRUE(has(server.letters()[0], "bob@example.org"));
}

TEST(PostOffice, SpeaksTlsToAServerThatItKnowsOnly) {
    for (const std::string security : {"TLS", "STARTTLS"}) {
        SmtpServer server(security);
        Office good(server.settings(), server.authority());
        good.hand_in("ada@example.org");
        EXPECT_EQ(good.office.send_due(), 1u) << security;
        EXPECT_EQ(server.letters().size(), 1u) << security;
        Office stranger(server.settings());
        stranger.hand_in("ada@example.org");
        EXPECT_EQ(stranger.office.send_due(), 0u) << security;
        EXPECT_EQ(stranger.waiting(), 1) << security;
        EXPECT_EQ(server.letters().size(), 1u) << security;
    }
}

TEST(PostOffice, SendsNothingInTheClearWhenStartTlsIsWanted) {
    SmtpServer server;
    auto settings = server.settings();
    settings.EmailSettings.ConnectionSecurity = "STARTTLS";
    Office o(settings);
    o.hand_in("ada@example.org");
    EXPECT_EQ(o.office.send_due(), 0u);
    EXPECT_EQ(o.waiting(), 1);
    EXPECT_TRUE(server.letters().empty());
}

TEST(PostOffice, IsClosedWithoutAServer) {
    Office o(Settings{});
    EXPECT_FALSE(o.office.is_open());
    o.hand_in("ada@example.org");
    EXPECT_EQ(o.waiting(), 0);
    EXPECT_EQ(test::refusal([&] { o.office.send_test("ada@example.org", "en"); }),
              "api.admin.test_email.missing_server");
}

TEST(PostOffice, RequestsAreActedOnLaterAndBounded) {
    SmtpServer server;
    Office o(server.settings());
    std::vector<std::string> acted;
    o.office.on_request("ask", [&](storage::Tx&, const Letter& request) { acted.push_back(request.to); });
    EXPECT_TRUE(o.office.request("ask", "ada@example.org"));
    EXPECT_TRUE(o.office.request("ask", "ada@example.org"));
    EXPECT_TRUE(o.office.request("ask", "bob@example.org"));
    EXPECT_EQ(o.waiting(), 2) << "one that waits is enough";
    while (o.office.send_due() > 0) {
    }
    EXPECT_EQ(acted.size(), 2u);
    EXPECT_EQ(o.waiting(), 0);
    for (std::int64_t i = 0; i < PostOffice::most_requests; ++i) o.office.request("ask", std::to_string(i));
    EXPECT_FALSE(o.office.request("ask", "one too many"));
}

// What goes wrong with one letter, in whatever way, leaves those behind it alone.
TEST(PostOffice, ARequestThatFailsHoldsUpNobody) {
    SmtpServer server;
    Office o(server.settings());
    o.office.on_request("error",
                        [](storage::Tx&, const Letter&) { throw Error(Fault::internal, "test.no"); });
    o.office.on_request("exception",
                        [](storage::Tx&, const Letter&) { throw std::logic_error("a mistake"); });
    o.office.request("error", "ada@example.org");
    o.office.request("exception", "ada@example.org");
    o.hand_in("bob@example.org");
    o.office.send_due();
    EXPECT_EQ(server.letters().size(), 1u);
    EXPECT_EQ(o.waiting(), 1) << "the mistake is tried again, the refusal is not";
}

User person(Office& o, const std::string& name) {
    User user;
    user.id = UserId::fresh();
    user.username = name;
    user.email = name + "@example.org";
    user.roles = "system_user";
    user.locale = "en";
    o.db.transact([&](storage::Tx& tx) { storage::UserTable(tx).insert(user, {}); });
    return user;
}

TEST(Notices, TellPeopleWhatHappenedToTheirAccount) {
    SmtpServer server;
    Office o(server.settings());
    Notices notices(o.db, o.office, o.settings);
    const auto ada = person(o, "ada");
    auto moved = ada;
    moved.email = "ada@example.com";
    const std::vector<storage::Fact> facts{
        storage::fact_of(PasswordChanged{ada.id, ada.id}, 1),
        storage::fact_of(UserUpdated{moved, ada, ada.id}, 2),
        storage::fact_of(UserActivated{ada.id, false, ada.id}, 3),
        storage::fact_of(UserActivated{ada.id, true, ada.id}, 4),
        storage::fact_of(FactorsChanged{ada.id, ada.id, true, "totp_added"}, 5),
        storage::fact_of(FactorsChanged{ada.id, ada.id, true, "code_used"}, 6),
        storage::fact_of(FactorsChanged{ada.id, ada.id, true, "passkey_added"}, 7),
        storage::fact_of(FactorsChanged{ada.id, ada.id, true, "passkey_removed"}, 8),
        storage::fact_of(FactorsChanged{ada.id, ada.id, true, "totp_removed"}, 9),
        storage::fact_of(FactorsChanged{ada.id, ada.id, false, "passkey_removed"}, 10)};
    notices.take(facts);
    notices.take(facts);  // as after a crash
    EXPECT_EQ(o.waiting(), 8);
    o.office.send_due();
    std::string all;
    for (const auto& letter : server.letters()) {
        EXPECT_TRUE(has(letter, "To: ada@example.org"));
        all += letter;
    }
    for (const char* said : {"password was changed", "is now ada@example.com", "deactivated",
                             "second factor was set up", "passkey was added", "passkey was removed",
                             "app was removed", "no longer asks for a second factor"})
        EXPECT_TRUE(has(all, said)) << said;
}

}  // namespace
}  // namespace concordat::identity
