#include "identity/saml_message/gate.hpp"

#include <gtest/gtest.h>

#include "identity/saml_message/messages.hpp"
#include "storage/crypto/digest.hpp"

namespace concordat::identity::saml {
namespace {

TEST(Gate, LetsPlainDocumentsThrough) {
    for (const auto* xml :
         {"<a/>", "<a></a>", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a b='>'>x &amp; &#65;</a>\n",
          "\xEF\xBB\xBF<a>\xC3\xA4</a>", "<a x=\"/\"><b/></a>"})
        EXPECT_EQ(gate_problem(xml), std::nullopt) << xml;
}

TEST(Gate, RefusesWhatMessagesDoNotHave) {
    for (const auto* xml : {"", "hello", "<a>", "</a>", "<a></a></a>", "<a", "<!DOCTYPE a><a/>",
                            "<a><!-- --></a>", "<a><![CDATA[x]]></a>", "<?x y?><a/>", "<a><?x y?></a>",
                            "<a>&e;</a>", "<a>\xff</a>", "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>",
                            "<?xml version=\"1.0\" <a?><a/>", "<a b=\"x></a>", " x<a/>"})
        EXPECT_NE(gate_problem(xml), std::nullopt) << xml;
    EXPECT_NE(gate_problem(std::string("<a>\0</a>", 8)), std::nullopt);
}

TEST(Gate, CountsElementsAndDepth) {
    auto nested = [](std::size_t depth) {
        std::string open, close;
        for (std::size_t i = 0; i < depth; ++i) open += "<a>", close += "</a>";
        return open + close;
    };
    EXPECT_EQ(gate_problem(nested(deepest)), std::nullopt);
    EXPECT_NE(gate_problem(nested(deepest + 1)), std::nullopt);
    std::string many = "<a>";
    for (std::size_t i = 1; i < most_elements; ++i) many += "<b/>";
    EXPECT_EQ(gate_problem(many + "</a>"), std::nullopt);
    EXPECT_NE(gate_problem(many + "<b/></a>"), std::nullopt);
}

TEST(Gate, DecodesWhatBrowsersSend) {
    EXPECT_EQ(decoded("aGVs\r\n bG8="), "hello");
    EXPECT_EQ(decoded("aGVsbG8=!"), std::nullopt);
    EXPECT_EQ(decoded(" \n"), std::nullopt);
}

TEST(Gate, InflatesWhatIsNotTooLong) {
    const auto url = redirect_to("https://idp/?a=b", "SAMLRequest", std::string(1000, 'x'), "", std::nullopt);
    ASSERT_TRUE(url.starts_with("https://idp/?a=b&SAMLRequest="));
    auto text = url.substr(url.rfind('=') + 1);
    for (const auto& [form, sign] : {std::pair{"%2B", "+"}, {"%2F", "/"}, {"%3D", "="}})
        for (auto at = text.find(form); at != text.npos; at = text.find(form)) text.replace(at, 3, sign);
    const auto deflated = decoded(text);
    ASSERT_TRUE(deflated);
    EXPECT_EQ(inflated(*deflated, 1000), std::string(1000, 'x'));
    EXPECT_EQ(inflated(*deflated, 999), std::nullopt);
    EXPECT_EQ(inflated(deflated->substr(0, 5), 1000), std::nullopt);
    EXPECT_EQ(inflated("hello", 1000), std::nullopt);
}

}  // namespace
}  // namespace concordat::identity::saml
