#include "federation/wire/key_chain.hpp"

#include <algorithm>
#include <utility>

#include "federation/wire/binding.hpp"
#include "federation/wire/event.hpp"
#include "storage/crypto/digest.hpp"

namespace concordat::federation {
namespace {

const std::string change_domain("concordat-key-change-1\0", 23);

[[noreturn]] void refuse_change(const char* why) {
    throw Error(Fault::invalid, "federation.key_change", "This is no change of an organisation's key.", why);
}

void add_counted(std::string& out, std::string_view part) {
    std::uint8_t bytes[4];
    storage::put_u32(bytes, static_cast<std::uint32_t>(part.size()));
    out.append(reinterpret_cast<const char*>(bytes), sizeof bytes);
    out += part;
}

// Takes `size` bytes off the beginning.
std::string_view cut(std::string_view& bytes, std::size_t size) {
    if (size > bytes.size()) refuse_change("it is cut off");
    const auto out = bytes.substr(0, size);
    bytes.remove_prefix(size);
    return out;
}

KeyChange decode_change(const std::string& text) {
    if (text.size() > longest_key_change) refuse_change("it is too long");
    KeyChange out;
    try {
        out = parse_json<KeyChange>(text, "change");
    } catch (const Error&) {  // said in the words of this place
        refuse_change("it cannot be read");
    }
    if (json_text(out) != text || out.v != 1) refuse_change("it is not spelled as it must be");
    return out;
}

std::string key_in(const std::string& text) {
    auto key = storage::from_base64(text).value_or("");
    if (key.size() != storage::public_key_size) refuse_change("a key of it is none");
    return key;
}

}  // namespace

SignedKeyChange sign_key_change(const KeyChange& change, const storage::SigningKey& old_key,
                                const storage::SigningKey& new_key) {
    SignedKeyChange out;
    out.text = json_text(change);
    out.old_signature = old_key.sign(change_domain + out.text);
    out.new_signature = new_key.sign(change_domain + out.text);
    return out;
}

KeyChain::KeyChain(std::string first_key) : organisation_(organisation_of(first_key)) {
    OrganisationKey key;
    key.public_key = std::move(first_key);
    keys_.push_back(std::move(key));
}

KeyChain::KeyChain(std::string first_key, const std::vector<SignedKeyChange>& known)
    : KeyChain(std::move(first_key)) {
    for (const auto& change : known) append(change, true);
}

KeyChain KeyChain::decode(std::string_view bytes) {
    KeyChain out{std::string(cut(bytes, storage::public_key_size))};
    while (!bytes.empty()) {
        SignedKeyChange change;
        const std::size_t length = storage::get_u32(cut(bytes, 4).data());
        if (length > longest_key_change) refuse_change("it is too long");
        change.text = cut(bytes, length);
        change.old_signature = cut(bytes, storage::signature_size);
        change.new_signature = cut(bytes, storage::signature_size);
        out.add(change);
    }
    return out;
}

std::string KeyChain::encode() const {
    auto out = first_key();
    for (const auto& change : changes_) {
        add_counted(out, change.text);
        out += change.old_signature + change.new_signature;
    }
    return out;
}

bool KeyChain::has_bad() const {
    return std::ranges::any_of(keys_, [](const OrganisationKey& key) { return key.bad_since != 0; });
}

void KeyChain::add(const SignedKeyChange& change) {
    append(change, false);
}

void KeyChain::append(const SignedKeyChange& change, bool is_checked) {
    if (changes_.size() >= most_key_changes) refuse_change("there are 64 already");
    const auto c = decode_change(change.text);
    auto& old = keys_.back();
    OrganisationKey fresh;
    fresh.public_key = key_in(c.new_key);
    fresh.from = c.at;
    if (c.organisation != organisation_) refuse_change("it is another organisation's");
    if (c.number != static_cast<std::int64_t>(changes_.size()) + 1) refuse_change("it is not the next one");
    if (key_in(c.old_key) != old.public_key) refuse_change("it does not follow the key before");
    if (c.at < std::max<Millis>(old.from, 1) || c.old_until < c.at || c.old_until - c.at > longest_overlap ||
        c.bad_since < 0 || c.bad_since > c.at)
        refuse_change("its times do not fit together");
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        if (keys_[i].public_key != fresh.public_key) continue;
        // Back to the one before, while that still signs.
        if (i + 2 != keys_.size() || keys_[i].bad_since != 0 || c.at > keys_[i].until)
            refuse_change("it goes back to a key that is over");
    }
    if (!is_checked &&
        (!storage::is_signed_by(old.public_key, change_domain + change.text, change.old_signature) ||
         !storage::is_signed_by(fresh.public_key, change_domain + change.text, change.new_signature)))
        refuse_change("it is not signed by both keys");
    old.until = c.old_until;
    if (c.bad_since != 0)  // also where the key was used before
        for (auto& key : keys_)
            if (key.public_key == old.public_key) key.bad_since = c.bad_since;
    keys_.push_back(std::move(fresh));
    changes_.push_back(change);
}

bool KeyChain::agrees_with(const KeyChain& other) const {
    if (empty() || other.empty() || organisation_ != other.organisation_) return false;
    const auto both = std::min(changes_.size(), other.changes_.size());
    // By what was said, not by how it was signed.
    for (std::size_t i = 0; i < both; ++i)
        if (changes_[i].text != other.changes_[i].text) return false;
    return true;
}

bool KeyChain::may_connect(std::string_view public_key, Millis now) const {
    return std::ranges::any_of(keys_, [&](const OrganisationKey& key) {
        return key.public_key == public_key && key.bad_since == 0 &&
               (key.until == 0 || now <= key.until + clocks_may_differ);
    });
}

bool KeyChain::has_sealed(std::string_view seal, Millis at, std::string_view signature) const {
    return std::any_of(keys_.rbegin(), keys_.rend(), [&](const OrganisationKey& key) {
        return at >= key.from - clocks_may_differ && (key.until == 0 || at <= key.until) &&
               (key.bad_since == 0 || at < key.bad_since) && is_sealed_by(key.public_key, seal, signature);
    });
}

}  // namespace concordat::federation
