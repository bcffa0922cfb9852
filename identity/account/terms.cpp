#include "identity/account/terms.hpp"

#include "core/base/text.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/terms.hpp"

namespace concordat::identity {

TermsOfService Terms::newest() {
    const auto row = found(db_.read([](storage::Tx& tx) { return storage::TermsTable(tx).newest(); }),
                           "app.terms_of_service.get.no_rows.app_error", "There are no terms of service.");
    return {row.id, row.create_at, row.user_id, row.text};
}

TermsOfService Terms::publish(const Actor& actor, const std::string& text, const std::string& attempt) {
    require(!trimmed(text).empty() && rune_count(text) <= longest_text, Fault::invalid,
            "model.terms_of_service.is_valid.text.app_error",
            "Terms of service are a text of at most 16,383 characters.");
    return db_.transact([&](storage::Tx& tx) -> TermsOfService {
        storage::TermsTable table(tx);
        const auto before = table.newest();
        require(!before || before->text != text, Fault::invalid,
                "app.terms_of_service.create.existing.app_error", "These are the terms in force already.");
        storage::TermsRow row;
        row.id = TermsId::fresh(tx.now());
        row.create_at = tx.now();
        row.user_id = actor.user_id;
        row.text = text;
        table.insert(row);
        Trail trail("terms", attempt);
        trail.decision.actor_id = actor.user_id;
        trail.decision.session_id = actor.session_id;
        trail.admitted("terms.published", "The terms " + row.id.text() + ".");
        decisions_.record(tx, trail);
        return {row.id, row.create_at, row.user_id, row.text};
    });
}

void Terms::answer(const Actor& actor, const TermsId& terms, bool is_accepted, const std::string& attempt) {
    db_.transact([&](storage::Tx& tx) {
        storage::TermsTable table(tx);
        const auto newest = found(table.newest(), "app.terms_of_service.get.no_rows.app_error",
                                  "There are no terms of service.");
        require(table.has(terms), Fault::not_found, "app.terms_of_service.get.no_rows.app_error",
                "There are no such terms of service.");
        require(!is_accepted || newest.id == terms, Fault::invalid,
                "app.user_terms_of_service.save.outdated.app_error",
                "Newer terms have been published. Read those.");
        if (is_accepted)
            table.accept(actor.user_id, terms, tx.now());
        else
            table.withdraw(actor.user_id);
        Trail trail("terms", attempt);
        trail.decision.user_id = trail.decision.actor_id = actor.user_id;
        trail.decision.session_id = actor.session_id;
        const auto which = "The terms " + terms.text() + ".";
        if (is_accepted)
            trail.admitted("terms.accepted", which);
        else
            trail.refused("terms.declined", which);
        decisions_.record(tx, trail);
    });
}

AcceptedTerms Terms::accepted_by(const UserId& user) {
    const auto row = found(
        db_.read([&](storage::Tx& tx) { return storage::TermsTable(tx).accepted_by(user); }),
        "app.user_terms_of_service.get_by_user.no_rows.app_error", "No terms of service were accepted.");
    return {user, row.terms_id, row.create_at};
}

void Terms::show(User& user) {
    const auto row = db_.read([&](storage::Tx& tx) { return storage::TermsTable(tx).accepted_by(user.id); });
    if (!row) return;
    user.terms_of_service_id = row->terms_id.text();
    user.terms_of_service_create_at = row->create_at;
}

}  // namespace concordat::identity
