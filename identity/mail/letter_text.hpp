// What letters say, in the reader's language (English, French, German; others get English).
//
// Pure functions. Kinds, and the values that each names:
//   reset_password        link         verify_email      link
//   reset_elsewhere       service      invite_member     link, team, sender
//   password_changed                   invite_guest      link, team, sender, message
//   email_changed         email        account_off
//   factor_added                       factor_removed
//   passkey_added                      passkey_removed
//   authenticator_removed              factor_needed     link, date
//   test
// Every letter may name `site`, the site's name, which the sender adds.
#pragma once
#include <string>
#include <vector>
#include "core/model/letter.hpp"

namespace concordat::identity {

struct LetterText {
    std::string subject;
    std::vector<std::string> paragraphs;
    std::string link, link_words;  // both empty when there is nothing to follow
};

// Throws Error (internal, "identity.mail.unknown_letter") for a kind that is not in the list.
LetterText text_of(const Letter& letter, const std::string& default_locale);

std::string plain_of(const LetterText& text);
std::string html_of(const LetterText& text);

}  // namespace concordat::identity
