#include "federation/wire/binding.hpp"

#include <gtest/gtest.h>

#include "tests/support/refusal.hpp"

#include "storage/crypto/digest.hpp"

namespace concordat::federation {
namespace {

InvitationText invitation_of(const storage::SigningKey& key) {
    InvitationText text;
    text.name = "Acme";
    text.public_key = storage::base64(key.public_key());
    text.address = "chat.acme.example:8075";
    text.id = AnyId::fresh();
    text.token = storage::base64(std::string(16, 't'));
    text.expires_at = 1760000000000;
    return text;
}

TEST(BindingTest, an_organisations_id_follows_from_its_key) {
    const auto key = storage::SigningKey::fresh();
    EXPECT_EQ(organisation_of(key.public_key()), organisation_of(key.public_key()));
    EXPECT_NE(organisation_of(key.public_key()), organisation_of(storage::SigningKey::fresh().public_key()));
    EXPECT_EQ(OrganisationId::from_text(organisation_of(key.public_key()).text()),
              organisation_of(key.public_key()));
}

TEST(BindingTest, both_sides_show_the_same_check_number) {
    const std::string a(32, 'a'), b(32, 'b');
    EXPECT_EQ(check_number(a, b), check_number(b, a));
    EXPECT_NE(check_number(a, b), check_number(a, std::string(32, 'c')));
    EXPECT_EQ(check_number(a, b).size(), 8u * 5 + 7);
    EXPECT_EQ(check_number(a, b).find_first_not_of("0123456789 "), std::string::npos);
}

TEST(BindingTest, a_proof_is_worth_nothing_anywhere_else) {
    const auto key = storage::SigningKey::fresh();
    const Binding binding{std::string(32, 'x'), End::dialler, organisation_of(key.public_key()),
                          OrganisationId::fresh()};
    const auto proof = sign_binding(key, binding);
    EXPECT_TRUE(is_bound(key.public_key(), binding, proof));
    auto other = binding;
    other.exporter = std::string(32, 'y');
    EXPECT_FALSE(is_bound(key.public_key(), other, proof)) << "another connection";
    other = binding;
    other.signer = End::listener;
    EXPECT_FALSE(is_bound(key.public_key(), other, proof)) << "sent back to its sender";
    other = binding;
    other.to = OrganisationId::fresh();
    EXPECT_FALSE(is_bound(key.public_key(), other, proof)) << "another receiver";
    EXPECT_FALSE(is_bound(storage::SigningKey::fresh().public_key(), binding, proof));
    EXPECT_FALSE(is_bound(key.public_key(), binding, ""));
}

TEST(BindingTest, an_invitation_is_proved_for_this_connection_and_these_two) {
    const auto proof = invitation_proof("token", "exporter", "inviter", "acceptor");
    EXPECT_EQ(proof.size(), 32u);
    EXPECT_NE(proof, invitation_proof("other", "exporter", "inviter", "acceptor"));
    EXPECT_NE(proof, invitation_proof("token", "another-", "inviter", "acceptor"));
    EXPECT_NE(proof, invitation_proof("token", "exporter", "acceptor", "inviter"));
}

TEST(BindingTest, an_invitation_comes_back_as_it_was) {
    const auto key = storage::SigningKey::fresh();
    const auto text = invitation_of(key);
    const auto word = encode_invitation(key, text);
    EXPECT_EQ(word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"),
              word.npos);
    const auto back = decode_invitation("  " + word + "\n");
    EXPECT_EQ(json_text(back), json_text(text));
}

TEST(BindingTest, an_invitation_that_could_not_be_read_is_not_made) {
    const auto key = storage::SigningKey::fresh();
    auto text = invitation_of(key);
    text.name = std::string(1000, 'n');
    EXPECT_NO_THROW(decode_invitation(encode_invitation(key, text)));
    text.name = std::string(1500, 'n');
    EXPECT_THROW(encode_invitation(key, text), Error);
}

TEST(BindingTest, an_invitation_that_was_changed_or_cut_is_refused) {
    const auto key = storage::SigningKey::fresh();
    const auto word = encode_invitation(key, invitation_of(key));
    for (std::size_t at = 0; at < word.size(); ++at) {
        auto changed = word;
        changed[at] = changed[at] == 'A' ? 'B' : 'A';
        EXPECT_THROW(decode_invitation(changed), Error) << at;
        EXPECT_THROW(decode_invitation(word.substr(0, at)), Error) << at;
    }
    EXPECT_THROW(decode_invitation(encode_invitation(storage::SigningKey::fresh(), invitation_of(key))),
                 Error)
        << "signed by another key than it names";
    auto newer = invitation_of(key);
    newer.v = 2;
    EXPECT_THROW(decode_invitation(encode_invitation(key, newer)), Error);
    auto weak = invitation_of(key);
    weak.token = storage::base64("short");
    EXPECT_THROW(decode_invitation(encode_invitation(key, weak)), Error);
    EXPECT_THROW(decode_invitation(std::string(1 << 20, 'x')), Error);
}

TEST(Binding, ALockedInvitationOpensWithItsPasswordOnly) {
    const std::string word = "concordat-invitation-anything", password = "a long enough secret";
    const auto locked = lock_invitation(word, password);
    EXPECT_EQ(locked.find("anything"), std::string::npos);
    EXPECT_EQ(unlock_invitation(locked, password), word);
    EXPECT_EQ(unlock_invitation(" " + word + "\n", ""), word);
    EXPECT_EQ(test::refusal([&] { lock_invitation(word, "short"); }), "federation.invitation.password");
    EXPECT_EQ(test::refusal([&] { unlock_invitation(locked, ""); }), "federation.invitation.password");
    EXPECT_EQ(test::refusal([&] { unlock_invitation(locked, "another long secret"); }),
              "federation.invitation.password");
    auto changed = locked;
    changed[40] = changed[40] == 'A' ? 'B' : 'A';
    EXPECT_EQ(test::refusal([&] { unlock_invitation(changed, password); }), "federation.invitation.password");
    EXPECT_EQ(test::refusal([&] { unlock_invitation("concordat-locked-AAAA", password); }),
              "federation.invitation");
    EXPECT_EQ(test::refusal([&] { unlock_invitation(locked + std::string(80000, 'A'), password); }),
              "federation.invitation");
}

}  // namespace
}  // namespace concordat::federation
