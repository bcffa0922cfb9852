// What holders of the role `content_officer` rule about: content, and who may not talk to whom. Concordat's
// own. Rules and errors: compliance/content/content_rules.hpp, held_posts.hpp,
// compliance/barrier/information_barriers.hpp. All need that role, but for one's own held messages.
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
//
//   GET    concordat/barriers/segments
//   POST   concordat/barriers/segments                      Segment: 201 and the segment
//   GET    concordat/barriers/segments/{segment_id}
//   PUT    concordat/barriers/segments/{segment_id}         Segment, all of it
//   DELETE concordat/barriers/segments/{segment_id}
//   GET    concordat/barriers/segments/{segment_id}/people  ids; page, per_page
//   POST   concordat/barriers/preview                       Barrier, made or not: what it breaks
//   GET    concordat/barriers
//   POST   concordat/barriers                               Barrier: 201 and the barrier
//   GET    concordat/barriers/{barrier_id}
//   PUT    concordat/barriers/{barrier_id}                  Barrier, all of it
//   DELETE concordat/barriers/{barrier_id}
#pragma once

namespace concordat::compliance {
class ContentRules;
class HeldPosts;
class InformationBarriers;
}  // namespace concordat::compliance

namespace concordat::web {

class Router;

void add_content_routes(Router& routes, compliance::ContentRules& rules, compliance::HeldPosts& held);
void add_barrier_routes(Router& routes, compliance::InformationBarriers& barriers);

}  // namespace concordat::web
