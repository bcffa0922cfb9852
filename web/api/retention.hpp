// data_retention: how long messages are kept, and what was destroyed. Rules and errors:
// compliance/retention/policies.hpp, retention_jobs.hpp. Runs are jobs of type "data_retention": jobs.hpp.
//
//   GET    data_retention/policy                          of the settings, with the cutoffs of now
//   GET    data_retention/policies_count
//   GET    data_retention/policies                        {policies, total_count}; page, per_page
//   POST   data_retention/policies                        201 and the policy
//   GET, PATCH, DELETE  data_retention/policies/{policy_id}
//   GET    data_retention/policies/{policy_id}/teams      {teams, total_count}; channels alike
//   POST, DELETE  data_retention/policies/{policy_id}/teams     a list of ids; channels alike
//   POST   data_retention/policies/{policy_id}/teams/search     {term}: a list; channels alike
//   GET    users/{user_id}/data_retention/team_policies, channel_policies
// Concordat's own:
//   GET    concordat/retention/preview                    what a run would destroy now
//   GET    concordat/retention/certificates               newest first; page, per_page
//   GET    concordat/retention/certificates/{certificate_id}
#pragma once

namespace concordat::compliance {
class RetentionJobs;
class RetentionPolicies;
}  // namespace concordat::compliance

namespace concordat::web {

class Router;

void add_retention_routes(Router& routes, compliance::RetentionPolicies& policies,
                          compliance::RetentionJobs& jobs);

}  // namespace concordat::web
