#include "compliance/verify/package_check.hpp"

#include <Poco/DateTime.h>
#include <Poco/Path.h>
#include <Poco/Zip/Compress.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/crypto/signing.hpp"
#include "tests/support/temporary_directory.hpp"

namespace concordat::compliance {
namespace {

std::string hex_digest(const std::string& text) {
    return hex_of(storage::text_of(storage::sha256(text)));
}

struct Made {
    std::string manifest, signature;
    std::vector<std::pair<std::string, std::string>> members;
};

// A package like those of exports, to be changed.
class PackageCheck : public testing::Test {
protected:
    Made make(const std::string& id, const std::string& after, const std::string& upto, std::int64_t from,
              std::int64_t to, const Made* before = nullptr, const std::string& before_id = {}) const {
        Made out;
        out.members = {{"batch001-1-2.zip", "the first " + id},
                       {"batch002-2-3.zip", std::string(300000, 'x')}};
        json::array members;
        for (const auto& [path, text] : out.members)
            members.push_back(
                json::object{{"path", path}, {"sha256", hex_digest(text)}, {"size", text.size()}});
        json::value previous;
        if (before)
            previous = json::object{{"export", before_id}, {"manifest_sha256", hex_digest(before->manifest)}};
        out.manifest =
            json::serialize(json::object{{"counts", json::object{{"messages", 7}, {"warnings", 0}}},
                                         {"export", id},
                                         {"format", "concordat-export/1"},
                                         {"installation", "here"},
                                         {"journal", json::object{{"after", after}, {"upto", upto}}},
                                         {"members", members},
                                         {"period", json::object{{"from", from}, {"to", to}}},
                                         {"previous", previous},
                                         {"type", "csv"}});
        out.signature = key.sign(out.manifest);
        return out;
    }
    Made one() const { return make("one", "0/0", "9/1", 0, 100); }

    // The same, signed, with what its manifest says of those who approved it.
    Made approved(const Made& made, std::int64_t needed, std::vector<std::string> people) const {
        json::array votes;
        for (const auto& id : people)
            votes.push_back(
                json::object{{"at", 60}, {"reason", ""}, {"user", id}, {"username", "name-" + id}});
        auto manifest = json::parse(made.manifest).as_object();
        manifest["approval"] =
            json::object{{"asked_at", 50},   {"asked_by", "olive-id"},     {"asked_by_name", "olive"},
                         {"needed", needed}, {"reason", "case\x1b[31m 7"}, {"votes", votes}};
        auto out = made;
        out.manifest = json::serialize(manifest);
        out.signature = key.sign(out.manifest);
        return out;
    }

    std::string write(const Made& made, const std::string& name = "package.zip") const {
        const auto file = directory.path(name);
        std::ofstream out(file, std::ios::binary);
        Poco::Zip::Compress zip(out, false);
        const auto add = [&](const std::string& path, const std::string& text) {
            std::istringstream in(text);
            zip.addFile(in, Poco::DateTime(1980, 1, 1), Poco::Path(path, Poco::Path::PATH_UNIX),
                        Poco::Zip::ZipCommon::CM_STORE);
        };
        if (!made.manifest.empty()) add("manifest.json", made.manifest);
        if (!made.signature.empty()) add("manifest.sig", made.signature);
        for (const auto& [path, text] : made.members) add(path, text);
        zip.close();
        return file;
    }
    CheckedPackage check(const Made& made) const { return check_package(write(made), {key.public_key()}); }
    static Verdict verdict(const CheckedPackage& package) {
        return package.findings.empty() ? Verdict::good : package.findings.front().verdict;
    }

