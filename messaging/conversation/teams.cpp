#include "messaging/conversation/teams.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "core/model/facts.hpp"
#include "messaging/conversation/joining.hpp"
#include "messaging/conversation/names.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/teams.hpp"
#include "storage/tables/users.hpp"

namespace concordat::messaging {
namespace {

constexpr const char* unknown_team = "app.team.get.find.app_error";
constexpr const char* no_team_name = "app.team.get_by_name.missing.app_error";
constexpr const char* no_such_team = "There is no such team.";

std::string display_name_of(const std::string& channel) {
    if (channel == town_square) return "Town Square";
    if (channel == off_topic) return "Off-Topic";
    return channel;
}

void make_default_channels(storage::Tx& tx, const Settings& settings, const Team& team,
                           const Actor& creator) {
    for (const auto& name : default_channels(settings)) {
        Channel channel;
        channel.id = ChannelId::fresh(tx.now());
        channel.create_at = channel.update_at = tx.now();
        channel.team_id = team.id;
        channel.type = "O";
        channel.name = name;
        channel.display_name = display_name_of(name);
        channel.creator_id = creator.user_id;
        storage::ChannelTable(tx).insert(channel);
        tx.emit(ChannelCreated{channel, creator.user_id});
    }
}

bool is_joinable(const Team& team) {
    return team.allow_open_invite && team.type == "O";
}

}  // namespace

Team Teams::seen_by(const Actor& actor, Team team) {
    if (gate_.may_in_team(actor, Permission::manage_team, team.id)) return team;
    team.email.clear();
    if (!gate_.may_in_team(actor, Permission::invite_user, team.id)) team.invite_id.clear();
    return team;
}

std::vector<Team> Teams::seen_by(const Actor& actor, std::vector<Team> teams) {
    for (auto& team : teams) team = seen_by(actor, std::move(team));
    return teams;
}

void Teams::require_visible(const Actor& actor, const Team& team) {
    if (is_joinable(team) && gate_.may(actor, Permission::list_public_teams)) return;
    gate_.require_in_team(actor, Permission::view_team, team.id);
}

Team Teams::create(const Actor& actor, Team team) {
    gate_.require(actor, Permission::create_team);
    const auto settings = settings_.current();
    team.display_name = visible_text(trimmed(team.display_name));
    team.description = visible_text(team.description);
    check_team(team);

    team = db_.transact([&](storage::Tx& tx) {
        const auto creator =
            found(storage::UserTable(tx).find(actor.user_id), "app.user.missing_account.const");
        Team made;
        made.id = TeamId::fresh(tx.now());
        made.create_at = made.update_at = tx.now();
        made.name = team.name;
        made.display_name = team.display_name;
        made.description = team.description;
        made.email = creator.email.empty() ? lower_ascii(team.email) : creator.email;
        made.type = team.type;
        made.company_name = team.company_name;
        made.allowed_domains = team.allowed_domains;
        made.allow_open_invite = team.allow_open_invite;
        made.invite_id = new_token();
        if (!storage::TeamTable(tx).insert(made))
            throw Error(Fault::invalid, "app.team.save.existing.app_error",
                        "A team with that name exists already.");
        tx.emit(TeamCreated{made, actor.user_id});
        make_default_channels(tx, *settings, made, actor);
        join_team(tx, *settings, made, creator, party_of(actor), true);
        return made;
    });
    return seen_by(actor, std::move(team));
}

Team Teams::get(const Actor& actor, const TeamId& id) {
    auto team = found(db_.read([&](storage::Tx& tx) { return storage::TeamTable(tx).find(id); }),
                      unknown_team, no_such_team);
    require_visible(actor, team);
    return seen_by(actor, std::move(team));
}

Team Teams::by_name(const Actor& actor, const std::string& name) {
    const auto known = checked_term(lower_ascii(name), "name");
    auto team = found(db_.read([&](storage::Tx& tx) { return storage::TeamTable(tx).by_name(known); }),
                      no_team_name, no_such_team);
    require_visible(actor, team);
    return seen_by(actor, std::move(team));
}

bool Teams::exists(const Actor& actor, const std::string& name) {
    const auto known = checked_term(lower_ascii(name), "name");
    const auto team = db_.read([&](storage::Tx& tx) { return storage::TeamTable(tx).by_name(known); });
    if (!team) return false;
    if (gate_.is_team_member(actor.user_id, team->id)) return true;
    return gate_.may(
        actor, team->allow_open_invite ? Permission::list_public_teams : Permission::list_private_teams);
}

TeamInvitation Teams::by_invite_id(const std::string& invite_id) {
    const auto team =
        found(db_.read([&](storage::Tx& tx) { return storage::TeamTable(tx).by_invite_id(invite_id); }),
              "app.team.get_by_invite_id.finding.app_error", "This invitation is not valid.");
    require(team.type == "O", Fault::forbidden, "api.team.get_invite_info.not_open_team",
            "This team is not open.");
    return {team.display_name, team.description, team.name, team.id};
}

TeamPage Teams::list(const Actor& actor, const std::string& term, std::int64_t offset, std::int64_t limit) {
    const bool lists_open = gate_.may(actor, Permission::list_public_teams),
               lists_closed = gate_.may(actor, Permission::list_private_teams);
    if (!lists_open && !lists_closed) return {};
    storage::TeamQuery query;
    query.term = checked_term(std::string(trimmed(term)), "term");
    if (lists_open != lists_closed) query.open = lists_open;
    query.with_deleted = lists_closed;
    query.offset = offset;
    query.limit = limit;
    auto page = db_.read([&](storage::Tx& tx) {
        storage::TeamTable table(tx);
        return TeamPage{table.select(query), table.count(query)};
    });
    page.teams = seen_by(actor, std::move(page.teams));
    return page;
}

std::vector<Team> Teams::of_user(const Actor& actor, const UserId& user) {
    gate_.require_self_or(actor, user, Permission::sysconsole_read_user_management_users);
    return seen_by(actor, db_.read([&](storage::Tx& tx) { return storage::TeamTable(tx).of_user(user); }));
}

std::vector<Team> Teams::common_to(const Actor& actor, const ChannelId& channel) {
    gate_.require_in_channel(actor, Permission::read_channel, channel);
    const auto place = gate_.place(channel);
    require(place && place->is_between_people(), Fault::invalid,
            "app.channel.get_common_teams.incorrect_channel_type",
            "Only messages between people have common teams.");
    return seen_by(actor,
                   db_.read([&](storage::Tx& tx) { return storage::TeamTable(tx).common_to(channel); }));
}

Team Teams::patch(const Actor& actor, const TeamId& id, const TeamPatch& patch) {
    gate_.require_in_team(actor, Permission::manage_team, id);
    auto team = db_.transact([&](storage::Tx& tx) {
        storage::TeamTable table(tx);
        const auto previous = found(table.lock(id), unknown_team, no_such_team);
        auto team = previous;
        if (patch.display_name) team.display_name = visible_text(trimmed(*patch.display_name));
        if (patch.description) team.description = visible_text(*patch.description);
        if (patch.company_name) team.company_name = *patch.company_name;
        if (patch.allowed_domains) team.allowed_domains = *patch.allowed_domains;
        if (patch.allow_open_invite) team.allow_open_invite = *patch.allow_open_invite;
        check_team(team);
        team.update_at = std::max(tx.now(), previous.update_at + 1);
        table.update(team);
        tx.emit(TeamUpdated{team, previous, actor.user_id});
        return team;
    });
    return seen_by(actor, std::move(team));
}

Team Teams::renew_invitation(const Actor& actor, const TeamId& id) {
    gate_.require_in_team(actor, Permission::manage_team, id);
    auto team = db_.transact([&](storage::Tx& tx) {
        storage::TeamTable table(tx);
        const auto previous = found(table.lock(id), unknown_team, no_such_team);
        auto team = previous;
        team.invite_id = new_token();
        team.update_at = std::max(tx.now(), previous.update_at + 1);
        table.update(team);
        tx.emit(TeamUpdated{team, previous, actor.user_id});
        return team;
    });
    return seen_by(actor, std::move(team));
}

void Teams::remove(const Actor& actor, const TeamId& id) {
    gate_.require_in_team(actor, Permission::manage_team, id);
    db_.transact([&](storage::Tx& tx) {
        storage::TeamTable table(tx);
        auto team = found(table.lock(id), unknown_team, no_such_team);
        if (team.delete_at > 0) return;
        team.delete_at = team.update_at = tx.now();
        table.update(team);
        tx.emit(TeamDeleted{team, actor.user_id});
    });
}

Team Teams::restore(const Actor& actor, const TeamId& id) {
    gate_.require_in_team(actor, Permission::manage_team, id);
    return db_.transact([&](storage::Tx& tx) {
        storage::TeamTable table(tx);
        auto team = found(table.lock(id), unknown_team, no_such_team);
        require(team.delete_at > 0, Fault::invalid, "api.team.restore_team.restored.app_error",
                "This team is not archived.");
        team.delete_at = 0;
        team.update_at = std::max(tx.now(), team.update_at + 1);
        table.update(team);
        tx.emit(TeamRestored{team, actor.user_id});
        return team;
    });
}

}  // namespace concordat::messaging
