// Attributes of people that an organisation defines, as clients see them.
#pragma once
#include <boost/describe.hpp>
#include <map>
#include <string>
#include <vector>
#include "core/base/json.hpp"
#include "core/model/ids.hpp"

namespace concordat {

struct ProfileOption {
    std::string id, name, color;
};
BOOST_DESCRIBE_STRUCT(ProfileOption, (), (id, name, color))

struct ProfileFieldAttrs {
    std::string visibility = "when_set";  // hidden, when_set, always
    double sort_order = 0;
    std::vector<ProfileOption> options;  // of select and multiselect
    std::string value_type;              // of text: "", email, url, phone
    std::string managed;                 // "": by the person; admin: by administrators only
    std::string ldap, saml;              // always "": values are not taken from directories and providers
};
BOOST_DESCRIBE_STRUCT(ProfileFieldAttrs, (),
                      (visibility, sort_order, options, value_type, managed, ldap, saml))

struct ProfileField {
    ProfileFieldId id;
    std::string group_id;
    std::string name;
    std::string type;  // text, select, multiselect, date, user, multiuser
    ProfileFieldAttrs attrs;
    std::string target_id, target_type;
    Millis create_at = 0, update_at = 0, delete_at = 0;
};
BOOST_DESCRIBE_STRUCT(ProfileField, (),
                      (id, group_id, name, type, attrs, target_id, target_type, create_at, update_at,
                       delete_at))

// By the field's id: a text, or a list of texts.
using ProfileValues = std::map<std::string, json::value>;

}  // namespace concordat
