#include "identity/account/people.hpp"

#include <algorithm>
#include <unordered_set>

#include "core/base/text.hpp"
#include "identity/account/profile.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/barriers.hpp"
#include "storage/tables/users.hpp"

namespace concordat::identity {
namespace {

constexpr std::int64_t longest_search = 1000;

template <class Of>
std::optional<Id<Of>> if_any(const Id<Of>& id) {
    return id.empty() ? std::nullopt : std::optional(id);
}

std::string clean_term(std::string_view term) {
    term = trimmed(term);
    while (term.starts_with('@')) term.remove_prefix(1);
    return std::string(term);
}

// Those whom a barrier hides from the actor are taken out; a page may be shorter then.
std::vector<User> without_hidden(storage::Database& db, const Actor& actor, std::vector<User> users) {
    std::vector<UserId> ids;
    for (const auto& user : users) ids.push_back(user.id);
    const auto hidden =
        db.read([&](storage::Tx& tx) { return storage::BarrierTable(tx).hidden(actor.user_id, ids); });
    std::erase_if(users, [&](const User& user) { return std::ranges::count(hidden, user.id) > 0; });
    return users;
}

bool is_hidden(storage::Database& db, const Actor& actor, const UserId& id) {
    return !db.read([&](storage::Tx& tx) {
                  return storage::BarrierTable(tx).hidden(actor.user_id, {id});
              }).empty();
}

Error no_such_person() {
    return {Fault::not_found, "app.user.missing_account.const", "Unable to find the user."};
}

}  // namespace

bool People::sees_everybody(const Actor& actor) const {
    return gate_.may(actor, Permission::view_members);
}

std::vector<User> People::only_seen(const Actor& actor, std::vector<User> users) {
    if (!users.empty() && !sees_everybody(actor)) {
        const auto known = accounts_.known_to(actor.user_id);
        std::unordered_set<UserId> seen(known.begin(), known.end());
        seen.insert(actor.user_id);
        std::erase_if(users, [&](const User& user) { return !seen.contains(user.id); });
    }
    return accounts_.seen_by(actor, std::move(users));
}

User People::get(const Actor& actor, const UserId& id) {
    if (!gate_.may_see_user(actor, id)) throw lacks_permission("view_members");
    return accounts_.seen_by(actor, accounts_.get(id));
}

User People::by_username(const Actor& actor, const std::string& username) {
    const Error missing(Fault::not_found, "app.user.get_by_username.app_error",
                        "Unable to find an existing account matching your username.");
    const auto user = accounts_.by_username(username);
    if (!user || is_hidden(db_, actor, user->id)) throw missing;
    if (!gate_.may_see_user(actor, user->id)) throw lacks_permission("view_members");
    return accounts_.seen_by(actor, *user);
}

User People::by_email(const Actor& actor, const std::string& email) {
    if (!actor.is_admin && !settings_.current()->PrivacySettings.ShowEmailAddress)
        throw Error(Fault::forbidden, "api.user.get_user_by_email.permissions.app_error",
                    "Unable to get user by email.");
    const auto user = accounts_.by_email(email);
    if (!user || is_hidden(db_, actor, user->id)) throw no_such_person();
    if (!gate_.may_see_user(actor, user->id)) throw lacks_permission("view_members");
    return accounts_.seen_by(actor, *user);
}

std::vector<User> People::among(const Actor& actor, const std::vector<UserId>& ids, Millis changed_since) {
    return only_seen(actor, accounts_.find(ids, changed_since));
}

std::vector<User> People::by_usernames(const Actor& actor, const std::vector<std::string>& usernames) {
    return only_seen(actor, without_hidden(db_, actor, accounts_.by_usernames(usernames)));
}

void People::check_roles(const std::vector<std::string>& roles, const Error& otherwise) const {
    for (const auto& role : roles)
        if (!gate_.roles().named(role)) throw otherwise;
}

void People::require_member_rights(const Actor& actor, const TeamId& in_team, const TeamId& not_in_team,
                                   const ChannelId& in_channel, const ChannelId& not_in_channel,
                                   bool without_team) {
    for (const auto& channel : {in_channel, not_in_channel})
        if (!channel.empty() && !gate_.may_see(actor, channel)) throw lacks_permission("read_channel");
    for (const auto& team : {in_team, not_in_team})
        if (!team.empty()) gate_.require_in_team(actor, Permission::view_team, team);
    if (without_team) gate_.require(actor, Permission::list_users_without_team);
}

storage::UserQuery People::query_of(const Actor& actor, const PeopleList& wanted) {
    const bool of_team = !wanted.in_team.empty(), of_channel = !wanted.in_channel.empty();
    const bool sorted_in_team = wanted.sort == "create_at" || wanted.sort == "last_activity_at";
    const bool sorted_in_channel = wanted.sort == "status" || wanted.sort == "admin";
    if (!wanted.sort.empty() && !(sorted_in_team && of_team) && !(sorted_in_channel && of_channel))
        throw bad_url("sort");
    if (wanted.active && wanted.inactive) throw bad_url("inactive");
    check_roles(wanted.roles, bad_url("roles"));
    require_member_rights(actor, wanted.in_team, wanted.not_in_team, wanted.in_channel, wanted.not_in_channel,
                          wanted.without_team);
    storage::UserQuery query;
    query.in_team = if_any(wanted.in_team);
    query.not_in_team = if_any(wanted.not_in_team);
    query.in_channel = if_any(wanted.in_channel);
    query.not_in_channel = if_any(wanted.not_in_channel);
    query.without_team = wanted.without_team;
    if (wanted.active || wanted.inactive) query.active = wanted.active;
    query.roles = wanted.roles;
    if (!wanted.sort.empty()) query.sort = wanted.sort;
    query.offset = wanted.offset;
    query.limit = wanted.limit;
    if (!sees_everybody(actor)) query.seen_by = actor.user_id;
    return query;
}

std::vector<User> People::list(const Actor& actor, const PeopleList& wanted) {
    auto users = accounts_.select(query_of(actor, wanted));
    if (wanted.in_channel.empty()) users = without_hidden(db_, actor, std::move(users));
    return accounts_.seen_by(actor, std::move(users));
}

std::int64_t People::count(const Actor& actor, const PeopleList& wanted, bool with_bots) {
    auto query = query_of(actor, wanted);
    if (!with_bots) query.bots = false;
    return accounts_.count(query);
}

std::vector<User> People::search(const Actor& actor, const PeopleSearch& wanted) {
    const auto privacy = settings_.current()->PrivacySettings;
    if (trimmed(wanted.term).empty()) throw bad_body("term");
    if (wanted.limit <= 0 || wanted.limit > longest_search) throw bad_body("limit");
    if (wanted.team_id.empty() && !wanted.not_in_channel_id.empty()) throw bad_body("team_id");
    auto roles = wanted.roles;
    if (!wanted.role.empty()) roles.push_back(wanted.role);
    check_roles(roles, bad_body("roles"));
    require_member_rights(actor, wanted.team_id, wanted.not_in_team_id, wanted.in_channel_id,
                          wanted.not_in_channel_id, wanted.without_team);
    storage::UserQuery query;
    query.term = clean_term(wanted.term);
    query.in_team = if_any(wanted.team_id);
    query.not_in_team = if_any(wanted.not_in_team_id);
    query.in_channel = if_any(wanted.in_channel_id);
    query.not_in_channel = if_any(wanted.not_in_channel_id);
    query.without_team = wanted.without_team;
    if (!wanted.allow_inactive) query.active = true;
    query.roles = roles;
    query.match_full_name = actor.is_admin || privacy.ShowFullName;
    query.match_email = actor.is_admin || privacy.ShowEmailAddress;
    query.limit = wanted.limit;
    if (!sees_everybody(actor)) query.seen_by = actor.user_id;
    auto users = accounts_.select(query);
    if (wanted.in_channel_id.empty()) users = without_hidden(db_, actor, std::move(users));
    return accounts_.seen_by(actor, std::move(users));
}

Completion People::complete(const Actor& actor, const TeamId& team, const ChannelId& channel,
                            const std::string& name, std::int64_t limit) {
    require_member_rights(actor, team, {}, channel, {}, false);
    storage::UserQuery query;
    query.term = clean_term(name);
    query.active = true;
    query.match_full_name = actor.is_admin || settings_.current()->PrivacySettings.ShowFullName;
    query.limit = limit;
    if (!sees_everybody(actor)) query.seen_by = actor.user_id;
    Completion out;
    if (channel.empty()) {
        query.in_team = if_any(team);
        out.users = accounts_.seen_by(actor, without_hidden(db_, actor, accounts_.select(query)));
        return out;
    }
    query.in_channel = channel;
    out.users = accounts_.seen_by(actor, accounts_.select(query));
    query.in_channel.reset();
    query.not_in_channel = channel;
    query.in_team = if_any(team);
    out.out_of_channel = accounts_.seen_by(actor, without_hidden(db_, actor, accounts_.select(query)));
    return out;
}

std::map<std::string, std::vector<User>> People::in_group_channels(const Actor& actor,
                                                                   const std::vector<ChannelId>& channels) {
    std::vector<ChannelId> mine;
    for (const auto& channel : channels) {
        const auto place = gate_.place(channel);
        if (place && place->type == "G" && gate_.is_member(actor.user_id, channel)) mine.push_back(channel);
    }
    std::map<std::string, std::vector<User>> out;
    for (auto& [channel, user] : accounts_.others_in(mine, actor.user_id))
        out[channel.text()].push_back(accounts_.seen_by(actor, std::move(user)));
    return out;
}

std::int64_t People::count(const Actor& actor) {
    if (sees_everybody(actor)) return accounts_.count();
    return static_cast<std::int64_t>(accounts_.known_to(actor.user_id).size()) + 1;
}

std::vector<User> People::with_refused_addresses(const Actor& actor, std::int64_t offset,
                                                 std::int64_t limit) {
    const auto settings = settings_.current();
    require(!settings->TeamSettings.EnableOpenServer, Fault::invalid,
            "api.users.invalid_emails.enable_open_server.app_error",
            "Anybody may make an account here, so no address is refused. Switch EnableOpenServer off first.");
    storage::UserQuery query;
    query.active = true;
    query.bots = false;
    query.limit = longest_search;
    std::vector<User> out;
    for (;; query.offset += query.limit) {
        const auto users = accounts_.select(query);
        for (const auto& user : users) {
            const auto& domains = has_role(user, "system_guest")
                                      ? settings->GuestAccountsSettings.RestrictCreationToDomains
                                      : settings->TeamSettings.RestrictCreationToDomains;
            if (user.remote_id || domain_is_allowed(user.email, domains)) continue;
            if (offset-- > 0) continue;
            out.push_back(user);
            if (std::ssize(out) == limit) return only_seen(actor, std::move(out));
        }
        if (std::ssize(users) < query.limit) return only_seen(actor, std::move(out));
    }
}

}  // namespace concordat::identity
