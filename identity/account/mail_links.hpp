// Links sent by mail to people who have an account: to choose a new password, and to prove an address.
//
// Whoever asks for one gets the same answer at the same speed whether there is such an account: the request
// is written down, and looked at later by the post office's thread. A link is good once: for 24 hours, and no
// longer than the account has the address that it was sent to. A new password by link ends all sessions and
// forgets failed attempts; a second factor is asked for all the same. At most five links of a kind an hour
// are sent to one account. Every use, good or not, is a decision (act "account").
//
// Thread-safe; calls block. reset() is slow: password lane.
// Errors: api.user.reset_password.invalid_link.app_error, api.user.reset_password.link_expired.app_error,
// api.user.reset_password.sso.app_error, those of check_new_password(),
// api.user.verify_email.bad_link.app_error (all invalid);
// api.user.send_password_reset.send.app_error (unsupported) when no mail is sent here;
// identity.mail.too_many_requests (rate_limited).
#pragma once
#include <string>
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/letter.hpp"
#include "core/model/user.hpp"
#include "identity/decision/decisions.hpp"
#include "identity/mail/post_office.hpp"
#include "identity/session/sessions.hpp"

namespace concordat::identity {

class MailLinks {
public:
    static constexpr Millis good_for = 24 * 3600 * 1000;
    static constexpr std::int64_t most_an_hour = 5;

    // All must outlive this object. Before the office starts.
    MailLinks(storage::Database& db, PostOffice& office, Sessions& sessions, Decisions& decisions,
              const LiveSettings& settings);

    void ask_for_reset(const std::string& email);
    void reset(const std::string& token, const std::string& password, const std::string& attempt,
               const std::string& address);
    void ask_for_verification(const std::string& email);
    void verify(const std::string& token, const std::string& attempt, const std::string& address);
    // An administrator's word instead of a link; the route asks for the permission.
    User verify_by(const Actor& actor, const UserId& user, const std::string& attempt);
    // To the actor's address, now; see PostOffice::send_test().
    void send_test(const Actor& actor);
    // Removes what has expired; how many.
    std::int64_t sweep();

private:
    void send_reset(storage::Tx& tx, const Letter& request);
    void send_verification(storage::Tx& tx, const Letter& request);
    std::string new_link(storage::Tx& tx, const User& user, const char* kind);
    void send(storage::Tx& tx, const User& user, const char* kind, StringMap values);
    void ask(const char* kind, const std::string& email);

    storage::Database& db_;
    PostOffice& office_;
    Sessions& sessions_;
    Decisions& decisions_;
    const LiveSettings& settings_;
};

// The address is proved: in the caller's transaction.
void mark_verified(storage::Tx& tx, const User& user, const UserId& actor);

}  // namespace concordat::identity
