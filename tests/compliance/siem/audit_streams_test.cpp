// Records arrive in order at real receivers and in files, and none is lost, whatever goes wrong on the way.
#include "compliance/siem/audit_streams.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "identity/decision/decisions.hpp"
#include "tests/storage/database/database_fixture.hpp"
#include "tests/support/programs.hpp"
#include "tests/support/store.hpp"
#include "tests/support/syslog_receiver.hpp"

namespace concordat::compliance {
namespace {

using namespace std::chrono_literals;
using storage::eventually;
using test::refusal;
using test::SyslogReceiver;
using Manner = SyslogReceiver::Manner;

// Certificates take a while to make.
const std::string& certificates() {
    static const test::TemporaryDirectory directory;
    static const bool is_made = (test::make_certificate(directory.path()), true);
    (void)is_made;
    return directory.path();
}
const std::string& other_certificates() {
    static const test::TemporaryDirectory directory;
    static const bool is_made = (test::make_certificate(directory.path()), true);
    (void)is_made;
    return directory.path();
}

class AuditStreamsTest : public testing::Test {
protected:
    // So many decisions are recorded; the attempts count up over the whole test.
    void decide(int count) {
        for (int i = 0; i < count; ++i) {
            identity::Trail trail("sign_in", "attempt-" + std::to_string(++decided), "192.0.2.7");
            trail.refused("password.matches", "The password is wrong.");
            decisions.record(trail);
        }
    }
    void use(const std::function<void(Settings&)>& change) {
        auto next = *store.settings.current();
        change(next);
        store.settings.replace(next);
    }
    void use_tls(const std::string& address) {
        use([&](Settings& s) {
            s.ConcordatSettings.AuditSyslogAddress = address;
            s.ConcordatSettings.AuditSyslogAuthorityFile = certificates() + "/ca.pem";
        });
    }
    void use_file(const std::string& path) {
        use([&](Settings& s) {
            s.ExperimentalAuditSettings.FileEnabled = true;
            s.ExperimentalAuditSettings.FileName = path;
        });
    }
    std::vector<std::string> lines(const std::string& path) {
        std::vector<std::string> out;
        std::istringstream in(test::file_text(path));
        for (std::string line; std::getline(in, line);) out.push_back(line);
        return out;
    }
    static std::string attempt_in(const std::string& text) {
        const auto at = text.find("attempt-");
        return at == text.npos ? "" : text.substr(at, text.find('"', at) - at);
    }
    // Whether they are attempts 1 to `count`, each once, in order.
    static testing::AssertionResult are_all(const std::vector<std::string>& texts, int count) {
        if (texts.size() != static_cast<std::size_t>(count))
            return testing::AssertionFailure() << texts.size() << " instead of " << count;
        for (int i = 0; i < count; ++i)
            if (attempt_in(texts[static_cast<std::size_t>(i)]) != "attempt-" + std::to_string(i + 1))
                return testing::AssertionFailure()
                       << "at " << i << ": " << texts[static_cast<std::size_t>(i)];
        return testing::AssertionSuccess();
    }
    // The same, when records may have come more than once: the first coming of each counts.
    static testing::AssertionResult are_all_once_doubles_are_dropped(const std::vector<std::string>& texts,
                                                                     int count) {
        std::vector<std::string> firsts;
        for (const auto& text : texts)
            if (std::none_of(firsts.begin(), firsts.end(),
                             [&](const std::string& f) { return attempt_in(f) == attempt_in(text); }))
                firsts.push_back(text);
        return are_all(firsts, count);
    }
    std::string refused() {
        return refusal([&] { streams.syslog.deliver(); });
    }
    // By one that does not wait long.
    std::string refused_soon() {
        AuditStreams hasty(store.db, hasty_metrics, decisions, store.settings, 1500ms);
        return refusal([&] { hasty.syslog.deliver(); });
    }

