#include "compliance/barrier/information_barriers.hpp"

#include "core/model/bot.hpp"
#include "identity/account/people.hpp"
#include "identity/barrier/barriers.hpp"
#include "identity/decision/decisions.hpp"
#include "messaging/conversation/channel_members.hpp"
#include "messaging/conversation/direct_channels.hpp"
#include "messaging/conversation/joining.hpp"
#include "storage/tables/bots.hpp"
#include "storage/tables/profile_fields.hpp"
#include "storage/tables/user_groups.hpp"
#include "tests/messaging/conversation/talk.hpp"

namespace concordat::compliance {
namespace {

using test::refusal;

// alice is in research, tim in trading, bob in neither; facts reach the barriers as the journal would hand
// them on.
struct Apart : messaging::Talk {
    Apart() {
        posts.use_barriers(barriers);
        store.db.on_commit([this](const std::vector<storage::Fact>& facts) {
            waiting.insert(waiting.end(), facts.begin(), facts.end());
        });
    }
    identity::Decisions decisions{store.db};
    identity::Barriers barriers{store.db, decisions};
    InformationBarriers rules{store.db, barriers, decisions, store.settings};
    messaging::ChannelMembers members{store.db, store.gate};
    messaging::DirectChannels directs{store.db, store.gate, store.settings};
    User officer = store.user("conny", "system_user content_officer");
    User tim = store.user("tim");
    std::vector<storage::Fact> waiting;

