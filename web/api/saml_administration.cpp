#include <unistd.h>

#include "core/base/text.hpp"
#include "identity/saml/providers.hpp"
#include "identity/saml/subjects.hpp"
#include "identity/saml_message/metadata.hpp"
#include "identity/saml_message/signature.hpp"
#include "storage/database/database.hpp"
#include "web/api/saml.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

// A certificate in use; `provider` is "" for that of SamlSettings.
struct CertificateInUse {
    std::string provider, subject;
    Millis not_before = 0, not_after = 0;
    bool is_ours = false, is_strong = false;
};
BOOST_DESCRIBE_STRUCT(CertificateInUse, (), (provider, subject, not_before, not_after, is_ours, is_strong))

struct CertificateStatus {
    bool idp_certificate_file = false, private_key_file = false, public_certificate_file = false;
    std::vector<CertificateInUse> certificates;
    std::vector<std::string> problems;
};
BOOST_DESCRIBE_STRUCT(CertificateStatus, (),
                      (idp_certificate_file, private_key_file, public_certificate_file, certificates,
                       problems))

// An address, or the metadata itself.
struct MetadataWanted {
    std::string saml_metadata_url, saml_metadata;
};
BOOST_DESCRIBE_STRUCT(MetadataWanted, (), (saml_metadata_url, saml_metadata))

struct CertificateSeen {
    std::string subject;
    Millis not_before = 0, not_after = 0;
    bool is_strong = false;  // false, and no times: it cannot be read or is too weak
};
BOOST_DESCRIBE_STRUCT(CertificateSeen, (), (subject, not_before, not_after, is_strong))

struct MetadataSeen {
    std::string idp_descriptor_url, idp_url, idp_public_certificate, idp_logout_url;
    Millis valid_until = 0;  // 0: not said
    std::vector<CertificateSeen> certificates;
};
BOOST_DESCRIBE_STRUCT(MetadataSeen, (),
                      (idp_descriptor_url, idp_url, idp_public_certificate, idp_logout_url, valid_until,
                       certificates))

struct Affected {
    std::int64_t num_affected = 0;
};
BOOST_DESCRIBE_STRUCT(Affected, (), (num_affected))

// What a provider has to be told of us, also before it is switched on.
struct Ours {
    std::string entity_id, consumer_url, sign_out_url, metadata;
    bool signs_requests = false, takes_encrypted = false;
};
BOOST_DESCRIBE_STRUCT(Ours, (),
                      (entity_id, consumer_url, sign_out_url, metadata, signs_requests, takes_encrypted))

Ours ours_of(const identity::SamlProviders& providers) {
    const auto state = providers.named("").state();
    const auto& us = state->us;
    return {us.entity_id,      us.consumer_url,
            us.sign_out_url,   identity::saml::service_metadata(us),
            us.signs_requests, !us.encryption_certificate.empty()};
}

bool can_be_read(const std::string& file) {
    return !file.empty() && ::access(file.c_str(), R_OK) == 0;
}

CertificateStatus status_of(const identity::SamlProviders& providers) {
    const auto section = providers.named("").section();
    const auto& s = *section;
    CertificateStatus out;
    out.idp_certificate_file =
        can_be_read(s.IdpMetadataFile.empty() ? s.IdpCertificateFile : s.IdpMetadataFile);
    out.private_key_file = can_be_read(s.PrivateKeyFile);
    out.public_certificate_file = can_be_read(s.PublicCertificateFile);
    for (const auto& provider : providers.all()) {
        if (!provider->is_enabled()) continue;
        const auto state = provider->state();
        for (const auto& one : state->certificates)
            out.certificates.push_back({provider->name(), one.subject, one.not_before, one.not_after,
                                        one.der == state->us.signing_certificate, one.is_strong});
        for (const auto& problem : state->problems)
            out.problems.push_back((provider->name().empty() ? "" : provider->name() + ": ") + problem);
    }
    return out;
}

