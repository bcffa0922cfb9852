// Partners that must show a certificate of an authority as well.
#include <gtest/gtest.h>

#include "tests/federation/link/organisations.hpp"
#include "tests/federation/trust/authority.hpp"

namespace concordat::federation {
namespace {

TEST(LinkOutside, IsDemandedOfSessionsThatAreUpAndOfEveryNewOne) {
    test::Authority authority("ours");
    const auto certificate = authority.certify("beta", "DNS:node.beta.example");
    Pair p;
    p.share();
    const auto set = [](Org& org, auto change) {
        auto settings = *org.store.settings.current();
        change(settings.ConcordatSettings);
        org.store.settings.replace(settings);
    };
    const auto look = [&] { p.a.link.partner_changed(p.b.own.id()); };
    const auto is_down = [&](const std::string& why) {
        return becomes([&] {
            const auto all = p.a.link.status();
            return !all[0].is_up && all[0].trouble == why;
        });
    };
    // Who comes is told no reason.
    const auto is_refused = [&] {
        p.b.link.partner_changed(p.a.own.id());
        return becomes([&] { return p.b.link.status()[0].trouble == "it refuses: refused"; }) &&
               !Pair::is_up(p.a);
    };
    set(p.a, [&](auto& s) {
        s.FederationAuthorityFile = authority.file(".pem");
        s.FederationRevocationFile = authority.file(".crl");
    });
    look();
    EXPECT_TRUE(is_down("no name is written down that its certificate must have"));
    p.a.partners.set_certificate_name("beta", "DNS:node.beta.example");
    EXPECT_TRUE(is_refused());
    const auto said = p.b.say(p.bob, p.room.id, "nobody hears this yet");
    set(p.b, [&](auto& s) {
        s.FederationCertificateFile = certificate + ".pem";
        s.FederationKeyFile = certificate + ".key";
    });
    p.b.link.partner_changed(p.a.own.id());
    EXPECT_TRUE(becomes([&] { return Pair::is_up(p.a) && p.a.post(said.id).has_value(); }));
    authority.revoke(certificate);
    look();
    EXPECT_TRUE(is_down("its certificate: certificate revoked"));
    EXPECT_TRUE(is_refused());
    // Whoever cannot read their own certificate says nothing at all.
    set(p.b, [&](auto& s) { s.FederationKeyFile = "/nowhere"; });
    p.b.link.partner_changed(p.a.own.id());
    EXPECT_TRUE(becomes(
        [&] { return p.b.link.status()[0].trouble == "there is no key in its file, or it cannot be read"; }));
}

}  // namespace
}  // namespace concordat::federation
