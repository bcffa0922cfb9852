#include "identity/saml_message/element.hpp"

#include <gtest/gtest.h>

namespace concordat::identity::saml {
namespace {

TEST(CanonicalElement, IsReadWithItsNamespaces) {
    const auto root = parse_canonical(
        "<p:a xmlns:p=\"urn:p\" x=\"1 &lt; &quot;2&quot;\"><b xmlns=\"urn:b\" "
        "p:y=\"z\">t&amp;t</b>one<p:c></p:c>two</p:a>");
    ASSERT_TRUE(root);
    EXPECT_TRUE(root->is("urn:p", "a"));
    EXPECT_EQ(root->attribute("x"), "1 < \"2\"");
    EXPECT_FALSE(root->has_attribute("y"));
    EXPECT_EQ(root->text, "onetwo");
    ASSERT_EQ(root->children.size(), 2u);
    const auto* b = root->child("urn:b", "b");
    ASSERT_TRUE(b);
    EXPECT_EQ(b->text, "t&t");
    EXPECT_EQ(b->attributes.at(0).ns, "urn:p");
    EXPECT_EQ(root->all("urn:p", "c").size(), 1u);
    EXPECT_EQ(root->child("urn:p", "d"), nullptr);
}

TEST(CanonicalElement, ADeclarationEndsWithItsElement) {
    EXPECT_FALSE(parse_canonical("<a><b xmlns:p=\"urn:p\"></b><p:c></p:c></a>"));
    const auto root = parse_canonical("<a xmlns=\"urn:1\"><b xmlns=\"urn:2\"></b><c></c></a>");
    ASSERT_TRUE(root);
    EXPECT_TRUE(root->child("urn:2", "b"));
    EXPECT_TRUE(root->child("urn:1", "c"));
}

TEST(CanonicalElement, NothingElseIsRead) {
    for (const auto* text : {"",
                             "x",
                             "<a>",
                             "<a></b>",
                             "<a/>",
                             "<a ></a>",
                             "<a></a >",
                             "<a x='1'></a>",
                             "<a x=1></a>",
                             "<a x=\"<\"></a>",
                             "<a x=\"1\"  y=\"2\"></a>",
                             "<a x=\"1\" x=\"2\"></a>",
                             "<a></a> ",
                             " <a></a>",
                             "<a><!-- --></a>",
                             "<p:a></p:a>",
                             "<a>&#65;</a>",
                             "<a>&apos;</a>",
                             "<a>\xff</a>",
                             "<?xml version=\"1.0\"?><a></a>",
                             "<:a></:a>",
                             "<a></a><b></b>",
                             "<a xmlns:p=\"urn:p\" p:x=\"1\" p:x=\"2\"></a>",
                             "<a xmlns:p=\"urn:p\" xmlns:q=\"urn:p\" p:x=\"1\" q:x=\"2\"></a>",
                             "<p:q:a xmlns:p=\"u\"></p:q:a>"})
        EXPECT_FALSE(parse_canonical(text)) << text;
}

TEST(CanonicalElement, IsNotEndlesslyDeep) {
    std::string open, close;
    for (int i = 0; i < 65; ++i) open += "<a>", close += "</a>";
    EXPECT_FALSE(parse_canonical(open + close));
    EXPECT_TRUE(parse_canonical(open.substr(3) + close.substr(4)));
}

}  // namespace
}  // namespace concordat::identity::saml
