#include "identity/saml/message_readers.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "identity/saml_message/logout.hpp"
#include "identity/saml_message/messages.hpp"
#include "identity/saml_message/metadata.hpp"
#include "identity/saml_message/names.hpp"
#include "identity/saml_message/response.hpp"
#include "tests/identity/saml_message/messages.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/refusal.hpp"

namespace concordat::identity {
namespace {

using namespace std::chrono_literals;
using saml::SamlTask;

const std::string program = std::string(test::bin_dir) + "/concordat-saml";

MessageReaders::Limits patient() {
    return {2, 60s, 60s, 60s};
}

// What a browser would bring: the text as the provider wrote it, not canonical.
SamlTask task_of(const std::string& inner, const std::string& signature_info = {},
                 const std::string& value = {}) {
    SamlTask task;
    task.kind = "response";
    task.entity_id = "https://us.example";
    task.consumer_url = "https://us.example/acs";
    task.provider = saml::test::provider();
    auto assertion = inner;
    if (!signature_info.empty()) {
        const std::string issuer = "</saml:Issuer>";
        assertion.insert(assertion.find(issuer) + issuer.size(),
                         "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">" + signature_info +
                             "<ds:SignatureValue>" + value + "</ds:SignatureValue></ds:Signature>");
    }
    task.message = "<?xml version=\"1.0\"?>\n" + saml::test::response_text(assertion);
    return task;
}

TEST(MessageReaders, ReadWhatASignatureCovers) {
    MessageReaders readers(program, patient());
    const auto assertion = saml::test::Assertion().text();
    const auto part = saml::test::signed_part(assertion, "_a");
    const auto answer = readers.read(task_of(assertion, part.signed_info, part.value));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->problem, "");
    EXPECT_EQ(answer->library, "");
    ASSERT_EQ(answer->parts.size(), 1u);
    EXPECT_EQ(answer->parts[0].element, assertion);
    EXPECT_EQ(answer->parts[0].signed_info, part.signed_info);
    saml::Findings findings;
    const auto claims = saml::claims_in(*answer, saml::test::provider(), saml::test::expectation(), findings);
    ASSERT_TRUE(claims) << findings.steps.back().rule << " " << findings.steps.back().detail;
    EXPECT_EQ(claims->name_id, "ada");
    EXPECT_EQ(readers.lost(), 0u);
}

TEST(MessageReaders, SayWhyTheLibraryRefuses) {
    MessageReaders readers(program, patient());
    const auto assertion = saml::test::Assertion().text();
    const auto unsigned_one = readers.read(task_of(assertion));
    ASSERT_TRUE(unsigned_one);
    EXPECT_NE(unsigned_one->library, "");
    EXPECT_TRUE(unsigned_one->parts.empty());
    auto part = saml::test::signed_part(assertion, "_a");
    auto changed = assertion;
    changed.replace(changed.find(">ada<"), 5, ">bob<");
    const auto tampered = readers.read(task_of(changed, part.signed_info, part.value));
    ASSERT_TRUE(tampered);
    EXPECT_NE(tampered->library, "");
}

TEST(MessageReaders, SayWhatIsOddAboutTheStructure) {
    MessageReaders readers(program, patient());
    const auto assertion = saml::test::Assertion().text();
    for (const auto& inner : {assertion + assertion, "<x xmlns=\"urn:x\">" + assertion + "</x>"}) {
        const auto answer = readers.read(task_of(inner));
        ASSERT_TRUE(answer);
        EXPECT_NE(answer->problem, "");
        EXPECT_TRUE(answer->parts.empty());
    }
    SamlTask task;
    task.kind = "response";
    task.message = "<a>";
    EXPECT_NE(readers.read(task)->problem, "");
    task.message = "<a/>";
    task.kind = "unknown";
    EXPECT_NE(readers.read(task)->problem, "");
}

TEST(MessageReaders, ReadMetadata) {
    MessageReaders readers(program, patient());
    SamlTask task;
    task.kind = "metadata";
    auto provider = saml::test::provider();
    provider.sign_out_url = "https://idp.example/slo";
    task.message = saml::provider_metadata(provider);
    const auto answer = readers.read(task);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->problem, "");
    saml::Findings findings;
    const auto metadata = saml::metadata_in(*answer, {}, saml::test::noon, findings);
    ASSERT_TRUE(metadata);
    EXPECT_EQ(json_text(metadata->facts), json_text(provider));
    task.message = "<md:RoleDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\"/>";
    EXPECT_NE(readers.read(task)->problem, "");
}

