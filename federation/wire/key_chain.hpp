// The keys of an organisation: the first, from which its id is made, and every change since.
//
// A change is JSON with one spelling, signed by the key before and by the new one. So the whole chain can be
// checked by whoever knows the id alone, however long they were away. Each key has a time in which it signs:
// from its change until the end of the overlap that the next change grants, at most 30 days. A key that may
// be in other hands is bad from a time on: no seal of that time or later counts, and no connection. A change
// may go back to the key before while the overlap lasts.
//
// Pure; a KeyChain belongs to one thread. What is decoded may be hostile: Error (invalid,
// "federation.key_change").
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include "core/base/json.hpp"
#include "core/model/partner.hpp"
#include "storage/crypto/signing.hpp"

namespace concordat::federation {

inline constexpr std::size_t most_key_changes = 64, longest_key_change = 512;
inline constexpr Millis longest_overlap = Millis{30} * 24 * 3600 * 1000;
inline constexpr Millis clocks_may_differ = 3600 * 1000;

struct KeyChange {
    std::int64_t v = 1;
    OrganisationId organisation;
    std::int64_t number = 0;       // from 1
    std::string old_key, new_key;  // base64
    Millis at = 0, old_until = 0;  // the old one signs until then
    Millis bad_since = 0;          // of the old key; 0: it is good
};
BOOST_DESCRIBE_STRUCT(KeyChange, (), (v, organisation, number, old_key, new_key, at, old_until, bad_since))

SignedKeyChange sign_key_change(const KeyChange& change, const storage::SigningKey& old_key,
                                const storage::SigningKey& new_key);

struct OrganisationKey {
    std::string public_key;
    Millis from = 0, until = 0;  // 0: always; and it signs now
    Millis bad_since = 0;
};

class KeyChain {
public:
    // Of nobody.
    KeyChain() = default;
    explicit KeyChain(std::string first_key);
    // Changes that were checked when they were kept.
    KeyChain(std::string first_key, const std::vector<SignedKeyChange>& known);
    // What encode() made, checked.
    static KeyChain decode(std::string_view bytes);
    std::string encode() const;

    bool empty() const { return keys_.empty(); }
    const OrganisationId& organisation() const { return organisation_; }
    const std::vector<OrganisationKey>& keys() const { return keys_; }
    const std::vector<SignedKeyChange>& changes() const { return changes_; }
    const std::string& first_key() const { return keys_.front().public_key; }
    const std::string& key() const { return keys_.back().public_key; }
    bool has_bad() const;

    // The next change, checked.
    void add(const SignedKeyChange& change);
    // Whether one of the two is how the other begins: that they are of one history.
    bool agrees_with(const KeyChain& other) const;
    // Whether a connection may be made with this key at that time.
    bool may_connect(std::string_view public_key, Millis now) const;
    // Whether what was signed at that time by one of the keys counts. `text` as it was signed.
    bool has_sealed(std::string_view seal, Millis at, std::string_view signature) const;

private:
    void append(const SignedKeyChange& change, bool is_checked);

    OrganisationId organisation_;
    std::vector<OrganisationKey> keys_;  // in their order
    std::vector<SignedKeyChange> changes_;
};

}  // namespace concordat::federation
