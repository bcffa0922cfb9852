#include "federation/wire/binding.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "federation/wire/key_chain.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/crypto/gcm.hpp"
#include "storage/crypto/master_key.hpp"

namespace concordat::federation {
namespace {

constexpr std::string_view invitation_prefix = "concordat-invitation-", locked_prefix = "concordat-locked-";
constexpr std::size_t usual_invitation = 2048, of_a_change = 768, token_size = 16, salt_size = 16;
constexpr std::size_t longest_invitation = usual_invitation + most_key_changes * of_a_change,
                      longest_locked = longest_invitation / 2 * 3;
constexpr std::size_t shortest_password = 12;
const std::string organisation_domain("concordat-organisation-1\0", 25),
    check_domain("concordat-check-1\0", 18), hello_domain("concordat-hello-1\0", 18),
    certificate_domain("concordat-certificate-1\0", 24), bind_domain("concordat-invited-1\0", 20),
    invitation_domain("concordat-invitation-1\0", 23);

std::string bytes_of(const OrganisationId& id) {
    return std::string(storage::text_of(id.bytes()));
}

std::string bound_text(const Binding& b) {
    return hello_domain + b.exporter + static_cast<char>(b.signer) + bytes_of(b.from) + bytes_of(b.to);
}

[[noreturn]] void refuse_invitation(const char* text) {
    throw Error(Fault::invalid, "federation.invitation", text);
}

storage::MasterKey key_of(std::string_view password, std::string_view salt) {
    require(password.size() >= shortest_password, Fault::invalid, "federation.invitation.password",
            "An invitation's password has 12 characters or more.");
    storage::PassphraseRecipe recipe;
    recipe.salt = storage::base64(salt);
    return storage::MasterKey::from_passphrase(password, recipe);
}

}  // namespace

OrganisationId organisation_of(std::string_view public_key) {
    const auto digest = storage::sha256(organisation_domain + std::string(public_key));
    IdBytes id{};
    std::copy_n(digest.begin(), id.size(), id.begin());
    return OrganisationId(id);
}

std::string check_number(std::string_view one_key, std::string_view other_key) {
    const auto [low, high] = std::minmax(one_key, other_key);
    const auto digest = storage::sha256(check_domain + std::string(low) + std::string(high));
    std::string out;
    for (std::size_t group = 0; group < 8; ++group) {
        auto digits = std::to_string(storage::get_u32(digest.data() + 4 * group) % 100000);
        out += (group ? " " : "") + std::string(5 - digits.size(), '0') + digits;
    }
    return out;
}

std::string certificate_text(const Binding& b) {
    return certificate_domain + bound_text(b);
}

std::string sign_binding(const storage::SigningKey& key, const Binding& binding) {
    return key.sign(bound_text(binding));
}

bool is_bound(std::string_view public_key, const Binding& binding, std::string_view signature) {
    return storage::is_signed_by(public_key, bound_text(binding), signature);
}

std::string invitation_proof(std::string_view token, std::string_view exporter, std::string_view inviter_key,
                             std::string_view acceptor_key) {
    return std::string(storage::text_of(storage::hmac_sha256(
        token, bind_domain + std::string(exporter) + std::string(inviter_key) + std::string(acceptor_key))));
}

std::string encode_invitation(const storage::SigningKey& key, const InvitationText& text) {
    const auto body = json_text(text);
    auto word =
        std::string(invitation_prefix) + storage::base64_url(key.sign(invitation_domain + body) + body);
    const auto changes = text.keys ? storage::from_base64(*text.keys).value_or("").size() / 300 : 0;
    if (word.size() > usual_invitation + changes * of_a_change)
        refuse_invitation("The organisation's name or its address is too long for an invitation.");
    return word;
}

InvitationText decode_invitation(std::string_view given) {
    const auto text = trimmed(given);
    if (!text.starts_with(invitation_prefix))
        refuse_invitation("This is no invitation: one begins with \"concordat-invitation-\".");
    if (text.size() > longest_invitation) refuse_invitation("This is no invitation: none is so long.");
    const auto bytes = storage::from_base64_url(text.substr(invitation_prefix.size()));
    if (!bytes || bytes->size() <= storage::signature_size)
        refuse_invitation("The invitation is cut off or was changed. Copy it once more.");
    const auto body = bytes->substr(storage::signature_size);
    InvitationText out;
    try {
        out = parse_json<InvitationText>(body, "invitation");
    } catch (const Error&) {  // said in the words of this place
        refuse_invitation("The invitation is cut off or was changed. Copy it once more.");
    }
    auto key = storage::from_base64(out.public_key).value_or("");
    if (out.keys) {
        const auto chain = KeyChain::decode(storage::from_base64(*out.keys).value_or(""));
        if (chain.first_key() != key)
            refuse_invitation("The invitation is cut off or was changed. Copy it once more.");
        key = chain.key();
    }
    const auto token = storage::from_base64(out.token).value_or("");
    if (!storage::is_signed_by(key, invitation_domain + body,
                               std::string_view(*bytes).substr(0, storage::signature_size)))
        refuse_invitation("The invitation is cut off or was changed. Copy it once more.");
    if (out.v != 1 || token.size() != token_size || out.id.empty())
        refuse_invitation("The invitation is of a newer version of this software.");
    return out;
}

std::string lock_invitation(std::string_view word, std::string_view password) {
    const auto salt = storage::random_bytes(salt_size);
    storage::Nonce nonce{};
    const auto fresh = storage::random_bytes(nonce.size());
    std::copy(fresh.begin(), fresh.end(), nonce.begin());
    const auto key = key_of(password, salt);
    std::string sealed(word.size() + storage::gcm_tag_size, '\0');
    storage::gcm_seal(key.secret().data(), nonce, locked_prefix, word,
                      reinterpret_cast<std::uint8_t*>(sealed.data()));
    return std::string(locked_prefix) + storage::base64_url(salt + fresh + sealed);
}

std::string unlock_invitation(std::string_view given, std::string_view password) {
    const auto text = trimmed(given);
    if (!text.starts_with(locked_prefix)) return std::string(text);
    storage::Nonce nonce{};
    const auto bytes = text.size() > longest_locked
                           ? std::nullopt
                           : storage::from_base64_url(text.substr(locked_prefix.size()));
    const auto head = salt_size + nonce.size();
    if (!bytes || bytes->size() <= head + storage::gcm_tag_size)
        refuse_invitation("The invitation is cut off or was changed. Copy it once more.");
    std::copy_n(bytes->begin() + salt_size, nonce.size(), nonce.begin());
    const auto key = key_of(password, bytes->substr(0, salt_size));
    const auto sealed = std::string_view(*bytes).substr(head);
    std::string word(sealed.size() - storage::gcm_tag_size, '\0');
    if (!storage::gcm_open(key.secret().data(), nonce, locked_prefix, sealed,
                           reinterpret_cast<std::uint8_t*>(word.data())))
        throw Error(Fault::invalid, "federation.invitation.password",
                    "This is not the password of the invitation, or the invitation was changed.");
    return word;
}

}  // namespace concordat::federation
