// How a record is spelled, whatever strangers put into it.
#include "compliance/siem/audit_record.hpp"

#include <gtest/gtest.h>

#include "core/base/json.hpp"
#include "core/base/text.hpp"

namespace concordat::compliance {
namespace {

AuditRecord example_record() {
    AuditRecord record;
    record.seq = 7;
    record.digest = "ZGlnZXN0";
    record.previous = "cHJldmlvdXM=";
    record.user = "ada";
    auto& d = record.decision;
    d.id = DecisionId::from_text("yyyyyyyyyyyyyyyyyyyyyyyyyy");
    d.user_id = UserId::from_text("ybyyyyyyyyyyyyyyyyyyyyyyyy");
    d.create_at = 1760000000123;
    d.act = "sign_in";
    d.rule = "password.matches";
    d.service = "ldap";
    d.address = "192.0.2.7";
    d.attempt = "attempt-1";
    d.steps = {{"account.known", "passed", "a sentence"},
               {"password.matches", "refused", "another sentence"}};
    return record;
}

TEST(AuditRecord, IsASyslogMessageWithItsFieldsInStructuredData) {
    const auto record = example_record();
    EXPECT_EQ(audit_syslog(record, "chat.example.org"),
              "<108>1 2025-10-09T08:53:20.123Z chat.example.org concordat - sign_in [concordat@32473 "
              "seq=\"7\" id=\"" +
                  record.decision.id.text() +
                  "\" digest=\"ZGlnZXN0\" previous=\"cHJldmlvdXM=\" act=\"sign_in\" outcome=\"refused\" "
                  "rule=\"password.matches\" user_id=\"" +
                  record.decision.user_id.text() +
                  "\" user=\"ada\" service=\"ldap\" address=\"192.0.2.7\" attempt=\"attempt-1\"] sign_in "
                  "refused by "
                  "password.matches");
}

TEST(AuditRecord, IsALineOfJsonWithStepsButNotTheirSentences) {
    const auto text = audit_json(example_record(), "chat.example.org");
    ASSERT_TRUE(text.ends_with("}\n"));
    EXPECT_EQ(text.find("sentence"), text.npos);
    const auto line = json::parse(text).as_object();
    EXPECT_EQ(line.at("seq").as_int64(), 7);
    EXPECT_EQ(line.at("time").as_string(), "2025-10-09T08:53:20.123Z");
    EXPECT_EQ(line.at("outcome").as_string(), "refused");
    EXPECT_EQ(line.at("steps").at(1).at("rule").as_string(), "password.matches");
    EXPECT_FALSE(line.contains("actor"));
}

TEST(AuditRecord, SeverityTellsRefusalsAndFaults) {
    auto record = example_record();
    record.decision.is_admitted = true;
    EXPECT_TRUE(audit_syslog(record, "h").starts_with("<110>1 "));
    record.fault = "it was changed, or its key is gone";
    EXPECT_TRUE(audit_syslog(record, "h").starts_with("<106>1 "));
    EXPECT_NE(audit_syslog(record, "h").find("fault=\"it was changed, or its key is gone\""),
              std::string::npos);
}

TEST(AuditRecord, HostileValuesCannotForgeFieldsOrMessages) {
    auto record = example_record();
    auto& d = record.decision;
    d.address = "x\" outcome=\"admitted\"] \\ ]";
    d.service = "a\nb\r<13>1 - - - -\tc\x01\x7F";
    d.provider = std::string("nul\0byte", 8);
    d.attempt = "bad \xff\xc3 \xed\xa0\x80 utf";
    record.user =
        "\xE2\x80\xAE"
        "evil\xE2\x81\xA6\xC2\x9B"
        "31m\xE2\x80\xA8";
    const auto text = audit_syslog(record, "a b\"]\nc");
    EXPECT_TRUE(is_utf8(text));
    for (const char c : text) EXPECT_GE(static_cast<unsigned char>(c), 0x20);
    EXPECT_NE(text.find(R"(address="x\" outcome=\"admitted\"\] \\ \]")"), text.npos) << text;
    EXPECT_NE(text.find(" a_b\"]_c concordat "), text.npos) << text;
    for (const char* mark : {"\xE2\x80\xAE", "\xE2\x81\xA6", "\xC2\x9B", "\xE2\x80\xA8", "\x7F"})
        EXPECT_EQ(text.find(mark), text.npos);
    // One unescaped bracket ends the data: that which is ours.
    std::size_t ends = 0;
    for (auto at = text.find("concordat@"); at < text.size(); ++at) {
        if (text[at] == '\\')
            ++at;
        else if (text[at] == ']')
            ++ends;
    }
    EXPECT_EQ(ends, 1u);
    const auto line = audit_json(record, "h");
    EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
    EXPECT_EQ(json::parse(line).at("address").as_string(), d.address);
    EXPECT_EQ(json::parse(line).at("attempt").as_string(),
              "bad \xEF\xBF\xBD\xEF\xBF\xBD \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD utf");
}

TEST(AuditRecord, LongValuesAreCutBetweenRunes) {
    auto record = example_record();
    auto& d = record.decision;
    std::string euros;
    for (int i = 0; i < 5000; ++i) euros += "\xE2\x82\xAC";
    EXPECT_EQ(audit_text(euros).size(), longest_audit_value);
    EXPECT_TRUE(is_utf8(audit_text(euros + "x", 256)));
    const std::string brackets(5000, ']');
    d.act = d.rule = d.service = d.provider = d.address = d.attempt = brackets;
    record.user = record.actor = record.fault = brackets;
    EXPECT_LE(audit_syslog(record, brackets).size(), 8192u);
    EXPECT_LE(audit_json(record, brackets).size(), 8192u);
}

}  // namespace
}  // namespace concordat::compliance
