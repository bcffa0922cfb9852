#include "compliance/verify/evidence_check.hpp"

#include <gtest/gtest.h>

#include "core/base/json.hpp"
#include "federation/wire/binding.hpp"
#include "federation/wire/event.hpp"
#include "federation/wire/key_chain.hpp"
#include "storage/crypto/digest.hpp"

namespace concordat::compliance {
namespace {

using federation::Chain;

// An organisation that can say whatever it likes.
struct Liar {
    json::object say(Chain& chain, int count, const std::string& body) const {
        json::array headers;
        const auto first = chain.next_seq;
        for (int i = 0; i < count; ++i)
            headers.emplace_back(chain.append({"post.create", UserId::fresh(1), {}, 1000, body}));
        const auto seal = federation::encode_seal(chain.seal_from(first, 1000));
        return json::object{{"headers", headers},
                            {"seal", seal},
                            {"signature", storage::base64(federation::sign_seal(key, seal))}};
    }
    json::object file(const json::object& one, const json::object& other) const {
        return json::object{{"origin", id.text()},
                            {"public_key", storage::base64(key.public_key())},
                            {"channel", channel.text()},
                            {"one", one},
                            {"other", other}};
    }
    storage::SigningKey key = storage::SigningKey::fresh();
    OrganisationId id = federation::organisation_of(key.public_key());
    ChannelId channel = ChannelId::fresh(1);
};

std::string finding(const json::object& file) {
    const auto checked = check_evidence(json::serialize(file));
    return checked.findings.empty() ? "" : checked.findings[0];
}

TEST(EvidenceCheck, TwoEventsInOnePlaceAreProof) {
    const Liar liar;
    Chain chain{liar.id, liar.channel};
    liar.say(chain, 2, "before");
    auto fork = chain;
    const auto file = liar.file(liar.say(chain, 3, "yes"), liar.say(fork, 2, "no"));
    const auto checked = check_evidence(json::serialize(file));
    EXPECT_EQ(finding(file), "");
    EXPECT_EQ(checked.organisation, liar.id.text());
    EXPECT_EQ(checked.seq, 3);
}

TEST(EvidenceCheck, SealsOfFormerKeysAreProofWhileTheyCounted) {
    Liar liar;
    const auto first = liar.key;
    const auto fresh = storage::SigningKey::fresh();
    const auto keys_with = [&](Millis bad_since) {
        federation::KeyChange change;
        change.organisation = liar.id;
        change.number = 1;
        change.old_key = storage::base64(first.public_key());
        change.new_key = storage::base64(fresh.public_key());
        change.at = change.old_until = 2000;
        change.bad_since = bad_since;
        federation::KeyChain keys(first.public_key());
        keys.add(federation::sign_key_change(change, first, fresh));
        return storage::base64(keys.encode());
    };
    Chain chain{liar.id, liar.channel}, fork{liar.id, liar.channel};
    const auto one = liar.say(chain, 1, "yes");
    liar.key = fresh;
    auto file = liar.file(one, liar.say(fork, 1, "no"));
    file["public_key"] = storage::base64(first.public_key());
    EXPECT_EQ(finding(file), "the second history is not signed by the organisation");
    file["keys"] = keys_with(0);
    EXPECT_EQ(finding(file), "");
    file["keys"] = keys_with(500);  // whoever had stolen the first may have said it
    EXPECT_EQ(finding(file), "the first history is not signed by the organisation");
    file["keys"] = storage::base64(federation::KeyChain(fresh.public_key()).encode());
    EXPECT_EQ(finding(file), "the keys are not those of the organisation");
    file["keys"] = "AAAA";
    EXPECT_NE(finding(file), "");
}

TEST(EvidenceCheck, AnEventAfterAnotherPastIsProof) {
    const Liar liar;
    Chain chain{liar.id, liar.channel}, fork{liar.id, liar.channel};
    const auto one = liar.say(chain, 1, "yes");
    liar.say(fork, 1, "no");
    EXPECT_EQ(finding(liar.file(one, liar.say(fork, 1, "and so"))), "");
}

TEST(EvidenceCheck, OneHistoryIsNoProof) {
    const Liar liar;
    Chain chain{liar.id, liar.channel};
    const auto one = liar.say(chain, 2, "yes");
    EXPECT_EQ(finding(liar.file(one, one)), "the two histories do not contradict each other");
    EXPECT_NE(finding(liar.file(one, liar.say(chain, 2, "more"))), "");
}

TEST(EvidenceCheck, WhatTheOrganisationDidNotSignIsNoProof) {
    const Liar liar, other;
    Chain chain{liar.id, liar.channel}, fork{liar.id, liar.channel};
    const auto one = liar.say(chain, 1, "yes");
    auto forged = other.say(fork, 1, "no");
    EXPECT_NE(finding(liar.file(one, forged)), "");
    auto file = liar.file(one, forged);
    file["public_key"] = storage::base64(other.key.public_key());
    EXPECT_NE(finding(file), "");
    forged["headers"] = json::array();
    EXPECT_NE(finding(liar.file(one, forged)), "");
    EXPECT_NE(finding({}), "");
    EXPECT_FALSE(check_evidence("no json").findings.empty());
    EXPECT_FALSE(check_evidence("").findings.empty());
}

}  // namespace
}  // namespace concordat::compliance
