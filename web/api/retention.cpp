#include "web/api/retention.hpp"

#include "compliance/retention/policies.hpp"
#include "compliance/retention/retention_jobs.hpp"
#include "web/api/compliance_request.hpp"
#include "web/api/paging.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

struct PolicyTerm {
    std::string term;
};
BOOST_DESCRIBE_STRUCT(PolicyTerm, (), (term))

constexpr std::int64_t most_places = 1000;
constexpr auto may_read = Permission::sysconsole_read_compliance_data_retention_policy;
constexpr auto may_write = Permission::sysconsole_write_compliance_data_retention_policy;

RetentionPolicyId policy_in(const Call& call) {
    return call.id<RetentionPolicyId>("policy_id");
}

void add_members(Router& routes, compliance::RetentionPolicies& policies) {
    using Ids = std::vector<std::string>;
    routes.get("/data_retention/policies/{policy_id}/teams", on_system(may_read), [&](Call& call) {
        const auto paging = paging_of(call);
        return policies.teams(policy_in(call), "", paging.offset(), paging.per_page);
    });
    routes.post("/data_retention/policies/{policy_id}/teams", on_system(may_write),
                [&](Call& call, Ids ids) { policies.add_teams(request_of(call), policy_in(call), ids); });
    routes.del("/data_retention/policies/{policy_id}/teams", on_system(may_write),
               [&](Call& call, Ids ids) { policies.remove_teams(request_of(call), policy_in(call), ids); });
    routes.post("/data_retention/policies/{policy_id}/teams/search", on_system(may_read),
                [&](Call& call, PolicyTerm body) {
                    return policies.teams(policy_in(call), body.term, 0, most_places).teams;
                });
    routes.get("/data_retention/policies/{policy_id}/channels", on_system(may_read), [&](Call& call) {
        const auto paging = paging_of(call);
        return policies.channels(policy_in(call), "", paging.offset(), paging.per_page);
    });
    routes.post("/data_retention/policies/{policy_id}/channels", on_system(may_write),
                [&](Call& call, Ids ids) { policies.add_channels(request_of(call), policy_in(call), ids); });
    routes.del(
        "/data_retention/policies/{policy_id}/channels", on_system(may_write),
        [&](Call& call, Ids ids) { policies.remove_channels(request_of(call), policy_in(call), ids); });
    routes.post("/data_retention/policies/{policy_id}/channels/search", on_system(may_read),
                [&](Call& call, PolicyTerm body) {
                    return policies.channels(policy_in(call), body.term, 0, most_places).channels;
                });
}

void add_own(Router& routes, compliance::RetentionJobs& jobs) {
    routes.get("/concordat/retention/preview", on_system(may_read), [&](Call&) { return jobs.preview(); });
    routes.get("/concordat/retention/certificates", on_system(may_read), [&](Call& call) {
        const auto paging = paging_of(call);
        return jobs.certificates(paging.offset(), paging.per_page);
    });
    routes.get("/concordat/retention/certificates/{certificate_id}", on_system(may_read),
               [&](Call& call) { return jobs.certificate(call.id<CertificateId>("certificate_id")); });
}

}  // namespace

void add_retention_routes(Router& routes, compliance::RetentionPolicies& policies,
                          compliance::RetentionJobs& jobs) {
    routes.get("/data_retention/policy", signed_in(), [&](Call&) { return policies.global(); });
    routes.get("/data_retention/policies_count", on_system(may_read), [&](Call&) {
        return json::object{{"total_count", policies.count()}};
    });
    routes.get("/data_retention/policies", on_system(may_read), [&](Call& call) {
        const auto paging = paging_of(call);
        return policies.list(paging.offset(), paging.per_page);
    });
    routes.post("/data_retention/policies", on_system(may_write), [&](Call& call, RetentionPolicyPatch body) {
        return Created{policies.create(request_of(call), body)};
    });
    routes.get("/data_retention/policies/{policy_id}", on_system(may_read),
               [&](Call& call) { return policies.get(policy_in(call)); });
    routes.patch("/data_retention/policies/{policy_id}", on_system(may_write),
                 [&](Call& call, RetentionPolicyPatch body) {
                     return policies.patch(request_of(call), policy_in(call), body);
                 });
    routes.del("/data_retention/policies/{policy_id}", on_system(may_write),
               [&](Call& call) { policies.remove(request_of(call), policy_in(call)); });
    routes.get("/users/{user_id}/data_retention/team_policies", self_or(Permission::manage_system, "user_id"),
               [&](Call& call) {
                   const auto paging = paging_of(call);
                   return policies.team_policies_of(call.id<UserId>("user_id"), paging.offset(),
                                                    paging.per_page);
               });
    routes.get("/users/{user_id}/data_retention/channel_policies",
               self_or(Permission::manage_system, "user_id"), [&](Call& call) {
                   const auto paging = paging_of(call);
                   return policies.channel_policies_of(call.id<UserId>("user_id"), paging.offset(),
                                                       paging.per_page);
               });
    add_members(routes, policies);
    add_own(routes, jobs);
}

}  // namespace concordat::web
