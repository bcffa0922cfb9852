// Who is meant by what was typed. For the files of SignIn.
#pragma once
#include <optional>
#include "core/model/identity.hpp"
#include "core/model/user.hpp"
#include "identity/signin/sign_in.hpp"

namespace concordat::identity {

struct SignIn::Meant {
    std::optional<User> user;
    std::optional<IdentityLink> link;  // of the user
    bool is_own() const { return user && user->auth_service.empty(); }
};

}  // namespace concordat::identity
