// Content rules: what is looked for in what people write and upload, and what happens then.
#pragma once
#include <boost/describe.hpp>
#include <string>
#include <vector>
#include "core/base/json.hpp"
#include "core/model/ids.hpp"

namespace concordat {

using ContentRuleId = Id<struct ContentRuleTag>;
using ContentHitId = Id<struct ContentHitTag>;
using HeldPostId = Id<struct HeldPostTag>;

struct ContentRule {
    ContentRuleId id;
    Millis create_at = 0;
    Millis update_at = 0;
    UserId creator_id;  // empty: the operator
    std::string name;
    // words     one word or phrase a line, whole ones in any case
    // pattern   a regular expression of RE2
    // card      numbers of payment cards whose check digit is right; no content
    // iban      account numbers whose check digits are right; no content
    // file      names (*.exe) or media types (video/*) of uploads, one a line
    std::string kind;
    std::string content;
    // all, teams, channels, shared (channels shared with partners)
    std::string where = "all";
    std::vector<TeamId> team_ids;
    std::vector<ChannelId> channel_ids;
    // log; warn: refused once, and sent when it is sent again; hold: kept until an officer has decided; block
    std::string action = "log";
    std::string message;  // for the author
    bool is_on = false;
};
BOOST_DESCRIBE_STRUCT(ContentRule, (),
                      (id, create_at, update_at, creator_id, name, kind, content, where, team_ids,
                       channel_ids, action, message, is_on))

// Where a rule struck. What was written is not in it.
struct ContentHit {
    ContentHitId id;
    ContentRuleId rule_id;
    Millis create_at = 0;
    UserId user_id;
    ChannelId channel_id;
    PostId post_id;                      // of a refused message, the id it would have had; empty for uploads
    std::string place;                   // message, attachment, file
    std::int64_t start = 0, length = 0;  // bytes; of a file 0
    std::string action;                  // of the rule
    std::string outcome;                 // logged, warned, sent (after a warning), held, blocked
};
BOOST_DESCRIBE_STRUCT(ContentHit, (),
                      (id, rule_id, create_at, user_id, channel_id, post_id, place, start, length, action,
                       outcome))

// A message that waits for an officer, without what it says.
struct HeldPost {
    HeldPostId id;
    Millis create_at = 0, expires_at = 0;
    UserId user_id;  // who wrote it
    ChannelId channel_id;
    ContentRuleId rule_id;  // the first that holds it
    std::string state;      // waiting, released, refused, expired
    Millis decided_at = 0;
    UserId decided_by;  // empty: nobody yet, time, or the operator
    PostId post_id;     // of what was released
};
BOOST_DESCRIBE_STRUCT(HeldPost, (),
                      (id, create_at, expires_at, user_id, channel_id, rule_id, state, decided_at, decided_by,
                       post_id))

}  // namespace concordat
