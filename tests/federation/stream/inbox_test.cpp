#include "federation/stream/inbox.hpp"

#include <gtest/gtest.h>

#include "storage/crypto/digest.hpp"
#include "storage/tables/federation.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/store.hpp"

namespace concordat::federation {
namespace {

// An organisation elsewhere that says things, and the parts of its batches.
struct Teller {
    NewEvent event(const std::string& text) const {
        return {kinds::react_set, {}, {}, 1000, json_text(MarkBody{text, std::nullopt})};
    }
    // Says so many things, in one group.
    std::vector<std::string> say(int count, const std::string& text = "a") {
        const auto first = chain.next_seq;
        std::vector<std::string> events;
        for (int i = 0; i < count; ++i) {
            const auto one = event(text);
            events.push_back(chain.append(one));
            events.push_back(one.body);
        }
        const auto seal = encode_seal(chain.seal_from(first, 1000));
        std::vector<std::string> out{seal, sign_seal(key, seal)};
        out.insert(out.end(), events.begin(), events.end());
        return out;
    }
    storage::SigningKey key = storage::SigningKey::fresh();
    OrganisationId id = organisation_of(key.public_key());
    ChannelId channel = ChannelId::fresh(1);
    Chain chain{id, channel};
};

struct Streams {
    Streams() {
        store.db.transact([&](storage::Tx& tx) {
            storage::PartnerTable(tx).introduce(teller.id, "Gamma", teller.key.public_key());
        });
    }
    Taken take(const std::vector<std::string>& parts) {
        return inbox.take(parts,
                          [&](const OrganisationId&, const ChannelId& c) { return c == teller.channel; });
    }
    // The code of the fault of the stream; "" when it is taken.
    std::string fault(const std::vector<std::string>& parts) {
        try {
            take(parts);
        } catch (const StreamError& e) {
            return e.code;
        }
        return {};
    }
    std::int64_t next() {
        return store.db.read([&](storage::Tx& tx) {
            const auto stream = storage::StreamTable(tx).find(teller.id, teller.channel);
            return stream ? stream->next_seq : 1;
        });
    }
    std::vector<Evidence> evidence() {
        return store.db.read([](storage::Tx& tx) { return storage::StreamTable(tx).evidence(); });
    }

    test::Store store;
    Organisation own{store.db, store.settings};
    Inbox inbox{store.db, own};
    Teller teller;
};

TEST(Inbox, TakesWhatFollowsAndPassesOverWhatItHas) {
    Streams s;
    const auto first = s.teller.say(3), second = s.teller.say(2);
    EXPECT_EQ(s.take(first).fresh, 3);
    EXPECT_EQ(s.take(first).fresh, 0);
    const auto taken = s.take(second);
    EXPECT_EQ(taken.upto, 5);
    EXPECT_EQ(s.take(first).upto, 5);
    EXPECT_EQ(s.next(), 6);
}

// A seal is over everything before it: what was said in several steps may come in one.
TEST(Inbox, TakesWhatWasSealedInSeveralStepsUnderTheLastSeal) {
    Streams s;
    auto first = s.teller.say(2), second = s.teller.say(3);
    std::vector<std::string> all(second.begin(), second.begin() + 2);
    all.insert(all.end(), first.begin() + 2, first.end());
    all.insert(all.end(), second.begin() + 2, second.end());
    EXPECT_EQ(s.take(all).fresh, 5);
    const auto third = s.teller.say(3);
    std::vector<std::string> end(third.begin(), third.begin() + 2);
    end.insert(end.end(), third.begin() + 4, third.end());
    EXPECT_EQ(s.fault(end), "gap");
    EXPECT_EQ(s.take(third).fresh, 3);
    EXPECT_EQ(s.take(end).upto, 8);
}

TEST(Inbox, AHoleIsNotTaken) {
    Streams s;
    s.teller.say(1);
    EXPECT_EQ(s.fault(s.teller.say(1)), "gap");
    EXPECT_EQ(s.next(), 1);
}

TEST(Inbox, ChangedBodiesHeadersSealsAndOrdersAreNotTaken) {
    Streams s;
    const auto good = s.teller.say(3);
    auto body = good;
    body[3].back() = ' ';
    EXPECT_EQ(s.fault(body), "chain");
    auto swapped = good;
    std::swap(swapped[2], swapped[4]);
    std::swap(swapped[3], swapped[5]);
    EXPECT_EQ(s.fault(swapped), "chain");
    auto header = good;
    header[6].replace(header[6].find("1000"), 4, "1001");
    EXPECT_EQ(s.fault(header), "seal");
    auto signature = good;
    signature[1][0] = static_cast<char>(signature[1][0] ^ 1);
    EXPECT_EQ(s.fault(signature), "seal");
    auto shorter = good;
    shorter.resize(6);
    EXPECT_EQ(s.fault(shorter), "chain");
    EXPECT_EQ(test::refusal([&] { s.take({"", ""}); }), "federation.event");
    EXPECT_EQ(s.next(), 1);
    EXPECT_EQ(s.fault(good), "");
}

TEST(Inbox, OnlyTheOriginSeals) {
    Streams s;
    auto parts = s.teller.say(1);
    parts[1] = sign_seal(storage::SigningKey::fresh(), parts[0]);
    EXPECT_EQ(s.fault(parts), "seal");
    Teller unknown;
    unknown.channel = unknown.chain.channel = s.teller.channel;
    EXPECT_EQ(s.fault(unknown.say(1)), "seal");
}

TEST(Inbox, WhatWasNotAskedForIsNotTaken) {
    Streams s;
    Teller other;
    EXPECT_EQ(s.fault(other.say(1)), "not_wanted");
}

TEST(Inbox, TwoHistoriesFreezeTheStreamAndAreKept) {
    Streams s;
    auto liar = s.teller;
    s.take(s.teller.say(2, "yes"));
    EXPECT_EQ(s.fault(liar.say(2, "no")), "fork");
    const auto kept = s.evidence();
    ASSERT_EQ(kept.size(), 1u);
    EXPECT_EQ(kept[0].origin, s.teller.id);
    EXPECT_NE(kept[0].ours, kept[0].theirs);
    // A third party can check it with the origin's key alone: each side is a chain from the same place up to
    // what the origin has sealed.
    for (const auto& side : {kept[0].ours, kept[0].theirs}) {
        const auto proof = json::parse(side).as_object();
        const auto seal = std::string(proof.at("seal").as_string());
        EXPECT_TRUE(is_sealed_by(s.teller.key.public_key(), seal,
                                 *storage::from_base64(std::string(proof.at("signature").as_string()))));
        std::string head;
        for (const auto& text : proof.at("headers").as_array()) {
            const auto header = decode_header(std::string_view(text.as_string()));
            if (head.empty())
                EXPECT_EQ(header.seq, kept[0].seq);
            else
                EXPECT_EQ(header.prev, head);
            head = hex_of(event_digest(std::string_view(text.as_string())));
        }
        EXPECT_EQ(head, decode_seal(seal).head);
    }
    EXPECT_EQ(s.fault(s.teller.say(1)), "fork");
}

TEST(Inbox, AForkThatBeginsAfterWhatIsKnownIsSeen) {
    Streams s;
    auto liar = s.teller;
    s.take(s.teller.say(1, "yes"));
    liar.say(1, "no");
    EXPECT_EQ(s.fault(liar.say(1, "and so")), "fork");
    EXPECT_EQ(s.evidence().size(), 1u);
}

}  // namespace
}  // namespace concordat::federation
