#include "compliance/proof/audit_bundle.hpp"

#include <gtest/gtest.h>

#include "compliance/proof/audit_leaf.hpp"
#include "core/base/json.hpp"
#include "core/model/identity.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/crypto/signing.hpp"

namespace concordat::compliance {
namespace {

// A tree of records, and what its organisation says of it.
class Organisation {
public:
    explicit Organisation(int count) {
        std::string previous;
        for (int i = 0; i < count; ++i) {
            IdentityDecision decision;
            decision.id = DecisionId::fresh(1000 + i);
            decision.create_at = 1000 + i;
            decision.act = "sign_in";
            records.push_back(R"({"decision":)" + json_text(decision) + R"(,"previous":")" + previous +
                              R"(","salt":"c2FsdA=="})");
            AuditLeaf leaf;
            leaf.seq = 10 + 2 * i;
            leaf.id = decision.id;
            leaf.create_at = decision.create_at;
            leaf.sealed = storage::text_of(storage::sha256("sealed " + std::to_string(i)));
            leaf.content = storage::text_of(storage::sha256(records.back()));
            previous = storage::base64(leaf.sealed);
            entries.push_back(leaf_entry(leaf));
        }
    }
    Hash node(unsigned level, std::uint64_t index) const {
        if (level == 0) return leaf_hash(entries.at(index));
        return node_hash(node(level - 1, index * 2), node(level - 1, index * 2 + 1));
    }
    Nodes nodes() const {
        return [this](unsigned level, std::uint64_t index) { return node(level, index); };
    }
    std::string note(std::uint64_t size) const {
        const Checkpoint checkpoint{"concordat-audit/test", size, root_of(size, nodes())};
        return signed_note(checkpoint, key.public_key(), key.sign(checkpoint_text(checkpoint)));
    }
    AuditBundle bundle(std::uint64_t size, std::int64_t first, std::int64_t end,
                       std::uint64_t earlier = 0) const {
        AuditBundle out;
        out.format = bundle_format;
        out.checkpoint = note(size);
        if (earlier > 0) {
            out.earlier = note(earlier);
            out.consistency = spelled(consistency_proof(earlier, size, nodes()));
        }
        for (auto leaf = first; leaf < end; ++leaf) {
            const auto at = static_cast<std::size_t>(leaf);
            out.records.push_back(
                {leaf, entries[at], records[at], spelled(inclusion_proof(at, size, nodes()))});
        }
        return out;
    }
    CheckedBundle check(const AuditBundle& bundle) const {
        return check_bundle(json_text(bundle), {key.public_key()});
    }
    // The worst finding's verdict, 0 for none.
    int verdict(const AuditBundle& bundle) const {
        const auto checked = check(bundle);
        return checked.findings.empty() ? 0 : static_cast<int>(checked.findings.front().verdict);
    }

    storage::SigningKey key = storage::SigningKey::fresh();
    std::vector<std::string> records, entries;
};

TEST(AuditBundles, AWholeOneIsGood) {
    const Organisation organisation(13);
    const auto checked = organisation.check(organisation.bundle(11, 2, 9, 5));
    EXPECT_TRUE(checked.findings.empty()) << checked.findings[0].text;
    EXPECT_EQ(checked.records, 7);
    EXPECT_EQ(checked.first, 2);
    EXPECT_EQ(checked.last, 8);
    EXPECT_EQ(checked.checkpoint->size, 11u);
    EXPECT_EQ(checked.earlier->size, 5u);
    EXPECT_EQ(organisation.verdict(organisation.bundle(13, 4, 5)), 0);
    EXPECT_EQ(organisation.verdict(organisation.bundle(13, 0, 0, 12)), 0);
}

TEST(AuditBundles, AChangeAnywhereIsRefused) {
    const Organisation organisation(13);
    const auto good = organisation.bundle(11, 2, 9, 5);
    const auto changed = [&](auto change) {
        auto bundle = good;
        change(bundle);
        return organisation.verdict(bundle);
    };
    EXPECT_EQ(changed([](auto& b) { b.format = "concordat-audit/2"; }), 3);
    EXPECT_EQ(changed([](auto& b) { b.checkpoint[0] = 'x'; }), 4);
    EXPECT_EQ(changed([](auto& b) { b.checkpoint = "x"; }), 3);
    EXPECT_EQ(changed([&](auto& b) { b.checkpoint = organisation.note(12); }), 1);
    EXPECT_EQ(changed([](auto& b) { b.earlier->back() = 'x'; }), 4);
    EXPECT_EQ(changed([&](auto& b) { b.earlier = organisation.note(6); }), 1);
    EXPECT_EQ(changed([](auto& b) { b.earlier.reset(); }), 1);
    EXPECT_EQ(changed([](auto& b) { b.consistency.pop_back(); }), 1);
    EXPECT_EQ(changed([](auto& b) { std::swap(b.consistency[0], b.consistency[1]); }), 1);
    EXPECT_EQ(changed([](auto& b) { b.records.erase(b.records.begin() + 3); }), 2);
    EXPECT_EQ(changed([](auto& b) { std::swap(b.records[3], b.records[4]); }), 2);
    EXPECT_EQ(changed([](auto& b) { b.records[3] = b.records[2]; }), 1);
    EXPECT_EQ(changed([](auto& b) { b.records[6].leaf = 9; }), 2);
    EXPECT_EQ(changed([](auto& b) { b.records[0].leaf = -2; }), 1);
    EXPECT_EQ(changed([](auto& b) { b.records[0].proof.pop_back(); }), 1);
    EXPECT_EQ(changed([](auto& b) { b.records[0].proof[1] = b.records[0].proof[0]; }), 1);
    EXPECT_EQ(changed([](auto& b) { b.records[0].proof[1] = "no hash"; }), 1);
    EXPECT_EQ(changed([](auto& b) { b.records[0].proof.resize(200, b.records[0].proof[0]); }), 1);
    EXPECT_EQ(changed([](auto& b) { b.records[2].entry = b.records[1].entry; }), 1);
    EXPECT_EQ(changed([](auto& b) { b.records[2].entry = "x"; }), 3);
    EXPECT_EQ(changed([](auto& b) { b.records[2].record = b.records[1].record; }), 1);
    EXPECT_EQ(changed([](auto& b) { b.records[2].record->at(30) ^= 1; }), 1);
    for (std::size_t line = 0, at = 0; line < 6; ++line, at = good.records[1].entry.find('\n', at) + 1)
        EXPECT_NE(changed([&](auto& b) {
                      auto& c = b.records[1].entry[at];
                      c = c == '1' ? '2' : '1';
                  }),
                  0)
            << line;
}

