// Content rules: made, tried, switched on and off, and what they struck.
//
// What a rule does when it is on: messaging/screening/screen.hpp. A change is in force with the answer to the
// call. A rule may be tried on texts before it is switched on.
//
// Who may: holders of the role `content_officer`, by that role alone; administration gives no right, since
// rules tell what is secret. The operator at the machine may, too. The role reads nothing that was said: hits
// have places and lengths. Everything, refusals and looking included, is written down, act "content", before
// it takes effect; what rules look for is not in records.
//
// Thread-safe; calls block. Errors beside those of the database:
//   forbidden  api.context.permissions.app_error   the role is missing
//   forbidden  identity.step_up.needed             a change needs a second factor shown lately
//   invalid    content.rule.*                      of what is asked for; the text says what
//   not_found  content.rule.not_found
//   conflict   content.rule.too_many               there are `most_content_rules`
#pragma once
#include <string>
#include <vector>
#include "compliance/export/officer.hpp"
#include "core/model/content_rule.hpp"

namespace concordat::messaging {
class Screen;
}

namespace concordat::compliance {

// A rule, and a text or the name of a file that it is tried on.
struct RuleTrial {
    ContentRule rule;
    std::string text;
    std::string file_name;
};
BOOST_DESCRIBE_STRUCT(RuleTrial, (), (rule, text, file_name))

struct TrialStrike {
    std::int64_t start = 0, length = 0;  // bytes
};
BOOST_DESCRIBE_STRUCT(TrialStrike, (), (start, length))

class ContentRules {
public:
    static constexpr const char* role = "content_officer";
    static constexpr std::size_t longest_trial = 65536;  // bytes

    // All must outlive this object.
    ContentRules(storage::Database& db, messaging::Screen& screen, identity::Decisions& decisions,
                 const LiveSettings& settings)
        : db_(db), screen_(screen), officer_(db, decisions, settings, "content", role) {}

    std::vector<ContentRule> list(const Request& request);
    ContentRule get(const Request& request, const ContentRuleId& id);
    ContentRule create(const Request& request, ContentRule rule);
    ContentRule update(const Request& request, const ContentRuleId& id, ContentRule rule);
    void remove(const Request& request, const ContentRuleId& id);
    std::vector<TrialStrike> attempt(const Request& request, RuleTrial trial);
    // Newest first; of all rules when `rule` is empty.
    std::vector<ContentHit> hits(const Request& request, const ContentRuleId& rule, std::int64_t offset,
                                 std::int64_t limit);

private:
    void check_places(storage::Tx& tx, const ContentRule& rule);

    storage::Database& db_;
    messaging::Screen& screen_;
    Officer officer_;
};

}  // namespace concordat::compliance