    test::TemporaryDirectory directory;
    storage::SigningKey key = storage::SigningKey::fresh();
};

TEST_F(PackageCheck, AGoodOneHasNoFindings) {
    const auto checked = check(one());
    EXPECT_TRUE(checked.findings.empty()) << checked.findings.front().text;
    EXPECT_EQ(checked.export_id, "one");
    EXPECT_EQ(checked.messages, 7);
    EXPECT_EQ(checked.members, 2);
    EXPECT_EQ(checked.manifest_sha256, hex_digest(one().manifest));
}

TEST_F(PackageCheck, WhoApprovedItIsSaid) {
    const auto checked = check(approved(one(), 2, {"anna", "berta"}));
    EXPECT_TRUE(checked.findings.empty());
    ASSERT_TRUE(checked.approval);
    EXPECT_EQ(checked.approval->asked_by, "olive olive-id");
    EXPECT_EQ(checked.approval->reason, "case [31m 7");  // nothing for a terminal to obey
    ASSERT_EQ(checked.approval->votes.size(), 2u);
    EXPECT_EQ(checked.approval->votes[1].first, "name-berta berta");
    EXPECT_FALSE(check(one()).approval);
    EXPECT_EQ(verdict(check(approved(one(), 2, {"anna"}))), Verdict::tampered);
    EXPECT_EQ(verdict(check(approved(one(), 2, {"anna", "anna"}))), Verdict::tampered);
    EXPECT_EQ(verdict(check(approved(one(), 1, {"olive-id"}))), Verdict::tampered);
}

TEST_F(PackageCheck, AChangedMemberIsNamed) {
    auto made = one();
    made.members[1].second[1000] = 'y';
    auto checked = check(made);
    EXPECT_EQ(verdict(checked), Verdict::tampered);
    EXPECT_NE(checked.findings.front().text.find("batch002-2-3.zip"), std::string::npos);
    made = one();
    made.members[0].second += "longer";
    EXPECT_EQ(verdict(check(made)), Verdict::tampered);
}

TEST_F(PackageCheck, EveryFlippedByteOfTheFileIsNoticed) {
    auto made = one();
    made.members[1].second.clear();  // small, so that every byte can be tried
    made = make("one", "0/0", "9/1", 0, 100);
    made.members.pop_back();
    auto manifest = json::parse(made.manifest).as_object();
    manifest["members"].as_array().pop_back();
    made.manifest = json::serialize(manifest);
    made.signature = key.sign(made.manifest);
    const auto file = write(made);
    std::ifstream in(file, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(in), {});
    // What the members say; the archive's own fields may differ as long as they lead to the same members.
    const auto content = bytes.find(made.members[0].second);
    for (std::size_t i = content; i < content + made.members[0].second.size(); ++i) {
        auto changed = bytes;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        std::ofstream(directory.path("changed.zip"), std::ios::binary) << changed;
        EXPECT_EQ(verdict(check_package(directory.path("changed.zip"), {key.public_key()})),
                  Verdict::tampered)
            << i;
    }
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        auto changed = bytes;
        changed[i] = static_cast<char>(changed[i] ^ 0x41);
        std::ofstream(directory.path("changed.zip"), std::ios::binary) << changed;
        check_package(directory.path("changed.zip"), {key.public_key()});  // whatever it finds, it ends
    }
    for (std::size_t length = 0; length < content + made.members[0].second.size(); length += 7) {
        std::ofstream(directory.path("cut.zip"), std::ios::binary) << bytes.substr(0, length);
        EXPECT_NE(verdict(check_package(directory.path("cut.zip"), {key.public_key()})), Verdict::good)
            << length;
    }
}

TEST_F(PackageCheck, AMissingMemberIsAnIncompletePackage) {
    auto made = one();
    made.members.pop_back();
    const auto checked = check(made);
    EXPECT_EQ(verdict(checked), Verdict::incomplete);
    EXPECT_EQ(checked.findings.front().text, "batch002-2-3.zip is missing.");
}

TEST_F(PackageCheck, WhatIsNotInTheManifestDoesNotBelong) {
    auto made = one();
    made.members.emplace_back("batch003-3-4.zip", "smuggled");
    EXPECT_EQ(verdict(check(made)), Verdict::tampered);
}

TEST_F(PackageCheck, AnEditedManifestIsNotTheSignedOne) {
    auto made = one();
    made.manifest.replace(made.manifest.find("\"messages\":7"), 12, "\"messages\":8");
    EXPECT_EQ(verdict(check(made)), Verdict::untrusted);
}

TEST_F(PackageCheck, ASignatureByAnotherKeyOrNoneIsNotTrusted) {
    const auto file = write(one());
    EXPECT_EQ(verdict(check_package(file, {storage::SigningKey::fresh().public_key()})), Verdict::untrusted);
    EXPECT_EQ(verdict(check_package(file, {storage::SigningKey::fresh().public_key(), key.public_key()})),
              Verdict::good);
    EXPECT_EQ(verdict(check_package(file, {})), Verdict::good) << "only digests";
    auto made = one();
    made.signature.clear();
    EXPECT_EQ(verdict(check(made)), Verdict::untrusted);
}

TEST_F(PackageCheck, WhatIsNoPackageIsUnreadable) {
    EXPECT_EQ(verdict(check_package(directory.path("absent.zip"), {})), Verdict::unreadable);
    std::ofstream(directory.path("text.zip")) << "no archive at all";
    EXPECT_EQ(verdict(check_package(directory.path("text.zip"), {})), Verdict::unreadable);
    auto made = one();
    made.manifest.clear();
    EXPECT_EQ(verdict(check(made)), Verdict::unreadable);
    for (const char* text : {"{}", "[]", "{\"format\":\"concordat-export/2\"}", "nonsense", "{\"format\":7}",
                             "{\"format\":\"concordat-export/1\",\"export\":{}}"}) {
        made.manifest = text;
        made.signature = key.sign(text);
        EXPECT_EQ(verdict(check(made)), Verdict::unreadable) << text;
    }
}

TEST_F(PackageCheck, AChainHasNoGaps) {
    const auto first = one();
    const auto second = make("two", "9/1", "20/1", 100, 200, &first, "one");
    const auto third = make("three", "20/1", "30/1", 200, 300, &second, "two");
    const auto checked = [&](const Made& made) { return check(made); };
    EXPECT_TRUE(check_chain({checked(third), checked(first), checked(second)}).empty());
    EXPECT_TRUE(check_chain({checked(second), checked(third)}).empty()) << "may begin anywhere";
    auto found = check_chain(
        {checked(first), checked(third), checked(make("five", "40/1", "50/1", 4, 5, &third, "four"))});
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].verdict, Verdict::incomplete);

    const auto gap = make("two", "10/1", "20/1", 100, 200, &first, "one");
    found = check_chain({checked(first), checked(gap)});
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].verdict, Verdict::incomplete);

    auto forged = one();
    forged.manifest.insert(forged.manifest.size() - 1, " ");
    found = check_chain({checked(forged), checked(second)});
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].verdict, Verdict::tampered);
    const auto other = make("other", "9/1", "20/1", 100, 200, &first, "one");
    EXPECT_FALSE(check_chain({checked(first), checked(second), checked(other)}).empty()) << "two followers";
}

}  // namespace
}  // namespace concordat::compliance
