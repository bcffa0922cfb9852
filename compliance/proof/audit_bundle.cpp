#include "compliance/proof/audit_bundle.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "compliance/proof/audit_leaf.hpp"
#include "core/base/json.hpp"
#include "core/model/identity.hpp"
#include "storage/crypto/digest.hpp"

namespace concordat::compliance {
namespace {

constexpr std::size_t most_steps = 128;  // twice the bits of a size: more than any proof has

// What was sealed, as far as it is compared with the leaf.
struct SealedRecord {
    IdentityDecision decision;
    std::string previous;
};
BOOST_DESCRIBE_STRUCT(SealedRecord, (), (decision, previous))

class BundleCheck {
public:
    BundleCheck(CheckedBundle& out, const std::vector<std::string>& keys) : out_(out), keys_(keys) {}

    void run(std::string_view text) {
        AuditBundle bundle;
        try {
            bundle = parse_json<AuditBundle>(text, "bundle");
        } catch (const Error& e) {  // a finding like any other
            return found(Verdict::unreadable, "It is no bundle: " + e.text());
        }
        if (bundle.format != bundle_format)
            return found(Verdict::unreadable, "It is no bundle that this program knows: its format is not " +
                                                  std::string(bundle_format) + ".");
        if (bundle.records.size() > most_bundled)
            return found(Verdict::unreadable, "It has more than 10,000 records.");
        out_.checkpoint = note(bundle.checkpoint, "The checkpoint");
        if (!out_.checkpoint) return;
        check_earlier(bundle);
        for (const auto& record : bundle.records) check_record(record);
    }

private:
    void found(Verdict verdict, std::string text) { out_.findings.push_back({verdict, std::move(text)}); }

    std::optional<Checkpoint> note(const std::string& text, const std::string& which) {
        auto out = checkpoint_in(text);
        if (!out)
            found(Verdict::unreadable, which + " is no signed note.");
        else if (!keys_.empty() && !is_signed_note(text, keys_))
            found(Verdict::untrusted, which + " is not signed by the key.");
        return out;
    }

    void check_earlier(const AuditBundle& bundle) {
        if (!bundle.earlier) {
            if (!bundle.consistency.empty())
                found(Verdict::tampered, "There is a proof of consistency, and no earlier checkpoint.");
            return;
        }
        out_.earlier = note(*bundle.earlier, "The earlier checkpoint");
        if (!out_.earlier) return;
        const auto &now = *out_.checkpoint, &then = *out_.earlier;
        if (then.origin != now.origin)
            return found(Verdict::tampered,
                         "The earlier checkpoint is of another tree, " + then.origin + ".");
        const auto proof = proof_in(bundle.consistency);
        if (!proof || !is_consistent(then.size, now.size, then.root, now.root, *proof))
            found(Verdict::tampered, "The tree of " + std::to_string(now.size) +
                                         " leaves is not proved to go on from that of " +
                                         std::to_string(then.size) + ".");
    }

    void check_record(const BundledRecord& record) {
        const auto name = "Leaf " + std::to_string(record.leaf) + ": ";
        if (out_.records > 0 && record.leaf <= out_.last)
            found(Verdict::tampered, name + "it does not come after leaf " + std::to_string(out_.last) + ".");
        else if (out_.records > 0 && record.leaf != out_.last + 1)
            found(Verdict::incomplete, "What is between leaf " + std::to_string(out_.last) + " and leaf " +
                                           std::to_string(record.leaf) + " is missing.");
        const bool is_next = out_.records > 0 && record.leaf == out_.last + 1;
        if (out_.records++ == 0) out_.first = record.leaf;
        out_.last = record.leaf;
        const auto before = std::exchange(before_, {});
        const auto leaf = leaf_in(record.entry);
        if (!leaf) return found(Verdict::unreadable, name + "its entry cannot be read.");
        before_ = leaf;
        const auto proof = proof_in(record.proof);
        const auto& tree = *out_.checkpoint;
        if (record.leaf < 0 || !proof ||
            !is_included(static_cast<std::uint64_t>(record.leaf), tree.size, leaf_hash(record.entry), *proof,
                         tree.root))
            found(Verdict::tampered, name + "it is not proved to be in the tree.");
        if (is_next && before && leaf->seq <= before->seq)
            found(Verdict::tampered, name + "its record is not numbered after the one before it.");
        check_content(name, record, *leaf, is_next ? before : std::nullopt);
    }

