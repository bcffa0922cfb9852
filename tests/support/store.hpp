// A node's store for tests: a migrated database of its own, keys, roles, gate and settings, and a person,
// a team or a channel in one line. The helpers write rows directly and emit no facts, so that a test of a
// service sees the service's facts only.
//
//   test::Store store;
//   const auto alice = store.user("alice");
//   const auto team = store.team();
//   store.add(alice, store.channel(team, "room"));
//   service.call(store.actor(alice), ...);
//   EXPECT_EQ(store.facts<ChannelJoined>().size(), 1u);
//
// For tests of identity/access and of the rooms above it. Not thread-safe, except that `db` may be used
// from several threads.
#pragma once
#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/base/text.hpp"
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/facts.hpp"
#include "identity/access/gate.hpp"
#include "identity/access/roles.hpp"
#include "storage/crypto/keyring.hpp"
#include "storage/database/database.hpp"
#include "storage/database/migrations.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/teams.hpp"
#include "storage/tables/users.hpp"
#include "tests/support/postgres.hpp"
#include "tests/support/temporary_directory.hpp"

namespace concordat::test {

namespace store_detail {

// Databases of stores that are gone, to be emptied and used again: much faster than a new one for each test.
class Spare {
public:
    std::string take() {
        std::lock_guard guard(mutex_);
        if (names_.empty()) return fresh_database();
        auto dsn = std::move(names_.back());
        names_.pop_back();
        postgres_detail::run_sql(dsn, R"(do $$ declare name text; begin
            set local session_replication_role = replica;  -- no foreign keys: a row here and there goes in any order
            for name in select tablename from pg_tables where schemaname = 'public' and tablename <> 'schema_steps' loop
                execute 'delete from ' || quote_ident(name);
            end loop;
        exception when insufficient_privilege then
            execute (select 'truncate ' || string_agg(quote_ident(tablename), ', ') from pg_tables
                     where schemaname = 'public' and tablename <> 'schema_steps');
        end $$)");
        return dsn;
    }
    void give(const std::string& dsn) {
        std::lock_guard guard(mutex_);
        names_.push_back(dsn);
    }
    static Spare& one() {
        static Spare spare;
        return spare;
    }

private:
    std::mutex mutex_;
    std::vector<std::string> names_;
};

}  // namespace store_detail

class Store {
public:
    explicit Store(Settings with = {}, std::size_t connections = 4)
        : settings(std::move(with)),
          keyring(storage::open_keyring(directory.path("store.json"), directory.path("master.key"))),
          db({store_detail::Spare::one().take(), connections}, *keyring, [this] { return now(); }),
          roles(db),
          gate(db, roles) {
        db.on_commit([this](const std::vector<storage::Fact>& facts) {
            roles.on_facts(facts);
            gate.on_facts(facts);
            std::lock_guard guard(mutex_);
            told_.insert(told_.end(), facts.begin(), facts.end());
        });
        storage::migrate(db);
        roles.prepare();
    }
    ~Store() { store_detail::Spare::one().give(db.options().dsn); }
    Store(const Store&) = delete;

    TemporaryDirectory directory;
    LiveSettings settings;
    std::unique_ptr<storage::Keyring> keyring;
    storage::Database db;
    identity::Roles roles;
    identity::Gate gate;

    // The wall clock, moved forward by what wait() was given.
    Millis now() const { return wall_clock() + ahead_; }
    void wait(Millis time) { ahead_ += time; }

    // The facts of one type that were committed since the last forget(), oldest first.
    template <class F>
    std::vector<F> facts() {
        std::lock_guard guard(mutex_);
        std::vector<F> out;
        for (const auto& fact : told_)
            if (fact.is<F>()) out.push_back(fact.as<F>());
        return out;
    }
    // Their kinds, in order.
    std::vector<std::string> kinds() {
        std::lock_guard guard(mutex_);
        std::vector<std::string> out;
        for (const auto& fact : told_) out.push_back(fact.kind);
        return out;
    }
    void forget() {
        std::lock_guard guard(mutex_);
        told_.clear();
    }

    User user(const std::string& name, const std::string& with_roles = "system_user") {
        User user;
        user.id = UserId::fresh(now());
        user.create_at = user.update_at = now();
        user.username = name;
        user.email = name + "@example.org";
        user.roles = with_roles;
        user.locale = "en";
        user.props.emplace();
        user.notify_props.emplace();
        db.transact([&](storage::Tx& tx) { storage::UserTable(tx).insert(user, {}); });
        return user;
    }
    User guest(const std::string& name) { return user(name, "system_guest"); }
    User admin(const std::string& name = "admin") { return user(name, "system_admin system_user"); }

