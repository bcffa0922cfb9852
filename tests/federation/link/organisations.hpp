// Two organisations' nodes in one process, and one that keeps to the pairing and to nothing else.
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <mutex>
#include <utility>

#include "federation/link/link.hpp"
#include "federation/trust/certificates.hpp"
#include "federation/trust/key_rotation.hpp"
#include "identity/decision/decisions.hpp"
#include "messaging/conversation/audience.hpp"
#include "messaging/conversation/direct_channels.hpp"
#include "messaging/conversation/mention_book.hpp"
#include "messaging/conversation/post_pages.hpp"
#include "storage/tables/posts.hpp"
#include "tests/messaging/conversation/file_fixture.hpp"
#include "tests/support/store.hpp"

namespace concordat::federation {

using namespace std::chrono_literals;

inline Settings settings_of(const std::string& name) {
    Settings settings;
    settings.ConcordatSettings.OrganisationName = name;
    settings.ConnectedWorkspacesSettings.EnableSharedChannels = true;
    return settings;
}

// One organisation's node, without its network for clients.
struct Org {
    explicit Org(const std::string& name, bool listens = false)
        : store(settings_of(name), 8),
          link(store.db, own, partners, shares, inbox, files, metrics, {listens ? "127.0.0.1" : "", 0}) {
        if (listens) {
            auto settings = settings_of(name);
            settings.ConcordatSettings.FederationPublicAddress = "127.0.0.1:" + std::to_string(link.port());
            store.settings.replace(settings);
        }
        store.db.on_commit([this](const std::vector<storage::Fact>&) { publisher.wake(); });
        rotation.on_change([this] { link.keys_changed(); });
        partners.on_change([this](const OrganisationId& id) {
            link.partner_changed(id);
            link.shares_changed();
        });
        direct.set_abroad(
            [this](storage::Tx& tx, const Actor& actor, Channel& channel, const std::vector<User>& users) {
                conversations.begin(tx, actor, channel, users);
            });
        publisher.on_begun([this] { link.shares_changed(); });
        shares.on_change([this] {
            publisher.look_at_shares();
            link.shares_changed();
        });
        files.on_change([this](const OrganisationId& id) { link.files_changed(id); });
        publisher.on_said([this] { link.streams_changed(); });
        inbox.on_taken([this] {
            applier.wake();
            link.streams_changed();
        });
        applier.on_refused([this](const StoredEvent& event) { link.refused(event); });
        link.on_delivery([this](const ChannelId& channel) {
            std::lock_guard guard(mutex_);
            delivered_.push_back(channel);
        });
        posts.set_guard([this](const Actor& actor, const Post& post, messaging::PostChange change) {
            shares.check(actor, post, change);
        });
    }
    ~Org() { stop(); }
    void start() {
        publisher.start();
        applier.start();
        link.start();
    }
    void stop() {
        link.stop();
        publisher.stop();
        applier.stop();
    }
    Post say(const User& who, const ChannelId& where, const std::string& text, const PostId& root = {}) {
        Post post;
        post.channel_id = where;
        post.message = text;
        post.root_id = root;
        return posts.create(store.actor(who), post);
    }
    std::optional<Post> post(const PostId& id) {
        return store.db.read([&](storage::Tx& tx) { return storage::PostTable(tx).find(id); });
    }
    std::vector<ChannelId> told_of_delivery() {
        std::lock_guard guard(mutex_);
        return delivered_;
    }

