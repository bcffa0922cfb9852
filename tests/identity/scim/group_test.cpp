#include "identity/scim/group.hpp"

#include <gtest/gtest.h>

namespace concordat::identity {
namespace {

ScimGroupChange change(const std::string& operations) {
    return scim_group_change(json::parse(R"({"Operations":[)" + operations + "]}"));
}

// The scimType of the refusal.
template <class Act>
std::string refused(Act act) {
    try {
        act();
    } catch (const ScimError& e) {
        EXPECT_EQ(e.status(), 400);
        return e.type();
    }
    return "nothing";
}
std::string refused_patch(const std::string& operations) {
    return refused([&] { change(operations); });
}
std::string refused_group(const std::string& body) {
    return refused([&] { scim_group_of(json::parse(body)); });
}

using Members = std::map<std::string, bool>;

TEST(ScimGroup, IsReadInAnyCaseAndWithTheSchemaBeforeIt) {
    const auto group = scim_group_of(json::parse(R"({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "DISPLAYNAME": " Guides ", "externalId": "g",
        "urn:ietf:params:scim:schemas:core:2.0:Group:members":
            [{"value": "b", "type": "User", "display": "B"}, {"value": "a"}, {"value": "b"}],
        "id": "ignored", "meta": {}})"));
    EXPECT_EQ(group.display_name, "Guides");
    EXPECT_EQ(group.external_id, "g");
    EXPECT_EQ(group.members, (std::vector<std::string>{"a", "b"}));
}

TEST(ScimGroup, IsRefusedWithoutANameOrWithMembersThatAreNoPeople) {
    EXPECT_EQ(refused_group("[]"), "invalidSyntax");
    EXPECT_EQ(refused_group("{}"), "invalidValue");
    EXPECT_EQ(refused_group(R"({"displayName": " "})"), "invalidValue");
    EXPECT_EQ(refused_group(R"({"displayName": 1})"), "invalidValue");
    EXPECT_EQ(refused_group(R"({"displayName": "a\u0000b"})"), "invalidValue");
    EXPECT_EQ(refused_group(R"({"displayName": ")" + std::string(257, 'a') + "\"}"), "invalidValue");
    EXPECT_EQ(refused_group(R"({"displayName": "a", "members": [{"value": "x", "type": "Group"}]})"),
              "invalidValue");
    EXPECT_EQ(refused_group(R"({"displayName": "a", "members": [{}]})"), "invalidValue");
    EXPECT_EQ(refused_group(R"({"displayName": "a", "members": [7]})"), "invalidValue");
    json::array many(most_scim_members + 1, json::object{{"value", "x"}});
    EXPECT_EQ(refused_group(json::serialize(json::object{{"displayName", "a"}, {"members", many}})),
              "invalidValue");
}

TEST(ScimGroup, PatchesAddAndRemoveInOrder) {
    const auto made = change(R"(
        {"op": "add", "path": "members", "value": [{"value": "a"}, {"value": "b"}]},
        {"op": "remove", "path": "members[value eq \"a\"]"},
        {"op": "Add", "path": "members", "value": {"value": "c"}})");
    EXPECT_FALSE(made.empties);
    EXPECT_EQ(made.members, (Members{{"a", false}, {"b", true}, {"c", true}}));
    EXPECT_FALSE(made.display_name);
    EXPECT_EQ(change(R"({"op": "add", "path": "members", "value": [{"value": "a"}]},
                        {"op": "remove", "path": "members"})")
                  .members,
              Members());
}

TEST(ScimGroup, ReplacingMembersEmptiesItFirst) {
    for (const auto* operation : {R"({"op": "replace", "path": "members", "value": [{"value": "a"}]})",
                                  R"({"op": "replace", "value": {"members": [{"value": "a"}]}})"}) {
        const auto made = change(operation);
        EXPECT_TRUE(made.empties) << operation;
        EXPECT_EQ(made.members, (Members{{"a", true}}));
    }
    EXPECT_TRUE(change(R"({"op": "replace", "path": "members", "value": null})").empties);
    EXPECT_TRUE(change(R"({"op": "remove", "path": "members"})").empties);
}

TEST(ScimGroup, TheDialectsOfEntraAndOktaAreUnderstood) {
    EXPECT_EQ(
        change(R"({"op": "Remove", "path": "members", "value": [{"$ref": null, "value": "a"}]})").members,
        (Members{{"a", false}}));
    const auto renamed = change(R"({"op": "replace", "value": {"id": "x", "displayName": "New"}})");
    EXPECT_EQ(renamed.display_name, "New");
    EXPECT_EQ(change(R"({"op": "Replace", "path": "urn:ietf:params:scim:schemas:core:2.0:Group:displayName",
                         "value": "N"})")
                  .display_name,
              "N");
    EXPECT_EQ(change(R"({"op": "remove", "path": "externalId"})").external_id, "");
}