    // Without members; with town-square and off-topic.
    Team team(const std::string& name = {}) {
        Team team;
        team.id = TeamId::fresh(now());
        team.create_at = team.update_at = now();
        team.name = name.empty() ? "team-" + std::to_string(++made_) : name;
        team.display_name = "Team " + team.name;
        team.type = "O";
        team.email = "team@example.org";
        team.invite_id = new_token();
        db.transact([&](storage::Tx& tx) { storage::TeamTable(tx).insert(team); });
        channel(team, "town-square");
        channel(team, "off-topic");
        return team;
    }

    Channel channel(const Team& team, const std::string& name, const std::string& type = "O") {
        Channel channel;
        channel.id = ChannelId::fresh(now());
        channel.create_at = channel.update_at = now();
        channel.team_id = team.id;
        channel.type = type;
        channel.name = name;
        channel.display_name = "Channel " + name;
        db.transact([&](storage::Tx& tx) { storage::ChannelTable(tx).insert(channel); });
        return channel;
    }
    Channel channel_named(const Team& team, const std::string& name) {
        return db
            .read([&](storage::Tx& tx) { return storage::ChannelTable(tx).by_name(team.id, name, true); })
            .value();
    }
    // Between two people who need not share a team.
    Channel direct(const User& a, const User& b) {
        Channel channel;
        channel.id = ChannelId::fresh(now());
        channel.create_at = channel.update_at = now();
        channel.type = "D";
        channel.name = std::min(a.id.text(), b.id.text()) + "__" + std::max(a.id.text(), b.id.text());
        channel.creator_id = a.id;
        db.transact([&](storage::Tx& tx) { storage::ChannelTable(tx).insert(channel); });
        add(a, channel);
        if (a.id != b.id) add(b, channel);
        return channel;
    }

    // Makes a member of the team, without its channels.
    void add(const User& user, const Team& team, bool as_admin = false) {
        TeamMember member;
        member.team_id = team.id;
        member.user_id = user.id;
        member.scheme_guest = is_guest(user);
        member.scheme_user = !member.scheme_guest;
        member.scheme_admin = as_admin;
        db.transact([&](storage::Tx& tx) { storage::TeamMemberTable(tx).insert(member, now()); });
        gate.on_facts({storage::fact_of(TeamJoined{team.id, user.id, user.id}, now())});
    }
    // Makes a member of the channel, and of its team.
    void add(const User& user, const Channel& channel, bool as_admin = false) {
        ChannelMember member;
        member.channel_id = channel.id;
        member.user_id = user.id;
        member.scheme_guest = is_guest(user);
        member.scheme_user = !member.scheme_guest;
        member.scheme_admin = as_admin;
        member.notify_props = {{"desktop", "default"},
                               {"push", "default"},
                               {"email", "default"},
                               {"mark_unread", "all"},
                               {"ignore_channel_mentions", "default"},
                               {"channel_auto_follow_threads", "off"}};
        if (!channel.team_id.empty()) {
            Team team;
            team.id = channel.team_id;
            add(user, team);
        }
        db.transact([&](storage::Tx& tx) { storage::ChannelMemberTable(tx).insert(member, now()); });
        gate.on_facts(
            {storage::fact_of(ChannelJoined{channel.id, channel.team_id, user.id, user.id}, now())});
    }

    // As a session of this person would act.
    Actor actor(const User& user) {
        Actor actor;
        actor.user_id = user.id;
        actor.session_id = SessionId::fresh(now());
        actor.username = user.username;
        actor.roles = split_words(user.roles);
        actor.is_guest = is_guest(user);
        actor.is_bot = user.is_bot.value_or(false);
        actor.is_admin =
            std::find(actor.roles.begin(), actor.roles.end(), "system_admin") != actor.roles.end();
        actor.locale = user.locale;
        return actor;
    }

private:
    static bool is_guest(const User& user) { return user.roles.find("system_guest") != std::string::npos; }

    Millis ahead_ = 0;
    int made_ = 0;
    std::mutex mutex_;
    std::vector<storage::Fact> told_;
};

}  // namespace concordat::test