    test::Store store;
    Metrics metrics;
    storage::Journal journal{store.db, metrics};
    identity::Decisions decisions{store.db};
    messaging::MentionBook book{store.db};
    messaging::GroupBook groups{store.db};
    messaging::Audience audience{store.db, store.gate, book, groups, store.settings};
    messaging::PostPages pages{store.db, store.gate, store.settings};
    messaging::Posts posts{store.db, store.gate, audience, pages, store.settings};
    messaging::Reactions reactions{store.db, store.gate, store.settings};
    Organisation own{store.db, store.settings};
    KeyRotation rotation{store.db, own, decisions};
    Partners partners{store.db, own, decisions};
    Conversations conversations{store.db, journal, own, store.gate, store.settings};
    History history{store.db, own, store.gate};
    Shares shares{store.db, journal, own, partners, conversations, history};
    messaging::DirectChannels direct{store.db, store.gate, store.settings};
    storage::LocalBlobStore blobs{store.directory.path("files")};
    messaging::Files local_files{store.db, blobs, store.gate, messaging::media_workers(), store.settings};
    PartnerFiles files{store.db, blobs, own, local_files, posts, decisions, store.settings};
    messaging::CustomEmoji custom_emoji{store.db, blobs, store.gate, messaging::media_workers(),
                                        store.settings};
    PartnerEmoji emoji{store.db, own, custom_emoji};
    Publisher publisher{store.db, journal, own, files, history, emoji};
    Inbox inbox{store.db, own};
    Applier applier{store.db, own, posts, reactions, files, conversations, emoji};
    Link link;

private:
    std::mutex mutex_;
    std::vector<ChannelId> delivered_;
};

// A partner's node that keeps to the pairing and to nothing else.
struct RudeNode {
    // `to` has confirmed the partner.
    RudeNode(Org& own, Org& to)
        : own(own),
          to(to),
          key(own.own.key()),
          context(node_context(own.own.key(), [](const auto&) { return true; })) {
        SSL_CTX_up_ref(context.get());
    }
    void connect(const char* lane = nullptr) {
        stream.next_layer().connect({asio::ip::make_address("127.0.0.1"), to.link.port()});
        stream.handshake(asio::ssl::stream_base::client);
        auto hello = own.partners.hello({to.own.public_key(), to.own.keys()}, key,
                                        exporter_of(stream.native_handle()), End::dialler);
        if (lane) hello.lane = lane;
        send(frame_of(FrameType::hello, hello));
        reader.set_limit(longest_frame);
        ASSERT_EQ(next().type, FrameType::hello);
        send(frame_of(FrameType::hello_ok, HelloOk{true}));
        ASSERT_EQ(next().type, FrameType::hello_ok);
    }
    void send(const std::string& bytes) { asio::write(stream, asio::buffer(bytes)); }
    Frame next() {
        for (;;) {
            if (auto frame = reader.next()) return std::move(*frame);
            char bytes[4096];
            reader.feed({bytes, stream.read_some(asio::buffer(bytes))});
        }
    }
    // The next frame of this type.
    Frame next(FrameType type) {
        for (;;)
            if (auto frame = next(); frame.type == type) return frame;
    }

    Org& own;
    Org& to;
    const storage::SigningKey key;  // that signed its certificate
    std::shared_ptr<SSL_CTX> context;
    asio::io_context io;
    asio::ssl::context asio_context{context.get()};
    asio::ssl::stream<asio::ip::tcp::socket> stream{io, asio_context};
    FrameReader reader;
};

template <class Is>
bool becomes(Is is, std::chrono::seconds time = 10s) {
    const auto until = std::chrono::steady_clock::now() + time;
    while (!is()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(10ms);
    }
    return true;
}

struct Pair {
    Pair() {
        a.start();
        b.start();
        b.partners.accept(a.partners.invite({"beta"}, 24).word, {"alpha"});
        EXPECT_TRUE(becomes([&] { return !a.partners.all().empty(); }));
        const auto number = a.partners.number_of(a.partners.by_name("beta"));
        EXPECT_EQ(number, b.partners.number_of(b.partners.by_name("alpha")));
        a.partners.confirm("beta", number);
        b.partners.confirm("alpha", number);
        EXPECT_TRUE(becomes([&] { return is_up(a) && is_up(b); }));
    }
    static bool is_up(Org& org) {
        const auto all = org.link.status();
        return all.size() == 1 && all[0].is_up;
    }
    void share() {
        a.store.add(ana, room, true);
        a.shares.share(a.store.actor(ana), room.id, "beta");
        ASSERT_TRUE(becomes([&] { return b.shares.all().size() == 1; }));
        b.shares.join(b.store.actor(bob), room.id, b_team.id, "");
        // As joining does, with the fact: the others hear of it whenever the publisher comes to it.
        b.store.add(bob, room_at_b());
        b.store.db.transact([&](storage::Tx& tx) {
            tx.emit(ChannelJoined{room.id, b_team.id, bob.id, bob.id});
        });
        ASSERT_TRUE(becomes([&] {
            const auto all = a.shares.partners_of(room.id);
            return all.size() == 1 && all[0].state == "joined";
        }));
    }
    Channel room_at_b() { return b.store.channel_named(b_team, "room"); }

    Org a{"Alpha Ltd", true}, b{"Beta SA"};
    User ana = a.store.user("ana"), bob = b.store.user("bob");
    Team a_team = a.store.team("one"), b_team = b.store.team("two");
    Channel room = a.store.channel(a_team, "room");
};

struct Rude {
    Rude() {
        b.stop();
        EXPECT_TRUE(becomes([&] { return !Pair::is_up(a); }));
    }
    std::string trouble() { return a.link.status()[0].trouble; }
    bool ends_with(const std::string& why) {
        return becomes([&] { return !Pair::is_up(a) && trouble() == why; });
    }
    Pair pair;
    Org &a = pair.a, &b = pair.b;
    RudeNode node{b, a};
};

}  // namespace concordat::federation
