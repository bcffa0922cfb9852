#include "web/api/decisions.hpp"

#include "identity/decision/decisions.hpp"
#include "web/api/paging.hpp"
#include "web/http/router.hpp"

namespace concordat::web {

void add_decision_routes(Router& routes, identity::Decisions& decisions) {
    routes.get("/concordat/identity/decisions", on_system(Permission::read_audits), [&](Call& call) {
        identity::DecisionQuery query;
        query.attempt = call.head.query_value("attempt");
        query.act = call.head.query_value("act");
        query.rule = call.head.query_value("rule");
        query.service = call.head.query_value("service");
        if (const auto user = call.head.query_value("user_id"); !user.empty()) {
            if (!looks_like_id(user)) throw bad_url("user_id");
            query.user_id = UserId::from_text(user);
        }
        if (const auto admitted = call.head.query_value("admitted"); !admitted.empty()) {
            if (admitted != "true" && admitted != "false") throw bad_url("admitted");
            query.is_admitted = admitted == "true";
        }
        query.before = number_in(call, "before", 0);
        query.limit = paging_of(call).per_page;
        return decisions.list(query);
    });
}

}  // namespace concordat::web
