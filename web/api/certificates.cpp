#include "web/api/certificates.hpp"

#include "identity/certificate/certificate_files.hpp"
#include "web/api/form.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

using identity::CertificateFiles;
using identity::PairHalf;
using identity::PairOwner;

constexpr std::uint64_t certificate_overhead = 16 << 10;

identity::SettingsRequest change_asked_by(const Call& call) {
    return {call.actor, call.head.request_id, call.head.remote_address};
}

using Taker = std::function<bool(const identity::SettingsRequest&, const std::string& pem)>;

// What a form brings is taken after the call is over, so the request is put together again from copies.
std::unique_ptr<BodySink> certificate_sink(const Call& call, Taker take) {
    return form_sink(call, {CertificateFiles::largest, "api.admin.add_certificate.too_large.app_error"},
                     [take = std::move(take), actor = call.actor, attempt = call.head.request_id,
                      address = call.head.remote_address](const Form& form) {
                         const auto& pem = file_in(form, "certificate");
                         Reply reply;
                         reply.body = take({actor, attempt, address}, pem)
                                          ? R"({"status":"OK"})"
                                          : R"({"status":"OK","is_waiting":true})";
                         return reply;
                     });
}

}  // namespace

void add_certificate_routes(Router& routes, CertificateFiles& files) {
    const auto limit = [] { return CertificateFiles::largest + certificate_overhead; };
    const auto half = [&files](PairOwner owner, PairHalf half) {
        return [&files, owner, half](Call& call) {
            return certificate_sink(call, [&files, owner, half](const identity::SettingsRequest& request,
                                                                const std::string& pem) {
                return files.put(request, owner, half, pem);
            });
        };
    };
    const auto remove = [&files](PairOwner owner, PairHalf half) {
        return [&files, owner, half](Call& call) { files.remove(change_asked_by(call), owner, half); };
    };
    constexpr auto saml = PairOwner::saml, ldap = PairOwner::ldap;
    constexpr auto certificate = PairHalf::certificate, key = PairHalf::key;

    routes
        .stream(Verb::post, "/saml/certificate/idp", on_system(Permission::add_saml_idp_cert),
                [&files](Call& call) {
                    return certificate_sink(
                        call, [&files](const identity::SettingsRequest& request, const std::string& pem) {
                            files.put_provider(request, pem);
                            return true;
                        });
                })
        .limit(limit);
    routes
        .stream(Verb::post, "/saml/certificate/public", on_system(Permission::add_saml_public_cert),
                half(saml, certificate))
        .limit(limit);
    routes
        .stream(Verb::post, "/saml/certificate/private", on_system(Permission::add_saml_private_cert),
                half(saml, key))
        .limit(limit);
    routes
        .stream(Verb::post, "/ldap/certificate/public", on_system(Permission::add_ldap_public_cert),
                half(ldap, certificate))
        .limit(limit);
    routes
        .stream(Verb::post, "/ldap/certificate/private", on_system(Permission::add_ldap_private_cert),
                half(ldap, key))
        .limit(limit);
    routes.del("/saml/certificate/idp", on_system(Permission::remove_saml_idp_cert),
               [&files](Call& call) { files.remove_provider(change_asked_by(call)); });
    routes.del("/saml/certificate/public", on_system(Permission::remove_saml_public_cert),
               remove(saml, certificate));
    routes.del("/saml/certificate/private", on_system(Permission::remove_saml_private_cert),
               remove(saml, key));
    routes.del("/ldap/certificate/public", on_system(Permission::remove_ldap_public_cert),
               remove(ldap, certificate));
    routes.del("/ldap/certificate/private", on_system(Permission::remove_ldap_private_cert),
               remove(ldap, key));
}

}  // namespace concordat::web
