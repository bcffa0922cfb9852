// Content rules, Concordat's own. Rules and errors: compliance/content/content_rules.hpp. All need the role
// `content_officer`.
//
//   GET    concordat/content/rules
//   POST   concordat/content/rules              ContentRule: 201 and the rule
//   POST   concordat/content/rules/try          {rule, text or file_name}: [{start, length}], bytes
//   GET    concordat/content/rules/{rule_id}
//   PUT    concordat/content/rules/{rule_id}    ContentRule, all of it
//   DELETE concordat/content/rules/{rule_id}
//   GET    concordat/content/hits               newest first; rule_id, page, per_page
#pragma once

namespace concordat::compliance {
class ContentRules;
}

namespace concordat::web {

class Router;

void add_content_routes(Router& routes, compliance::ContentRules& rules);

}  // namespace concordat::web