// As our own requests are signed, so that the library and the rules read what a form brings.
TEST(MessageReaders, ReadLogouts) {
    MessageReaders readers(program, patient());
    SamlTask task;
    task.kind = "logout";
    task.entity_id = "https://us.example";
    task.consumer_url = "https://us.example/acs";
    task.provider = saml::test::provider();
    task.provider.sign_out_url = "https://idp.example/slo";
    const auto bare = saml::logout_request("_x", "https://us.example/slo", saml::test::noon,
                                           {"ada & <b>", std::string(saml::persistent_id), {}, {}, "s\"1"},
                                           "https://idp.example");
    const saml::Signing signing{saml::test::keys().key};
    task.message = saml::with_signature(bare, "_x", signing);
    auto answer = readers.read(task);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->problem, "");
    EXPECT_EQ(answer->library, "");
    ASSERT_EQ(answer->parts.size(), 1u);
    EXPECT_EQ(answer->parts[0].element, bare);
    saml::Findings findings;
    EXPECT_TRUE(saml::authentic_logout(*answer, false, task.provider, findings));

    task.message.replace(task.message.find("ada"), 3, "eve");
    answer = readers.read(task);
    ASSERT_TRUE(answer);
    EXPECT_NE(answer->library, "");
    EXPECT_FALSE(saml::authentic_logout(*answer, false, task.provider, findings));

    task.message = bare;
    const auto location = saml::redirect_to("x", "SAMLRequest", bare, "state & more", signing);
    task.query = location.substr(2);
    answer = readers.read(task);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->library, "");
    EXPECT_EQ(answer->message, bare);
    task.query.replace(task.query.find("state"), 5, "stats");
    EXPECT_NE(readers.read(task)->library, "");
}

// A program of our own in place of concordat-saml. `script` has the socket of each child in `child`.
class Impostor {
public:
    explicit Impostor(const std::string& script) : path(directory.path("concordat-saml")) {
        std::ofstream(path) << "#!/usr/bin/python3\nimport os, socket, sys, time\n"
                               "hello = b'1MSC' + bytes(12)\n"
                               "node = socket.socket(fileno=0)\n"
                            << script;
        chmod(path.c_str(), 0700);
    }
    static std::string for_each_child(const std::string& act) {
        return "while True:\n    _, sockets, _, _ = socket.recv_fds(node, 1, 1)\n    child = sockets[0]\n   "
               " " +
               act + "\n";
    }
    test::TemporaryDirectory directory;
    const std::string path;
};

TEST(MessageReaders, OneThatIsLostCostsItsMessageOnly) {
    const test::TemporaryDirectory directory;
    const auto once = directory.path("once");
    // The first says hello and hangs; the program that is started then is real.
    const Impostor impostor("if os.path.exists('" + once + "'): os.execv('" + program +
                            "', ['concordat-saml'])\n" + "open('" + once + "', 'w')\n" +
                            Impostor::for_each_child("os.write(child, hello)"));
    MessageReaders readers(impostor.path, {2, 500ms, 60s, 60s});
    SamlTask task;
    task.kind = "metadata";
    task.message = "<a/>";
    EXPECT_FALSE(readers.read(task));
    EXPECT_EQ(readers.lost(), 1u);
    MessageReaders others(impostor.path, patient());
    EXPECT_TRUE(others.read(task));
}

TEST(MessageReaders, ReadOnWhenTheProgramHasEnded) {
    const test::TemporaryDirectory directory;
    const auto once = directory.path("once");
    // It is over before it has forked anything; the next is real.
    const Impostor impostor("if os.path.exists('" + once + "'): os.execv('" + program +
                            "', ['concordat-saml'])\n" + "open('" + once + "', 'w')\n");
    MessageReaders readers(impostor.path, patient());
    SamlTask task;
    task.kind = "metadata";
    task.message = "<a/>";
    EXPECT_TRUE(readers.read(task));
    EXPECT_EQ(readers.lost(), 0u);
}

TEST(MessageReaders, EachMessageHasAProcessOfItsOwn) {
    MessageReaders readers(program, patient());
    SamlTask task;
    task.kind = "metadata";
    std::vector<std::thread> threads;
    std::atomic<int> read{0};
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&, task]() mutable {
            for (int j = 0; j < 10; ++j) {
                task.message = j % 5 == 4 ? std::string(200, '<') : "<a/>";
                if (readers.read(task)) ++read;
            }
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(read, 40);
    EXPECT_EQ(readers.lost(), 0u);
}

TEST(MessageReaders, NonsenseIsNotBelieved) {
    const Impostor impostor(Impostor::for_each_child(
        "os.write(child, hello + b'1MSC' + bytes(4) + b'\\5' + bytes(7) + b'hello')"));
    MessageReaders readers(impostor.path, patient());
    EXPECT_FALSE(readers.read({}));
}

TEST(MessageReaders, SayWhenNoneStarts) {
    MessageReaders nowhere("/nowhere/concordat-saml", patient());
    EXPECT_EQ(test::refusal([&] { nowhere.read({}); }), "saml.worker");
    const Impostor silent("sys.exit(1)\n");
    MessageReaders readers(silent.path, patient());
    EXPECT_EQ(test::refusal([&] { readers.read({}); }), "saml.worker");
}

}  // namespace
}  // namespace concordat::identity
