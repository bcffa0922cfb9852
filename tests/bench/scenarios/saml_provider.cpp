#include "tests/bench/scenarios/saml_provider.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <unistd.h>
#include <cstdio>
#include <ctime>
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "tests/bench/node.hpp"

namespace concordat::bench {
namespace {

constexpr const char* entity_id = "https://provider.example/metadata";
constexpr const char* us = "https://bench.example/metadata";
constexpr const char* consumer = "https://bench.example/login/sso/saml";
constexpr const char* canonical = "http://www.w3.org/2001/10/xml-exc-c14n#";

std::string base64_of(const unsigned char* bytes, std::size_t size) {
    std::string text(4 * ((size + 2) / 3) + 1, '\0');
    const int length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes, static_cast<int>(size));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

std::string instant(std::time_t seconds_from_now) {
    const std::time_t at = std::time(nullptr) + seconds_from_now;
    std::tm parts;
    gmtime_r(&at, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}

std::string in_a_form(const std::string& value) {
    std::string out;
    for (const char c : value)
        out += c == '+' ? "%2B" : c == '/' ? "%2F" : c == '=' ? "%3D" : std::string(1, c);
    return out;
}

std::string element(const std::string& name, const std::string& attributes, const std::string& inner) {
    return "<" + name + (attributes.empty() ? "" : " " + attributes) + ">" + inner + "</" + name + ">";
}

std::string attribute(const std::string& name, const std::string& value) {
    return element("saml:Attribute", "Name=\"" + name + "\"", element("saml:AttributeValue", "", value));
}

// One signature's description of what it signs: the element with that id.
std::string signed_info(const std::string& id, const std::string& digest) {
    const auto algorithm = [](const std::string& element_name, const std::string& value) {
        return element(element_name, "Algorithm=\"" + value + "\"", "");
    };
    return algorithm("ds:CanonicalizationMethod", canonical) +
           algorithm("ds:SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256") +
           element(
               "ds:Reference", "URI=\"#" + id + "\"",
               element("ds:Transforms", "",
                       algorithm("ds:Transform", "http://www.w3.org/2000/09/xmldsig#enveloped-signature") +
                           algorithm("ds:Transform", canonical)) +
                   algorithm("ds:DigestMethod", "http://www.w3.org/2001/04/xmlenc#sha256") +
                   element("ds:DigestValue", "", digest));
}

}  // namespace

SamlProvider::SamlProvider() {
    std::string pattern = (std::filesystem::temp_directory_path() / "concordat-bench-XXXXXX").string();
    require(mkdtemp(pattern.data()) != nullptr, Fault::unavailable, "bench.saml",
            "No temporary directory could be made.");
    home_ = pattern;
    std::filesystem::permissions(home_, std::filesystem::perms(0755));
    const auto key = (home_ / "key").string();
    const auto made = run_program({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key,
                                   "-out", (home_ / "cert").string(), "-days", "2", "-subj", "/CN=provider"});
    if (std::FILE* file = made.status == 0 ? std::fopen(key.c_str(), "r") : nullptr) {
        key_ = PEM_read_PrivateKey(file, nullptr, nullptr, nullptr);
        std::fclose(file);
    }
    require(key_ != nullptr, Fault::unavailable, "bench.saml", "openssl made no key.");
}

SamlProvider::~SamlProvider() {
    EVP_PKEY_free(key_);
    std::error_code ignored;  // a leftover in the temporary directory is no reason to fail a measurement
    std::filesystem::remove_all(home_, ignored);
}

std::vector<std::string> SamlProvider::environment() const {
    std::vector<std::string> out;
    for (const auto& [name, value] :
         std::vector<std::pair<std::string, std::string>>{{"ENABLE", "true"},
                                                          {"ENCRYPT", "false"},
                                                          {"ALLOWIDPINITIATED", "true"},
                                                          {"IDPURL", "https://provider.example/sso"},
                                                          {"IDPDESCRIPTORURL", entity_id},
                                                          {"IDPCERTIFICATEFILE", (home_ / "cert").string()},
                                                          {"SERVICEPROVIDERIDENTIFIER", us},
                                                          {"ASSERTIONCONSUMERSERVICEURL", consumer},
                                                          {"EMAILATTRIBUTE", "email"},
                                                          {"USERNAMEATTRIBUTE", "username"}})
        out.push_back("CONCORDAT_SAMLSETTINGS_" + name + "=" + value);
    return out;
}

std::string SamlProvider::signed_part(const std::string& part, const std::string& id) const {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_Digest(part.data(), part.size(), digest, &size, EVP_sha256(), nullptr);
    const std::string names = "xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"";
    const auto info = signed_info(id, base64_of(digest, size));
    const auto text = element("ds:SignedInfo", names, info);
    unsigned char signature[512];
    std::size_t length = sizeof signature;
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    const bool is_signed =
        EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key_) == 1 &&
        EVP_DigestSign(context, signature, &length, reinterpret_cast<const unsigned char*>(text.data()),
                       text.size()) == 1;
    EVP_MD_CTX_free(context);
    require(is_signed, Fault::internal, "bench.saml", "A message was not signed.");
    return element(
        "ds:Signature", names,
        element("ds:SignedInfo", "", info) + element("ds:SignatureValue", "", base64_of(signature, length)));
}

std::string SamlProvider::arrival(const std::string& name) {
    const auto number = std::to_string(++count_) + "-" + name;
    const auto id = "_a" + number, issued = instant(0), until = instant(300);
    const auto issuer = element("saml:Issuer", "", entity_id);
    const auto rest =
        element("saml:Subject", "",
                element("saml:NameID", "", "id-" + name) +
                    element("saml:SubjectConfirmation", "Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"",
                            element("saml:SubjectConfirmationData",
                                    "NotOnOrAfter=\"" + until + "\" Recipient=\"" + consumer + "\"", ""))) +
        element("saml:Conditions", "NotBefore=\"" + instant(-60) + "\" NotOnOrAfter=\"" + until + "\"",
                element("saml:AudienceRestriction", "", element("saml:Audience", "", us))) +
        element("saml:AuthnStatement", "AuthnInstant=\"" + issued + "\"",
                element("saml:AuthnContext", "",
                        element("saml:AuthnContextClassRef", "",
                                "urn:oasis:names:tc:SAML:2.0:ac:classes:Password"))) +
        element("saml:AttributeStatement", "",
                attribute("email", name + "@example.test") + attribute("username", name));
    const auto attributes = "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"" + id +
                            "\" IssueInstant=\"" + issued + "\" Version=\"2.0\"";
    const auto signature = signed_part(element("saml:Assertion", attributes, issuer + rest), id);
    const auto response = element(
        "samlp:Response",
        "xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" Destination=\"" + std::string(consumer) +
            "\" ID=\"_r" + number + "\" IssueInstant=\"" + issued + "\" Version=\"2.0\"",
        element("saml:Issuer", "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"", entity_id) +
            element("samlp:Status", "",
                    element("samlp:StatusCode", "Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"", "")) +
            element("saml:Assertion", attributes, issuer + signature + rest));
    return "SAMLResponse=" +
           in_a_form(base64_of(reinterpret_cast<const unsigned char*>(response.data()), response.size())) +
           "&RelayState=";
}

}  // namespace concordat::bench
