#include "web/wire/client_config.hpp"

#include <iterator>
#include <type_traits>

#include "core/base/json.hpp"
#include "identity/passkey/webauthn.hpp"

namespace concordat::web {
namespace {

constexpr std::string_view nothing;
constexpr Millis end_of_licence = 4102444800000;  // 2100-01-01
constexpr std::int64_t seats = 2147483647;        // clients divide by it and compare, so not 0

std::string text(std::string_view value) {
    return std::string(value);
}
std::string text(const std::string& value) {
    return value;
}
std::string text(const char* value) {
    return value;
}
template <class Number>
requires std::is_arithmetic_v<Number> std::string text(Number value) {
    if constexpr (std::is_same_v<Number, bool>)
        return value ? "true" : "false";
    else
        return std::to_string(value);
}
std::string text(const std::vector<std::string>& values) {
    std::string all;
    for (const auto& value : values) all += (all.empty() ? "" : ",") + value;
    return all;
}

struct Line {
    const char* key;
    bool before_login;
    std::string (*value)(const Settings& s, const ClientFacts& f, const Features& has);
};

#define LINE(key, before_login, ...)                                               \
    {#key, before_login,                                                           \
     []([[maybe_unused]] const Settings& s, [[maybe_unused]] const ClientFacts& f, \
        [[maybe_unused]] const Features& has) -> std::string { return text(__VA_ARGS__); }},
#define BOTH(key, ...) LINE(key, true, __VA_ARGS__)
#define AFTER(key, ...) LINE(key, false, __VA_ARGS__)
constexpr Line lines[] = {
#include "web/wire/client_config_keys.inc"
};
#undef AFTER
#undef BOTH
#undef LINE

// {"key":"value",...}
class FlatObject {
public:
    void add(std::string_view key, std::string_view value) {
        out_ += out_.empty() ? '{' : ',';
        write_json_string(out_, key);
        out_ += ':';
        write_json_string(out_, value);
    }
    std::string finish() { return std::move(out_ += '}'); }

private:
    std::string out_;
};

}  // namespace

std::string client_config(const Settings& settings, const ClientFacts& facts, const Features& features,
                          bool signed_in) {
    FlatObject out;
    for (const auto& line : lines) {
        if (signed_in || line.before_login) out.add(line.key, line.value(settings, facts, features));
    }
    if (!facts.signing_key.empty()) out.add("AsymmetricSigningPublicKey", facts.signing_key);
    if (signed_in && facts.factors_wait)
        out.add("ConcordatFactorsFrom", text(settings.ConcordatSettings.MfaEnforcedFrom));
    return out.finish();
}

std::string client_licence(const Settings& settings, const ClientFacts& facts, const Features& has,
                           bool in_full) {
    FlatObject out;
    out.add("IsLicensed", "true");
    out.add("SkuShortName", "enterprise");
    out.add("IsTrial", "false");
    out.add("IsGovSku", "false");
    out.add("Cloud", "false");
    out.add("Users", text(seats));
    out.add("IssuedAt", text(facts.installation_date));
    out.add("StartsAt", text(facts.installation_date));
    out.add("ExpiresAt", text(end_of_licence));
    out.add("LDAP", text(has.ldap));
    out.add("LDAPGroups", text(has.ldap_groups));
    out.add("MFA", text(has.mfa));
    out.add("SAML", text(has.saml));
    out.add("OpenId", text(has.open_id));
    out.add("GoogleOAuth", text(has.google_oauth));
    out.add("Office365OAuth", text(has.office365_oauth));
    out.add("GuestAccounts", text(has.guest_accounts));
    out.add("GuestAccountsPermissions", text(has.guest_accounts && has.custom_permission_schemes));
    out.add("CustomPermissionsSchemes", text(has.custom_permission_schemes));
    out.add("Cluster", text(has.cluster));
    out.add("Metrics", text(has.metrics));
    out.add("Compliance", text(has.compliance));
    out.add("DataRetention", text(has.data_retention));
    out.add("MessageExport", text(has.message_export));
    out.add("CustomTermsOfService", text(has.custom_terms_of_service));
    out.add("SharedChannels", text(has.shared_channels));
    out.add("RemoteClusterService", text(has.remote_clusters));
    out.add("OutgoingOAuthConnections", text(has.outgoing_oauth_connections));
    out.add("MHPNS", text(false));  // the vendor's push service
    out.add("IDLoadedPushNotifications", text(has.push && has.id_loaded_push));
    out.add("EmailNotificationContents", text(has.mail_notifications));
    out.add("Elasticsearch", text(false));  // search is built in
    out.add("Announcement", text(has.announcement));
    out.add("ThemeManagement", text(has.theme_management));
    out.add("LockTeammateNameDisplay", text(has.lock_teammate_name_display));
    if (in_full) {
        out.add("Id", facts.diagnostic_id);
        out.add("Name", settings.TeamSettings.SiteName);
        out.add("Email", settings.SupportSettings.SupportEmail);
        out.add("Company", settings.TeamSettings.SiteName);
        out.add("SkuName", "Concordat");
    }
    return out.finish();
}

std::string version_header(const ClientFacts& facts, const std::string& hash) {
    return text(compatible_version) + '.' + facts.build_number + '.' + hash + ".true";
}

}  // namespace concordat::web
