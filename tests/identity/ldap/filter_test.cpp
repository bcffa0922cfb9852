#include "identity/ldap/filter.hpp"

#include <gtest/gtest.h>

#include "identity/ldap/directory.hpp"
#include "identity/ldap/nesting.hpp"

namespace concordat::identity::ldap {
namespace {

TEST(Filter, EscapesWhatHasAMeaning) {
    EXPECT_EQ(escaped("plain-1"), "plain-1");
    EXPECT_EQ(escaped(std::string_view("*()\\\0\x7f", 6)), "\\2a\\28\\29\\5c\\00\\7f");
    EXPECT_EQ(escaped("\xff\xc3\xa9"), "\\ff\\c3\\a9");
    EXPECT_EQ(equals("uid", "a)(b"), "(uid=a\\29\\28b)");
}

TEST(Filter, JoinsWholeFiltersOnly) {
    EXPECT_EQ(all_of({"(a=1)", "", "(b=2)"}), "(&(a=1)(b=2))");
    EXPECT_EQ(any_of({"", "(a=1)"}), "(a=1)");
    for (const auto* whole : {"(a=1)", "(&(a=1)(b=2))", "(!(a=1))"})
        EXPECT_TRUE(is_one_filter(whole)) << whole;
    for (const auto* part : {"", "a=1", "(a=1)(b=2)", "(a=1", "a=1)", "(a=1))", "(a=1)x"})
        EXPECT_FALSE(is_one_filter(part)) << part;
}

TEST(Filter, KnowsSpellingsOfOneName) {
    EXPECT_EQ(normal_dn("CN=A B, OU=x"), normal_dn("cn=a b,ou=X"));
    EXPECT_NE(normal_dn("cn=a,ou=x"), normal_dn("cn=b,ou=x"));
    EXPECT_EQ(normal_dn("alice"), "");
}

TEST(Filter, WritesImmutableIdsAsTheirOwnersDo) {
    std::string bytes;
    for (int i = 0; i < 16; ++i) bytes += static_cast<char>(i);
    const auto text = subject_of("objectGUID", bytes);
    EXPECT_EQ(text, "03020100-0504-0706-0809-0a0b0c0d0e0f");
    EXPECT_EQ(value_of("objectguid", text), bytes);
    EXPECT_EQ(subject_of("entryUUID", "a-b"), "a-b");
    EXPECT_EQ(value_of("x", subject_of("x", bytes)), bytes);
    EXPECT_EQ(value_of("x", subject_of("x", "hex:00")), "hex:00") << "text that looks like the mark";
}

TEST(Nesting, EndsWhereGroupsContainEachOther) {
    Nesting nesting;
    nesting.add({"1", "a", "cn=a", {"uid=x,ou=p", "cn=b"}}, true);
    nesting.add({"2", "b", "cn=b", {"CN=A"}}, true);
    nesting.add({"3", "c", "cn=c", {"cn=b", "x"}}, false);
    nesting.add({"4", "d", "cn=d", {"cn=c"}}, true);
    EXPECT_EQ(nesting.groups_of(normal_dn("uid=x,ou=p"), ""), (std::vector<std::string>{"1", "2", "4"}));
    EXPECT_EQ(nesting.groups_of(normal_dn("uid=y,ou=p"), "x"), std::vector<std::string>{"4"});
    EXPECT_TRUE(nesting.groups_of(normal_dn("uid=y,ou=p"), "").empty());
}

}  // namespace
}  // namespace concordat::identity::ldap
