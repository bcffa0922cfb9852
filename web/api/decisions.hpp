// Routes that explain what the identity gateway decided.
#pragma once

namespace concordat::identity {
class Decisions;
}

namespace concordat::web {

class Router;
// GET concordat/identity/decisions: newest first, for auditors (read_audits). Query: attempt, user_id, act,
// rule, service, admitted (true, false), before (ms), per_page (at most 200).
// GET audits, users/{user_id}/audits: the same as official clients show it, newest first, in pages of 60
// (page, per_page: at most 200); pages begin among the newest 100,000. Those about oneself, or with
// edit_other_users about another; all with read_audits.
// Reading anything but what is about oneself is recorded itself.
void add_decision_routes(Router& routes, identity::Decisions& decisions);

}  // namespace concordat::web
