// Terms of service that the organisation writes here, and who accepted them.
//
// The newest are in force. Clients ask people to accept them when
// SupportSettings.CustomTermsOfServiceEnabled, and again after CustomTermsOfServiceReAcceptancePeriod days;
// whoever does not is signed out by the client. The node keeps what was accepted and when, each answer is a
// decision (act "terms"), and refuses nobody because of it.
//
// Thread-safe; calls block. That the actor may publish is the route's rule.
// Errors: app.terms_of_service.get.no_rows.app_error, app.user_terms_of_service.get_by_user.no_rows.app_error
// (not_found); model.terms_of_service.is_valid.text.app_error,
// app.terms_of_service.create.existing.app_error (invalid).
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include "core/model/actor.hpp"
#include "core/model/user.hpp"
#include "identity/decision/decisions.hpp"

namespace concordat::identity {

struct TermsOfService {
    TermsId id;
    Millis create_at = 0;
    UserId user_id;  // who published them
    std::string text;
};
BOOST_DESCRIBE_STRUCT(TermsOfService, (), (id, create_at, user_id, text))

struct AcceptedTerms {
    UserId user_id;
    TermsId terms_of_service_id;
    Millis create_at = 0;
};
BOOST_DESCRIBE_STRUCT(AcceptedTerms, (), (user_id, terms_of_service_id, create_at))

class Terms {
public:
    static constexpr std::size_t longest_text = 16383;  // characters

    // All must outlive this object.
    Terms(storage::Database& db, Decisions& decisions) : db_(db), decisions_(decisions) {}

    TermsOfService newest();
    TermsOfService publish(const Actor& actor, const std::string& text, const std::string& attempt);
    // For oneself. Terms that are not the newest can be refused only.
    void answer(const Actor& actor, const TermsId& terms, bool is_accepted, const std::string& attempt);
    AcceptedTerms accepted_by(const UserId& user);
    // Fills in what the person themselves is shown.
    void show(User& user);

private:
    storage::Database& db_;
    Decisions& decisions_;
};

}  // namespace concordat::identity