TEST(ScimGroup, PatchesThatSayNothingClearAreRefused) {
    EXPECT_EQ(refused_patch(""), "invalidSyntax");
    EXPECT_EQ(refused_patch("7"), "invalidSyntax");
    EXPECT_EQ(refused_patch(R"({"op": "move", "path": "members", "value": []})"), "invalidSyntax");
    EXPECT_EQ(refused_patch(R"({"op": "remove"})"), "noTarget");
    EXPECT_EQ(refused_patch(R"({"op": "add", "path": "members"})"), "invalidValue");
    EXPECT_EQ(refused_patch(R"({"op": "add", "value": []})"), "invalidValue");
    EXPECT_EQ(refused_patch(R"({"op": "remove", "path": "displayName"})"), "invalidValue");
    for (const auto* path :
         {R"(members[value eq \"a\" and type eq \"User\"])", R"(members[type eq \"User\"])",
          R"(members[value ne \"a\"])", R"(members[value eq a])", "members[", "members[]"})
        EXPECT_EQ(refused_patch(R"({"op": "remove", "path": ")" + std::string(path) + "\"}"), "invalidPath")
            << path;
    EXPECT_EQ(refused_patch(R"({"op": "add", "path": "members[value eq \"a\"]", "value": "a"})"),
              "invalidPath");
    std::string many;
    for (int i = 0; i < 101; ++i) many += std::string(i ? "," : "") + R"({"op":"remove","path":"members"})";
    EXPECT_EQ(refused_patch(many), "invalidSyntax");
}

TEST(ScimGroup, FiltersAreComparisonsJoinedByAnd) {
    EXPECT_TRUE(scim_group_filter("").empty());
    const auto filters =
        scim_group_filter(R"(displayName eq "A and B" and members[value eq "x"] AND externalId EQ "g")");
    ASSERT_EQ(filters.size(), 3u);
    EXPECT_EQ(filters[0].attribute, "displayname");
    EXPECT_EQ(filters[0].value, "A and B");
    EXPECT_EQ(filters[1].attribute, "members.value");
    EXPECT_EQ(filters[1].value, "x");
    EXPECT_EQ(filters[2].attribute, "externalid");
    EXPECT_EQ(scim_group_filter(R"(id eq "1" and members eq "2")").at(1).attribute, "members.value");
    EXPECT_EQ(refused([] { scim_group_filter("id eq \"" + std::string(4096, 'a') + "\""); }),
              "invalidFilter");
    for (const auto* text : {"displayName", R"(displayName co "a")", R"(displayName eq a)", R"(title eq "a")",
                             R"(displayName eq "a" or id eq "b")", R"(displayName eq "a" and )",
                             R"(id eq "a" and id eq "a" and id eq "a" and id eq "a" and id eq "a")"})
        EXPECT_EQ(refused([&] { scim_group_filter(text); }), "invalidFilter") << text;
}

}  // namespace
}  // namespace concordat::identity
