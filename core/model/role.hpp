// A role: a named set of permissions, as clients and the database see it.
#pragma once
#include <boost/describe.hpp>
#include <string>
#include <vector>
#include "core/base/json.hpp"
#include "core/model/ids.hpp"

namespace concordat {

struct Role {
    RoleId id;
    std::string name;  // "system_user"; unique, never changes
    std::string display_name;
    std::string description;
    Millis create_at = 0;
    Millis update_at = 0;
    Millis delete_at = 0;
    std::vector<std::string> permissions;
    bool scheme_managed = false;  // given through scheme_user, scheme_admin, scheme_guest rather than by name
    bool built_in = false;
    Nullable<AnyId> scheme_id;  // the permission scheme this role was made for; null: none

    // Given to members of teams or channels; the others are roles of the system, given to accounts.
    bool is_of_places() const { return scheme_managed && !name.starts_with("system_"); }
};
BOOST_DESCRIBE_STRUCT(Role, (),
                      (id, name, display_name, description, create_at, update_at, delete_at, permissions,
                       scheme_managed, built_in, scheme_id))

}  // namespace concordat
