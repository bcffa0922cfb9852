#include "web/api/settings_trial.hpp"

#include "identity/configuration/trials.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

const char* const by_its_sections = "each section has permissions of its own";

struct TrialWish {
    json::object sections;
    std::int64_t minutes = identity::Trials::usual_minutes;
};
BOOST_DESCRIBE_STRUCT(TrialWish, (), (sections, minutes))

struct TrialWord {
    bool without_sign_in = false;
};
BOOST_DESCRIBE_STRUCT(TrialWord, (), (without_sign_in))

identity::SettingsRequest trial_request(const Call& call) {
    return {call.actor, call.head.request_id, call.head.remote_address};
}

}  // namespace

void add_settings_trial_routes(Router& routes, identity::Trials& trials) {
    routes.get("/concordat/settings/trial", checked_inside(by_its_sections),
               [&](Call& call) { return trials.show(trial_request(call)); });
    routes
        .post("/concordat/settings/trial", checked_inside(by_its_sections),
              [&](Call& call, TrialWish wish) {
                  return trials.begin(trial_request(call), wish.sections, wish.minutes);
              })
        .administrative();
    routes.del("/concordat/settings/trial", checked_inside(by_its_sections), [&](Call& call) {
        return json::object{{"restored", json::value_from(trials.roll_back(trial_request(call)))}};
    });
    routes
        .post("/concordat/settings/trial/confirm", checked_inside(by_its_sections),
              [&](Call& call) {
                  TrialWord word;  // nothing need be said
                  if (!call.body.empty()) word = parse_json<TrialWord>(call.body);
                  trials.confirm(trial_request(call), word.without_sign_in);
              })
        .administrative();
}

}  // namespace concordat::web
