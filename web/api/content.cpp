#include "web/api/content.hpp"

#include "compliance/content/content_rules.hpp"
#include "compliance/content/held_posts.hpp"
#include "web/api/compliance_request.hpp"
#include "web/api/paging.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

const char* const why_about_content = "the role content_officer; administration gives no right";

ContentRuleId rule_in(const Call& call) {
    return call.id<ContentRuleId>("rule_id");
}

HeldPostId held_in(const Call& call) {
    return call.id<HeldPostId>("held_id");
}

void add_held_routes(Router& routes, compliance::HeldPosts& held) {
    routes.get("/concordat/content/held", checked_inside(why_about_content), [&](Call& call) {
        const auto paging = paging_of(call);
        return held.list(request_of(call), call.head.query_value("state"), paging.offset(), paging.per_page);
    });
    routes.get("/concordat/content/held/count", checked_inside(why_about_content),
               [&](Call& call) { return held.count(request_of(call)); });
    routes.get("/concordat/content/held/own", checked_inside("the caller's own"), [&](Call& call) {
        const auto paging = paging_of(call);
        return held.own(call.actor, paging.offset(), paging.per_page);
    });
    routes.get("/concordat/content/held/{held_id}", checked_inside(why_about_content),
               [&](Call& call) { return held.get(request_of(call), held_in(call)); });
    routes
        .post("/concordat/content/held/{held_id}/release", checked_inside(why_about_content),
              [&](Call& call) { return held.release(request_of(call), held_in(call)); })
        .for_people();
    routes
        .post("/concordat/content/held/{held_id}/refuse", checked_inside(why_about_content),
              [&](Call& call) { return held.refuse(request_of(call), held_in(call)); })
        .for_people();
}

}  // namespace

void add_content_routes(Router& routes, compliance::ContentRules& rules, compliance::HeldPosts& held) {
    add_held_routes(routes, held);
    routes.get("/concordat/content/rules", checked_inside(why_about_content),
               [&](Call& call) { return rules.list(request_of(call)); });
    routes
        .post("/concordat/content/rules", checked_inside(why_about_content),
              [&](Call& call, ContentRule body) {
                  return Created{rules.create(request_of(call), std::move(body))};
              })
        .for_people();
    routes.post("/concordat/content/rules/try", checked_inside(why_about_content),
                [&](Call& call, compliance::RuleTrial body) {
                    return rules.attempt(request_of(call), std::move(body));
                });
    routes.get("/concordat/content/rules/{rule_id}", checked_inside(why_about_content),
               [&](Call& call) { return rules.get(request_of(call), rule_in(call)); });
    routes
        .put("/concordat/content/rules/{rule_id}", checked_inside(why_about_content),
             [&](Call& call, ContentRule body) {
                 return rules.update(request_of(call), rule_in(call), std::move(body));
             })
        .for_people();
    routes
        .del("/concordat/content/rules/{rule_id}", checked_inside(why_about_content),
             [&](Call& call) { rules.remove(request_of(call), rule_in(call)); })
        .for_people();
    routes.get("/concordat/content/hits", checked_inside(why_about_content), [&](Call& call) {
        const auto paging = paging_of(call);
        return rules.hits(request_of(call), id_in<ContentRuleId>(call, "rule_id"), paging.offset(),
                          paging.per_page);
    });
}

}  // namespace concordat::web
