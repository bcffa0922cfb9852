// The body in which roles are given to a member of a team or channel.
#pragma once
#include <boost/describe.hpp>
#include <string>

namespace concordat::web {

struct MemberRoles {
    std::string roles;  // names with blanks between
};
BOOST_DESCRIBE_STRUCT(MemberRoles, (), (roles))

}  // namespace concordat::web
