// What a sign-in through a provider is for: where the person goes afterwards. Checked by whoever fills it in.
#pragma once
#include <boost/describe.hpp>
#include <string>
#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/model/ids.hpp"

namespace concordat::identity {

struct SignInIntent {
    std::string redirect_to;    // a path here, or the address of a mobile application; "" is the start page
    std::string desktop_token;  // of the desktop application that waits; "" when none does
    bool is_mobile = false;
    std::string challenge, state;  // of a mobile application that redeems a code; "" when it does not
    // The account that from now on signs in by this provider, and when the password was set by which it
    // proved itself; empty when none does.
    UserId switches;
    Millis password_set_at = 0;
};
BOOST_DESCRIBE_STRUCT(SignInIntent, (),
                      (redirect_to, desktop_token, is_mobile, challenge, state, switches, password_set_at))

// Whether the refusal is that a code of the second factor is missing, or wrong: then the same sign-in goes on
// with one.
inline bool asks_for_code(const Error& error) {
    return error.id() == "mfa.validate_token.authenticate.app_error" ||
           error.id() == "api.user.check_user_mfa.bad_code.app_error";
}

}  // namespace concordat::identity
