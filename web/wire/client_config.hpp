// What a client learns about this server before it shows anything: the bodies of
// GET config/client and GET license/client, and the header X-Version-Id.
//
// Both bodies are flat JSON objects whose values are all strings ("true", "5000"). Pure functions,
// any thread; about 10 kB of text, so keep it until the settings or a fact change.
//
// Why there is a licence: this product sells none, yet official clients hide every screen of a
// licensed feature (directory sign-in, retention, guests, ...) unless the licence object names the
// feature, and show trial and purchase offers of their vendor when there is no licence. So
// IsLicensed is always "true", the tier is "enterprise" (some screens go by tier alone), it ends in
// the year 2100 and has no seat limit; what is really offered is said by one flag each, from
// Features, and by the client configuration, which clients consult besides. BuildEnterpriseReady
// is "true" for the same reason. Nothing here leads to another company's site.
#pragma once
#include <cstdint>
#include <string>
#include "core/base/clock.hpp"
#include "core/config/settings.hpp"
#include "core/model/version.hpp"
#include "web/wire/features.hpp"

namespace concordat::web {

// What is true of this installation and is not a setting.
struct ClientFacts {
    std::string build_number{product_version};
    std::string build_hash{concordat::build_hash};
    std::string build_date{concordat::build_date};
    std::string diagnostic_id;  // 26 characters, made once, never changes: clients know the server by it
    Millis installation_date = 0;
    std::int64_t schema_version = 0;  // number of the last migration
    bool no_accounts = false;         // nobody has an account yet: clients offer to make the first one
    std::string site_url;             // when not empty, instead of ServiceSettings.SiteURL
    std::string signing_key;  // public key of push messages, DER in base64; empty: they are not signed
    std::int64_t longest_message = 16383;  // in code points
    bool is_fips = false;
    // ConcordatSettings.MfaEnforcedFrom is ahead: official clients let nobody pass while they are told that a
    // factor is demanded.
    bool factors_wait = false;
};

// All 277 keys with a session, 137 without. With a signing_key there is one key more, and one
// while factors_wait: ConcordatFactorsFrom, in milliseconds.
std::string client_config(const Settings& settings, const ClientFacts& facts, const Features& features,
                          bool signed_in);

// `in_full` for those who may read licence information (permission read_license_information): only
// they learn Id, Name, Email, Company and SkuName.
std::string client_licence(const Settings& settings, const ClientFacts& facts, const Features& features,
                           bool in_full);

// X-Version-Id, also `server_version` of the WebSocket's hello:
// <compatible version>.<build>.<settings hash>.<licensed>. Clients fetch the configuration again when it
// changes. `hash` is settings_hash(): compute it when the settings change, not per request.
std::string version_header(const ClientFacts& facts, const std::string& hash);

}  // namespace concordat::web
