#include <unistd.h>

#include "identity/saml/providers.hpp"
#include "identity/saml/subjects.hpp"
#include "web/api/saml.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

struct CertificateStatus {
    bool idp_certificate_file = false, private_key_file = false, public_certificate_file = false;
};
BOOST_DESCRIBE_STRUCT(CertificateStatus, (),
                      (idp_certificate_file, private_key_file, public_certificate_file))

struct Affected {
    std::int64_t num_affected = 0;
};
BOOST_DESCRIBE_STRUCT(Affected, (), (num_affected))

bool can_be_read(const std::string& file) {
    return !file.empty() && ::access(file.c_str(), R_OK) == 0;
}

CertificateStatus status_of(const SamlSection& s) {
    return {can_be_read(s.IdpMetadataFile.empty() ? s.IdpCertificateFile : s.IdpMetadataFile),
            can_be_read(s.PrivateKeyFile), can_be_read(s.PublicCertificateFile)};
}

[[noreturn]] void refuse_change() {
    throw Error(Fault::unsupported, "api.saml.settings_are_a_file.app_error",
                "Certificates and metadata of SAML are files on this server's machine, which SamlSettings "
                "name; they are "
                "not changed through the API.");
}

}  // namespace

void add_saml_administration_routes(Router& routes, const SamlRooms& rooms) {
    constexpr auto write = Permission::sysconsole_write_authentication_saml;
    routes.get("/saml/certificate/status", on_system(write),
               [rooms](Call&) { return status_of(*rooms.providers.named("").section()); });
    routes.post("/saml/certificate/idp", on_system(write), [](Call&) { refuse_change(); });
    routes.post("/saml/certificate/public", on_system(write), [](Call&) { refuse_change(); });
    routes.post("/saml/certificate/private", on_system(write), [](Call&) { refuse_change(); });
    routes.del("/saml/certificate/idp", on_system(write), [](Call&) { refuse_change(); });
    routes.del("/saml/certificate/public", on_system(write), [](Call&) { refuse_change(); });
    routes.del("/saml/certificate/private", on_system(write), [](Call&) { refuse_change(); });
    routes.post("/saml/metadatafromidp", on_system(write), [](Call&) {
        throw Error(Fault::unsupported, "api.saml.metadata_is_a_file.app_error",
                    "This server fetches no metadata; put it into a file and name that in "
                    "SamlSettings.IdpMetadataFile.");
    });
    routes
        .post("/saml/reset_auth_data", on_system(Permission::manage_system),
              [rooms](Call& call, identity::SubjectReset body) {
                  return Affected{identity::reset_saml_subjects(rooms.database, rooms.admissions,
                                                                rooms.accounts, call.actor, body,
                                                                call.head.request_id)};
              })
        .on(Lane::bulk);
}

}  // namespace concordat::web
