#include "messaging/conversation/reading.hpp"

#include "core/model/facts.hpp"
#include "messaging/conversation/preferences.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/memberships.hpp"
#include "storage/tables/threads.hpp"

namespace concordat::messaging {
namespace {

using Counts = std::map<TeamId, TeamUnread>;

void add(Counts& counts, const ChannelUnread& unread, bool is_muted) {
    const auto at = counts.find(unread.team_id);
    if (at == counts.end()) return;
    auto& team = at->second;
    team.mention_count += unread.mention_count;
    team.mention_count_root += unread.mention_count_root;
    if (is_muted) return;
    team.msg_count += unread.msg_count;
    team.msg_count_root += unread.msg_count_root;
}

}  // namespace

Viewed Reading::view(const UserId& user, const std::vector<ChannelId>& channels,
                     bool client_collapses_threads) {
    Viewed viewed;
    if (channels.empty()) return viewed;
    const auto settings = settings_.current();
    viewed.last_viewed_at_times = db_.transact([&](storage::Tx& tx) {
        auto times = storage::ChannelMemberTable(tx).view(user, channels, tx.now());
        if (!times.empty() && settings->ServiceSettings.EnableChannelViewedMessages)
            tx.emit(ChannelsViewed{user, times});
        const bool collapses = collapses_threads(tx, *settings, user);
        if (client_collapses_threads && collapses) return times;
        storage::ThreadTable(tx).view_channel(user, channels, tx.now());
        if (!collapses) return times;
        for (const auto& [id, time] : times) {
            ThreadReadChanged fact;
            fact.user_id = user;
            fact.channel_id = ChannelId::from_text(id);
            fact.timestamp = time;
            tx.emit(fact);
        }
        return times;
    });
    return viewed;
}

std::vector<TeamUnread> Reading::of_teams(const UserId& user, const std::optional<TeamId>& except,
                                          bool with_threads) {
    Counts counts;
    db_.read([&](storage::Tx& tx) {
        counts.clear();
        for (const auto& team : storage::MembershipTable(tx).teams_of(user))
            if (team != except) counts[team].team_id = team;
        for (const auto& [unread, is_muted] : storage::ChannelMemberTable(tx).unreads(user, std::nullopt))
            add(counts, unread, is_muted);
        if (!with_threads) return;
        for (const auto& [team, totals] : storage::ThreadTable(tx).unread_by_team(user)) {
            const auto at = counts.find(team);
            if (at == counts.end()) continue;
            at->second.thread_count = totals.unread_threads;
            at->second.thread_mention_count = totals.unread_mentions;
            at->second.thread_urgent_mention_count = totals.unread_urgent_mentions;
        }
    });
    std::vector<TeamUnread> out;
    for (auto& [id, team] : counts) out.push_back(std::move(team));
    return out;
}

TeamUnread Reading::of_team(const Actor& actor, const UserId& user, const TeamId& team) {
    gate_.require_in_team(actor, Permission::view_team, team);
    Counts counts;
    counts[team].team_id = team;
    for (const auto& [unread, is_muted] :
         db_.read([&](storage::Tx& tx) { return storage::ChannelMemberTable(tx).unreads(user, team); }))
        add(counts, unread, is_muted);
    return counts[team];
}

ChannelUnread Reading::of_channel(const Actor& actor, const UserId& user, const ChannelId& channel) {
    gate_.require_in_channel(actor, Permission::read_channel, channel);
    return found(
        db_.read([&](storage::Tx& tx) { return storage::ChannelMemberTable(tx).unread(channel, user); }),
        "app.channel.get_unread.app_error", "There is no such member of the channel.");
}

}  // namespace concordat::messaging
