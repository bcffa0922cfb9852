#include "federation/trust/certificates.hpp"

#include <gtest/gtest.h>

namespace concordat::federation {
namespace {

using storage::SigningKey;

bool anybody(const Peer&) {
    return true;
}

// Both ends of one connection, in memory.
struct Ends {
    Ends(const std::shared_ptr<SSL_CTX>& dialler, const std::shared_ptr<SSL_CTX>& listener)
        : client(SSL_new(dialler.get())), server(SSL_new(listener.get())) {
        BIO *one = nullptr, *other = nullptr;
        BIO_new_bio_pair(&one, 0, &other, 0);
        SSL_set_bio(client, one, one);
        SSL_set_bio(server, other, other);
        SSL_set_connect_state(client);
        SSL_set_accept_state(server);
    }
    ~Ends() {
        SSL_free(client);
        SSL_free(server);
    }
    Ends(const Ends&) = delete;
    // The listener is the one that must have been satisfied.
    bool shake() {
        for (int i = 0; i < 20; ++i) {
            SSL_do_handshake(client);
            SSL_do_handshake(server);
        }
        return SSL_is_init_finished(client) && SSL_is_init_finished(server);
    }
    SSL *client, *server;
};

struct Nodes {
    SigningKey a = SigningKey::fresh(), b = SigningKey::fresh();
    std::shared_ptr<SSL_CTX> good_a = node_context(a, anybody), good_b = node_context(b, anybody);
};

TEST(Certificates, BothEndsLearnTheOthersOrganisationAndShareASecret) {
    Nodes n;
    Ends ends(n.good_a, n.good_b);
    ASSERT_TRUE(ends.shake());
    EXPECT_EQ(peer_of(ends.client).value().key, n.b.public_key());
    EXPECT_EQ(peer_of(ends.server).value().key, n.a.public_key());
    EXPECT_EQ(exporter_of(ends.client), exporter_of(ends.server));
    Ends again(n.good_a, n.good_b);
    ASSERT_TRUE(again.shake());
    EXPECT_NE(exporter_of(again.client), exporter_of(ends.client));
}

TEST(Certificates, ANewCertificateOfTheSameOrganisationIsTheSameOrganisation) {
    Nodes n;
    Ends ends(node_context(n.a, anybody), n.good_b);
    ASSERT_TRUE(ends.shake());
    EXPECT_EQ(peer_of(ends.server).value().key, n.a.public_key());
}

TEST(Certificates, WhoeverIsNotAcceptedIsRefusedByEitherEnd) {
    Nodes n;
    const auto only_b = [&](const Peer& peer) { return peer.key == n.b.public_key(); };
    EXPECT_FALSE(Ends(n.good_a, node_context(n.b, only_b)).shake());
    EXPECT_TRUE(Ends(node_context(n.a, only_b), n.good_b).shake());
    EXPECT_FALSE(Ends(node_context(n.b, only_b), n.good_a).shake());
}

TEST(Certificates, OneThatIsOverIsRefused) {
    Nodes n;
    EXPECT_FALSE(Ends(node_context(n.a, anybody, -1), n.good_b).shake());
    EXPECT_FALSE(Ends(n.good_a, node_context(n.b, anybody, -1)).shake());
}

TEST(Certificates, NoCertificateNoProtocolNameAndOldTlsAreRefused) {
    Nodes n;
    const auto bare = [] {
        std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_method()), SSL_CTX_free);
        const unsigned char name[] =
            "\x16"
            "concordat-federation/1";
        SSL_CTX_set_alpn_protos(context.get(), name, sizeof name - 1);
        return context;
    };
    EXPECT_FALSE(Ends(bare(), n.good_b).shake());

    // The certificate of a good node, and yet not its manners.
    auto old = node_context(n.a, anybody);
    SSL_CTX_set_min_proto_version(old.get(), TLS1_2_VERSION);
    SSL_CTX_set_max_proto_version(old.get(), TLS1_2_VERSION);
    EXPECT_FALSE(Ends(old, n.good_b).shake());
    auto nameless = node_context(n.a, anybody);
    SSL_CTX_set_alpn_protos(nameless.get(), nullptr, 0);
    Ends ends(nameless, n.good_b);
    ends.shake();
    EXPECT_FALSE(peer_of(ends.server));
}

TEST(Certificates, NothingIsResumed) {
    Nodes n;
    Ends ends(n.good_a, n.good_b);
    ASSERT_TRUE(ends.shake());
    char byte = 0;
    SSL_read(ends.client, &byte, 1);  // would take in tickets
    EXPECT_FALSE(SSL_SESSION_is_resumable(SSL_get0_session(ends.client)) &&
                 SSL_SESSION_has_ticket(SSL_get0_session(ends.client)));
}

}  // namespace
}  // namespace concordat::federation
