#include "federation/trust/partners.hpp"

#include <gtest/gtest.h>

#include "federation/trust/key_rotation.hpp"
#include "identity/decision/decisions.hpp"
#include "storage/crypto/digest.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/store.hpp"

namespace concordat::federation {
namespace {

using test::refusal;

Settings reachable() {
    Settings settings;
    settings.ConcordatSettings.OrganisationName = "Alpha Ltd";
    settings.ConcordatSettings.FederationPublicAddress = "alpha.example:8067";
    return settings;
}

const std::string exporter(32, 'x');

Peer stranger() {
    const auto key = storage::SigningKey::fresh().public_key();
    return {key, KeyChain(key)};
}

// This organisation, and another of which there is only the key.
struct Scene {
    // What the other organisation says when it dials with this invitation.
    Caller caller(const std::string& token = {}, const std::string& invitation = {}) {
        Caller out;
        out.peer = peer();
        out.own_key = own.public_key();
        out.exporter = exporter;
        out.remote = "192.0.2.1";
        out.hello.organisation = id;
        out.hello.name = "Beta\nSA";
        out.hello.proof = storage::base64(sign_binding(other, {exporter, End::dialler, id, own.id()}));
        if (invitation.empty()) return out;
        out.hello.invitation = AnyId::from_text(invitation);
        out.hello.invitation_proof =
            storage::base64(invitation_proof(token, exporter, own.public_key(), other.public_key()));
        return out;
    }
    Peer peer() { return {other.public_key(), keys}; }
    // It has another key from now on.
    void rotate(Millis bad_since = 0) {
        const auto fresh = storage::SigningKey::fresh();
        keys.add(sign_key_change(next_change(fresh, bad_since), other, fresh));
        other = fresh;
    }
    KeyChange next_change(const storage::SigningKey& to, Millis bad_since = 0) {
        KeyChange out;
        out.organisation = id;
        out.number = static_cast<std::int64_t>(keys.changes().size()) + 1;
        out.old_key = storage::base64(other.public_key());
        out.new_key = storage::base64(to.public_key());
        out.at = store.db.now();
        out.old_until = out.at + 1000;
        out.bad_since = bad_since;
        return out;
    }
    Caller invited() {
        const auto text = decode_invitation(partners.invite({"beta"}, 48).word);
        return caller(*storage::from_base64(text.token), text.id.text());
    }
    Partner active() {
        partners.admit(invited());
        return partners.confirm("beta", partners.number_of(partners.by_name("beta")));
    }

