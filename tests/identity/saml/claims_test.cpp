#include <gtest/gtest.h>

#include "identity/saml/saml_sign_in.hpp"
#include "identity/saml_message/names.hpp"

namespace concordat::identity {
namespace {

SamlSection section() {
    SamlSection s;
    s.EmailAttribute = "mail";
    s.UsernameAttribute = "uid";
    s.GroupsAttribute = "groups";
    return s;
}

saml::Claims claims() {
    saml::Claims c;
    c.name_id = "p-1";
    c.name_id_format = saml::persistent_id;
    c.attributes = {
        {"mail", {"ada@example.org"}}, {"uid", {"ada"}}, {"groups", {"a", "b"}}, {"kind", {"Guest"}}};
    c.session_ends_at = 7;
    return c;
}

// The identity, and the rule that refuses it.
std::pair<ExternalIdentity, std::string> identity(const SamlSection& s, const saml::Claims& c) {
    Trail trail("sign_in", "x");
    auto who = saml_identity("berlin", s, c, trail);
    return {who, trail.is_refused() ? trail.decision.rule : std::string()};
}

TEST(SamlClaims, BecomeAPerson) {
    const auto [who, rule] = identity(section(), claims());
    EXPECT_EQ(rule, "");
    EXPECT_EQ(who.service, "saml");
    EXPECT_EQ(who.provider, "berlin");
    EXPECT_EQ(who.subject, "p-1");
    EXPECT_EQ(who.username, "ada");
    EXPECT_EQ(who.email, "ada@example.org");
    EXPECT_EQ(who.groups, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(who.session_ends_at, 7);
    EXPECT_FALSE(who.is_guest.has_value());
    EXPECT_FALSE(who.is_admin.has_value());
}

TEST(SamlClaims, NeedAnIdThatLasts) {
    auto c = claims();
    c.name_id_format = saml::transient_id;
    EXPECT_EQ(identity(section(), c).second, "saml.subject");
    c.name_id.clear();
    c.name_id_format.clear();
    EXPECT_EQ(identity(section(), c).second, "saml.subject");
    auto s = section();
    s.IdAttribute = "id";
    EXPECT_EQ(identity(s, c).second, "saml.subject");
    c.attributes["id"] = {"one", "two"};
    EXPECT_EQ(identity(s, c).second, "saml.subject");
    c.attributes["id"] = {"one"};
    EXPECT_EQ(identity(s, c).first.subject, "one");
    EXPECT_EQ(identity(s, c).second, "");
}

TEST(SamlClaims, NeedAnAddress) {
    auto c = claims();
    c.attributes["mail"] = {" "};
    EXPECT_EQ(identity(section(), c).second, "saml.attributes");
}

TEST(SamlClaims, WithoutTheGuestAttributeNobodyIsLetIn) {
    auto s = section();
    s.GuestAttribute = "kind=Guest";
    EXPECT_EQ(identity(s, claims()).first.is_guest, true);
    auto c = claims();
    c.attributes["kind"] = {"guest"};
    EXPECT_EQ(identity(s, c).first.is_guest, false);
    c.attributes.erase("kind");
    EXPECT_EQ(identity(s, c).second, "saml.guest");
}

TEST(SamlClaims, WithoutTheAdminAttributeNobodyIsAdministrator) {
    auto s = section();
    s.EnableAdminAttribute = true;
    s.AdminAttribute = "groups=b";
    EXPECT_EQ(identity(s, claims()).first.is_admin, true);
    auto c = claims();
    c.attributes.erase("groups");
    EXPECT_EQ(identity(s, c).first.is_admin, false);
    EXPECT_EQ(identity(s, c).second, "");
}

}  // namespace
}  // namespace concordat::identity
