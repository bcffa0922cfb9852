#include "federation/wire/binding.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "storage/crypto/digest.hpp"

namespace concordat::federation {
namespace {

constexpr std::string_view invitation_prefix = "concordat-invitation-";
constexpr std::size_t longest_invitation = 2048, token_size = 16;
const std::string organisation_domain("concordat-organisation-1\0", 25),
    check_domain("concordat-check-1\0", 18), hello_domain("concordat-hello-1\0", 18),
    bind_domain("concordat-invited-1\0", 20), invitation_domain("concordat-invitation-1\0", 23);

std::string bytes_of(const OrganisationId& id) {
    return std::string(storage::text_of(id.bytes()));
}

std::string bound_text(const Binding& b) {
    return hello_domain + b.exporter + static_cast<char>(b.signer) + bytes_of(b.from) + bytes_of(b.to);
}

[[noreturn]] void refuse_invitation(const char* text) {
    throw Error(Fault::invalid, "federation.invitation", text);
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
    if (word.size() > longest_invitation)
        refuse_invitation("The organisation's name or its address is too long for an invitation.");
    return word;
}

InvitationText decode_invitation(std::string_view given) {
    const auto text = trimmed(given);
    if (!text.starts_with(invitation_prefix))
        refuse_invitation("This is no invitation: one begins with \"concordat-invitation-\".");
    if (text.size() > longest_invitation)
        refuse_invitation("This is no invitation: none is longer than 2048 characters.");
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
    const auto key = storage::from_base64(out.public_key).value_or("");
    const auto token = storage::from_base64(out.token).value_or("");
    if (!storage::is_signed_by(key, invitation_domain + body,
                               std::string_view(*bytes).substr(0, storage::signature_size)))
        refuse_invitation("The invitation is cut off or was changed. Copy it once more.");
    if (out.v != 1 || token.size() != token_size || out.id.empty())
        refuse_invitation("The invitation is of a newer version of this software.");
    return out;
}

}  // namespace concordat::federation
