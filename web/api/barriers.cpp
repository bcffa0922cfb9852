#include "web/api/barriers.hpp"

#include "compliance/barrier/information_barriers.hpp"
#include "web/api/compliance_request.hpp"
#include "web/api/paging.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

const char* const why_about_barriers = "the role content_officer; administration gives no right";

SegmentId segment_in(const Call& call) {
    return call.id<SegmentId>("segment_id");
}
BarrierId barrier_in(const Call& call) {
    return call.id<BarrierId>("barrier_id");
}

void add_segment_routes(Router& routes, compliance::InformationBarriers& barriers) {
    routes.get("/concordat/barriers/segments", checked_inside(why_about_barriers),
               [&](Call& call) { return barriers.segments(request_of(call)); });
    routes
        .post("/concordat/barriers/segments", checked_inside(why_about_barriers),
              [&](Call& call, Segment body) {
                  return Created{barriers.create(request_of(call), std::move(body))};
              })
        .for_people();
    routes.get("/concordat/barriers/segments/{segment_id}", checked_inside(why_about_barriers),
               [&](Call& call) { return barriers.segment(request_of(call), segment_in(call)); });
    routes
        .put("/concordat/barriers/segments/{segment_id}", checked_inside(why_about_barriers),
             [&](Call& call, Segment body) {
                 return barriers.update(request_of(call), segment_in(call), std::move(body));
             })
        .for_people();
    routes
        .del("/concordat/barriers/segments/{segment_id}", checked_inside(why_about_barriers),
             [&](Call& call) { barriers.remove(request_of(call), segment_in(call)); })
        .for_people();
    routes.get("/concordat/barriers/segments/{segment_id}/people", checked_inside(why_about_barriers),
               [&](Call& call) {
                   const auto paging = paging_of(call);
                   return barriers.people(request_of(call), segment_in(call), paging.offset(),
                                          paging.per_page);
               });
}

}  // namespace

void add_barrier_routes(Router& routes, compliance::InformationBarriers& barriers) {
    add_segment_routes(routes, barriers);
    routes.post("/concordat/barriers/preview", checked_inside(why_about_barriers),
                [&](Call& call, Barrier body) { return barriers.preview(request_of(call), body); });
    routes.get("/concordat/barriers", checked_inside(why_about_barriers),
               [&](Call& call) { return barriers.list(request_of(call)); });
    routes
        .post("/concordat/barriers", checked_inside(why_about_barriers),
              [&](Call& call, Barrier body) {
                  return Created{barriers.create(request_of(call), std::move(body))};
              })
        .for_people();
    routes.get("/concordat/barriers/{barrier_id}", checked_inside(why_about_barriers),
               [&](Call& call) { return barriers.get(request_of(call), barrier_in(call)); });
    routes
        .put("/concordat/barriers/{barrier_id}", checked_inside(why_about_barriers),
             [&](Call& call, Barrier body) {
                 return barriers.update(request_of(call), barrier_in(call), std::move(body));
             })
        .for_people();
    routes
        .del("/concordat/barriers/{barrier_id}", checked_inside(why_about_barriers),
             [&](Call& call) { barriers.remove(request_of(call), barrier_in(call)); })
        .for_people();
}

}  // namespace concordat::web