    test::Store store{reachable()};
    identity::Decisions decisions{store.db};
    Organisation own{store.db, store.settings};
    Partners partners{store.db, own, decisions};
    storage::SigningKey other = storage::SigningKey::fresh();
    OrganisationId id = organisation_of(other.public_key());
    KeyChain keys{other.public_key()};
};

TEST(Partners, AnInvitationMakesAPendingPartnerOnce) {
    Scene s;
    EXPECT_FALSE(s.partners.may_speak(s.peer()));
    const auto caller = s.invited();
    EXPECT_TRUE(s.partners.may_speak(s.peer()));
    const auto partner = s.partners.admit(caller);
    EXPECT_EQ(partner.state, "pending");
    EXPECT_EQ(partner.name, "beta");
    EXPECT_EQ(partner.display_name, "BetaSA");
    EXPECT_TRUE(s.partners.invitations().empty());
    EXPECT_FALSE(s.partners.may_speak(stranger()));
}

TEST(Partners, TheKeyIsTheSameAfterARestart) {
    Scene s;
    Organisation again{s.store.db, s.store.settings};
    EXPECT_EQ(again.public_key(), s.own.public_key());
}

TEST(Partners, OnlyTheRightCheckNumberConfirms) {
    Scene s;
    s.partners.admit(s.invited());
    EXPECT_EQ(refusal([&] { s.partners.confirm("beta", "00000 00000 00000 00000 00000 00000 00000 00000"); }),
              "federation.partner.number");
    EXPECT_EQ(s.partners.by_name("beta").state, "pending");
    const auto number = s.partners.number_of(s.partners.by_name("beta"));
    EXPECT_EQ(s.partners.confirm("beta", number).state, "active");
    EXPECT_EQ(refusal([&] { s.partners.confirm("beta", number); }), "federation.partner.confirmed");
}

TEST(Partners, FiveWrongProofsEndAnInvitation) {
    Scene s;
    auto right = s.invited();
    auto wrong = s.caller(std::string(16, 'w'), right.hello.invitation->text());
    for (int i = 0; i < most_wrong_proofs; ++i) {
        EXPECT_EQ(s.partners.invitations().size(), 1u);
        EXPECT_EQ(refusal([&] { s.partners.admit(wrong); }), "federation.refused");
    }
    EXPECT_TRUE(s.partners.invitations().empty());
    EXPECT_EQ(refusal([&] { s.partners.admit(right); }), "federation.refused");
}

TEST(Partners, AStrangerAProofOfAnotherConnectionAndAnotherIdAreRefused) {
    Scene s;
    EXPECT_EQ(refusal([&] { s.partners.admit(s.caller()); }), "federation.refused");
    auto replayed = s.invited();
    replayed.exporter = std::string(32, 'y');
    EXPECT_EQ(refusal([&] { s.partners.admit(replayed); }), "federation.refused");
    auto mirrored = replayed;
    mirrored.exporter = exporter;
    mirrored.end = End::listener;
    EXPECT_EQ(refusal([&] { s.partners.admit(mirrored); }), "federation.refused");
    auto posing = s.caller();
    posing.hello.organisation = s.own.id();
    EXPECT_EQ(refusal([&] { s.partners.admit(posing); }), "federation.refused");
    auto newer = s.caller();
    newer.hello.version = 2;
    EXPECT_EQ(refusal([&] { s.partners.admit(newer); }), "federation.refused");
    EXPECT_TRUE(s.partners.all().empty());
}

TEST(Partners, SuspendedIsRefusedUntilResumedAndRevokedForEver) {
    Scene s;
    s.active();
    EXPECT_EQ(s.partners.admit(s.caller()).state, "active");
    s.partners.suspend("beta", "an audit");
    EXPECT_EQ(refusal([&] { s.partners.admit(s.caller()); }), "federation.refused");
    s.partners.resume("beta");
    EXPECT_EQ(s.partners.admit(s.caller()).state, "active");
    s.partners.revoke("beta", "a breach");
    EXPECT_FALSE(s.partners.may_speak(s.peer()));
    EXPECT_EQ(refusal([&] { s.partners.admit(s.caller()); }), "federation.refused");
    EXPECT_EQ(refusal([&] { s.partners.resume("beta"); }), "federation.partner.revoked");
}

TEST(Partners, NamesAddressesAndInvitationsAreChecked) {
    Scene s;
    for (const auto* name : {"", "b", "Beta", "-beta", "beta:x", "be ta", "a-name-that-is-far-too-long"})
        EXPECT_EQ(refusal([&] { s.partners.invite({name}, 48); }), "federation.partner_name") << name;
    EXPECT_EQ(refusal([&] { s.partners.invite({"beta"}, 0); }), "federation.invitation.hours");
    EXPECT_EQ(refusal([&] { s.partners.invite({"beta"}, 337); }), "federation.invitation.hours");
    const auto own = s.partners.invite({"beta"}, 48).word;
    EXPECT_EQ(refusal([&] { s.partners.invite({"beta"}, 48); }), "federation.partner_name.taken");
    EXPECT_EQ(refusal([&] { s.partners.accept(own, {"gamma"}); }), "federation.invitation.own");
    EXPECT_EQ(refusal([&] { s.partners.accept("hello", {"gamma"}); }), "federation.invitation");
    EXPECT_EQ(refusal([&] { s.partners.by_name("gamma"); }), "federation.partner.missing");
}

TEST(Partners, WhoHasChangedItsKeyIsKnownByTheChainAndAnOldKeyThatIsBadIsNot) {
    Scene s;
    const auto paired = s.active();
    const auto old = s.peer();
    const auto number = s.partners.number_of(paired);
    s.rotate();
    s.rotate();  // while this one was away
    EXPECT_TRUE(s.partners.may_speak(s.peer()));
    EXPECT_EQ(s.partners.admit(s.caller()).id, s.id);
    EXPECT_EQ(s.partners.keys_of(s.id).key(), s.other.public_key());
    EXPECT_NE(s.partners.number_of(paired), number);
    EXPECT_TRUE(s.partners.may_speak(old));  // in the overlap
    s.rotate(s.store.db.now());
    EXPECT_EQ(s.partners.admit(s.caller()).id, s.id);
    const Peer bad{
        storage::from_base64(parse_json<KeyChange>(s.keys.changes()[2].text, "change").old_key).value(),
        s.keys};
    EXPECT_FALSE(s.partners.may_speak(bad));
    EXPECT_TRUE(s.partners.may_speak(s.peer()));
    // A chain without the change is the beginning of the known one, and hides nothing.
    EXPECT_FALSE(s.partners.may_speak(
        {bad.key, KeyChain(s.keys.first_key(), {s.keys.changes()[0], s.keys.changes()[1]})}));
}

TEST(Partners, AnotherHistoryOfKeysIsRefusedAndRecorded) {
    Scene s;
    s.active();
    const auto first = s.other;
    const auto before = s.keys;
    s.rotate();
    s.partners.admit(s.caller());
    const auto known = s.other.public_key();
    s.other = first;
    s.keys = before;
    s.rotate();  // by whoever has stolen the first key
    EXPECT_FALSE(s.partners.may_speak(s.peer()));
    EXPECT_EQ(refusal([&] { s.partners.admit(s.caller()); }), "federation.key_conflict");
    EXPECT_EQ(s.partners.keys_of(s.id).key(), known);
    identity::DecisionQuery query;
    query.rule = "federation.key_conflict";
    EXPECT_EQ(s.decisions.list(query).size(), 1u);
    query.rule = "federation.key_changed";
    EXPECT_EQ(s.decisions.list(query).size(), 1u);
}

TEST(Partners, AnInvitationOfAnOrganisationThatChangedItsKeyBringsAllOfThem) {
    Scene s;
    KeyRotation rotation{s.store.db, s.own, s.decisions};
    const auto id = s.own.id();
    rotation.rotate(7);
    const auto word = s.partners.invite({"beta"}, 48).word;
    const auto text = decode_invitation(word);
    EXPECT_EQ(organisation_of(*storage::from_base64(text.public_key)), id);
    test::Store there{reachable()};
    identity::Decisions decisions{there.db};
    Organisation own{there.db, there.settings};
    Partners partners{there.db, own, decisions};
    EXPECT_EQ(partners.accept(word, {"alpha"}).id, id);
    EXPECT_EQ(partners.keys_of(id).key(), s.own.public_key());
}

}  // namespace
}  // namespace concordat::federation