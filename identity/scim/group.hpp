// A group as SCIM 2.0 writes it (RFC 7643, section 4.2), and how PATCH (RFC 7644, section 3.5.2) changes one.
// Pure.
//
// Kept are displayName, externalId and members, which are people; other attributes are taken and not kept.
// Attribute names are read in any case. Beside the standard's removals, members[value eq "ID"], those of
// Entra ID are understood: the path members with the people in the value.
//
// Errors: ScimError.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>
#include "core/base/json.hpp"
#include "identity/scim/person.hpp"

namespace concordat::identity {

inline constexpr std::size_t most_scim_members = 10'000;  // that one body names

// Members are ids of people as the client wrote them, each once, in order.
struct ScimGroup {
    std::string display_name, external_id;
    std::vector<std::string> members;
};

struct ScimGroupChange {
    std::optional<std::string> display_name, external_id;
    bool empties = false;                 // nobody is in it, before `members` counts
    std::map<std::string, bool> members;  // by id: in it from now on, or no longer
};

// The body of POST and PUT. displayName is needed.
ScimGroup scim_group_of(const json::value& body);
// The body of PATCH: at most 100 operations, all or none.
ScimGroupChange scim_group_change(const json::value& body);

// One to four comparisons ATTRIBUTE eq "VALUE" with " and " between them, of displayName, externalId, id and
// members.value (or members, or members[value eq "VALUE"]); at most 4096 bytes. Empty for "".
std::vector<ScimFilter> scim_group_filter(const std::string& text);

}  // namespace concordat::identity
