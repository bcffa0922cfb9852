#include "web/api/decisions.hpp"

#include "compliance/ledger/ledger_reader.hpp"
#include "identity/decision/decisions.hpp"
#include "web/api/compliance_request.hpp"
#include "web/api/paging.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

constexpr std::int64_t most_passed_over = 100000;

// As clients know it: an address, and words of which the first says how it went.
struct Audit {
    DecisionId id;
    Millis create_at = 0;
    UserId user_id;
    std::string action, extra_info, ip_address;
    SessionId session_id;
};
BOOST_DESCRIBE_STRUCT(Audit, (), (id, create_at, user_id, action, extra_info, ip_address, session_id))

std::string action_of(const std::string& act) {
    if (act == "sign_in") return "/api/v4/users/login";
    if (act == "sign_out") return "/api/v4/users/logout";
    if (act == "factor") return "/api/v4/users/mfa";
    if (act == "session") return "/api/v4/users/sessions";
    if (act == "token") return "/api/v4/users/tokens";
    if (act == "account") return "/api/v4/users";
    return act;
}

std::vector<Audit> audits(identity::Decisions& decisions, const Call& call, const UserId& user) {
    const auto paging = paging_of(call);
    identity::DecisionQuery query;
    query.user_id = user;
    query.offset = paging.offset();
    query.limit = paging.per_page;
    std::vector<Audit> out;
    if (query.limit == 0 || query.offset > most_passed_over) return out;
    for (const auto& d : decisions.list(query))
        out.push_back({d.id, d.create_at, d.user_id, action_of(d.act),
                       (d.is_admitted ? "success " : "fail ") + d.rule, d.address, d.session_id});
    return out;
}

// What was asked for, in words.
std::string said(const identity::DecisionQuery& query) {
    std::string out = "decisions";
    for (const auto& [name, value] :
         {std::pair("attempt", query.attempt), std::pair("act", query.act), std::pair("rule", query.rule),
          std::pair("service", query.service), std::pair("user", query.user_id.text())})
        if (!value.empty()) out += std::string(", ") + name + " " + value;
    return out;
}

// The answer, once it is recorded that it was given. What is asked next may show this record.
template <class Answer>
Answer recorded(identity::Decisions& decisions, const Call& call, const std::string& what, Answer answer) {
    compliance::note_audit_reading(decisions, request_of(call), what);
    return answer;
}

}  // namespace

void add_decision_routes(Router& routes, identity::Decisions& decisions) {
    routes.get("/audits", on_system(Permission::read_audits), [&](Call& call) {
        return recorded(decisions, call, "a page of audits", audits(decisions, call, {}));
    });
    routes.get("/users/{user_id}/audits", self_or(Permission::edit_other_users, "user_id"), [&](Call& call) {
        const auto user = call.id<UserId>("user_id");
        auto page = audits(decisions, call, user);
        if (user == call.actor.user_id) return page;
        return recorded(decisions, call, "a page of audits about " + user.text(), std::move(page));
    });
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
        return recorded(decisions, call, said(query), decisions.list(query));
    });
}

}  // namespace concordat::web
