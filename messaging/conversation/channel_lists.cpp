#include "messaging/conversation/channel_lists.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/base/text.hpp"
#include "messaging/conversation/names.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/teams.hpp"

namespace concordat::messaging {
namespace {

constexpr std::int64_t most_found = 100;

std::string term_of(const std::string& term) {
    return checked_term(std::string(trimmed(term)), "term");
}

}  // namespace

std::vector<ChannelWithTeam> with_teams(storage::Tx& tx, std::vector<Channel> channels) {
    std::set<TeamId> ids;
    for (const auto& channel : channels) ids.insert(channel.team_id);
    std::map<TeamId, Team> teams;
    for (auto& team : storage::TeamTable(tx).find(std::vector<TeamId>(ids.begin(), ids.end())))
        teams.emplace(team.id, std::move(team));
    std::vector<ChannelWithTeam> out;
    for (auto& channel : channels) {
        auto& one = out.emplace_back();
        static_cast<Channel&>(one) = std::move(channel);
        const auto& team = teams[one.team_id];
        one.team_display_name = team.display_name;
        one.team_name = team.name;
        one.team_update_at = team.update_at;
    }
    return out;
}

std::vector<Channel> ChannelLists::of_user(const UserId& user, const ArchivedToo& archived) {
    auto channels = db_.read([&](storage::Tx& tx) {
        return storage::ChannelTable(tx).of_user(user, std::nullopt, true, archived.wanted, archived.since);
    });
    require(!channels.empty(), Fault::not_found, "app.channel.get_channels.not_found.app_error",
            "There are no channels.");
    return channels;
}

std::vector<Channel> ChannelLists::of_user_in_team(const Actor& actor, const UserId& user, const TeamId& team,
                                                   const ArchivedToo& archived) {
    gate_.require_in_team(actor, Permission::view_team, team);
    return db_.read([&](storage::Tx& tx) {
        return storage::ChannelTable(tx).of_user(user, team, true, archived.wanted, archived.since);
    });
}

std::vector<Channel> ChannelLists::public_of_team(const Actor& actor, const TeamId& team,
                                                  const Slice& slice) {
    gate_.require_in_team(actor, Permission::list_team_channels, team);
    return db_.read([&](storage::Tx& tx) {
        return storage::ChannelTable(tx).of_team(team, "O", false, slice.offset, slice.limit);
    });
}

std::vector<Channel> ChannelLists::private_of_team(const Actor& actor, const TeamId& team,
                                                   const Slice& slice) {
    gate_.require(actor, Permission::manage_system);
    return db_.read([&](storage::Tx& tx) {
        return storage::ChannelTable(tx).of_team(team, "P", false, slice.offset, slice.limit);
    });
}

std::vector<Channel> ChannelLists::archived_of_team(const Actor& actor, const TeamId& team,
                                                    const Slice& slice) {
    gate_.require_in_team(actor, Permission::list_team_channels, team);
    const bool sees_all = gate_.may(actor, Permission::manage_system);
    return db_.read([&](storage::Tx& tx) {
        return storage::ChannelTable(tx).archived(team, actor.user_id, sees_all, slice.offset, slice.limit);
    });
}

std::vector<Channel> ChannelLists::public_among(const Actor& actor, const TeamId& team,
                                                const std::vector<ChannelId>& ids) {
    if (ids.empty()) throw bad_body("channel_ids");
    gate_.require_in_team(actor, Permission::view_team, team);
    auto channels = db_.read([&](storage::Tx& tx) { return storage::ChannelTable(tx).find(ids); });
    std::erase_if(channels,
                  [&](const Channel& c) { return c.team_id != team || c.type != "O" || c.delete_at > 0; });
    if (!gate_.may_in_team(actor, Permission::read_public_channel, team))
        std::erase_if(channels, [&](const Channel& c) { return !gate_.is_member(actor.user_id, c.id); });
    require(!channels.empty(), Fault::not_found, "app.channel.get_channels_by_ids.not_found.app_error",
            "There are no such channels.");
    return channels;
}

std::vector<Channel> ChannelLists::autocomplete(const Actor& actor, const TeamId& team,
                                                const std::string& term) {
    gate_.require_in_team(actor, Permission::list_team_channels, team);
    return db_.read([&](storage::Tx& tx) {
        return storage::ChannelTable(tx).search(team, actor.user_id, term_of(term), true, true, most_found);
    });
}

std::vector<Channel> ChannelLists::autocomplete_own(const Actor& actor, const TeamId& team,
                                                    const std::string& term) {
    return db_.read([&](storage::Tx& tx) {
        return storage::ChannelTable(tx).search_own(team, actor.user_id, term_of(term), most_found);
    });
}

std::vector<Channel> ChannelLists::search_public(const Actor& actor, const TeamId& team,
                                                 const std::string& term) {
    const bool lists_all = gate_.may_in_team(actor, Permission::list_team_channels, team);
    auto channels = db_.read([&](storage::Tx& tx) {
        return storage::ChannelTable(tx).search(team, actor.user_id, term_of(term), false, false, most_found);
    });
    if (!lists_all)
        std::erase_if(channels, [&](const Channel& c) { return !gate_.is_member(actor.user_id, c.id); });
    return channels;
}

std::vector<Channel> ChannelLists::search_groups(const Actor& actor, const std::string& term) {
    return db_.read([&](storage::Tx& tx) {
        return storage::ChannelTable(tx).search_groups(actor.user_id, term_of(term), most_found);
    });
}

ChannelPage ChannelLists::search_teams(const Actor& actor, storage::ChannelSearch search,
                                       bool as_administrator) {
    if (as_administrator) gate_.require(actor, Permission::sysconsole_read_user_management_channels);
    if (search.without_policy)
        gate_.require(actor, Permission::sysconsole_read_compliance_data_retention_policy);
    search.term = term_of(search.term);
    search.member = as_administrator ? UserId() : actor.user_id;
    return db_.read([&](storage::Tx& tx) {
        storage::ChannelTable table(tx);
        return ChannelPage{with_teams(tx, table.search_teams(search)), table.count_teams(search)};
    });
}

std::map<std::string, std::int64_t> ChannelLists::member_counts(const Actor& actor,
                                                                const std::vector<ChannelId>& ids) {
    if (ids.empty() || ids.size() > 1000) throw bad_body("channel_ids");
    for (const auto& id : ids)
        if (!gate_.may_see(actor, id)) throw lacks_permission("read_channel");
    return db_.read([&](storage::Tx& tx) { return storage::ChannelTable(tx).member_counts(ids); });
}

}  // namespace concordat::messaging