    void check_content(const std::string& name, const BundledRecord& record, const AuditLeaf& leaf,
                       const std::optional<AuditLeaf>& before) {
        if (!record.record) {
            ++out_.unreadable;
            return;
        }
        if (leaf.content.empty())
            return found(Verdict::tampered, name +
                                                "its record could not be opened when it became a leaf; "
                                                "this text is not proved.");
        if (storage::text_of(storage::sha256(*record.record)) != leaf.content)
            return found(Verdict::tampered, name + "its record is not the one that was written.");
        SealedRecord sealed;
        try {
            sealed = parse_json<SealedRecord>(*record.record, "record");
        } catch (const Error&) {  // a finding like any other
            return found(Verdict::unreadable, name + "its record cannot be read.");
        }
        if (sealed.decision.id != leaf.id || sealed.decision.create_at != leaf.create_at)
            found(Verdict::tampered, name + "its id or time is not that of its record.");
        if (before && sealed.previous != storage::base64(before->sealed))
            found(Verdict::tampered, name + "when it was written, the record before it was another one.");
    }

    CheckedBundle& out_;
    const std::vector<std::string>& keys_;
    std::optional<AuditLeaf> before_;
};

}  // namespace

std::vector<std::string> spelled(const Proof& proof) {
    std::vector<std::string> out;
    for (const auto& step : proof) out.push_back(storage::base64(storage::text_of(step)));
    return out;
}

std::optional<Proof> proof_in(const std::vector<std::string>& spelled) {
    if (spelled.size() > most_steps) return std::nullopt;
    Proof out;
    for (const auto& step : spelled) {
        const auto bytes = storage::from_base64(step);
        Hash hash{};
        if (!bytes || bytes->size() != hash.size() || storage::base64(*bytes) != step) return std::nullopt;
        std::ranges::copy(*bytes, hash.begin());
        out.push_back(hash);
    }
    return out;
}

CheckedBundle check_bundle(std::string_view text, const std::vector<std::string>& keys) {
    CheckedBundle out;
    BundleCheck(out, keys).run(text);
    return out;
}

Witness read_witness(std::string_view text, const std::vector<std::string>& keys) {
    Witness out;
    // A note is two paragraphs: what is signed, and signatures.
    for (std::size_t number = 1; !text.empty(); ++number) {
        if (text.front() == '\n') {
            text.remove_prefix(1);
            --number;
            continue;
        }
        const auto signatures = text.find("\n\n");
        const auto end = signatures == text.npos ? text.npos : text.find("\n\n", signatures + 2);
        const auto note = end == text.npos ? text : text.substr(0, end + 1);
        text.remove_prefix(note.size());
        const auto checkpoint = checkpoint_in(note);
        const auto name = "Note " + std::to_string(number) + " of the witness ";
        if (!checkpoint)
            out.findings.push_back({Verdict::unreadable, name + "cannot be read."});
        else if (!keys.empty() && !is_signed_note(note, keys))
            out.findings.push_back({Verdict::untrusted, name + "is not signed by the key."});
        else
            out.checkpoints.push_back(*checkpoint);
    }
    return out;
}

std::vector<Finding> check_agreement(const std::vector<CheckedBundle>& bundles, const Witness& witness) {
    std::vector<Finding> out;
    std::map<std::pair<std::string, std::uint64_t>, std::pair<Hash, std::string>> roots;
    const auto add = [&](const Checkpoint& checkpoint, const std::string& who) {
        const auto [at, is_new] =
            roots.emplace(std::pair(checkpoint.origin, checkpoint.size), std::pair(checkpoint.root, who));
        if (!is_new && at->second.first != checkpoint.root)
            out.push_back({Verdict::tampered, "The tree was forked: " + who + " and " + at->second.second +
                                                  " have different roots for " +
                                                  std::to_string(checkpoint.size) + " leaves."});
    };
    for (const auto& checkpoint : witness.checkpoints) add(checkpoint, "the witness");
    for (const auto& bundle : bundles)
        for (const auto& checkpoint : {bundle.checkpoint, bundle.earlier})
            if (checkpoint) add(*checkpoint, bundle.file);
    return out;
}

}  // namespace concordat::compliance
