// A database with two people in a channel of a team, made by rows.
#pragma once
#include "storage/tables/channels.hpp"
#include "storage/tables/posts.hpp"
#include "storage/tables/teams.hpp"
#include "storage/tables/users.hpp"
#include "tests/storage/database/database_fixture.hpp"

namespace concordat::storage {

class Rows : public testing::Test {
protected:
    Base base;
    Database& db = base.db;
    const UserId anna = user("anna"), bert = user("bert");
    const TeamId team = [this] {
        Team team;
        team.id = TeamId::fresh();
        team.name = "team";
        team.invite_id = new_token();
        db.transact([&](Tx& tx) { TeamTable(tx).insert(team); });
        return team.id;
    }();
    const ChannelId town = channel("town"), side = channel("side");

    UserId user(const std::string& name) {
        User user;
        user.id = UserId::fresh();
        user.username = name;
        user.email = name + "@example.org";
        user.roles = "system_user";
        db.transact([&](Tx& tx) { UserTable(tx).insert(user, {}); });
        return user.id;
    }
    ChannelId channel(const std::string& name) {
        Channel channel;
        channel.id = ChannelId::fresh();
        channel.team_id = team;
        channel.type = "O";
        channel.name = name;
        db.transact([&](Tx& tx) {
            ChannelTable(tx).insert(channel);
            for (const auto& who : {anna, bert}) {
                ChannelMember member;
                member.channel_id = channel.id;
                member.user_id = who;
                ChannelMemberTable(tx).insert(member, 1);
            }
        });
        return channel.id;
    }
    NewPost entry(const ChannelId& where, const UserId& who, Millis at, const PostId& root = {}) {
        NewPost entry;
        entry.post.id = PostId::fresh(at);
        entry.post.create_at = entry.post.update_at = at;
        entry.post.channel_id = where;
        entry.post.user_id = who;
        entry.post.root_id = root;
        entry.post.message = "at " + std::to_string(at);
        return entry;
    }
    std::vector<PostId> insert(const std::vector<NewPost>& posts) {
        return db.read([&](Tx& tx) { return PostTable(tx).insert(posts); });
    }
    Channel state(const ChannelId& id) {
        return db.read([&](Tx& tx) { return ChannelTable(tx).plain(id); }).value();
    }
    ChannelMember member(const ChannelId& id, const UserId& who) {
        return db.read([&](Tx& tx) { return ChannelMemberTable(tx).find(id, who); }).value();
    }
    template <class Body>
    auto posts(Body body) {
        return db.read([&](Tx& tx) {
            PostTable table(tx);
            return body(table);
        });
    }
};

}  // namespace concordat::storage
