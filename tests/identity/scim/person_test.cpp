#include "identity/scim/person.hpp"

#include <gtest/gtest.h>

namespace concordat::identity {
namespace {

ScimUser from(const char* text) {
    return scim_user_of(json::parse(text));
}

std::string type_of_refusal(const char* patch) {
    try {
        patched(ScimUser(), json::parse(patch));
        return "none";
    } catch (const ScimError& e) {
        return e.type();
    }
}

TEST(ScimPerson, IsReadInAnyCaseWithItsPrimaryAddress) {
    const auto user =
        from(R"({"USERNAME":"ada@corp.example","externalId":"x-1","name":{"givenName":"Ada","familyName":"L"},
        "emails":[{"value":"home@example.org"},{"value":"work@example.org","primary":"True"}],"active":"False",
        "unknown":{"deep":[1]},"password":"ignored"})");
    EXPECT_EQ(user.user_name, "ada@corp.example");
    EXPECT_EQ(user.external_id, "x-1");
    EXPECT_EQ(user.given_name, "Ada");
    EXPECT_EQ(user.email, "work@example.org");
    EXPECT_FALSE(user.active);
}

TEST(ScimPerson, IsPatchedAsClientsDo) {
    auto user = from(R"({"userName":"ada","externalId":"x-1","title":"Countess"})");
    user = patched(user,
                   json::parse(R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[
        {"op":"Replace","path":"active","value":"False"},
        {"op":"add","path":"emails[type eq \"work\"].value","value":"ada@example.org"},
        {"op":"replace","value":{"name.givenName":"Augusta","nickName":"A"}},
        {"op":"remove","path":"title"},
        {"op":"replace","path":"urn:ietf:params:scim:schemas:core:2.0:User:name.familyName","value":"King"}]})"));
    EXPECT_FALSE(user.active);
    EXPECT_EQ(user.email, "ada@example.org");
    EXPECT_EQ(user.given_name, "Augusta");
    EXPECT_EQ(user.family_name, "King");
    EXPECT_EQ(user.title, "");
    EXPECT_EQ(user.user_name, "ada");
}

TEST(ScimPerson, RefusesWhatIsNoPatch) {
    EXPECT_EQ(type_of_refusal("[]"), "invalidSyntax");
    EXPECT_EQ(type_of_refusal(R"({"Operations":[]})"), "invalidSyntax");
    EXPECT_EQ(type_of_refusal(R"({"Operations":[{"op":"move","path":"active"}]})"), "invalidSyntax");
    EXPECT_EQ(type_of_refusal(R"({"Operations":[{"op":"remove"}]})"), "noTarget");
    EXPECT_EQ(type_of_refusal(R"({"Operations":[{"op":"add","path":"title"}]})"), "invalidValue");
    EXPECT_EQ(type_of_refusal(R"({"Operations":[{"op":"add","path":"title","value":7}]})"), "invalidValue");
    EXPECT_EQ(type_of_refusal(R"({"Operations":[{"op":"add","path":"active","value":"maybe"}]})"),
              "invalidValue");
    EXPECT_EQ(type_of_refusal(R"({"Operations":[{"op":"replace","path":"id","value":"x"}]})"), "mutability");
    EXPECT_THROW(from("7"), ScimError);
    EXPECT_THROW(from(R"({"userName":{}})"), ScimError);
    EXPECT_THROW(scim_user_of(json::object{{"userName", std::string(513, 'x')}}), ScimError);
}

TEST(ScimFilter, IsOneComparison) {
    EXPECT_FALSE(scim_filter(""));
    const auto filter = scim_filter(R"(userName EQ "ada \"x\"")");
    ASSERT_TRUE(filter);
    EXPECT_EQ(filter->attribute, "username");
    EXPECT_EQ(filter->value, "ada \"x\"");
    EXPECT_EQ(scim_filter(R"(emails[type eq "work"].value eq "a@b")")->attribute, "emails.value");
    for (const char* text : {"userName", "userName sw \"a\"", "userName eq a", "title eq \"x\"",
                             "userName eq \"a\" or id eq \"b\"", "userName eq \"a"})
        EXPECT_THROW(scim_filter(text), ScimError) << text;
}

}  // namespace
}  // namespace concordat::identity
