#include "identity/saml_message/messages.hpp"

#include <zlib.h>

#include <ctime>

#include "core/base/error.hpp"
#include "core/base/markup.hpp"
#include "core/base/url_escape.hpp"
#include "identity/saml_message/names.hpp"
#include "storage/crypto/digest.hpp"

namespace concordat::identity::saml {
namespace {

std::string deflated(const std::string& text) {
    z_stream stream{};
    require(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK,
            Fault::internal, "saml.deflate");
    std::string out(deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int state = deflate(&stream, Z_FINISH);
    out.resize(out.size() - stream.avail_out);
    deflateEnd(&stream);
    require(state == Z_STREAM_END, Fault::internal, "saml.deflate");
    return out;
}

// ` name="value"`, or nothing when there is no value.
std::string attribute(std::string_view name, std::string_view value) {
    if (value.empty()) return {};
    return " " + std::string(name) + "=\"" + escaped_markup(value) + "\"";
}

std::string key_descriptor(std::string_view use, const std::string& certificate) {
    if (certificate.empty()) return {};
    return "<md:KeyDescriptor" + attribute("use", use) +
           "><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data><ds:X509Certificate>" +
           certificate + "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>";
}

std::string endpoint(std::string_view element, std::string_view binding, const std::string& url,
                     const std::string& answer = {}) {
    return "<md:" + std::string(element) + attribute("Binding", binding) + attribute("Location", url) +
           attribute("ResponseLocation", answer) + "/>";
}

std::string descriptor(const std::string& entity_id) {
    return "<md:EntityDescriptor" + attribute("xmlns:md", metadata_ns) + attribute("entityID", entity_id) +
           ">";
}

}  // namespace

std::string xml_time(Millis at) {
    const auto seconds = static_cast<std::time_t>(at / 1000);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}

std::string sign_in_request(const SignInRequest& request, const ServiceFacts& us) {
    std::string xml = "<samlp:AuthnRequest" + attribute("xmlns:samlp", protocol_ns) +
                      attribute("xmlns:saml", assertion_ns) + attribute("ID", request.id) +
                      attribute("Version", "2.0") + attribute("IssueInstant", xml_time(request.now)) +
                      attribute("Destination", request.destination) +
                      attribute("ProtocolBinding", post_binding) +
                      attribute("AssertionConsumerServiceURL", us.consumer_url) + ">";
    xml += "<saml:Issuer>" + escaped_markup(us.entity_id) + "</saml:Issuer>";
    xml += "<samlp:NameIDPolicy" +
           attribute("Format", request.wants_persistent_id ? persistent_id : unspecified_id) +
           attribute("AllowCreate", "true") + "/>";
    if (!request.scoping_id.empty())
        xml += "<samlp:Scoping><samlp:IDPList><samlp:IDPEntry" + attribute("ProviderID", request.scoping_id) +
               attribute("Name", request.scoping_name) + "/></samlp:IDPList></samlp:Scoping>";
    return xml + "</samlp:AuthnRequest>";
}

std::string redirect_to(const std::string& target, std::string_view parameter, const std::string& xml,
                        const std::string& relay_state, const std::optional<Signing>& signing) {
    auto query = std::string(parameter) + "=" + url_escaped(storage::base64(deflated(xml)));
    if (!relay_state.empty()) query += "&RelayState=" + url_escaped(relay_state);
    if (signing) {
        query += "&SigAlg=" + url_escaped(signing_algorithm(signing->hash));
        query +=
            "&Signature=" + url_escaped(storage::base64(signature_of(query, signing->key, signing->hash)));
    }
    return target + (target.find('?') == std::string::npos ? "?" : "&") + query;
}

std::string with_signature(const std::string& xml, const std::string& id, const Signing& signing) {
    const auto algorithm = [](std::string_view element, std::string_view uri) {
        return "<ds:" + std::string(element) + attribute("Algorithm", uri) + "></ds:" + std::string(element) +
               ">";
    };
    const auto info = "<ds:SignedInfo" + attribute("xmlns:ds", signature_ns) + ">" +
                      algorithm("CanonicalizationMethod", exclusive_c14n) +
                      algorithm("SignatureMethod", signing_algorithm(signing.hash)) + "<ds:Reference" +
                      attribute("URI", "#" + id) + "><ds:Transforms>" + algorithm("Transform", enveloped) +
                      algorithm("Transform", exclusive_c14n) + "</ds:Transforms>" +
                      algorithm("DigestMethod", "http://www.w3.org/2001/04/xmlenc#sha256") +
                      "<ds:DigestValue>" + storage::base64(storage::text_of(storage::sha256(xml))) +
                      "</ds:DigestValue></ds:Reference></ds:SignedInfo>";
    constexpr std::string_view issuer_end = "</saml:Issuer>";
    const auto at = xml.find(issuer_end);
    require(at != std::string::npos, Fault::internal, "saml.sign");
    auto out = xml;
    out.insert(at + issuer_end.size(), "<ds:Signature" + attribute("xmlns:ds", signature_ns) + ">" + info +
                                           "<ds:SignatureValue>" +
                                           storage::base64(signature_of(info, signing.key, signing.hash)) +
                                           "</ds:SignatureValue></ds:Signature>");
    return out;
}

std::string service_metadata(const ServiceFacts& us) {
    auto xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + descriptor(us.entity_id);
    xml += "<md:SPSSODescriptor" + attribute("AuthnRequestsSigned", us.signs_requests ? "true" : "false") +
           attribute("WantAssertionsSigned", "true") + attribute("protocolSupportEnumeration", protocol_ns) +
           ">";
    xml += key_descriptor("signing", us.signing_certificate);
    xml += key_descriptor("encryption", us.encryption_certificate);
    if (!us.sign_out_url.empty())
        for (const auto binding : {redirect_binding, post_binding})
            xml += endpoint("SingleLogoutService", binding, us.sign_out_url);
    xml += "<md:NameIDFormat>" + std::string(persistent_id) + "</md:NameIDFormat>";
    xml += "<md:AssertionConsumerService" + attribute("Binding", post_binding) +
           attribute("Location", us.consumer_url) + " index=\"0\" isDefault=\"true\"/>";
    return xml + "</md:SPSSODescriptor></md:EntityDescriptor>\n";
}

std::string provider_metadata(const ProviderFacts& provider) {
    auto xml = descriptor(provider.entity_id) + "<md:IDPSSODescriptor" +
               attribute("protocolSupportEnumeration", protocol_ns) + ">";
    for (const auto& certificate : provider.certificates) xml += key_descriptor("signing", certificate);
    if (!provider.sign_out_url.empty())
        xml += endpoint("SingleLogoutService", provider.sign_out_by_post ? post_binding : redirect_binding,
                        provider.sign_out_url, provider.sign_out_answer);
    xml += endpoint("SingleSignOnService", redirect_binding, provider.sign_in_url);
    return xml + "</md:IDPSSODescriptor></md:EntityDescriptor>";
}

}  // namespace concordat::identity::saml
