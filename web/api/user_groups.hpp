// Routes of groups: those of directories, their links here, and what they are linked to.
//
// The shapes are those of official clients. Groups that people make themselves do not exist here: what makes,
// changes or deletes one answers unsupported, api.custom_groups.feature_disabled.
//
//   GET ldap/groups?q=&page=&per_page=&is_linked=&is_configured=   asks the directory
//   POST, DELETE ldap/groups/{remote_id}/link                      201 for a group that is new here, else 200
// Each of these takes provider=NAME for another directory than that of LdapSettings.
#pragma once
#include <functional>

namespace concordat::identity {
class Directories;
class People;
}  // namespace concordat::identity
namespace concordat::messaging {
class UserGroups;
}

namespace concordat::web {

class Router;
// `follow` starts a sync of all directories, and returns at once: what is linked takes effect. All must
// outlive the router.
void add_user_group_routes(Router& routes, messaging::UserGroups& groups, identity::Directories& directories,
                           identity::People& people, std::function<void()> follow);

}  // namespace concordat::web
