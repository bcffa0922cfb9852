#include "tests/compliance/retention/retaining.hpp"

namespace concordat::compliance {
namespace {

TEST(RetentionPolicies, WhatIsAskedForIsChecked) {
    Retaining r;
    const auto actor = r.store.actor(r.admin);
    const Request request{actor, "attempt", ""};
    const auto refused = [&](auto change) {
        RetentionPolicyPatch wanted;
        wanted.display_name = "a policy";
        wanted.post_duration = 10;
        change(wanted);
        return refusal([&] { r.policies.create(request, wanted); });
    };
    const char* bad = "app.retention_policy.bad_request";
    EXPECT_EQ(refused([](RetentionPolicyPatch& p) { p.display_name = " "; }), bad);
    EXPECT_EQ(refused([](RetentionPolicyPatch& p) { p.display_name = std::string(257, 'a'); }), bad);
    EXPECT_EQ(refused([](RetentionPolicyPatch& p) { p.post_duration.reset(); }), bad);
    for (const std::int64_t days : {0, -2, 36501})
        EXPECT_EQ(refused([&](RetentionPolicyPatch& p) { p.post_duration = days; }), bad) << days;
    EXPECT_EQ(refused([](RetentionPolicyPatch& p) { p.team_ids = {"nonsense"}; }), bad);
    EXPECT_EQ(refused([](RetentionPolicyPatch& p) { p.team_ids = {TeamId::fresh().text()}; }), bad);
    EXPECT_EQ(refused([](RetentionPolicyPatch& p) { p.channel_ids = {ChannelId::fresh().text()}; }), bad);
    EXPECT_EQ(r.policies.count(), 0);  // a policy that is refused is not half made

    const auto missing = RetentionPolicyId::fresh();
    const char* not_found = "app.retention_policy.not_found";
    EXPECT_EQ(refusal([&] { r.policies.get(missing); }), not_found);
    EXPECT_EQ(refusal([&] { r.policies.patch(request, missing, {}); }), not_found);
    EXPECT_EQ(refusal([&] { r.policies.remove(request, missing); }), not_found);
    EXPECT_EQ(refusal([&] { r.policies.add_teams(request, missing, {}); }), not_found);
    EXPECT_EQ(refusal([&] { r.policies.channels(missing, "", 0, 10); }), not_found);
}

TEST(RetentionPolicies, AChannelHasOneAtMost) {
    Retaining r;
    const auto actor = r.store.actor(r.admin);
    const Request request{actor, "attempt", ""};
    const auto one = r.limit(10, {r.room.id}), two = r.limit(20, {});
    EXPECT_EQ(refusal([&] { r.policies.add_channels(request, two.id, {r.room.id.text()}); }),
              "app.retention_policy.bad_request");
    EXPECT_EQ(r.policies.get(two.id).channel_count, 0);
    r.policies.remove_channels(request, one.id, {r.room.id.text()});
    r.policies.add_channels(request, two.id, {r.room.id.text()});
    const auto mine = r.policies.channel_policies_of(r.alice.id, 0, 10);
    ASSERT_EQ(mine.policies.size(), 1u);
    EXPECT_EQ(mine.policies[0].post_duration, 20);
    r.policies.remove(request, two.id);
    EXPECT_EQ(r.policies.channel_policies_of(r.alice.id, 0, 10).total_count, 0);
    identity::DecisionQuery query;
    query.act = "retention";
    EXPECT_EQ(r.decisions.list(query).size(), 5u);
}

TEST(RetentionPolicies, TeamsAreShownWithoutWhatLetsOneIn) {
    Retaining r;
    const auto policy = r.limit(10, {}, {r.team.id});
    const auto shown = r.policies.teams(policy.id, "TEAM", 0, 10);
    ASSERT_EQ(shown.teams.size(), 1u);
    EXPECT_TRUE(shown.teams[0].invite_id.empty());
    EXPECT_TRUE(shown.teams[0].email.empty());
    EXPECT_EQ(shown.teams[0].policy_id.value, policy.id.text());
    EXPECT_TRUE(r.policies.teams(policy.id, "nothing of that name", 0, 10).teams.empty());
}

}  // namespace
}  // namespace concordat::compliance
