// Routes of groups: those that people make, those of directories and of provisioning, and what these are
// linked to.
//
// The shapes are those of official clients.
//
//   GET ldap/groups?q=&page=&per_page=&is_linked=&is_configured=   asks the directory
//   POST, DELETE ldap/groups/{remote_id}/link                      201 for a group that is new here, else 200
//   POST ldap/users/{user_id}/group_sync_memberships   brings them to all places of groups they are in
// Each of these takes provider=NAME for another directory than that of LdapSettings.
#pragma once
#include <functional>
#include <string>
#include "core/model/ids.hpp"

namespace concordat::identity {
class Directories;
class People;
}  // namespace concordat::identity
namespace concordat::messaging {
class UserGroups;
}

namespace concordat::web {

class Router;
// What is linked takes effect by `follow`: a sync of all directories is started, and members of groups of
// provisioning have followed when the call returns. All must outlive the router.
struct GroupFollowing {
    std::function<void()> sync_directories;
    std::function<void(const GroupId& group, const std::string& attempt)> provisioned;
    // One person, who is brought back also where they had left. Throws not_found.
    std::function<void(const UserId& user, const std::string& attempt)> person;
};
void add_user_group_routes(Router& routes, messaging::UserGroups& groups, identity::Directories& directories,
                           identity::People& people, const GroupFollowing& follow);

}  // namespace concordat::web
