#include "web/api/holds.hpp"

#include "compliance/hold/legal_holds.hpp"
#include "web/api/compliance_request.hpp"
#include "web/api/paging.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

const char* const why_about_holds = "the role legal; administration gives no right";

struct NewMatter {
    std::string name, description;
};
BOOST_DESCRIBE_STRUCT(NewMatter, (), (name, description))

HoldId hold_in(const Call& call) {
    return call.id<HoldId>("hold_id");
}

}  // namespace

void add_hold_routes(Router& routes, compliance::LegalHolds& holds) {
    routes.post("/concordat/matters", checked_inside(why_about_holds), [&](Call& call, NewMatter body) {
        return Created{holds.open_matter(request_of(call), body.name, body.description)};
    });
    routes.get("/concordat/matters", checked_inside(why_about_holds), [&](Call& call) {
        const auto paging = paging_of(call);
        return holds.matters(request_of(call), paging.offset(), paging.per_page);
    });
    routes.get("/concordat/matters/{matter_id}", checked_inside(why_about_holds),
               [&](Call& call) { return holds.matter(request_of(call), call.id<MatterId>("matter_id")); });
    routes.post("/concordat/matters/{matter_id}/close", checked_inside(why_about_holds), [&](Call& call) {
        return holds.close_matter(request_of(call), call.id<MatterId>("matter_id"));
    });
    routes.post("/concordat/holds", checked_inside(why_about_holds),
                [&](Call& call, LegalHold body) { return Created{holds.create(request_of(call), body)}; });
    routes.post("/concordat/holds/preview", checked_inside(why_about_holds),
                [&](Call& call, LegalHold body) { return holds.preview(request_of(call), body); });
    routes.get("/concordat/holds", checked_inside(why_about_holds), [&](Call& call) {
        const auto paging = paging_of(call);
        return holds.list(request_of(call), id_in<MatterId>(call, "matter_id"), paging.offset(),
                          paging.per_page);
    });
    routes.get("/concordat/holds/{hold_id}", checked_inside(why_about_holds),
               [&](Call& call) { return holds.get(request_of(call), hold_in(call)); });
    routes.get("/concordat/holds/{hold_id}/content", checked_inside(why_about_holds),
               [&](Call& call) { return holds.keeps(request_of(call), hold_in(call)); });
    routes.post("/concordat/holds/{hold_id}/release", checked_inside(why_about_holds),
                [&](Call& call) { return holds.ask_release(request_of(call), hold_in(call)); });
    routes.post("/concordat/holds/{hold_id}/release/approve", checked_inside(why_about_holds),
                [&](Call& call) { return holds.approve_release(request_of(call), hold_in(call)); });
    routes.post("/concordat/holds/{hold_id}/release/cancel", checked_inside(why_about_holds),
                [&](Call& call) { return holds.keep_on(request_of(call), hold_in(call)); });
}

}  // namespace concordat::web
