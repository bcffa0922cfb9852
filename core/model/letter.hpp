// A letter that a person gets by e-mail. Plain data; what it says in words is made when it is sent.
#pragma once
#include <string>
#include "core/model/user.hpp"

namespace concordat {

using LetterId = Id<struct LetterTag>;

struct Letter {
    LetterId id;
    std::string kind;    // names its text, see identity/mail/letter_text.hpp
    std::string to;      // an address
    std::string locale;  // of the reader; "": the server's
    StringMap values;    // what its text names: links, names
    Millis create_at = 0;
    std::int64_t tries = 0;
};

using MailLinkId = Id<struct MailLinkTag>;

// What a link in a letter proves, once and for a while. Its token is in the letter only; we keep a digest.
struct MailLink {
    MailLinkId id;
    std::string kind;         // reset_password, verify_email, invite_member, invite_guest
    UserId user_id;           // whose account it is about; empty in invitations
    UserId made_by;           // who invites
    std::string email;        // the address it was sent to
    TeamId team_id;           // of an invitation
    std::string channel_ids;  // of a guest's invitation, separated by spaces
    Millis create_at = 0;
    Millis expires_at = 0;
};

}  // namespace concordat
