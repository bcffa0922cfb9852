#include "compliance/content/content_rules.hpp"

#include "identity/decision/decisions.hpp"
#include "messaging/conversation/channel_members.hpp"
#include "messaging/screening/rule_set.hpp"
#include "messaging/screening/screen.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/content_rules.hpp"
#include "tests/messaging/conversation/talk.hpp"

namespace concordat::compliance {
namespace {

using messaging::Screen;
using test::refusal;

const std::string card = "4111 1111 1111 1111", account = "DE89 3704 0044 0532 0130 00";

// People who talk while rules are on, and who makes the rules.
struct Screened : messaging::Talk {
    explicit Screened(Settings with = {}) : Talk(std::move(with)) { posts.use_screen(screen); }

    identity::Decisions decisions{store.db};
    Screen screen{store.db, store.gate, decisions};
    ContentRules rules{store.db, screen, decisions, store.settings};
    User officer = store.user("conny", "system_user content_officer");

    static ContentRule rule(const std::string& kind, const std::string& action,
                            const std::string& content = "") {
        ContentRule out;
        out.name = "no " + kind;
        out.kind = kind;
        out.action = action;
        out.content = content;
        out.message = "Not here.";
        out.is_on = true;
        return out;
    }
    template <class Act>
    auto as(const User& who, Act act) {
        const auto actor = store.actor(who);
        return act(Request{actor, "attempt", "127.0.0.1"});
    }
    ContentRule make(const ContentRule& one) {
        store.wait(10);
        return as(officer, [&](const Request& r) { return rules.create(r, one); });
    }
    std::vector<ContentHit> hits() {
        return as(officer, [&](const Request& r) { return rules.hits(r, {}, 0, 100); });
    }
    std::string tries(const std::string& text, const User* who = nullptr) {
        return refusal([&] { say(who ? *who : alice, text); });
    }
    std::size_t records(const char* rule) {
        identity::DecisionQuery query;
        query.act = "content";
        query.rule = rule;
        return decisions.list(query).size();
    }
};

TEST(ContentRules, NothingHidesBehindManyHitsOfOthers) {
    Screened s;
    std::string many;
    for (const std::string word : {"ab", "cd", "ef", "gh", "ij", "kl"}) {
        s.make(Screened::rule("words", "log", word));
        for (int i = 0; i < 25; ++i) many += word + " ";
    }
    s.make(Screened::rule("iban", "block"));
    EXPECT_EQ(s.tries(many + account), "content.blocked");
    EXPECT_EQ(s.hits().size(), 100u);  // of a page; 100 and the one that blocks are kept
    EXPECT_EQ(s.tries(many), "");
}

TEST(ContentRules, ABlockedMessageIsNotWrittenAndItsTextNowhere) {
    Screened s;
    s.make(Screened::rule("iban", "block"));
    EXPECT_EQ(s.tries("pay to " + account), "content.blocked");
    EXPECT_EQ(s.tries("pay to nobody"), "");
    const auto hits = s.hits();
    ASSERT_EQ(hits.size(), 1u);
    EXPECT_EQ(hits[0].user_id, s.alice.id);
    EXPECT_EQ(hits[0].channel_id, s.room.id);
    EXPECT_EQ(hits[0].place, "message");
    EXPECT_EQ(hits[0].start, 7);
    EXPECT_EQ(hits[0].length, static_cast<std::int64_t>(account.size()));
    EXPECT_EQ(hits[0].outcome, "blocked");
    EXPECT_EQ(s.records("content.blocked"), 1u);
    EXPECT_TRUE(s.store.facts<PostCreated>().size() == 1);
    for (const auto& record : s.decisions.list({}))
        EXPECT_EQ(json_text(record).find("3704"), std::string::npos);
}

TEST(ContentRules, EditsAttachmentsBotsAndMovesAreAsked) {
    Screened s;
    const auto before = s.say(s.alice, "my card is " + card);
    s.make(Screened::rule("card", "block"));
    const auto post = s.say(s.alice, "fine");
    EXPECT_EQ(refusal([&] { s.edit(s.alice, post.id, "it is " + card); }), "content.blocked");
    EXPECT_EQ(refusal([&] { s.edit(s.alice, post.id, "it is not here"); }), "");
    // What was there before the rule may be pinned, and does not come into another channel.
    EXPECT_EQ(refusal([&] { s.posts.set_pinned(s.store.actor(s.alice), before.id, true); }), "");
    const auto other = s.store.channel(s.team, "other");
    s.store.add(s.alice, other);
    EXPECT_EQ(refusal([&] { s.posts.move_thread(s.store.actor(s.alice), before.id, other.id); }),
              "content.blocked");

    auto boxed = s.draft(s.room, "see below");
    boxed.props["attachments"] =
        json::array{json::object{{"fields", json::array{json::object{{"title", "t"}, {"value", card}}}}}};
    EXPECT_EQ(refusal([&] { s.put(s.alice, boxed); }), "content.blocked");
    EXPECT_EQ(s.hits()[0].place, "attachment");
    auto bot = s.store.actor(s.alice);
    bot.is_bot = true;
    EXPECT_EQ(refusal([&] { s.posts.create(bot, s.draft(s.room, card)); }), "content.blocked");
}

TEST(ContentRules, WhoIsWarnedMaySendItAllTheSame) {
    Screened s;
    s.make(Screened::rule("words", "warn", "falcon"));
    EXPECT_EQ(s.tries("about falcon"), "content.warned");
    EXPECT_EQ(s.tries("about falcon", &s.bob), "content.warned");  // each for themselves
    EXPECT_EQ(s.tries("about falcon again"), "content.warned");    // and for each text
    EXPECT_EQ(s.tries("about falcon"), "");
    EXPECT_EQ(s.hits()[0].outcome, "sent");
    EXPECT_EQ(s.records("content.sent_after_warning"), 1u);
    s.store.wait(Screen::word_counts);
    EXPECT_EQ(s.tries("about falcon"), "content.warned");
    s.make(Screened::rule("words", "block", "falcon"));  // the stricter one counts
    EXPECT_EQ(s.tries("about falcon"), "content.blocked");
}

TEST(ContentRules, WhatIsOnlyLoggedIsWritten) {
    Screened s;
    s.make(Screened::rule("pattern", "log", "[a-z]+@example\\.org"));
    const auto post = s.say(s.alice, "write to ada@example.org or bob@example.org");
    const auto hits = s.hits();
    ASSERT_EQ(hits.size(), 2u);
    EXPECT_EQ(hits[0].post_id, post.id);
    EXPECT_EQ(hits[0].outcome, "logged");
    EXPECT_EQ(s.records("content.logged"), 1u);
}

TEST(ContentRules, TheyCountWhereTheySay) {
    Screened s;
    const auto other = s.store.channel(s.team, "other");
    s.store.add(s.alice, other);
    auto one = Screened::rule("words", "block", "falcon");
    one.where = "channels";
    one.channel_ids = {s.room.id};
    s.make(one);
    one.content = "eagle";
    one.where = "teams";
    one.channel_ids.clear();
    one.team_ids = {s.team.id};
    s.make(one);
    one.content = "hawk";
    one.where = "shared";
    one.team_ids.clear();
    s.make(one);
    EXPECT_EQ(s.tries("falcon"), "content.blocked");
    EXPECT_EQ(refusal([&] { s.say(s.alice, other, "falcon"); }), "");
    EXPECT_EQ(refusal([&] { s.say(s.alice, other, "eagle"); }), "content.blocked");
    EXPECT_EQ(refusal([&] { s.say(s.alice, other, "hawk"); }), "");
    s.store.db.read(
        [&](storage::Tx& tx) { storage::ChannelTable(tx).set_shared(other.id, true, s.store.now()); });
    EXPECT_EQ(refusal([&] { s.say(s.alice, other, "hawk"); }), "content.blocked");  // would leave to partners
}

TEST(ContentRules, UploadsByNameAndType) {
    Screened s;
    s.make(Screened::rule("file", "block", "*.exe\nvideo/*"));
    FileInfo file;
    file.channel_id = s.room.id;
    file.name = "setup.EXE";
    file.mime_type = "application/octet-stream";
    const auto actor = s.store.actor(s.alice);
    EXPECT_EQ(refusal([&] { s.screen.check_file(actor, file); }), "content.blocked");
    EXPECT_EQ(s.hits()[0].place, "file");
    file.name = "notes.txt";
    EXPECT_EQ(refusal([&] { s.screen.check_file(actor, file); }), "");
    file.mime_type = "video/mp4";
    EXPECT_EQ(refusal([&] { s.screen.check_file(actor, file); }), "content.blocked");
}

TEST(ContentRules, OnlyTheOfficerAndTheOperatorSeeAndChangeThem) {
    Screened s;
    const auto one = s.make(Screened::rule("card", "block"));
    const std::string forbidden = "api.context.permissions.app_error";
    for (const auto& who : {s.alice, s.store.admin()}) {
        EXPECT_EQ(refusal([&] { s.as(who, [&](const Request& r) { return s.rules.list(r); }); }), forbidden);
        EXPECT_EQ(refusal([&] { s.as(who, [&](const Request& r) { return s.rules.create(r, one); }); }),
                  forbidden);
        EXPECT_EQ(
            refusal([&] { s.as(who, [&](const Request& r) { return s.rules.update(r, one.id, one); }); }),
            forbidden);
        EXPECT_EQ(refusal([&] { s.as(who, [&](const Request& r) { s.rules.remove(r, one.id); }); }),
                  forbidden);
        EXPECT_EQ(refusal([&] { s.as(who, [&](const Request& r) { return s.rules.hits(r, {}, 0, 1); }); }),
                  forbidden);
    }
    EXPECT_EQ(s.records("content.role"), 10u);
    const Actor nobody;
    EXPECT_EQ(s.rules.list({nobody, "attempt", "", true}).size(), 1u);
}

TEST(ContentRules, AChangeIsInForceWithItsAnswer) {
    Screened s;
    auto one = s.make(Screened::rule("card", "block"));
    EXPECT_EQ(s.tries(card), "content.blocked");
    one.is_on = false;
    s.as(s.officer, [&](const Request& r) { return s.rules.update(r, one.id, one); });
    EXPECT_EQ(s.tries(card), "");
    one.is_on = true;
    one.action = "warn";
    EXPECT_EQ(s.as(s.officer, [&](const Request& r) { return s.rules.update(r, one.id, one); }).action,
              "warn");
    EXPECT_EQ(s.tries(card), "content.warned");
    s.as(s.officer, [&](const Request& r) { s.rules.remove(r, one.id); });
    EXPECT_EQ(s.tries(card + " "), "");
    EXPECT_EQ(refusal([&] { s.as(s.officer, [&](const Request& r) { return s.rules.get(r, one.id); }); }),
              "content.rule.not_found");
    for (const char* rule : {"content.rule_made", "content.rule_removed"})
        EXPECT_EQ(s.records(rule), 1u) << rule;
    EXPECT_EQ(s.records("content.rule_changed"), 2u);
}

TEST(ContentRules, TheyAreTriedBeforeTheyAreOn) {
    Screened s;
    RuleTrial trial;
    trial.rule = Screened::rule("card", "block");
    trial.text = "it is " + card;
    const auto strikes = s.as(s.officer, [&](const Request& r) { return s.rules.attempt(r, trial); });
    ASSERT_EQ(strikes.size(), 1u);
    EXPECT_EQ(strikes[0].start, 6);
    trial.text.assign(ContentRules::longest_trial + 1, 'x');
    EXPECT_EQ(refusal([&] { s.as(s.officer, [&](const Request& r) { return s.rules.attempt(r, trial); }); }),
              "content.rule.trial");
}

TEST(ContentRules, AChangeNeedsAFreshFactorWhereChangesDo) {
    Settings settings;
    settings.ConcordatSettings.StepUpMinutes = 10;
    Screened s(settings);
    EXPECT_EQ(refusal([&] { s.make(Screened::rule("card", "block")); }), "identity.step_up.needed");
    auto actor = s.store.actor(s.officer);
    actor.has_factor = true;
    actor.factor_at = s.store.now();
    EXPECT_EQ(refusal([&] { s.rules.create({actor, "attempt", ""}, Screened::rule("card", "block")); }), "");
}

TEST(ContentRules, WhatCannotBeReadLetsNothingThrough) {
    Screened s;
    const auto one = s.make(Screened::rule("card", "block"));
    s.store.db.read([&](storage::Tx& tx) { tx.run_script("update content_rules set body = '\\x00'"); });
    Screen fresh(s.store.db, s.store.gate, s.decisions);
    s.posts.use_screen(fresh);
    EXPECT_NE(s.tries("anything"), "");
    s.posts.use_screen(s.screen);
    EXPECT_EQ(s.tries("anything"), "");
}

TEST(ContentRules, RulesAreSealed) {
    Screened s;
    s.make(Screened::rule("words", "block", "falcon"));
    EXPECT_EQ(s.store.db.read([](storage::Tx& tx) {
        return tx.exec("select count(*) from content_rules where position('falcon'::bytea in body) > 0")[0][0]
            .as<int>();
    }),
              0);
}

}  // namespace
}  // namespace concordat::compliance
