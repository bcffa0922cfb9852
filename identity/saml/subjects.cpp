#include "identity/saml/subjects.hpp"

#include <algorithm>

#include "storage/database/database.hpp"

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

}  // namespace

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
