// Who may not talk to whom. Concordat's own. Rules and errors: compliance/barrier/information_barriers.hpp.
// All need the role `content_officer`.
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
class InformationBarriers;
}

namespace concordat::web {

class Router;

void add_barrier_routes(Router& routes, compliance::InformationBarriers& barriers);

}  // namespace concordat::web
