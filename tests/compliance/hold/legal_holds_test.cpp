#include "compliance/hold/legal_holds.hpp"

#include <gtest/gtest.h>

#include "identity/decision/decisions.hpp"
#include "storage/database/database.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/store.hpp"

namespace concordat::compliance {
namespace {

using test::refusal;

struct Office {
    test::Store store;
    identity::Decisions decisions{store.db};
    LegalHolds holds{store.db, decisions, store.settings};
    User lena = store.user("lena", "system_user legal"), otto = store.user("otto", "system_user legal"),
         alice = store.user("alice");
    Actor lenas = store.actor(lena), ottos = store.actor(otto);
    Channel room = store.channel(store.team(), "room");
    const Request by_lena{lenas, "attempt", "127.0.0.1"}, by_otto{ottos, "attempt", "127.0.0.1"};
    LegalMatter matter = holds.open_matter(by_lena, "Acme", "what it is about");

    LegalHold wanted() {
        LegalHold hold;
        hold.matter_id = matter.id;
        hold.name = "a hold";
        hold.user_ids = {alice.id};
        return hold;
    }
    std::size_t noted(const std::string& rule) {
        identity::DecisionQuery query;
        query.rule = rule;
        return decisions.list(query).size();
    }
};

TEST(LegalHolds, AdministrationGivesNoRight) {
    Office o;
    const auto hold = o.holds.create(o.by_lena, o.wanted());
    const auto admin = o.store.actor(o.store.admin());
    const Request request{admin, "attempt", ""};
    const char* forbidden = "api.context.permissions.app_error";
    EXPECT_EQ(refusal([&] { o.holds.open_matter(request, "x", ""); }), forbidden);
    EXPECT_EQ(refusal([&] { o.holds.matters(request, 0, 10); }), forbidden);
    EXPECT_EQ(refusal([&] { o.holds.matter(request, o.matter.id); }), forbidden);
    EXPECT_EQ(refusal([&] { o.holds.close_matter(request, o.matter.id); }), forbidden);
    EXPECT_EQ(refusal([&] { o.holds.create(request, o.wanted()); }), forbidden);
    EXPECT_EQ(refusal([&] { o.holds.preview(request, o.wanted()); }), forbidden);
    EXPECT_EQ(refusal([&] { o.holds.list(request, {}, 0, 10); }), forbidden);
    EXPECT_EQ(refusal([&] { o.holds.get(request, hold.id); }), forbidden);
    EXPECT_EQ(refusal([&] { o.holds.keeps(request, hold.id); }), forbidden);
    EXPECT_EQ(refusal([&] { o.holds.ask_release(request, hold.id); }), forbidden);
    EXPECT_EQ(refusal([&] { o.holds.approve_release(request, hold.id); }), forbidden);
    EXPECT_EQ(refusal([&] { o.holds.keep_on(request, hold.id); }), forbidden);
    EXPECT_EQ(o.noted("hold.role"), 12u);
}

TEST(LegalHolds, WhatIsAskedForIsChecked) {
    Office o;
    const char* bad = "hold.bad_request";
    EXPECT_EQ(refusal([&] { o.holds.open_matter(o.by_lena, " ", ""); }), bad);
    EXPECT_EQ(refusal([&] { o.holds.open_matter(o.by_lena, std::string(201, 'a'), ""); }), bad);
    EXPECT_EQ(refusal([&] { o.holds.open_matter(o.by_lena, "a", std::string(4001, 'a')); }), bad);
    const auto refused = [&](auto change) {
        auto hold = o.wanted();
        change(hold);
        return refusal([&] { o.holds.create(o.by_lena, hold); });
    };
    EXPECT_EQ(refused([](LegalHold& h) { h.name.clear(); }), bad);
    EXPECT_EQ(refused([](LegalHold& h) { h.user_ids.clear(); }), bad);
    EXPECT_EQ(refused([](LegalHold& h) { h.user_ids = {UserId::fresh()}; }), bad);
    EXPECT_EQ(refused([](LegalHold& h) { h.channel_ids = {ChannelId::fresh()}; }), bad);
    EXPECT_EQ(refused([](LegalHold& h) { h.user_ids.resize(1001, h.user_ids[0]); }), "");  // one person
    EXPECT_EQ(refused([](LegalHold& h) { h.starts_at = -1; }), bad);
    EXPECT_EQ(refused([](LegalHold& h) { h.starts_at = 5, h.ends_at = 4; }), bad);
    EXPECT_EQ(refused([](LegalHold& h) { h.matter_id = MatterId::fresh(); }), "hold.matter.not_found");
    EXPECT_EQ(refusal([&] { o.holds.get(o.by_lena, HoldId::fresh()); }), "hold.not_found");
}

TEST(LegalHolds, AReleaseTakesTwoPeopleAndAGrace) {
    Office o;
    const auto hold = o.holds.create(o.by_lena, o.wanted());
    EXPECT_EQ(refusal([&] { o.holds.approve_release(o.by_otto, hold.id); }), "hold.release.state");
    EXPECT_EQ(o.holds.ask_release(o.by_lena, hold.id).state, "release_asked");
    EXPECT_EQ(refusal([&] { o.holds.ask_release(o.by_otto, hold.id); }), "hold.release.state");
    EXPECT_EQ(refusal([&] { o.holds.approve_release(o.by_lena, hold.id); }), "hold.release.two_people");
    EXPECT_EQ(o.noted("hold.two_people"), 1u);
    const auto released = o.holds.approve_release(o.by_otto, hold.id);
    EXPECT_EQ(released.state, "releasing");
    EXPECT_EQ(released.frees_at - released.released_at, 720 * 3600000LL);
    EXPECT_EQ(refusal([&] { o.holds.close_matter(o.by_lena, o.matter.id); }), "hold.matter.in_force");

    EXPECT_EQ(o.holds.keep_on(o.by_lena, hold.id).state, "active");  // second thoughts
    o.holds.ask_release(o.by_otto, hold.id);
    o.holds.approve_release(o.by_lena, hold.id);
    o.store.wait(720 * 3600000LL + 1);
    EXPECT_EQ(o.holds.get(o.by_lena, hold.id).state, "released");
    EXPECT_EQ(refusal([&] { o.holds.keep_on(o.by_lena, hold.id); }), "hold.release.state");
    EXPECT_GT(o.holds.close_matter(o.by_lena, o.matter.id).close_at, 0);
    EXPECT_EQ(refusal([&] { o.holds.create(o.by_lena, o.wanted()); }), "hold.matter.closed");
}

TEST(LegalHolds, TheOperatorIsOneSideOfARelease) {
    Office o;
    const Actor nobody;
    const Request machine{nobody, "attempt", "", true};
    const auto hold = o.holds.create(machine, o.wanted());
    o.holds.ask_release(machine, hold.id);
    EXPECT_EQ(refusal([&] { o.holds.approve_release(machine, hold.id); }), "hold.release.two_people");
    EXPECT_EQ(o.holds.approve_release(o.by_lena, hold.id).state, "releasing");
}

TEST(LegalHolds, NamesOfMattersAreSealed) {
    Office o;
    const auto names = o.store.db.read([](storage::Tx& tx) {
        return storage::int_in(
            tx.exec("select count(*) from legal_matters where position('Acme'::bytea in details) > 0")[0][0]);
    });
    EXPECT_EQ(names, 0);
    const auto matters = o.holds.matters(o.by_otto, 0, 10);
    ASSERT_EQ(matters.size(), 1u);
    EXPECT_EQ(matters[0].name, "Acme");
    EXPECT_EQ(matters[0].description, "what it is about");
    EXPECT_EQ(o.noted("hold.looked_at"), 1u);
}

}  // namespace
}  // namespace concordat::compliance
