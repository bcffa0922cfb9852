// People who talk: a store with the services that posts go through, two members of a channel, and what they
// do in one line. Time moves on by ten milliseconds with each post, so that their order is certain.
#pragma once
#include <gtest/gtest.h>

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "messaging/conversation/audience.hpp"
#include "messaging/conversation/mention_book.hpp"
#include "messaging/conversation/post_pages.hpp"
#include "messaging/conversation/posts.hpp"
#include "messaging/conversation/reactions.hpp"
#include "messaging/conversation/reading.hpp"
#include "messaging/conversation/threads.hpp"
#include "storage/tables/files.hpp"
#include "storage/tables/posts.hpp"
#include "storage/tables/preferences.hpp"
#include "storage/tables/threads.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/store.hpp"

namespace concordat::messaging {

using test::refusal;

struct Talk {
    explicit Talk(Settings with = {}, std::size_t connections = 6) : store(std::move(with), connections) {
        store.db.on_commit([this](const std::vector<storage::Fact>& facts) {
            book.on_facts(facts);
            groups.on_facts(facts);
            pages.on_facts(facts);
        });
        posts.set_whisper([this](const UserId& user, const Post& post) {
            std::lock_guard lock(mutex);
            whispers.emplace_back(user, post);
        });
        store.add(alice, room);
        store.add(bob, room);
    }

    test::Store store;
    MentionBook book{store.db};
    GroupBook groups{store.db};
    Audience audience{store.db, store.gate, book, groups, store.settings};
    PostPages pages{store.db, store.gate, store.settings};
    Posts posts{store.db, store.gate, audience, pages, store.settings};
    Reading reading{store.db, store.gate, store.settings};
    FollowedThreads threads{store.db, store.gate, pages, audience};
    Reactions reactions{store.db, store.gate, store.settings};

    std::mutex mutex;
    std::vector<std::pair<UserId, Post>> whispers;

    User alice = store.user("alice"), bob = store.user("bob");
    Team team = store.team();
    Channel room = store.channel(team, "room");

    static Post draft(const Channel& where, const std::string& text, const PostId& root = {}) {
        Post post;
        post.channel_id = where.id;
        post.message = text;
        post.root_id = root;
        return post;
    }
    Post say(const User& who, const Channel& where, const std::string& text, const PostId& root = {}) {
        return put(who, draft(where, text, root));
    }
    Post say(const User& who, const std::string& text, const PostId& root = {}) {
        return say(who, room, text, root);
    }
    Post put(const User& who, const Post& post) {
        store.wait(10);
        return posts.create(store.actor(who), post);
    }
    Post edit(const User& who, const PostId& id, const std::string& text) {
        store.wait(10);
        PostPatch patch;
        patch.message = text;
        return posts.patch(store.actor(who), id, patch);
    }
    void remove(const User& who, const PostId& id) {
        store.wait(10);
        posts.remove(store.actor(who), id);
    }
    User member(const std::string& name) {
        auto user = store.user(name);
        store.add(user, room);
        return user;
    }
    void set_notify(User& user, const StringMap& props) {
        user.notify_props = props;
        store.db.transact([&](storage::Tx& tx) {
            storage::UserTable(tx).update(user);
            tx.emit(UserUpdated{user, user, user.id});
        });
    }
    void set_channel_notify(const User& user, const Channel& channel, const std::string& key,
                            const std::string& value) {
        auto props = membership(user, channel).notify_props;
        props[key] = value;
        store.db.read([&](storage::Tx& tx) {
            storage::ChannelMemberTable(tx).set_notify_props(channel.id, user.id, props, store.now());
        });
    }
    void set_collapsed(const User& user, bool on) {
        store.db.read([&](storage::Tx& tx) {
            storage::PreferenceTable(tx).set(
                {{user.id, "display_settings", "collapsed_reply_threads", on ? "on" : "off"}});
        });
    }
    // A file of this person in the channel, attached to nothing.
    FileId file(const User& owner, const Channel& channel) {
        storage::FileRow row;
        row.info.id = FileId::fresh(store.now());
        row.info.user_id = owner.id;
        row.info.channel_id = channel.id;
        row.info.create_at = row.info.update_at = store.now();
        row.info.name = "plan.pdf";
        row.info.mime_type = "application/pdf";
        row.blob = AnyId::fresh();
        store.db.read([&](storage::Tx& tx) { storage::FileTable(tx).insert(row); });
        return row.info.id;
    }

    ChannelMember membership(const User& user, const Channel& channel) {
        return store.db
            .read([&](storage::Tx& tx) { return storage::ChannelMemberTable(tx).find(channel.id, user.id); })
            .value();
    }
    ChannelMember membership(const User& user) { return membership(user, room); }
    ChannelUnread unread(const User& user, const Channel& channel) {
        return store.db
            .read(
                [&](storage::Tx& tx) { return storage::ChannelMemberTable(tx).unread(channel.id, user.id); })
            .value();
    }
    ChannelUnread unread(const User& user) { return unread(user, room); }
    Channel state(const Channel& channel) {
        return store.db.read([&](storage::Tx& tx) { return storage::ChannelTable(tx).find(channel.id); })
            .value();
    }
    Channel state() { return state(room); }
    Post stored(const PostId& id) { return pages.get(id, true); }
    std::optional<storage::ThreadRow> thread(const PostId& root) {
        return store.db.read([&](storage::Tx& tx) { return storage::ThreadTable(tx).find(root); });
    }
    std::optional<storage::ThreadMembership> following(const User& user, const PostId& root) {
        return store.db.read(
            [&](storage::Tx& tx) { return storage::ThreadTable(tx).membership(root, user.id); });
    }
    std::int64_t number(const std::string& sql) {
        return store.db.read([&](storage::Tx& tx) { return storage::int_in(tx.exec(sql)[0][0]); });
    }
    void run(const std::string& sql) {
        store.db.read([&](storage::Tx& tx) { tx.run_script(sql); });
    }
    std::vector<UserId> told_last() {
        const auto facts = store.facts<PostCreated>();
        return facts.empty() ? std::vector<UserId>() : facts.back().mentions;
    }
};

inline std::vector<UserId> ids(std::vector<User> users) {
    std::vector<UserId> out;
    for (const auto& user : users) out.push_back(user.id);
    std::sort(out.begin(), out.end());
    return out;
}

}  // namespace concordat::messaging
