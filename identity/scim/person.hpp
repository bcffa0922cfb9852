// A person as SCIM 2.0 writes them (RFC 7643, section 4.1), and how PUT and PATCH (RFC 7644, sections 3.5.1
// and 3.5.2) change them. Pure.
//
// Kept are: userName, externalId, name.givenName, name.familyName, nickName, title, preferredLanguage, one
// e-mail address (the primary one, or the first), active. Other attributes are taken and not kept, as the
// standard allows; attribute names are read in any case.
//
// Errors: ScimError.
#pragma once
#include <optional>
#include <string>
#include "core/base/error.hpp"
#include "core/base/json.hpp"

namespace concordat::identity {

// RFC 7644, section 3.12.
class ScimError : public Error {
public:
    // `type` is the scimType; "" has none. `text` is a sentence for the client's administrator.
    ScimError(int status, std::string type, const std::string& text)
        : Error(status == 404   ? Fault::not_found
                : status == 409 ? Fault::conflict
                                : Fault::invalid,
                "identity.scim.refused", text),
          status_(status),
          type_(std::move(type)) {}
    int status() const noexcept { return status_; }
    const std::string& type() const noexcept { return type_; }

private:
    int status_;
    std::string type_;
};

struct ScimUser {
    std::string user_name, external_id, given_name, family_name, nick_name, title, language, email;
    bool active = true;
};

// The body of POST and PUT.
ScimUser scim_user_of(const json::value& body);
// The body of PATCH: at most 100 operations, all or none.
ScimUser patched(ScimUser user, const json::value& body);

// attribute eq "value", the only filter that is understood: of userName, externalId, id, emails.value.
struct ScimFilter {
    std::string attribute;  // in lower case
    std::string value;
};
std::optional<ScimFilter> scim_filter(const std::string& text);

}  // namespace concordat::identity
