#include "federation/stream/applier.hpp"

#include <gtest/gtest.h>

#include "tests/federation/stream/scene.hpp"

namespace concordat::federation {
namespace {

TEST(Applier, PeopleAndPostsAppearWithTheirOrigin) {
    Scene s;
    const auto id = s.fresh();
    EXPECT_EQ(s.say_post(id, "hello"), "");
    ASSERT_TRUE(s.post(id));
    EXPECT_EQ(s.post(id)->message, "hello");
    EXPECT_EQ(s.user(s.cleo).username, "cleo:gamma");
    EXPECT_EQ(s.user(s.cleo).auth_service, "federation");
}

TEST(Applier, TheSameTwiceIsOnce) {
    Scene s;
    const auto id = s.fresh();
    EXPECT_EQ(s.say_post(id, "hello"), "");
    EXPECT_EQ(s.say_post(id, "hello again"), "");
    EXPECT_EQ(s.post(id)->message, "hello");
    const auto told = s.store.facts<PostCreated>();
    EXPECT_EQ(std::ranges::count_if(told, [&](const auto& f) { return f.post.id == id; }), 1);
}

TEST(Applier, NobodySpeaksForSomebodyElse) {
    Scene s;
    EXPECT_EQ(s.say(kinds::post_create, {}, s.post_body(s.fresh(), "I am ana"), s.ana.id), "authority");
    EXPECT_EQ(s.say(kinds::post_create, {}, s.post_body(s.fresh(), "I am nobody"), UserId()), "authority");
    UserBody body{"s", s.ana.id, "ana", "", "", "", std::nullopt, false};
    EXPECT_EQ(s.say(kinds::user_upsert, {}, json_text(body), s.ana.id), "id_conflict");
    EXPECT_EQ(s.user(s.ana.id).username, "ana");
    EXPECT_EQ(s.say(kinds::user_upsert, {}, json_text(body)), "body");
    EXPECT_EQ(s.say(kinds::member_leave, id_as<AnyId>(s.ana.id), Scene::mark()), "authority");
    EXPECT_TRUE(s.store.gate.is_member(s.ana.id, s.room.id));
}

TEST(Applier, WhatWasWrittenHereStaysAsItIs) {
    Scene s(true);
    const auto own = s.local_post("ours");
    EXPECT_EQ(s.say_post(own.id, "theirs"), "id_conflict");
    EXPECT_EQ(s.say(kinds::post_edit, id_as<AnyId>(own.id), s.post_body(own.id, "theirs")), "authority");
    EXPECT_EQ(s.say(kinds::post_delete, id_as<AnyId>(own.id), Scene::mark()), "authority");
    EXPECT_EQ(s.say(kinds::moderate_delete, id_as<AnyId>(own.id), Scene::mark()), "authority");
    EXPECT_EQ(s.say(kinds::moderate_remove, id_as<AnyId>(s.ana.id), Scene::mark()), "authority");
    EXPECT_EQ(s.say(kinds::channel_update, id_as<AnyId>(s.room.id),
                    json_text(ChannelBody{"s", "Taken over", "", ""})),
              "authority");
    EXPECT_EQ(s.post(own.id)->message, "ours");
    EXPECT_EQ(s.post(own.id)->delete_at, 0);
    EXPECT_TRUE(s.store.gate.is_member(s.ana.id, s.room.id));
}

TEST(Applier, TheHomeModerates) {
    Scene s;
    const auto own = s.local_post("ours");
    EXPECT_EQ(s.say(kinds::moderate_delete, id_as<AnyId>(own.id), Scene::mark()), "");
    EXPECT_GT(s.post(own.id)->delete_at, 0);
    EXPECT_EQ(s.say(kinds::channel_update, id_as<AnyId>(s.room.id),
                    json_text(ChannelBody{"s", "Tender", "today", ""}), UserId()),
              "");
    EXPECT_EQ(s.say(kinds::moderate_remove, id_as<AnyId>(s.ana.id), Scene::mark()), "");
    EXPECT_EQ(s.store.facts<ChannelLeft>().size(), 1u);
}

TEST(Applier, AReplyWaitsForItsRootAndHoldsUpNothing) {
    Scene s;
    const auto root = s.fresh(), reply = s.fresh(), other = s.fresh();
    EXPECT_EQ(s.say_post(reply, "an answer", root), "waits");
    const auto waiting = s.chain.next_seq - 1;
    EXPECT_EQ(s.say(kinds::react_set, id_as<AnyId>(reply), Scene::mark("thumbsup")), "waits");
    EXPECT_EQ(s.say_post(other, "something else"), "");
    EXPECT_FALSE(s.post(reply));
    EXPECT_EQ(s.say_post(root, "a question"), "");
    EXPECT_EQ(s.outcome(waiting), "");
    EXPECT_EQ(s.outcome(waiting + 1), "");
    EXPECT_EQ(s.post(reply)->root_id, root);
    EXPECT_EQ(s.reactions.of_post(reply).size(), 1u);
}

TEST(Applier, ManyRepliesWaitForOneRoot) {
    Scene s;
    const auto root = s.fresh();
    std::vector<PostId> replies;
    for (int i = 0; i < 40; ++i) replies.push_back(s.fresh());
    for (const auto& reply : replies) EXPECT_EQ(s.say_post(reply, "an answer", root), "waits");
    EXPECT_EQ(s.say_post(root, "a question"), "");
    EXPECT_EQ(s.post(root)->reply_count, 40);
}

TEST(Applier, WhatWaitsHasItsBound) {
    Scene s;
    s.store.db.transact([&](storage::Tx& tx) {
        tx.exec(R"(
            insert into federation_events (origin, channel_id, seq, kind, state, received_at, header)
            select $1, $2, n, 'react.set', 3, 1, '' from generate_series(1000001, 1000000 + $3::bigint) n)",
                s.gamma, s.room.id, most_waiting);
    });
    EXPECT_EQ(s.say_post(s.fresh(), "an answer", s.fresh()), "too_many_waiting");
    EXPECT_EQ(s.say_post(s.fresh(), "a question"), "");
}

TEST(Applier, ARunOfPostsKeepsItsOrderAndRefusesOneByOne) {
    Scene s;
    const auto own = s.local_post("ours");
    const auto first = s.fresh(), reply = s.fresh(), called = s.fresh(), last = s.fresh();
    const auto begin = s.chain.next_seq;
    s.keep(kinds::post_create, {}, s.post_body(first, "one"));
    s.keep(kinds::post_create, {}, s.post_body(own.id, "theirs"));
    s.keep(kinds::post_create, {}, "no json");
    s.keep(kinds::post_create, id_as<AnyId>(first), s.post_body(reply, "an answer", first));
    s.keep(kinds::post_create, id_as<AnyId>(own.id), s.post_body(s.fresh(), "an answer to another", first));
    s.keep(kinds::post_create, {}, s.post_body(s.fresh(), "not mine"), s.ana.id);
    s.keep(kinds::post_create, {}, s.post_body(called, "hello @ana"));
    s.keep(kinds::post_create, {}, s.post_body(first, "one, again"));
    s.keep(kinds::post_create, {}, s.post_body(last, "two"));
    EXPECT_TRUE(s.applier.apply());
    std::vector<std::string> outcomes;
    for (auto seq = begin; seq < s.chain.next_seq; ++seq) outcomes.push_back(s.outcome(seq));
    const std::string bad_json = outcomes[2];
    EXPECT_NE(bad_json, "");
    EXPECT_EQ(outcomes,
              (std::vector<std::string>{"", "id_conflict", bad_json, "", "body", "authority", "", "", ""}));
    std::vector<PostId> told;
    for (const auto& fact : s.store.facts<PostCreated>())
        if (fact.post.user_id == s.cleo && fact.post.type.empty()) told.push_back(fact.post.id);
    EXPECT_EQ(told, (std::vector<PostId>{first, reply, called, last}));
    EXPECT_EQ(s.post(first)->message, "one");
    EXPECT_FALSE(s.applier.apply());
}

// A server that crashed gives the ids of transactions that it lost to others; whoever has read their facts
// would pass over those. So nothing that others can read may be lost.
TEST(Applier, FactsAreOnTheDiskBeforeAnybodyReadsThem) {
    Scene s;
    s.store.db.transact([](storage::Tx& tx) {
        tx.run_script(R"(
            create table commits (mode text);
            create function note_commit() returns trigger language plpgsql as
                $$ begin insert into commits values (current_setting('synchronous_commit')); return null; end $$;
            create constraint trigger note_commit after insert on journal deferrable initially deferred
                for each row execute function note_commit())");
    });
    const auto root = s.fresh(), reply = s.fresh();
    EXPECT_EQ(s.say_post(reply, "an answer", root), "waits");
    EXPECT_EQ(s.say_post(root, "a question"), "");
    EXPECT_EQ(s.say(kinds::react_set, id_as<AnyId>(root), Scene::mark("thumbsup")), "");
    EXPECT_EQ(s.say(kinds::post_edit, id_as<AnyId>(root), s.post_body(root, "a better question")), "");
    EXPECT_EQ(s.say(kinds::post_delete, id_as<AnyId>(reply), Scene::mark()), "");
    const auto count = [&](const char* sql) {
        return s.store.db.read([&](storage::Tx& tx) { return storage::int_in(tx.exec(sql)[0][0]); });
    };
    EXPECT_GE(count("select count(*) from commits where mode = 'on'"), 5);
    EXPECT_EQ(count("select count(*) from commits where mode <> 'on'"), 0);
}

TEST(Applier, ADeletedPostStaysDeleted) {
    Scene s;
    const auto id = s.fresh();
    s.say_post(id, "hello");
    EXPECT_EQ(s.say(kinds::post_delete, id_as<AnyId>(id), Scene::mark()), "");
    EXPECT_EQ(s.say(kinds::post_edit, id_as<AnyId>(id), s.post_body(id, "risen")), "");
    EXPECT_EQ(s.say_post(id, "risen"), "");
    EXPECT_GT(s.post(id)->delete_at, 0);
}

TEST(Applier, BadBodiesAndUnknownKindsAreRefusedAndTheStreamGoesOn) {
    Scene s;
    EXPECT_NE(s.say(kinds::post_create, {}, "{\"post\":7}"), "");
    EXPECT_NE(s.say(kinds::post_create, {}, "no json"), "");
    const auto id = s.fresh();
    s.say_post(id, "hello");
    EXPECT_EQ(s.say("post.explode", id_as<AnyId>(id), Scene::mark()), "kind");
    EXPECT_NE(s.say_post(s.fresh(), std::string(messaging::longest_message + 1, 'x')), "");
    EXPECT_EQ(s.say_post(s.fresh(), "still here"), "");
}

TEST(Applier, APartnerThatIsRevokedOrReadsOnlySaysNothing) {
    Scene s;
    const auto set = [&](const std::string& state, bool is_read_only) {
        s.store.db.transact([&](storage::Tx& tx) {
            storage::PartnerTable table(tx);
            auto partner = *table.lock(s.gamma);
            partner.state = state;
            partner.policy.read_only = is_read_only;
            table.update(partner);
        });
    };
    set("active", true);
    EXPECT_EQ(s.say_post(s.fresh(), "hello"), "policy");
    set("revoked", false);
    EXPECT_EQ(s.say_post(s.fresh(), "hello"), "revoked");
}

}  // namespace
}  // namespace concordat::federation
