#include "core/config/directory_rules.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "core/config/rules.hpp"

namespace concordat {

std::vector<std::string> ldap_problems(const LdapSection& s) {
    std::vector<std::string> problems;
    auto need = [&](bool ok, const char* line) {
        if (!ok) problems.emplace_back(line);
    };
    const auto hosts = split_words(s.LdapServer);
    need(!hosts.empty(), "LdapServer: names no server");
    need(!s.ConnectionSecurity.empty() ||
             std::all_of(hosts.begin(), hosts.end(),
                         [](const auto& host) { return rules::is_loopback(host); }),
         "ConnectionSecurity: must be TLS or STARTTLS, except for a server on this machine");
    need(!s.SkipCertificateVerification,
         "SkipCertificateVerification: is refused; name the authority in CertificateAuthorityFile");
    need(s.BindUsername.empty() || !trimmed(s.BindPassword).empty(),
         "BindPassword: is empty, which a directory may take for nobody");
    need(s.PublicCertificateFile.empty() == s.PrivateKeyFile.empty(),
         "PrivateKeyFile: PublicCertificateFile and PrivateKeyFile belong together, set both or neither");
    auto need_attribute = [&](const std::string& name, const char* key, bool may_be_empty) {
        const bool is_name = std::all_of(name.begin(), name.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                   c == '.' || c == ';';
        });
        if (!is_name || (name.empty() && !may_be_empty))
            problems.push_back(std::string(key) + ": must name an attribute");
    };
    need_attribute(s.IdAttribute, "IdAttribute", false);
    need_attribute(s.LoginIdAttribute, "LoginIdAttribute", false);
    need_attribute(s.UsernameAttribute, "UsernameAttribute", false);
    need_attribute(s.EmailAttribute, "EmailAttribute", false);
    need_attribute(s.FirstNameAttribute, "FirstNameAttribute", true);
    need_attribute(s.LastNameAttribute, "LastNameAttribute", true);
    need_attribute(s.NicknameAttribute, "NicknameAttribute", true);
    need_attribute(s.PositionAttribute, "PositionAttribute", true);
    need_attribute(s.PictureAttribute, "PictureAttribute", true);
    need_attribute(s.GroupIdAttribute, "GroupIdAttribute", true);
    need_attribute(s.GroupDisplayNameAttribute, "GroupDisplayNameAttribute", true);
    return problems;
}

}  // namespace concordat
