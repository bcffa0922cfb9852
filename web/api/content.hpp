// Rules about content, and messages that wait because of them. Concordat's own. Rules and errors:
// compliance/content/content_rules.hpp, held_posts.hpp. All need the role `content_officer`, but for one's
// own held messages.
//
//   GET    concordat/content/rules
//   POST   concordat/content/rules              ContentRule: 201 and the rule
//   POST   concordat/content/rules/try          {rule, text or file_name}: [{start, length}], bytes
//   GET    concordat/content/rules/{rule_id}
//   PUT    concordat/content/rules/{rule_id}    ContentRule, all of it
//   DELETE concordat/content/rules/{rule_id}
//   GET    concordat/content/hits               newest first; rule_id, page, per_page
//   GET    concordat/content/held               messages that wait, oldest first; state, page, per_page
//   GET    concordat/content/held/count         {waiting, oldest_seconds}
//   GET    concordat/content/held/own           the caller's own that wait: for everybody; page, per_page
//   GET    concordat/content/held/{held_id}     {held, post}: what it says
//   POST   concordat/content/held/{held_id}/release, .../refuse    HeldPost
#pragma once

namespace concordat::compliance {
class ContentRules;
class HeldPosts;
}  // namespace concordat::compliance

namespace concordat::web {

class Router;

void add_content_routes(Router& routes, compliance::ContentRules& rules, compliance::HeldPosts& held);

}  // namespace concordat::web