    int decided = 0;
    test::Store store;
    Metrics metrics, hasty_metrics;
    identity::Decisions decisions{store.db};
    AuditStreams streams{store.db, metrics, decisions, store.settings};
};

TEST_F(AuditStreamsTest, NothingIsSentAndNothingWaitsWhileNobodyAsks) {
    decide(2);
    EXPECT_EQ(streams.syslog.deliver(), 0u);
    EXPECT_EQ(streams.file.deliver(), 0u);
    EXPECT_TRUE(streams.in_use().empty());
    EXPECT_EQ(streams.syslog.status().state, "off");
    EXPECT_EQ(refusal([&] { streams.syslog.test(); }), "compliance.siem.off");
    EXPECT_EQ(refusal([&] { streams.named("pager"); }), "compliance.siem.unknown");
}

TEST_F(AuditStreamsTest, EveryRecordArrivesOverTlsOnceAndInOrder) {
    SyslogReceiver receiver({certificates()});
    use_tls(receiver.address());
    decide(450);
    EXPECT_EQ(streams.syslog.status().waiting, 450);
    EXPECT_EQ(streams.syslog.deliver(), 200u);
    EXPECT_EQ(streams.syslog.deliver(), 200u);
    EXPECT_EQ(streams.syslog.deliver(), 50u);
    EXPECT_EQ(streams.syslog.deliver(), 0u);
    EXPECT_TRUE(are_all(receiver.messages(), 450));
    EXPECT_EQ(receiver.connections, 3);  // and none when there is nothing to say
    const auto status = streams.syslog.status();
    EXPECT_EQ(status.waiting, 0);
    EXPECT_GT(status.sent_at, 0);
    EXPECT_NE(metrics.text().find("concordat_audit_sent_total{sink=\"syslog\"} 450"), std::string::npos);
    EXPECT_NE(metrics.text().find("concordat_audit_backlog{sink=\"syslog\"} 0"), std::string::npos);
}

TEST_F(AuditStreamsTest, EachNamesTheDigestOfTheOneBefore) {
    SyslogReceiver receiver({certificates()});
    use_tls(receiver.address());
    decide(3);
    streams.syslog.deliver();
    const auto value = [](const std::string& message, const std::string& name) {
        const auto at = message.find(" " + name + "=\"");
        if (at == message.npos) return std::string();
        const auto from = at + name.size() + 3;
        return message.substr(from, message.find('"', from) - from);
    };
    const auto messages = receiver.messages();
    ASSERT_EQ(messages.size(), 3u);
    EXPECT_EQ(value(messages[0], "previous"), "");
    EXPECT_EQ(value(messages[1], "previous"), value(messages[0], "digest"));
    EXPECT_EQ(value(messages[2], "previous"), value(messages[1], "digest"));
    EXPECT_EQ(value(messages[2], "fault"), "");
}

TEST_F(AuditStreamsTest, PlainOnlyWhenAskedFor) {
    SyslogReceiver receiver({""});
    use_tls(receiver.address());
    decide(1);
    EXPECT_EQ(refused(), "compliance.siem.tls");
    use([](Settings& s) { s.ConcordatSettings.AuditSyslogSecurity = "plain"; });
    EXPECT_EQ(streams.syslog.deliver(), 1u);
    EXPECT_TRUE(are_all(receiver.messages(), 1));
}

TEST_F(AuditStreamsTest, AReceiverThatNobodyVouchesForGetsNothing) {
    SyslogReceiver receiver({certificates()});
    decide(1);
    use_tls(receiver.address());
    use([](Settings& s) { s.ConcordatSettings.AuditSyslogAuthorityFile = other_certificates() + "/ca.pem"; });
    EXPECT_EQ(refused(), "compliance.siem.certificate");
    use([](Settings& s) { s.ConcordatSettings.AuditSyslogAuthorityFile = ""; });  // the system's
    EXPECT_EQ(refused(), "compliance.siem.certificate");
    use_tls("localhost:" + std::to_string(receiver.port()));  // the certificate is for 127.0.0.1
    EXPECT_EQ(refused(), "compliance.siem.certificate");
    use_tls(receiver.address());
    use([](Settings& s) { s.ConcordatSettings.AuditSyslogAuthorityFile = "/nonexistent/ca.pem"; });
    EXPECT_EQ(refused(), "compliance.siem.own_certificate");
    EXPECT_TRUE(receiver.messages().empty());
    use_tls(receiver.address());
    EXPECT_EQ(streams.syslog.deliver(), 1u);
}

TEST_F(AuditStreamsTest, AReceiverMayAskForTheNodesCertificate) {
    SyslogReceiver receiver({certificates(), true});
    use_tls(receiver.address());
    decide(1);
    const auto without = refused();
    EXPECT_TRUE(without == "compliance.siem.tls" || without == "compliance.siem.cut") << without;
    EXPECT_EQ(streams.syslog.status().waiting, 1);
    use([](Settings& s) {
        s.ConcordatSettings.AuditSyslogCertificateFile = certificates() + "/server.pem";
        s.ConcordatSettings.AuditSyslogKeyFile = certificates() + "/server.key";
    });
    EXPECT_EQ(streams.syslog.deliver(), 1u);
    use([](Settings& s) { s.ConcordatSettings.AuditSyslogKeyFile = other_certificates() + "/server.key"; });
    EXPECT_EQ(refusal([&] { streams.syslog.test(); }), "compliance.siem.own_certificate");
}

TEST_F(AuditStreamsTest, NobodyThereOrANameThatIsNone) {
    decide(1);
    use_tls("127.0.0.1:" + std::to_string(test::free_port()));
    EXPECT_EQ(refused(), "compliance.siem.unreachable");
    use_tls("receiver.invalid:6514");
    EXPECT_EQ(refused(), "compliance.siem.address");
    EXPECT_EQ(streams.syslog.status().waiting, 1);
}

TEST_F(AuditStreamsTest, ASilentReceiverIsGivenUpInTime) {
    for (const bool is_tls : {true, false}) {
        SyslogReceiver receiver({is_tls ? certificates() : ""});
        receiver.be(Manner::is_deaf);
        use_tls(receiver.address());
        if (!is_tls) use([](Settings& s) { s.ConcordatSettings.AuditSyslogSecurity = "plain"; });
        decide(1);
        const auto begun = std::chrono::steady_clock::now();
        EXPECT_EQ(refused_soon(), is_tls ? "compliance.siem.silent" : "compliance.siem.unconfirmed");
        EXPECT_LT(std::chrono::steady_clock::now() - begun, 20s);
        EXPECT_EQ(streams.syslog.status().seq, 0);
    }
}

TEST_F(AuditStreamsTest, WhatAReceiverDoesNotConfirmComesAgain) {
    SyslogReceiver receiver({certificates()});
    use_tls(receiver.address());
    decide(3);
    receiver.be(Manner::stays);
    EXPECT_EQ(refused_soon(), "compliance.siem.unconfirmed");
    EXPECT_EQ(streams.syslog.status().seq, 0);
    receiver.be(Manner::reads);
    EXPECT_EQ(streams.syslog.deliver(), 3u);
    EXPECT_EQ(receiver.messages().size(), 6u);
    EXPECT_TRUE(are_all_once_doubles_are_dropped(receiver.messages(), 3));
}

TEST_F(AuditStreamsTest, AReceiverThatGoesAtOnceHasNothing) {
    for (const bool is_tls : {true, false}) {
        SyslogReceiver receiver({is_tls ? certificates() : ""});
        use_tls(receiver.address());
        use([&](Settings& s) { s.ConcordatSettings.AuditSyslogSecurity = is_tls ? "TLS" : "plain"; });
        decide(1);
        receiver.be(Manner::leaves);
        for (int i = 0; i < 20; ++i) EXPECT_NE(refused(), "") << "round " << i;
        EXPECT_EQ(streams.syslog.status().seq, 0);
    }
}

TEST_F(AuditStreamsTest, AConnectionThatIsCutInTheMiddleOfARecordLosesNone) {
    for (const bool is_tls : {true, false}) {
        SyslogReceiver receiver({is_tls ? certificates() : ""});
        use_tls(receiver.address());
        use([&](Settings& s) { s.ConcordatSettings.AuditSyslogSecurity = is_tls ? "TLS" : "plain"; });
        const auto before = streams.syslog.status().seq;
        decide(40);
        for (const std::size_t bytes : {1u, 700u, 5000u}) {
            receiver.be(Manner::cuts, bytes);
            EXPECT_EQ(refused(), "compliance.siem.cut") << bytes;
            EXPECT_EQ(streams.syslog.status().seq, before);
        }
        EXPECT_GT(receiver.messages().size(), 0u);
        receiver.be(Manner::reads);
        EXPECT_EQ(streams.syslog.deliver(), 40u);
        EXPECT_TRUE(are_all_once_doubles_are_dropped(receiver.messages(), 40));
        decided = 0;
    }
}

TEST_F(AuditStreamsTest, GoOnWhereTheyStoppedAfterARestartAndAnOutage) {
    const test::TemporaryDirectory directory;
    const auto path = directory.path("audit.jsonl");
    auto receiver = std::make_unique<SyslogReceiver>(SyslogReceiver::Keys{certificates()});
    const auto port = receiver->port();
    use_tls(receiver->address());
    use_file(path);
    {
        AuditStreams first(store.db, metrics, decisions, store.settings);
        first.start();
        decide(5);
        first.wake();
        EXPECT_TRUE(eventually([&] { return receiver->messages().size() == 5 && lines(path).size() == 5; }));
        EXPECT_TRUE(eventually([&] { return first.syslog.status().waiting == 0; }));
        EXPECT_EQ(first.syslog.status().state, "working");
        EXPECT_TRUE(are_all(receiver->messages(), 5));
        receiver.reset();
        decide(5);
        first.wake();
        // The file does not wait for the receiver.
        EXPECT_TRUE(eventually([&] { return lines(path).size() == 10; }));
        EXPECT_TRUE(eventually([&] { return first.syslog.status().state == "failing"; }));
        const auto status = first.syslog.status();
        EXPECT_EQ(status.error, "compliance.siem.unreachable");
        EXPECT_EQ(status.waiting, 5);
        EXPECT_GT(status.failing_since, 0);
    }
    decide(5);
    receiver = std::make_unique<SyslogReceiver>(SyslogReceiver::Keys{certificates()}, port);
    AuditStreams second(store.db, metrics, decisions, store.settings);
    EXPECT_EQ(second.syslog.status().state, "stopped");
    second.start();
    EXPECT_TRUE(eventually([&] { return receiver->messages().size() == 10 && lines(path).size() == 15; }));
    EXPECT_EQ(attempt_in(receiver->messages().front()), "attempt-6");
    EXPECT_EQ(attempt_in(receiver->messages().back()), "attempt-15");
    EXPECT_TRUE(are_all(lines(path), 15));
}

TEST_F(AuditStreamsTest, OtherSettingsAreTriedAtOnceAndAFailureEnds) {
    SyslogReceiver receiver({certificates()});
    use_tls("127.0.0.1:" + std::to_string(test::free_port()));
    decide(1);
    streams.start();
    EXPECT_TRUE(eventually([&] { return streams.syslog.status().state == "failing"; }));
    use_tls(receiver.address());
    EXPECT_TRUE(eventually([&] { return streams.syslog.status().state == "working"; }));
    EXPECT_TRUE(eventually([&] { return receiver.messages().size() == 1; }));
    EXPECT_EQ(streams.syslog.status().error,
              "compliance.siem.unreachable");  // the last one, to be read later
}

TEST_F(AuditStreamsTest, StoppingDoesNotWaitForASilentReceiver) {
    SyslogReceiver receiver({certificates()});
    receiver.be(Manner::is_deaf);
    use_tls(receiver.address());
    decide(1);
    AuditStreams patient(store.db, metrics, decisions, store.settings, 10min);
    patient.start();
    EXPECT_TRUE(eventually([&] { return receiver.connections > 0; }));
    const auto begun = std::chrono::steady_clock::now();
    patient.stop();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 30s);
}

TEST_F(AuditStreamsTest, RecordsWrittenInParallelAreNotPassedOver) {
    const test::TemporaryDirectory directory;
    use_file(directory.path("audit.jsonl"));
    streams.start();
    std::vector<std::thread> writers;
    for (int w = 0; w < 3; ++w)
        writers.emplace_back([&] {
            for (int i = 0; i < 20; ++i) {
                identity::Trail trail("session", "attempt-x");
                trail.admitted("session.started");
                decisions.record(trail);
                streams.wake();
            }
        });
    for (auto& writer : writers) writer.join();
    EXPECT_TRUE(eventually([&] { return lines(directory.path("audit.jsonl")).size() >= 60; }));
    std::string digest;
    for (const auto& text : lines(directory.path("audit.jsonl"))) {
        const auto line = json::parse(text).as_object();
        const auto* previous = line.if_contains("previous");
        EXPECT_EQ(previous ? std::string(previous->as_string()) : "", digest);
        digest = std::string(line.at("digest").as_string());
        EXPECT_FALSE(line.contains("fault"));
    }
    EXPECT_EQ(lines(directory.path("audit.jsonl")).size(), 60u);
}

TEST_F(AuditStreamsTest, AChangedOrMissingRecordIsSentWithItsFaultAndHoldsUpNobody) {
    const test::TemporaryDirectory directory;
    const auto path = directory.path("audit.jsonl");
    use_file(path);
    decide(5);
    store.db.transact([](storage::Tx& tx) {
        tx.run_script("delete from identity_decisions where attempt = 'attempt-2'");
        tx.run_script(
            "update identity_decisions set body = set_byte(body, 40, get_byte(body, 40) # 1) where attempt = "
            "'attempt-4'");
    });
    EXPECT_EQ(streams.file.deliver(), 4u);
    const auto got = lines(path);
    ASSERT_EQ(got.size(), 4u);
    EXPECT_EQ(got[0].find("fault"), std::string::npos);
    EXPECT_NE(got[1].find("the record before it is not the one that was there"), std::string::npos) << got[1];
    EXPECT_NE(got[2].find("it was changed, or its key is gone"), std::string::npos) << got[2];
    EXPECT_NE(got[2].find("attempt-4"), std::string::npos);
    EXPECT_NE(got[3].find("the record before it"), std::string::npos) << got[3];
}

TEST_F(AuditStreamsTest, TheFileIsTheNodesOwnAndMadeAnewWhenItIsRotatedAway) {
    const test::TemporaryDirectory directory;
    const auto path = directory.path("audit.jsonl");
    use_file(path);
    decide(2);
    EXPECT_EQ(streams.file.deliver(), 2u);
    struct stat info {};
    ASSERT_EQ(::stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u);
    std::filesystem::rename(path, path + ".1");
    use([](Settings& s) { s.ConcordatSettings.AuditFileGroupReadable = true; });
    decide(2);
    EXPECT_EQ(streams.file.deliver(), 2u);
    ASSERT_EQ(::stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0640u);
    auto all = lines(path + ".1");
    for (const auto& line : lines(path)) all.push_back(line);
    EXPECT_TRUE(are_all(all, 4));
}

TEST_F(AuditStreamsTest, ALineThatACrashCutShortIsEndedFirst) {
    const test::TemporaryDirectory directory;
    const auto path = directory.path("audit.jsonl");
    use_file(path);
    decide(1);
    std::ofstream(path) << "{\"seq\":1,\"id\":\"abc";
    EXPECT_EQ(streams.file.deliver(), 1u);
    const auto got = lines(path);
    ASSERT_EQ(got.size(), 2u);
    EXPECT_EQ(attempt_in(got[1]), "attempt-1");
    EXPECT_NO_THROW(json::parse(got[1]));
}

TEST_F(AuditStreamsTest, AFileThatIsNotTheNodesOwnIsLeftAlone) {
    const test::TemporaryDirectory directory;
    const auto path = directory.path("audit.jsonl"), other = directory.path("other");
    use_file(path);
    decide(1);
    const auto refused_file = [&] { return refusal([&] { streams.file.deliver(); }); };
    std::ofstream(other) << "precious\n";
    std::filesystem::create_symlink(other, path);
    EXPECT_EQ(refused_file(), "compliance.siem.file");
    std::filesystem::remove(path);
    std::filesystem::create_hard_link(other, path);
    EXPECT_EQ(refused_file(), "compliance.siem.file_kind");
    std::filesystem::remove(path);
    std::ofstream(path) << "";
    ::chmod(path.c_str(), 0666);
    EXPECT_EQ(refused_file(), "compliance.siem.file_kind");
    std::filesystem::remove(path);
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    EXPECT_EQ(refused_file(), "compliance.siem.file_kind");
    std::filesystem::remove(path);
    use_file("/nonexistent/audit.jsonl");
    EXPECT_EQ(refused_file(), "compliance.siem.file");
    EXPECT_EQ(test::file_text(other), "precious\n");
}

TEST_F(AuditStreamsTest, ATestRecordArrivesAndMovesNothing) {
    SyslogReceiver receiver({certificates()});
    use_tls(receiver.address());
    decide(1);
    streams.syslog.test();
    ASSERT_EQ(receiver.messages().size(), 1u);
    EXPECT_NE(receiver.messages()[0].find(" test [concordat@32473 seq=\"0\" "), std::string::npos)
        << receiver.messages()[0];
    EXPECT_EQ(streams.syslog.status().waiting, 1);
}

TEST_F(AuditStreamsTest, WhatWasSentIsSentAgainWhenAskedFor) {
    const test::TemporaryDirectory directory;
    const auto path = directory.path("audit.jsonl");
    use_file(path);
    decide(3);
    EXPECT_EQ(refusal([&] { streams.resend("file", 1000000); }), "compliance.siem.ahead");
    streams.file.deliver();
    const auto first = json::parse(lines(path)[0]).at("seq").as_int64();
    streams.resend("file", first);
    EXPECT_EQ(streams.file.deliver(), 3u);  // two again, and that they were asked for
    const auto got = lines(path);
    ASSERT_EQ(got.size(), 6u);
    EXPECT_EQ(attempt_in(got[3]), "attempt-2");
    EXPECT_EQ(got[3].find("fault"), std::string::npos);
    EXPECT_NE(got[5].find("audit.resend"), std::string::npos);
}

TEST_F(AuditStreamsTest, NamesOfPeopleGoWithTheirIds) {
    const test::TemporaryDirectory directory;
    const auto path = directory.path("audit.jsonl");
    use_file(path);
    const auto ada = store.user("ada"), boss = store.admin("boss");
    identity::Trail trail("account", "attempt-1");
    trail.decision.user_id = ada.id;
    trail.decision.actor_id = boss.id;
    trail.admitted("account.unlocked", "what nobody outside needs");
    decisions.record(trail);
    streams.file.deliver();
    const auto line = json::parse(lines(path).at(0)).as_object();
    EXPECT_EQ(line.at("user").as_string(), "ada");
    EXPECT_EQ(line.at("actor").as_string(), "boss");
    EXPECT_EQ(line.at("user_id").as_string(), ada.id.text());
    EXPECT_EQ(test::file_text(path).find("nobody outside"), std::string::npos);
}

}  // namespace
}  // namespace concordat::compliance
