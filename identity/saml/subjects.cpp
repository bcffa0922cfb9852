#include "identity/saml/subjects.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/users.hpp"

namespace concordat::identity {
namespace {

constexpr std::int64_t page = 500;

std::vector<IdentityLink> all_links(storage::Database& db, Admissions& admissions) {
    std::vector<IdentityLink> out;
    for (std::string after;;) {
        const auto some_links =
            db.read([&](storage::Tx& tx) { return admissions.links(tx, "saml", "", after, page); });
        if (some_links.empty()) return out;
        after = some_links.back().subject;
        out.insert(out.end(), some_links.begin(), some_links.end());
    }
}

bool is_movable(const User& user, const Actor& actor, const std::string& service) {
    return user.auth_service == service && user.delete_at == 0 && !user.is_bot.value_or(false) &&
           user.id != actor.user_id && !user.email.empty();
}

// Who is moved, and what they are there.
std::vector<std::pair<UserId, std::string>> moves(Accounts& accounts, const Actor& actor,
                                                  const SamlMove& wanted, const std::string& service) {
    std::vector<std::pair<UserId, std::string>> out;
    if (!wanted.is_by_address) {
        for (const auto& [email, subject] : wanted.matches) {
            const auto user = accounts.by_email(email);
            if (!user || subject.empty() || !is_movable(*user, actor, service))
                throw Error(Fault::invalid, "saml.move.nobody",
                            "No account that could be moved has this e-mail address: " + email);
            out.emplace_back(user->id, subject);
        }
        return out;
    }
    storage::UserQuery query;
    query.active = true;
    query.limit = page;
    for (;; query.offset += query.limit) {
        const auto users = accounts.select(query);
        for (const auto& user : users)
            if (is_movable(user, actor, service)) out.emplace_back(user.id, user.email);
        if (std::ssize(users) < query.limit) return out;
    }
}

}  // namespace

std::int64_t move_to_saml(storage::Database& db, Admissions& admissions, Accounts& accounts,
                          const Actor& actor, const SamlMove& wanted, const std::string& attempt) {
    constexpr std::string_view known[] = {"email", "ldap", "openid", "gitlab", "google", "office365"};
    require(std::find(std::begin(known), std::end(known), wanted.from) != std::end(known), Fault::invalid,
            "saml.move.from", "from must be email, ldap, openid, gitlab, google or office365.");
    const auto all = moves(accounts, actor, wanted, wanted.from == "email" ? std::string() : wanted.from);
    for (const auto& [user, subject] : all) {
        const auto owner =
            db.read([&](storage::Tx& tx) { return admissions.linked(tx, "saml", "", subject); });
        require(!owner, Fault::conflict, "identity.link.taken", "Another account is this person already.");
    }
    for (const auto& [user, subject] : all) admissions.link(actor, user, "saml", "", subject, attempt);
    return std::ssize(all);
}

std::int64_t reset_saml_subjects(storage::Database& db, Admissions& admissions, Accounts& accounts,
                                 const Actor& actor, const SubjectReset& wanted, const std::string& attempt) {
    std::int64_t count = 0;
    const auto& only = wanted.user_ids;
    for (const auto& link : all_links(db, admissions)) {
        if (!only.empty() && std::find(only.begin(), only.end(), link.user_id.text()) == only.end()) continue;
        const auto user = accounts.get(link.user_id);
        if (user.email.empty() || user.email == link.subject ||
            (user.delete_at > 0 && !wanted.include_deleted))
            continue;
        if (!wanted.dry_run) admissions.link(actor, user.id, "saml", "", user.email, attempt);
        ++count;
    }
    return count;
}

}  // namespace concordat::identity
