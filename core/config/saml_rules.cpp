#include "core/config/saml_rules.hpp"

#include "core/base/text.hpp"

namespace concordat {

std::pair<std::string, std::string> attribute_rule(const std::string& text) {
    const auto at = text.find('=');
    if (at == text.npos) return {};
    std::pair<std::string, std::string> out{trimmed(text.substr(0, at)), trimmed(text.substr(at + 1))};
    return out.first.empty() || out.second.empty() ? std::pair<std::string, std::string>() : out;
}

bool is_described_by_address(const SamlSection& s) {
    return !s.IdpMetadataURL.empty() && s.IdpMetadataFile.empty() && s.IdpURL.empty() &&
           s.IdpDescriptorURL.empty() && s.IdpCertificateFile.empty();
}

std::vector<std::string> saml_problems(const SamlSection& s) {
    std::vector<std::string> problems;
    auto need = [&](bool ok, const char* line) {
        if (!ok) problems.emplace_back(line);
    };
    need(s.Verify, "Verify: false is refused; signatures are always verified");
    if (s.IdpMetadataFile.empty() && !is_described_by_address(s)) {
        need(!s.IdpURL.empty() && !s.IdpURL.starts_with('/'),
             "IdpURL: is empty; set IdpMetadataFile, IdpMetadataURL, or IdpURL, IdpDescriptorURL and "
             "IdpCertificateFile");
        need(!s.IdpDescriptorURL.empty(), "IdpDescriptorURL: is empty; it is the provider's entity id");
        need(!s.IdpCertificateFile.empty(),
             "IdpCertificateFile: is empty; it holds the provider's certificates");
    }
    need(s.PublicCertificateFile.empty() == s.PrivateKeyFile.empty(),
         "PrivateKeyFile: PublicCertificateFile and PrivateKeyFile belong together, set both or neither");
    need(!s.SignRequest || !s.PrivateKeyFile.empty(),
         "SignRequest: needs PublicCertificateFile and PrivateKeyFile");
    need(!s.EmailAttribute.empty(), "EmailAttribute: must name an attribute");
    need(s.GuestAttribute.empty() || !attribute_rule(s.GuestAttribute).first.empty(),
         "GuestAttribute: must be NAME=VALUE");
    need(!s.EnableAdminAttribute || !attribute_rule(s.AdminAttribute).first.empty(),
         "AdminAttribute: must be NAME=VALUE");
    need(s.ScopingIDPName.empty() || !s.ScopingIDPProviderId.empty(),
         "ScopingIDPProviderId: is empty, and ScopingIDPName is not");
    return problems;
}

}  // namespace concordat
