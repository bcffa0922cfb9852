#include "identity/certificate/certificate_files.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "identity/decision/decisions.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/saml_keys.hpp"
#include "tests/support/store.hpp"

namespace concordat::identity {
namespace {

constexpr auto of_saml = PairOwner::saml, of_ldap = PairOwner::ldap;
constexpr auto certificate = PairHalf::certificate, key = PairHalf::key;

class CertificateFilesTest : public testing::Test {
protected:
    CertificateFilesTest() {
        settings.change(
            json::parse(R"({"TeamSettings":{"SiteName":"One"}})").as_object(), LiveSettings::From::machine,
            [](const LiveSettings::Change& change) { std::ofstream(change.file) << change.text; });
    }
    std::size_t count() {
        const auto path = store.directory.path("certificates");
        if (!std::filesystem::exists(path)) return 0;
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path), {}));
    }
    bool put(PairOwner owner, PairHalf half, const std::string& pem) {
        return files.put(request, owner, half, pem);
    }
    void set(const std::string& sections) {
        settings.change(
            json::parse(sections).as_object(), LiveSettings::From::machine,
            [](const LiveSettings::Change& change) { std::ofstream(change.file) << change.text; });
    }
    SamlSection saml() const { return settings.current()->SamlSettings; }

    test::Store store;
    LiveSettings settings{store.directory.path("config.json"), {}, LiveSettings::File::optional};
    Decisions decisions{store.db};
    Configuration configuration{store.db, settings, store.gate, decisions};
    CertificateFiles files{configuration, settings, store.directory.path("certificates")};
    const Actor admin = store.actor(store.admin());
    const SettingsRequest request{admin, "attempt", "192.0.2.7"};
    const test::SamlKeys one{"one"}, two{"two"};
};

TEST_F(CertificateFilesTest, APairIsInForceTogether) {
    EXPECT_FALSE(put(of_saml, certificate, one.certificate));
    EXPECT_TRUE(files.is_waiting(of_saml, certificate));
    EXPECT_EQ(saml().PublicCertificateFile, "");
    EXPECT_TRUE(put(of_saml, key, one.key));
    EXPECT_FALSE(files.is_waiting(of_saml, certificate));
    EXPECT_EQ(test::SamlKeys::contents(saml().PublicCertificateFile), one.certificate);
    EXPECT_EQ(test::SamlKeys::contents(saml().PrivateKeyFile), one.key);
    EXPECT_EQ(std::filesystem::status(saml().PrivateKeyFile).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    const auto records = decisions.list({.attempt = "attempt"});
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].actor_id, admin.user_id);
}

TEST_F(CertificateFilesTest, APairIsReplacedWhenBothHalvesAreThere) {
    put(of_saml, key, one.key);
    put(of_saml, certificate, one.certificate);
    EXPECT_FALSE(put(of_saml, key, two.key));
    EXPECT_EQ(test::SamlKeys::contents(saml().PrivateKeyFile), one.key);
    EXPECT_TRUE(put(of_saml, certificate, two.certificate));
    EXPECT_EQ(test::SamlKeys::contents(saml().PrivateKeyFile), two.key);
    EXPECT_EQ(test::SamlKeys::contents(saml().PublicCertificateFile), two.certificate);
    EXPECT_EQ(count(), 2U) << "what is replaced is gone";
    EXPECT_TRUE(put(of_saml, certificate, two.certificate)) << "the same again";
    EXPECT_EQ(count(), 2U);
}

TEST_F(CertificateFilesTest, OneHalfTakenAwayLeavesTheOtherWaiting) {
    put(of_ldap, key, one.key);
    put(of_ldap, certificate, one.certificate);
    files.remove(request, of_ldap, key);
    EXPECT_EQ(settings.current()->LdapSettings.PublicCertificateFile, "");
    EXPECT_EQ(settings.current()->LdapSettings.PrivateKeyFile, "");
    EXPECT_TRUE(files.is_waiting(of_ldap, certificate));
    EXPECT_TRUE(put(of_ldap, key, one.key));
    EXPECT_NE(settings.current()->LdapSettings.PrivateKeyFile, "");
    files.remove(request, of_ldap, certificate);
    files.remove(request, of_ldap, key);
    files.remove(request, of_ldap, key);
    EXPECT_EQ(count(), 0U);
}

TEST_F(CertificateFilesTest, WhatTheRulesRefuseChangesNothing) {
    put(of_saml, key, one.key);
    put(of_saml, certificate, one.certificate);
    set(R"({"SamlSettings":{"Enable":true,"SignRequest":true,"IdpURL":"https://p.example/sso",
            "IdpDescriptorURL":"https://p.example","IdpCertificateFile":")" +
        one.certificate_file +
        R"(","EmailAttribute":"email","UsernameAttribute":"name"},"ServiceSettings":{"SiteURL":"https://c.example"}})");
    const auto before = saml().PrivateKeyFile;
    EXPECT_EQ(test::refusal([&] { files.remove(request, of_saml, key); }), "config.invalid");
    EXPECT_EQ(saml().PrivateKeyFile, before);
    EXPECT_TRUE(std::filesystem::exists(before));
    EXPECT_EQ(test::refusal([&] { files.remove_provider(request); }), "config.invalid");
    files.put_provider(request, two.certificate);
    EXPECT_EQ(test::SamlKeys::contents(saml().IdpCertificateFile), two.certificate);
    EXPECT_TRUE(std::filesystem::exists(one.certificate_file)) << "not a file of the node's";
}

TEST_F(CertificateFilesTest, WhatIsNoCertificateOrKeyIsRefused) {
    const test::SamlKeys weak("weak", 1024);
    EXPECT_EQ(test::refusal([&] { put(of_saml, certificate, "text"); }), "identity.certificate.unreadable");
    EXPECT_EQ(test::refusal([&] { put(of_saml, certificate, one.key); }), "identity.certificate.unreadable");
    EXPECT_EQ(test::refusal([&] { put(of_saml, certificate, weak.certificate); }),
              "identity.certificate.unreadable");
    EXPECT_EQ(test::refusal([&] { put(of_saml, key, one.certificate); }), "identity.certificate.key");
    EXPECT_EQ(test::refusal([&] { put(of_saml, key, weak.key); }), "saml.key");
    EXPECT_EQ(test::refusal([&] { files.put_provider(request, ""); }), "identity.certificate.unreadable");
    EXPECT_EQ(count(), 0U);
}

}  // namespace
}  // namespace concordat::identity