std::string pem_of(const std::string& der_base64) {
    constexpr std::size_t line = 64;
    std::string out = "-----BEGIN CERTIFICATE-----\n";
    for (std::size_t at = 0; at < der_base64.size(); at += line) out += der_base64.substr(at, line) + "\n";
    return out + "-----END CERTIFICATE-----\n";
}

CertificateSeen seen_certificate(const std::string& der_base64) {
    const auto facts = identity::saml::certificate_facts(der_base64);
    if (!facts) return {};
    return {facts->subject, facts->not_before, facts->not_after, facts->is_strong};
}

// What an address or a file says, for an administrator to look at.
MetadataSeen seen_at(const MetadataWanted& wanted, const SamlRooms& rooms) {
    identity::saml::SamlTask task;
    task.kind = "metadata";
    task.message = wanted.saml_metadata.empty() ? rooms.addresses.fetched(wanted.saml_metadata_url)
                                                : wanted.saml_metadata;
    std::string problem = "It is not plain XML, or has a document type.";
    std::optional<identity::saml::ProviderMetadata> metadata;
    if (is_utf8(task.message) && task.message.find("<!DOCTYPE") == std::string::npos) {
        const auto answer = rooms.readers.read(task);
        identity::saml::Findings findings;
        problem = answer ? answer->problem : "It could not be read in time.";
        if (problem.empty())
            metadata = identity::saml::metadata_in(*answer, {}, rooms.database.now(), findings);
        if (findings.is_refused) problem = findings.steps.back().detail;
    }
    if (!metadata)
        throw Error(Fault::invalid, "saml.metadata.unusable",
                    "This is no metadata that could be used: " + problem);
    const auto& facts = metadata->facts;
    MetadataSeen out{facts.entity_id, facts.sign_in_url, {}, facts.sign_out_url, metadata->valid_until, {}};
    for (const auto& certificate : facts.certificates) {
        out.idp_public_certificate += pem_of(certificate);
        out.certificates.push_back(seen_certificate(certificate));
    }
    return out;
}

}  // namespace

void add_saml_administration_routes(Router& routes, const SamlRooms& rooms) {
    constexpr auto write = Permission::sysconsole_write_authentication_saml;
    routes.get("/saml/certificate/status", on_system(write),
               [rooms](Call&) { return status_of(rooms.providers); });
    routes.get("/concordat/saml/ours", on_system(Permission::sysconsole_read_authentication_saml),
               [rooms](Call&) { return ours_of(rooms.providers); });
    routes
        .post("/saml/metadatafromidp", on_system(write),
              [rooms](Call&, MetadataWanted body) { return seen_at(body, rooms); })
        .on(Lane::bulk);
    routes
        .post("/saml/reset_auth_data", on_system(Permission::manage_system),
              [rooms](Call& call, identity::SubjectReset body) {
                  return Affected{identity::reset_saml_subjects(rooms.database, rooms.admissions,
                                                                rooms.accounts, call.actor, body,
                                                                call.head.request_id)};
              })
        .on(Lane::bulk);
    // Members of the body are read one by one: a word of C++ is the name of one.
    routes
        .post("/users/migrate_auth/saml", on_system(Permission::manage_system),
              [rooms](Call& call, json::object body) {
                  identity::SamlMove wanted;
                  const auto* by_address = body.if_contains("auto");
                  wanted.is_by_address = by_address && by_address->is_bool() && by_address->as_bool();
                  if (const auto* from = body.if_contains("from")) from_json(*from, wanted.from, "from");
                  if (const auto* matches = body.if_contains("matches"))
                      from_json(*matches, wanted.matches, "matches");
                  identity::move_to_saml(rooms.database, rooms.admissions, rooms.accounts, call.actor, wanted,
                                         call.head.request_id);
              })
        .on(Lane::bulk);
}

}  // namespace concordat::web
