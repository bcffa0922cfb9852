#include "federation/trust/outside_certificates.hpp"

#include <gtest/gtest.h>

#include "federation/trust/organisation.hpp"
#include "storage/crypto/digest.hpp"
#include "tests/federation/trust/authority.hpp"
#include "tests/support/refusal.hpp"

namespace concordat::federation {
namespace {

using test::Authority;
using test::refusal;

struct Outside {
    Binding binding{std::string(32, 'x'), End::dialler,
                    organisation_of(storage::SigningKey::fresh().public_key()),
                    organisation_of(storage::SigningKey::fresh().public_key())};
    static Millis now() { return wall_clock(); }
    Authority ours{"ours"};
    std::string good = ours.certify("node", "DNS:node.beta.example");
    std::string name = "DNS:node.beta.example";

    Hello shown(const std::string& certificate) {
        Hello out;
        OutsideCertificates("", "", certificate + ".pem", certificate + ".key").show(out, binding);
        return out;
    }
    std::string objection(const Hello& hello) {
        return OutsideCertificates(ours.file(".pem"), ours.file(".crl"), "", "")
            .objection(hello, binding, name, now());
    }
    std::string objection_to(const std::string& certificate) { return objection(shown(certificate)); }
};

TEST(OutsideCertificates, OneOfTheAuthorityWithTheNameAndItsKeyIsTaken) {
    Outside o;
    EXPECT_EQ(o.objection_to(o.good), "");
    EXPECT_EQ(o.objection_to(o.ours.certify("rsa", o.name, "", "rsa:2048")), "");
    EXPECT_EQ(o.objection_to(o.ours.certify("edwards", o.name, "", "ed25519")), "");
    o.name = "DNS:NODE.beta.example";
    EXPECT_EQ(o.objection_to(o.good), "");
    o.name = "URI:concordat://beta";
    EXPECT_EQ(o.objection_to(o.ours.certify("uri", o.name)), "");
}

TEST(OutsideCertificates, AnotherNameIsRefused) {
    Outside o;
    EXPECT_EQ(o.objection_to(o.ours.certify("other", "DNS:node.gamma.example")),
              "its certificate has not the name DNS:node.beta.example");
    // A wildcard is not exactly the name, and neither is the same text of another kind.
    EXPECT_NE(o.objection_to(o.ours.certify("wild", "DNS:*.beta.example")), "");
    EXPECT_NE(o.objection_to(o.ours.certify("kind", "URI:node.beta.example")), "");
    o.name.clear();
    EXPECT_EQ(o.objection_to(o.good), "no name is written down that its certificate must have");
}

TEST(OutsideCertificates, WhatIsOverRevokedOrOfSomebodyElseIsRefused) {
    Outside o;
    EXPECT_EQ(
        o.objection_to(o.ours.certify("over", o.name, "-startdate 20200101000000Z -enddate 20200201000000Z")),
        "its certificate: certificate has expired");
    Authority others("others");
    EXPECT_NE(o.objection_to(others.certify("theirs", o.name)).find("its certificate: "), std::string::npos);
    EXPECT_EQ(o.objection_to(o.good), "");
    o.ours.revoke(o.good);
    EXPECT_EQ(o.objection_to(o.good), "its certificate: certificate revoked");
}

TEST(OutsideCertificates, AListThatIsOverOrMissingIsARefusal) {
    Outside o;
    const auto hello = o.shown(o.good);
    o.ours.list("-crl_lastupdate 20200101000000Z -crl_nextupdate 20200201000000Z");
    EXPECT_EQ(o.objection(hello), "its certificate: CRL has expired");
    const auto with = [&](const std::string& authorities, const std::string& revoked) {
        return OutsideCertificates(authorities, revoked, "", "").objection(hello, o.binding, o.name, o.now());
    };
    EXPECT_EQ(with(o.ours.file(".pem"), ""), "");  // none is named
    EXPECT_EQ(with(o.ours.file(".pem"), "/nowhere"),
              "there is no list of revoked certificates in its file, or it cannot be read");
    EXPECT_EQ(with("/nowhere", ""), "there is no authority in the file of authorities, or it cannot be read");
    EXPECT_EQ(with(o.ours.file(".key"), ""),
              "there is no authority in the file of authorities, or it cannot be read");
    Authority others("others");
    EXPECT_NE(with(o.ours.file(".pem"), others.file(".crl")), "");  // no list of the one that matters
}

TEST(OutsideCertificates, WithoutItsKeyOnThisConnectionItIsWorthNothing) {
    Outside o;
    const auto hello = o.shown(o.good);
    auto elsewhere = o.binding;
    elsewhere.exporter = std::string(32, 'y');
    EXPECT_EQ(
        OutsideCertificates(o.ours.file(".pem"), "", "", "").objection(hello, elsewhere, o.name, o.now()),
        "it does not hold the key of its certificate on this connection");
    auto broken = hello;
    broken.certificate_proof = storage::base64("nothing");
    EXPECT_EQ(o.objection(broken), "it does not hold the key of its certificate on this connection");
    broken = hello;
    broken.certificates.reset();
    EXPECT_EQ(o.objection(broken), "it shows no certificate");
    broken = hello;
    broken.certificates = std::vector<std::string>{"AAAA"};
    EXPECT_EQ(o.objection(broken), "what it shows is no certificate");
    broken = hello;
    broken.certificates = std::vector<std::string>(5, hello.certificates->at(0));
    EXPECT_EQ(o.objection(broken), "it shows too many certificates");
}

TEST(OutsideCertificates, AFileThatCannotBeUsedIsSaidSo) {
    Outside o;
    const auto shows = [&](const std::string& certificate, const std::string& key) {
        return refusal([&] {
            Hello hello;
            OutsideCertificates("", "", certificate, key).show(hello, o.binding);
        });
    };
    EXPECT_EQ(shows("/nowhere", o.good + ".key"), "federation.certificate_file");
    EXPECT_EQ(shows(o.good + ".pem", "/nowhere"), "federation.certificate_file");
    EXPECT_EQ(shows(o.good + ".pem", o.ours.file(".key")), "federation.certificate_file");
    Hello hello;
    OutsideCertificates("", "", "", "").show(hello, o.binding);
    EXPECT_FALSE(hello.certificates);
}

TEST(OutsideCertificates, NamesAreExact) {
    for (const auto* good : {"DNS:a", "DNS:node.beta.example", "URI:spiffe://beta/node"})
        EXPECT_TRUE(is_certificate_name(good)) << good;
    for (const auto* bad :
         {"", "DNS:", "node.beta.example", "DNS:*.beta.example", "DNS:a b", "IP:10.0.0.1", "email:a@b"})
        EXPECT_FALSE(is_certificate_name(bad)) << bad;
    EXPECT_FALSE(is_certificate_name("DNS:" + std::string(252, 'a')));
}

}  // namespace
}  // namespace concordat::federation
