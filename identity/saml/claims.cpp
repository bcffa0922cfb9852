#include <algorithm>

#include "core/base/text.hpp"
#include "core/config/saml_rules.hpp"
#include "identity/saml/saml_sign_in.hpp"
#include "identity/saml_message/names.hpp"

namespace concordat::identity {
namespace {

using Values = std::vector<std::string>;

const Values& values_of(const saml::Claims& claims, const std::string& name) {
    static const Values none;
    const auto at = claims.attributes.find(name);
    return name.empty() || at == claims.attributes.end() ? none : at->second;
}

// The first value that is not blank.
std::string value_of(const saml::Claims& claims, const std::string& name) {
    for (const auto& value : values_of(claims, name))
        if (!trimmed(value).empty()) return value;
    return {};
}

// Nothing when the provider did not send the attribute.
std::optional<bool> says(const saml::Claims& claims, const std::string& rule) {
    const auto [name, wanted] = attribute_rule(rule);
    const auto at = claims.attributes.find(name);
    if (at == claims.attributes.end() || at->second.empty()) return std::nullopt;
    return std::any_of(at->second.begin(), at->second.end(),
                       [&wanted = wanted](const auto& v) { return v == wanted; });
}

std::string subject_of(const SamlSection& section, const saml::Claims& claims, Trail& trail) {
    if (!section.IdAttribute.empty()) {
        const auto& all = values_of(claims, section.IdAttribute);
        if (all.size() == 1 && !all[0].empty()) return all[0];
        trail.refused("saml.subject", "The provider must send IdAttribute \"" + section.IdAttribute +
                                          "\" with exactly one value; it sent " + std::to_string(all.size()) +
                                          ".");
        return {};
    }
    if (claims.name_id_format == saml::transient_id) {
        trail.refused(
            "saml.subject",
            "The NameID is transient, so it names nobody the next time. Have the provider send a persistent "
            "one, or set IdAttribute.");
        return {};
    }
    if (claims.name_id.empty())
        trail.refused("saml.subject", "There is no NameID, and IdAttribute is not set.");
    return claims.name_id;
}

// Names only: what somebody's attributes say is nobody's business who reads decisions.
void note_names(const saml::Claims& claims, Trail& trail) {
    std::string names;
    for (const auto& [name, values] : claims.attributes)
        if (!values.empty()) names += (names.empty() ? "" : ", ") + name;
    trail.noted("saml.received", names.empty() ? "No attributes." : names);
}

}  // namespace

ExternalIdentity saml_identity(const std::string& provider, const SamlSection& section,
                               const saml::Claims& claims, Trail& trail) {
    ExternalIdentity who;
    who.service = "saml";
    who.provider = provider;
    note_names(claims, trail);
    who.subject = subject_of(section, claims, trail);
    who.username = value_of(claims, section.UsernameAttribute);
    who.email = value_of(claims, section.EmailAttribute);
    who.nickname = value_of(claims, section.NicknameAttribute);
    who.first_name = value_of(claims, section.FirstNameAttribute);
    who.last_name = value_of(claims, section.LastNameAttribute);
    who.position = value_of(claims, section.PositionAttribute);
    who.locale = value_of(claims, section.LocaleAttribute);
    who.groups = values_of(claims, section.GroupsAttribute);
    who.session_ends_at = claims.session_ends_at;
    if (who.email.empty())
        trail.refused("saml.attributes", "The provider sent no e-mail address: EmailAttribute \"" +
                                             section.EmailAttribute + "\".");
    if (!section.GuestAttribute.empty()) {
        who.is_guest = says(claims, section.GuestAttribute);
        // Nobody becomes a member because the provider forgot to say that they are a guest.
        if (!who.is_guest)
            trail.refused("saml.guest",
                          "The provider did not send the attribute of GuestAttribute, which it must send "
                          "for everybody.");
    }
    if (section.EnableAdminAttribute) who.is_admin = says(claims, section.AdminAttribute).value_or(false);
    return who;
}

}  // namespace concordat::identity
