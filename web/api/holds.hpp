// Legal holds, Concordat's own. Rules and errors: compliance/hold/legal_holds.hpp. All need the role `legal`.
//
//   POST concordat/matters                             {name, description}: 201 and the matter
//   GET  concordat/matters, concordat/matters/{matter_id}        page, per_page
//   POST concordat/matters/{matter_id}/close
//   POST concordat/holds                               {matter_id, name, user_ids, channel_ids, starts_at,
//                                                       ends_at, include_public_channels}: 201 and the hold
//   POST concordat/holds/preview                       the same: what such a hold would keep now
//   GET  concordat/holds                               matter_id, page, per_page
//   GET  concordat/holds/{hold_id}
//   GET  concordat/holds/{hold_id}/content             how much it keeps now
//   POST concordat/holds/{hold_id}/release             asks for it
//   POST concordat/holds/{hold_id}/release/approve     somebody else
//   POST concordat/holds/{hold_id}/release/cancel      the hold stays
#pragma once

namespace concordat::compliance {
class LegalHolds;
}

namespace concordat::web {

class Router;

void add_hold_routes(Router& routes, compliance::LegalHolds& holds);

}  // namespace concordat::web
