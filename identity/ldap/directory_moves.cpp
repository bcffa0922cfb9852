#include "identity/ldap/directory_moves.hpp"

#include <algorithm>
#include <unordered_map>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/users.hpp"

namespace concordat::identity {
namespace {

constexpr std::int64_t users_of_one_read = 500;
constexpr std::string_view ways_left[] = {"email", "saml", "openid", "gitlab", "google", "office365"};

bool may_move(const User& user, const Actor& actor, const std::string& service) {
    return user.auth_service == service && user.delete_at == 0 && !user.is_bot.value_or(false) &&
           !user.remote_id && user.id != actor.user_id;
}

// Subjects by what they are matched by; "" where more than one person has it.
std::unordered_map<std::string, std::string> subjects_by(Directory& directory, bool by_email) {
    std::unordered_map<std::string, std::string> out;
    for (const auto& person : directory.people()) {
        const auto key = lower_ascii(by_email ? person.email : person.username);
        if (key.empty()) continue;
        const auto [at, is_new] = out.emplace(key, person.subject);
        if (!is_new) at->second.clear();
    }
    return out;
}

}  // namespace

MovedPeople move_to_directory(storage::Database& db, Admissions& admissions, Accounts& accounts,
                              Directory& directory, const Actor& actor, const DirectoryMove& wanted,
                              const std::string& attempt) {
    require(std::find(std::begin(ways_left), std::end(ways_left), wanted.from) != std::end(ways_left),
            Fault::invalid, "ldap.move.from",
            "from must be email, saml, openid, gitlab, google or office365.");
    require(wanted.match_field == "email" || wanted.match_field == "username", Fault::invalid,
            "ldap.move.match_field", "match_field must be email or username.");
    const bool by_email = wanted.match_field == "email";
    const auto service = wanted.from == "email" ? std::string() : wanted.from;
    const auto subjects = subjects_by(directory, by_email);
    MovedPeople out;
    std::vector<std::pair<UserId, std::string>> moves;
    const auto look = [&](const User& user) {
        const auto at = subjects.find(lower_ascii(by_email ? user.email : user.username));
        const bool is_known = at != subjects.end();
        const bool is_free = is_known && !at->second.empty() && !db.read([&](storage::Tx& tx) {
            return admissions.linked(tx, directory.service(), directory.provider(), at->second);
        });
        if (is_free) return void(moves.emplace_back(user.id, at->second));
        if (is_known && !wanted.force)
            throw Error(
                Fault::conflict, "ldap.move.ambiguous",
                "Who " + user.username + " is in the directory cannot be told: two entries have the same " +
                    wanted.match_field + ", or the one is another account's already. Nobody was moved.");
        ++out.left;
    };
    storage::UserQuery query;
    query.active = true;
    query.limit = users_of_one_read;
    for (;; query.offset += query.limit) {
        const auto users = accounts.select(query);
        for (const auto& user : users)
            if (may_move(user, actor, service)) look(user);
        if (std::ssize(users) < query.limit) break;
    }
    for (const auto& [user, subject] : moves) {
        admissions.link(actor, user, directory.service(), directory.provider(), subject, attempt);
        ++out.moved;
    }
    return out;
}

}  // namespace concordat::identity