    void hand_on() { barriers.take(std::exchange(waiting, {})); }
    template <class Act>
    auto as(const User& who, Act act) {
        const auto actor = store.actor(who);
        return act(Request{actor, "attempt", "127.0.0.1"});
    }
    Segment segment(const std::string& name, const std::string& kind, std::vector<std::string> values,
                    const std::string& field = "") {
        Segment out;
        out.name = name;
        out.terms.push_back({kind, field, std::move(values)});
        return out;
    }
    Segment make(const Segment& one) {
        store.wait(10);
        return as(officer, [&](const Request& r) { return rules.create(r, one); });
    }
    Barrier between(const Segment& first, const Segment& second, bool is_on = true) {
        Barrier out;
        out.name = "wall";
        out.first_id = first.id;
        out.second_id = second.id;
        out.is_on = is_on;
        return out;
    }
    Barrier make(const Barrier& one) {
        store.wait(10);
        return as(officer, [&](const Request& r) { return rules.create(r, one); });
    }
    Barrier change(const Barrier& one) {
        store.wait(10);
        return as(officer, [&](const Request& r) { return rules.update(r, one.id, one); });
    }
    Barrier stand(bool is_on = true) {
        return make(between(make(segment("research", "user", {alice.id.text()})),
                            make(segment("trading", "user", {tim.id.text()})), is_on));
    }
    std::size_t records(const char* rule) {
        identity::DecisionQuery query;
        query.act = "barrier";
        query.rule = rule;
        return decisions.list(query).size();
    }
    std::string tries(const User& who, const Channel& where) {
        return refusal([&] { say(who, where, "hello"); });
    }
};

TEST(InformationBarriers, NoConversationBeginsBetweenTheSides) {
    Apart s;
    s.stand();
    const auto direct = [&](const User& a, const User& b) {
        return refusal([&] { s.directs.direct(s.store.actor(a), {a.id, b.id}); });
    };
    EXPECT_EQ(direct(s.alice, s.tim), "barrier.apart");
    EXPECT_EQ(direct(s.tim, s.alice), "barrier.apart");
    EXPECT_EQ(direct(s.alice, s.bob), "");
    EXPECT_EQ(direct(s.alice, s.alice), "");
    EXPECT_EQ(refusal([&] {
                  s.directs.group(s.store.actor(s.bob), {s.alice.id, s.tim.id});
              }),
              "barrier.apart");
    EXPECT_EQ(s.records("barrier.apart"), 3u);
    EXPECT_EQ(s.number("select count(*) from channels where type = 'G'"), 0);
}

TEST(InformationBarriers, NobodyIsBroughtIntoAChannelOfTheOtherSide) {
    Apart s;
    auto barrier = s.stand();
    s.store.add(s.tim, s.team);
    const auto adds = [&] {
        return refusal([&] { s.members.add(s.store.actor(s.bob), s.room.id, {s.tim.id}); });
    };
    EXPECT_EQ(adds(), "barrier.apart");
    EXPECT_EQ(s.number("select count(*) from channel_members where user_id = '" + s.tim.id.uuid() + "'"), 0);
    EXPECT_EQ(s.records("barrier.apart"), 1u);
    barrier.excepted_channel_ids = {s.room.id};
    barrier = s.change(barrier);
    EXPECT_EQ(adds(), "");
    s.hand_on();
    EXPECT_EQ(s.tries(s.tim, s.room), "");
    barrier.excepted_channel_ids.clear();
    barrier = s.change(barrier);
    EXPECT_EQ(s.tries(s.tim, s.room), "barrier.read_only");
    EXPECT_EQ(s.tries(s.bob, s.room), "");
}

TEST(InformationBarriers, WhatWasThereBeforeCanBeReadAndNotWritten) {
    Apart s;
    const auto channel = s.directs.direct(s.store.actor(s.alice), {s.alice.id, s.tim.id});
    const auto post = s.say(s.alice, channel, "before");
    const auto barrier = s.stand(false);
    EXPECT_EQ(s.tries(s.alice, channel), "");
    const auto broken = s.as(s.officer, [&](const Request& r) { return s.rules.preview(r, barrier); });
    EXPECT_EQ(broken.channel_count, 1);
    ASSERT_EQ(broken.channels.size(), 1u);
    EXPECT_EQ(broken.channels[0].channel_id, channel.id);
    EXPECT_EQ(broken.channels[0].first_ids, std::vector{s.alice.id});
    EXPECT_EQ(broken.channels[0].second_ids, std::vector{s.tim.id});
    EXPECT_EQ(broken.both_count, 0);
    auto on = barrier;
    on.is_on = true;
    s.change(on);
    for (const auto* who : {&s.alice, &s.tim}) EXPECT_EQ(s.tries(*who, channel), "barrier.read_only");
    EXPECT_EQ(refusal([&] { s.edit(s.alice, post.id, "after"); }), "barrier.read_only");
    EXPECT_EQ(refusal([&] { s.posts.set_pinned(s.store.actor(s.tim), post.id, true); }), "barrier.read_only");
    Reaction reaction;
    reaction.post_id = post.id;
    reaction.emoji_name = "ok";
    EXPECT_EQ(refusal([&] { s.reactions.add(s.store.actor(s.tim), reaction); }), "barrier.read_only");
    EXPECT_TRUE(s.store.gate.may_read(s.store.actor(s.tim), channel.id));
    EXPECT_EQ(s.directs.direct(s.store.actor(s.tim), {s.alice.id, s.tim.id}).id, channel.id);
    EXPECT_EQ(s.records("barrier.read_only"), 5u);
    on.is_on = false;
    s.change(on);
    EXPECT_EQ(s.tries(s.tim, channel), "");
}

TEST(InformationBarriers, AnAttributeThatChangesMovesAPerson) {
    Apart s;
    ProfileField field;
    field.id = ProfileFieldId::fresh(s.store.now());
    field.name = "desk";
    field.type = "select";
    field.attrs.options = {{"o1", "research", ""}, {"o2", "trading", ""}};
    s.store.db.read([&](storage::Tx& tx) { storage::ProfileFieldTable(tx).insert(field); });
    const auto segment = s.segment("research", "attribute", {"research"}, field.id.text());
    EXPECT_EQ(refusal([&] { s.make(segment); }), "barrier.segment.attribute");  // people may change it
    field.attrs.managed = "admin";
    const auto set = [&](const User& who, const char* option) {
        s.store.db.transact([&](storage::Tx& tx) {
            storage::ProfileFieldTable(tx).update(field);
            storage::ProfileFieldTable(tx).set_value(who.id, field.id, option, tx.now());
            tx.emit(ProfileValuesChanged{who.id, who.id, {}});
        });
        s.hand_on();
    };
    set(s.alice, "o1");
    set(s.tim, "o1");
    const auto channel = s.directs.direct(s.store.actor(s.alice), {s.alice.id, s.tim.id});
    s.make(
        s.between(s.make(segment), s.make(s.segment("trading", "attribute", {"trading"}, field.id.text()))));
    EXPECT_EQ(s.tries(s.tim, channel), "");
    set(s.tim, "o2");
    EXPECT_EQ(s.tries(s.tim, channel), "barrier.read_only");
    set(s.tim, "o1");
    EXPECT_EQ(s.tries(s.tim, channel), "");
}

TEST(InformationBarriers, GroupsTeamsRolesAndBotsCount) {
    Apart s;
    UserGroup group;
    group.id = GroupId::fresh(s.store.now());
    group.display_name = "Research";
    group.remote_id = Nullable<std::string>("g1");
    group.provider = "directory";
    group.create_at = group.update_at = s.store.now();
    s.store.db.transact([&](storage::Tx& tx) { storage::UserGroupTable(tx).insert(group); });
    auto manager = s.store.user("max", "system_user system_manager");
    const auto other = s.store.team("other");
    s.store.add(s.tim, other);
    auto bot = s.store.user("robot");
    s.store.db.transact([&](storage::Tx& tx) {
        storage::BotTable(tx).insert({bot.id, s.tim.id, tx.now()});
        storage::BotTable(tx).mark(bot.id, true);
        storage::UserGroupTable(tx).add_member(group.id, s.alice.id);
    });
    auto trading = s.segment("trading", "team", {other.id.text()});
    trading.terms.push_back({"role", "", {"system_manager"}});
    const auto first = s.make(s.segment("research", "group", {group.id.text()})), second = s.make(trading);
    s.make(s.between(first, second));
    for (const auto* who : {&s.tim, &manager, &bot})
        EXPECT_EQ(refusal([&] {
                      s.directs.direct(s.store.actor(s.alice), {s.alice.id, who->id});
                  }),
                  "barrier.apart");
    const auto people =
        s.as(s.officer, [&](const Request& r) { return s.rules.people(r, second.id, 0, 60); });
    EXPECT_EQ(people.size(), 3u);
    s.store.db.transact([&](storage::Tx& tx) {
        storage::UserGroupTable(tx).remove_member(group.id, s.alice.id);
        tx.emit(GroupMembersChanged{group.id, {}, {s.alice.id}, {}});
    });
    s.hand_on();
    EXPECT_EQ(refusal([&] { s.directs.direct(s.store.actor(s.alice), {s.alice.id, s.tim.id}); }), "");
    auto own = group;
    own.id = GroupId::fresh(s.store.now());
    own.source = "custom";
    own.remote_id = {};
    s.store.db.transact([&](storage::Tx& tx) { storage::UserGroupTable(tx).insert(own); });
    EXPECT_EQ(refusal([&] { s.make(s.segment("own", "group", {own.id.text()})); }), "barrier.segment.group");
}

TEST(InformationBarriers, WhoIsHiddenIsFoundByNoName) {
    Apart s;
    identity::Sessions sessions(s.store.db, s.store.settings, s.store.roles);
    identity::Accounts accounts(s.store.db, s.store.gate, sessions, s.store.settings);
    identity::People people(s.store.db, s.store.gate, accounts, s.store.settings);
    auto barrier = s.stand();
    const auto finds = [&](const User& who, const std::string& name) {
        identity::PeopleSearch wanted;
        wanted.term = name;
        const auto listed = people.search(s.store.actor(who), wanted).size();
        const auto completed = people.complete(s.store.actor(who), {}, {}, name, 10).users.size();
        const bool named = refusal([&] { people.by_username(s.store.actor(who), name); }).empty();
        EXPECT_EQ(listed, completed);
        EXPECT_EQ(listed == 1, named);
        EXPECT_EQ(named, people.by_usernames(s.store.actor(who), {name}).size() == 1);
        return named;
    };
    EXPECT_TRUE(finds(s.alice, "tim"));
    barrier.hides_people = true;
    s.change(barrier);
    EXPECT_FALSE(finds(s.alice, "tim"));
    EXPECT_FALSE(finds(s.tim, "alice"));
    EXPECT_TRUE(finds(s.alice, "alice"));
    EXPECT_TRUE(finds(s.bob, "tim"));
    EXPECT_EQ(people.get(s.store.actor(s.alice), s.tim.id).id, s.tim.id);  // who wrote what is there
}

TEST(InformationBarriers, ATeamIsJoinedWithoutTheChannelsOfTheOtherSide) {
    Apart s;
    const auto town = s.store.channel_named(s.team, "town-square");
    s.store.add(s.alice, town);
    s.stand();
    s.store.db.transact([&](storage::Tx& tx) {
        messaging::join_team(tx, *s.store.settings.current(), s.team, s.tim, messaging::party_of(s.tim),
                             false);
    });
    EXPECT_TRUE(s.store.gate.is_team_member(s.tim.id, s.team.id));
    EXPECT_FALSE(s.store.gate.is_member(s.tim.id, town.id));
    EXPECT_EQ(s.records("barrier.apart"), 1u);
}

TEST(InformationBarriers, OnlyTheOfficerAndTheOperatorSeeAndChangeThem) {
    Apart s;
    auto admin = s.store.user("root", "system_user system_admin");
    const auto barrier = s.stand();
    for (const auto* who : {&admin, &s.alice})
        for (const auto& id :
             {refusal([&] { s.as(*who, [&](const Request& r) { return s.rules.list(r); }); }),
              refusal([&] { s.as(*who, [&](const Request& r) { return s.rules.segments(r); }); }),
              refusal([&] { s.as(*who, [&](const Request& r) { return s.rules.preview(r, barrier); }); }),
              refusal([&] { s.as(*who, [&](const Request& r) { s.rules.remove(r, barrier.id); }); })})
            EXPECT_EQ(id, "api.context.permissions.app_error");
    EXPECT_EQ(s.records("barrier.role"), 8u);
    EXPECT_EQ(
        refusal([&] { s.as(s.officer, [&](const Request& r) { s.rules.remove(r, barrier.first_id); }); }),
        "barrier.segment.in_use");
    EXPECT_EQ(refusal([&] {
                  auto bad = barrier;
                  bad.second_id = bad.first_id;
                  s.change(bad);
              }),
              "barrier.rule.sides");
    EXPECT_EQ(refusal([&] { s.make(s.segment("", "user", {s.bob.id.text()})); }), "barrier.segment.name");
    EXPECT_EQ(refusal([&] { s.make(s.segment("x", "planet", {"mars"})); }), "barrier.segment.terms");
    EXPECT_EQ(refusal([&] { s.make(s.segment("x", "user", {})); }), "barrier.segment.terms");
    EXPECT_EQ(refusal([&] { s.make(s.segment("x", "user", {"mars"})); }), "barrier.segment.user");
    EXPECT_EQ(refusal([&] { s.make(s.segment("x", "role", {"emperor"})); }), "barrier.segment.role");
    s.as(s.officer, [&](const Request& r) { s.rules.remove(r, barrier.id); });
    EXPECT_EQ(refusal([&] { s.directs.direct(s.store.actor(s.alice), {s.alice.id, s.tim.id}); }), "");
    EXPECT_EQ(s.records("barrier.rule_removed"), 1u);
}

TEST(InformationBarriers, WhatCannotBeReadLetsNobodyWrite) {
    Apart s;
    s.stand();
    s.run("update barriers set body = '\\x00'");
    identity::Barriers fresh(s.store.db, s.decisions);
    EXPECT_THROW(fresh.require_writable(s.store.actor(s.bob), s.room.id), Error);
    EXPECT_THROW(s.barriers.reload(), Error);
    EXPECT_NE(s.tries(s.bob, s.room), "");
}

TEST(InformationBarriers, ARaceIntoAnEmptyChannelEndsReadOnly) {
    Apart s;
    s.stand();
    s.store.add(s.tim, s.room);  // as if both had come in at once
    s.store.db.transact([&](storage::Tx& tx) {
        tx.emit(ChannelJoined{s.room.id, s.team.id, s.tim.id, s.tim.id});
    });
    s.hand_on();
    EXPECT_EQ(s.tries(s.tim, s.room), "barrier.read_only");
    EXPECT_EQ(s.barriers.standing().channels, 1u);
    s.store.db.transact([&](storage::Tx& tx) {
        messaging::leave_channel(tx, s.room, messaging::party_of(s.tim), messaging::party_of(s.tim));
    });
    s.hand_on();
    EXPECT_EQ(s.tries(s.alice, s.room), "");
    EXPECT_EQ(s.barriers.standing().channels, 0u);
}

}  // namespace
}  // namespace concordat::compliance