TEST(AuditBundles, WithoutAKeyOnlyTheSignatureIsNotLookedAt) {
    const Organisation organisation(4);
    auto bundle = organisation.bundle(4, 0, 4);
    const storage::SigningKey other = storage::SigningKey::fresh();
    EXPECT_EQ(check_bundle(json_text(bundle), {other.public_key()}).findings.front().verdict,
              Verdict::untrusted);
    EXPECT_TRUE(check_bundle(json_text(bundle), {}).findings.empty());
    bundle.records[1].record->at(5) ^= 1;
    EXPECT_EQ(check_bundle(json_text(bundle), {}).findings.size(), 1u);
}

TEST(AuditBundles, ARecordWhoseKeyIsGoneIsStillProved) {
    const Organisation organisation(4);
    auto bundle = organisation.bundle(4, 0, 4);
    bundle.records[1].record.reset();
    const auto checked = organisation.check(bundle);
    EXPECT_TRUE(checked.findings.empty());
    EXPECT_EQ(checked.unreadable, 1);
}

TEST(AuditBundles, WhatIsNoBundleIsUnreadable) {
    for (const auto* text : {"", "{}", "[]", "no json", R"({"format":"concordat-audit/1"})",
                             R"({"format":"concordat-audit/1","checkpoint":7})"})
        EXPECT_EQ(check_bundle(text, {}).findings.at(0).verdict, Verdict::unreadable) << text;
}

TEST(AuditBundles, AForkShowsBetweenBundlesAndAtTheWitness) {
    const Organisation one(9), fork(9);
    auto told = one.check(one.bundle(9, 0, 0)), also = one.check(one.bundle(9, 0, 0, 4));
    auto other = check_bundle(json_text(fork.bundle(9, 0, 0)), {});
    EXPECT_TRUE(check_agreement({told, also}, {}).empty());
    EXPECT_EQ(check_agreement({told, other}, {}).size(), 1u);
    const auto witness = read_witness(one.note(4) + "\n" + one.note(9) + "\n", {one.key.public_key()});
    EXPECT_TRUE(witness.findings.empty());
    ASSERT_EQ(witness.checkpoints.size(), 2u);
    EXPECT_TRUE(check_agreement({told, also}, witness).empty());
    EXPECT_EQ(check_agreement({other}, witness).at(0).verdict, Verdict::tampered);
    EXPECT_EQ(read_witness(one.note(4), {fork.key.public_key()}).findings.at(0).verdict, Verdict::untrusted);
    EXPECT_EQ(read_witness("garbage", {}).findings.at(0).verdict, Verdict::unreadable);
    EXPECT_TRUE(read_witness("", {}).findings.empty());
}

TEST(AuditLeaves, HaveOneSpelling) {
    AuditLeaf leaf;
    leaf.seq = 7;
    leaf.id = DecisionId::fresh(1000);
    leaf.create_at = 1000;
    leaf.sealed = std::string(32, 'a');
    leaf.content = std::string(32, 'b');
    const auto entry = leaf_entry(leaf);
    EXPECT_EQ(leaf_in(entry), leaf);
    leaf.content.clear();
    EXPECT_EQ(leaf_in(leaf_entry(leaf)), leaf);
    EXPECT_FALSE(leaf_in(entry + "\n"));
    EXPECT_FALSE(leaf_in("\n" + entry));
    EXPECT_FALSE(leaf_in(entry.substr(0, entry.size() - 1)));
    EXPECT_FALSE(leaf_in("concordat-audit-leaf/2" + entry.substr(22)));
    EXPECT_FALSE(leaf_in("concordat-audit-leaf/1\n07" + entry.substr(24)));
    EXPECT_FALSE(leaf_in(""));
}

}  // namespace
}  // namespace concordat::compliance
