#include "federation/link/link.hpp"

#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "federation/trust/certificates.hpp"
#include "identity/decision/decisions.hpp"
#include "messaging/conversation/audience.hpp"
#include "messaging/conversation/mention_book.hpp"
#include "messaging/conversation/post_pages.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/tables/posts.hpp"
#include "storage/tables/reactions.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/store.hpp"

namespace concordat::federation {
namespace {

using namespace std::chrono_literals;
using test::refusal;

Settings settings_of(const std::string& name) {
    Settings settings;
    settings.ConcordatSettings.OrganisationName = name;
    return settings;
}

// One organisation's node, without its network for clients.
struct Org {
    explicit Org(const std::string& name, bool listens = false)
        : store(settings_of(name), 8),
          link(store.db, own, partners, shares, inbox, metrics, {listens ? "127.0.0.1" : "", 0}) {
        if (listens) {
            auto settings = settings_of(name);
            settings.ConcordatSettings.FederationPublicAddress = "127.0.0.1:" + std::to_string(link.port());
            store.settings.replace(settings);
        }
        store.db.on_commit([this](const std::vector<storage::Fact>&) { publisher.wake(); });
        partners.on_change([this](const OrganisationId& id) { link.partner_changed(id); });
        shares.on_change([this] {
            publisher.look_at_shares();
            link.shares_changed();
        });
        publisher.on_said([this] { link.streams_changed(); });
        inbox.on_taken([this] {
            applier.wake();
            link.streams_changed();
        });
        applier.on_refused([this](const StoredEvent& event) { link.refused(event); });
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

    test::Store store;
    Metrics metrics;
    storage::Journal journal{store.db, metrics};
    identity::Decisions decisions{store.db};
    messaging::MentionBook book{store.db};
    messaging::Audience audience{store.db, store.gate, book, store.settings};
    messaging::PostPages pages{store.db, store.gate, store.settings};
    messaging::Posts posts{store.db, store.gate, audience, pages, store.settings};
    messaging::Reactions reactions{store.db, store.gate, store.settings};
    Organisation own{store.db, store.settings};
    Partners partners{store.db, own, decisions};
    Shares shares{store.db, journal, own, partners};
    Publisher publisher{store.db, journal, own};
    Inbox inbox{store.db, own};
    Applier applier{store.db, own, posts, reactions};
    Link link;
};

// A partner's node that keeps to the pairing and to nothing else.
struct RudeNode {
    // `to` has confirmed the partner.
    RudeNode(Org& own, Org& to)
        : own(own), to(to), context(node_context(own.own.key(), [](const auto&) { return true; })) {
        SSL_CTX_up_ref(context.get());
    }
    void connect() {
        stream.next_layer().connect({asio::ip::make_address("127.0.0.1"), to.link.port()});
        stream.handshake(asio::ssl::stream_base::client);
        const auto hello =
            own.partners.hello(to.own.public_key(), exporter_of(stream.native_handle()), End::dialler);
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
        b.store.add(bob, room_at_b());
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

TEST(Link, TwoOrganisationsPairAndTalkBothWays) {
    Pair p;
    p.share();
    const auto root = p.a.say(p.ana, p.room.id, "good morning");
    ASSERT_TRUE(becomes([&] { return p.b.post(root.id).has_value(); }));
    const auto there = *p.b.post(root.id);
    EXPECT_EQ(there.message, "good morning");
    EXPECT_EQ(there.create_at, root.create_at);
    const auto author =
        p.b.store.db.read([&](storage::Tx& tx) { return *storage::UserTable(tx).find(there.user_id); });
    EXPECT_EQ(author.username, "ana:alpha");
    EXPECT_EQ(author.remote_id, p.a.own.id().text());
    const auto reply = p.b.say(p.bob, p.room.id, "good morning to you", root.id);
    ASSERT_TRUE(becomes([&] { return p.a.post(reply.id).has_value(); }));
    EXPECT_EQ(p.a.post(reply.id)->root_id, root.id);
    EXPECT_EQ(p.a.post(root.id)->reply_count, 1);

    Reaction thumb;
    thumb.post_id = root.id;
    thumb.user_id = p.bob.id;
    thumb.emoji_name = "thumbsup";
    p.b.reactions.add(p.b.store.actor(p.bob), thumb);
    EXPECT_TRUE(becomes([&] { return p.a.reactions.of_post(root.id).size() == 1; }));
    p.b.reactions.remove(p.b.store.actor(p.bob), thumb);
    EXPECT_TRUE(becomes([&] { return p.a.reactions.of_post(root.id).empty(); }));

    p.a.posts.patch(p.a.store.actor(p.ana), root.id, {std::nullopt, "good evening", {}, {}, {}});
    EXPECT_TRUE(becomes([&] { return p.b.post(root.id)->message == "good evening"; }));
    p.b.posts.remove(p.b.store.actor(p.bob), reply.id);
    EXPECT_TRUE(becomes([&] { return p.a.post(reply.id)->delete_at > 0; }));
}

TEST(Link, SuspendedHearsNothingAndCatchesUpAndRevokedIsGone) {
    Pair p;
    p.share();
    p.a.partners.suspend("beta", "an audit");
    ASSERT_TRUE(becomes([&] { return !Pair::is_up(p.a) && !Pair::is_up(p.b); }, 2s));
    const auto there = p.b.say(p.bob, p.room.id, "while apart");
    const auto here = p.a.say(p.ana, p.room.id, "while apart");
    // It is refused when it comes again, and told no reason.
    EXPECT_TRUE(becomes([&] { return p.b.link.status()[0].trouble == "it refuses: refused"; }));
    EXPECT_FALSE(p.a.post(there.id));
    p.a.partners.resume("beta");
    p.b.link.partner_changed(p.a.own.id());
    EXPECT_TRUE(becomes([&] { return p.a.post(there.id) && p.b.post(here.id); }));

    p.a.partners.revoke("beta", "a breach");
    p.a.shares.forget_revoked(p.b.own.id());
    EXPECT_TRUE(becomes([&] { return !Pair::is_up(p.a) && !Pair::is_up(p.b); }, 2s));
    EXPECT_EQ(p.a.shares.all()[0].state, "ended");
    p.b.link.partner_changed(p.a.own.id());
    const auto late = p.b.say(p.bob, p.room.id, "too late");
    EXPECT_FALSE(becomes([&] { return p.a.post(late.id).has_value(); }, 1s));
}

TEST(Link, WhatIsRefusedWhileApartIsToldAfterwards) {
    Pair p;
    p.share();
    const auto next = [&](Org& org) -> std::int64_t {
        for (const auto& s : org.shares.streams_of(p.room.id))
            if (s.origin == p.a.own.id()) return s.next_seq;
        return 0;
    };
    ASSERT_TRUE(becomes([&] { return next(p.a) > 1 && next(p.b) == next(p.a); }));
    p.b.applier.stop();
    p.b.partners.set_policy("alpha", {.positions = false, .read_only = true});
    const auto before = next(p.b);
    const auto post = p.a.say(p.ana, p.room.id, "hello");
    ASSERT_TRUE(becomes([&] { return next(p.b) > before; }));
    p.a.partners.suspend("beta", "");
    ASSERT_TRUE(becomes([&] { return !Pair::is_up(p.a) && !Pair::is_up(p.b); }));
    Applier late(p.b.store.db, p.b.own, p.b.posts, p.b.reactions);
    while (late.apply()) continue;
    EXPECT_FALSE(p.b.post(post.id));
    EXPECT_TRUE(p.a.shares.refusals_of(p.b.own.id(), 10).empty());
    p.a.partners.resume("beta");
    p.b.link.partner_changed(p.a.own.id());
    EXPECT_TRUE(becomes([&] {
        const auto told = p.a.shares.refusals_of(p.b.own.id(), 10);
        return !told.empty() && told[0].code == "policy";
    }));
}

TEST(Link, NothingIsSaidBeforeBothHaveConfirmedAndStrangersAreRefused) {
    Org a("Alpha Ltd", true), b("Beta SA"), stranger("Gamma");
    a.start();
    b.start();
    stranger.start();
    b.partners.accept(a.partners.invite({"beta"}, 24).word, {"alpha"});
    ASSERT_TRUE(becomes([&] { return !a.partners.all().empty(); }));
    a.partners.confirm("beta", a.partners.number_of(a.partners.by_name("beta")));
    EXPECT_TRUE(becomes([&] {
        const auto all = b.link.status();
        return !all.empty() && all[0].trouble == "the check number waits to be confirmed here";
    }));
    EXPECT_FALSE(Pair::is_up(b));
    // With an invitation that its owner has used.
    Organisation& own = a.own;
    InvitationText text{1,
                        "Alpha Ltd",
                        storage::base64(own.public_key()),
                        own.address(),
                        AnyId::fresh(1),
                        storage::base64(std::string(16, 't')),
                        a.store.db.now() + 60000};
    stranger.partners.accept(encode_invitation(own.key(), text), {"alpha"});
    EXPECT_TRUE(becomes([&] {
        const auto all = stranger.link.status();
        return !all.empty() && !all[0].trouble.empty();
    }));
    EXPECT_EQ(a.partners.all().size(), 1u);
}

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

TEST(Link, APartnerThatAsksAndDoesNotListenIsLetGo) {
    Rude r;
    r.node.connect();
    ASSERT_TRUE(becomes([&] { return Pair::is_up(r.a); }));
    std::string many;
    for (int i = 0; i < 1000; ++i) many += frame_of(FrameType::ping, Ping{1});
    // Until the buffers of the network are full, too.
    EXPECT_ANY_THROW({
        for (int i = 0; i < 2000; ++i) r.node.send(many);
    });
    EXPECT_TRUE(r.ends_with("it does not read what it is sent"));
}

TEST(Link, APartnerRefusesOnlyWhatItWasSent) {
    Rude r;
    r.node.connect();
    r.node.send(frame_of(FrameType::refused, Refused{r.a.own.id(), ChannelId::fresh(1), 5, "authority"}));
    r.node.send(frame_of(FrameType::refused, Refused{r.b.own.id(), r.pair.room.id, 1, "authority"}));
    r.node.send(frame_of(FrameType::ping, Ping{1}));
    r.node.next(FrameType::pong);
    EXPECT_TRUE(r.a.shares.refusals_of(r.b.own.id(), 10).empty());
}

TEST(Link, APartnerThatBreaksTheProtocolIsLetGo) {
    Rude r;
    r.node.connect();
    ASSERT_TRUE(becomes([&] { return Pair::is_up(r.a); }));
    r.node.send(frame_of(FrameType::hello_ok, HelloOk{true}));
    EXPECT_TRUE(r.ends_with("a hello in the middle of a session"));
}

TEST(Link, AnotherMayNotUseTheProofOfAConnection) {
    Rude r;
    r.node.stream.next_layer().connect({asio::ip::make_address("127.0.0.1"), r.a.link.port()});
    r.node.stream.handshake(asio::ssl::stream_base::client);
    auto hello = r.b.partners.hello(r.a.own.public_key(), std::string(32, 'x'), End::dialler);
    r.node.send(frame_of(FrameType::hello, hello));
    r.node.reader.set_limit(longest_frame);
    EXPECT_EQ(r.node.next(FrameType::error).type, FrameType::error);
    EXPECT_FALSE(Pair::is_up(r.a));
}

TEST(Link, ANodeThatForgotWhatItSaidTellsThatPartnerNothingMore) {
    Rude r;
    const auto& ana = r.pair.ana;
    const auto& room = r.pair.room;
    r.a.store.add(ana, room, true);
    r.a.shares.share(r.a.store.actor(ana), room.id, "beta");
    // All that sharing says is said, so that one batch holds it.
    const auto said = [&] {
        const auto streams = r.a.shares.streams_of(room.id);
        return streams.empty() ? 0 : streams[0].next_seq;
    };
    std::int64_t before = 0;
    ASSERT_TRUE(becomes([&] {
        const auto now = said();
        const bool is_settled = now > 1 && now == std::exchange(before, now);
        std::this_thread::sleep_for(300ms);
        return is_settled;
    }));
    r.node.connect();
    r.node.next(FrameType::shares);
    Wants wants;
    wants.streams.push_back({r.a.own.id(), room.id, 1, std::string(64, '0')});
    r.node.send(frame_of(FrameType::wants, wants));
    r.node.next(FrameType::batch);
    // It has more than there is; and it has something else.
    for (const auto& [next, head] : {std::pair{1000, std::string(64, 'a')}, {2, std::string(64, 'a')}}) {
        wants.streams[0].next = next;
        wants.streams[0].head = head;
        wants.again = true;
        r.node.send(frame_of(FrameType::wants, wants));
    }
    r.a.say(ana, room.id, "a new history");
    r.node.send(frame_of(FrameType::ping, Ping{1}));
    const auto after = r.node.next();
    EXPECT_EQ(after.type, FrameType::pong);
    std::this_thread::sleep_for(300ms);
    r.node.send(frame_of(FrameType::ping, Ping{2}));
    EXPECT_EQ(r.node.next().type, FrameType::pong);
}

}  // namespace
}  // namespace concordat::federation
