#include "federation/trust/key_rotation.hpp"

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "federation/wire/event.hpp"
#include "identity/decision/decisions.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/federation.hpp"
#include "storage/tables/system.hpp"

namespace concordat::federation {
namespace {

constexpr Millis key_day = Millis{24} * 3600 * 1000, overlap_of_abort = 3600 * 1000;

}  // namespace

void KeyRotation::change(const storage::SigningKey& to, Millis overlap, Millis bad_since, const UserId& by,
                         const char* rule, const std::string& said) {
    const auto from = own_.key();
    auto chain = own_.keys();
    db_.transact([&](storage::Tx& tx) {
        storage::SystemTable table(tx);
        auto next = chain;
        KeyChange made;
        made.organisation = chain.organisation();
        made.number = static_cast<std::int64_t>(chain.changes().size()) + 1;
        made.old_key = storage::base64(from.public_key());
        made.new_key = storage::base64(to.public_key());
        made.at = std::max(tx.now(), chain.keys().back().from);
        made.old_until = made.at + overlap;
        made.bad_since = bad_since;
        const auto change = sign_key_change(made, from, to);
        next.add(change);  // refused here as partners would refuse it
        storage::PartnerTable(tx).insert_key_change(chain.organisation(), made.number, change);
        table.put(first_organisation_key, storage::base64(chain.first_key()));
        table.put(organisation_secret, sealed_secret(tx, to));
        if (bad_since == 0 && std::string(rule) == "federation.key_changed")
            table.put(former_organisation_secret, sealed_secret(tx, from));
        else
            table.remove(former_organisation_secret);
        identity::Trail trail("federation", new_token());
        trail.decision.actor_id = by;
        trail.admitted(rule, said + " It is change " + std::to_string(made.number) + ", to " +
                                 hex_of(to.public_key()) + ".");
        decisions_.record(tx, trail);
    });
    own_.reload();
    log_warn("this organisation's key has changed",
             {{"rule", rule}, {"number", static_cast<std::int64_t>(chain.changes().size()) + 1}});
    // What was being sealed meanwhile has the stream's lock; this waits for it.
    if (bad_since != 0) seal_anew();
    changed_();
}

void KeyRotation::rotate(std::int64_t overlap_days, Millis bad_since, const UserId& by) {
    std::lock_guard guard(changing_);
    require(overlap_days >= 1 && overlap_days <= longest_overlap_days, Fault::invalid,
            "federation.key.overlap", "The overlap is 1 to 30 days.");
    const auto now = db_.now();
    require(bad_since >= 0 && bad_since <= now, Fault::invalid, "federation.key.bad_since",
            "The time since when the key is bad is in the past.");
    const auto keys = own_.keys();
    require(keys.changes().size() < most_key_changes, Fault::conflict, "federation.key.too_many",
            "The key of an organisation changes at most 64 times.");
    if (bad_since == 0 && keys.keys().size() > 1) {
        const auto& former = keys.keys()[keys.keys().size() - 2];
        require(former.until < now, Fault::conflict, "federation.key.overlapping",
                "The key has changed already, and the overlap lasts. Wait for its end, take that change "
                "back, or say "
                "since when the key is bad.");
    }
    change(storage::SigningKey::fresh(), overlap_days * key_day, bad_since, by, "federation.key_changed",
           bad_since == 0 ? "This organisation has another key; the old one counts for " +
                                std::to_string(overlap_days) + " days."
                          : "This organisation has another key; the old one is bad since " +
                                std::to_string(bad_since) + ".");
}

void KeyRotation::abort(const UserId& by) {
    std::lock_guard guard(changing_);
    const auto former = db_.read([](storage::Tx& tx) -> std::optional<storage::SigningKey> {
        const auto text = storage::SystemTable(tx).find(former_organisation_secret);
        return text ? std::optional(opened_secret(tx, *text)) : std::nullopt;
    });
    const auto keys = own_.keys();
    const auto& all = keys.keys();
    require(former && all.size() > 1 && all[all.size() - 2].public_key == former->public_key() &&
                all[all.size() - 2].until > db_.now(),
            Fault::conflict, "federation.key.nothing_to_abort",
            "There is no change of the key that could be taken back: none was made, or its overlap is over.");
    change(*former, overlap_of_abort, 0, by, "federation.key_change_aborted",
           "The change of this organisation's key was taken back.");
}

void KeyRotation::settle() {
    std::lock_guard guard(changing_);
    const auto keys = own_.keys();
    if (keys.changes().empty()) return;
    const auto& former = keys.keys()[keys.keys().size() - 2];
    const bool is_over = db_.transact([&](storage::Tx& tx) {
        storage::SystemTable table(tx);
        if (former.until > tx.now() || !table.find(former_organisation_secret)) return false;
        table.remove(former_organisation_secret);
        identity::Trail trail("federation", new_token());
        trail.admitted("federation.key_overlap_over", "The former key of this organisation signs no more.");
        decisions_.record(tx, trail);
        return true;
    });
    if (is_over) log_info("the overlap of this organisation's keys is over", {});
    if (keys.has_bad()) seal_anew();
}

// By the chain a seal is over all before it; who has the bad ones already needs no others.
void KeyRotation::seal_anew() {
    const auto key = own_.key();
    const auto keys = own_.keys();
    Millis since = 0;
    for (const auto& k : keys.keys())
        if (k.bad_since != 0 && (since == 0 || k.bad_since < since)) since = k.bad_since;
    const auto count = db_.transact([&](storage::Tx& tx) {
        storage::StreamTable table(tx);
        std::int64_t made = 0;
        for (const auto& channel : table.channels_of(keys.organisation())) {
            table.lock(keys.organisation(), channel);
            for (auto& stored : table.seals_since(keys.organisation(), channel, since)) {
                auto seal = decode_seal(stored.seal);
                if (keys.has_sealed(stored.seal, seal.at, stored.signature)) continue;
                seal.at = tx.now();
                stored.seal = encode_seal(seal);
                stored.signature = sign_seal(key, stored.seal);
                table.replace(stored);
                ++made;
            }
        }
        return made;
    });
    if (count > 0) log_info("what a bad key had sealed is sealed anew", {{"seals", count}});
}

}  // namespace concordat::federation
