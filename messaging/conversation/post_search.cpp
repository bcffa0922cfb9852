// Finding posts without an index: newest first through the channels of the searcher, opening each. Bounded by
// most_scanned and longest_scan; what lies beyond is not found.
#include <algorithm>
#include <chrono>
#include <limits>
#include <set>

#include "messaging/conversation/names.hpp"
#include "messaging/conversation/post_pages.hpp"
#include "messaging/notify/search_query.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/posts.hpp"
#include "storage/tables/preferences.hpp"
#include "storage/tables/users.hpp"

namespace concordat::messaging {
namespace {

constexpr std::int64_t scan_batch = 500;
constexpr std::size_t most_found = 1000;

// The name of the direct or group channel of me and these people; "" when one of them does not exist.
std::string name_between(const UserId& me, const std::vector<std::string>& names,
                         const std::map<std::string, UserId>& people) {
    std::set<UserId> all{me};
    for (const auto& name : names) {
        const auto person = people.find(name);
        if (person == people.end()) return {};
        all.insert(person->second);
    }
    if (all.size() <= 2) return direct_channel_name(*all.begin(), *all.rbegin());
    return group_channel_name({all.begin(), all.end()});
}

// The channels a query looks into: mine, narrowed by in: and -in:.
std::vector<ChannelId> channels_for(const SearchQuery& query, const std::vector<Channel>& mine,
                                    const std::map<std::string, UserId>& people, const UserId& me) {
    auto is_named = [&](const Channel& c, const std::vector<std::string>& names) {
        return std::find(names.begin(), names.end(), c.name) != names.end() ||
               std::find(names.begin(), names.end(), c.id.text()) != names.end();
    };
    auto is_with = [&](const Channel& c, const std::vector<std::vector<std::string>>& groups) {
        return std::any_of(groups.begin(), groups.end(), [&](const auto& names) {
            return c.is_between_people() && c.name == name_between(me, names, people);
        });
    };
    std::vector<ChannelId> out;
    for (const auto& c : mine) {
        const bool narrowed = !query.in_channels.empty() || !query.in_direct.empty();
        if (narrowed && !is_named(c, query.in_channels) && !is_with(c, query.in_direct)) continue;
        if (is_named(c, query.excluded_channels) || is_with(c, query.excluded_direct)) continue;
        out.push_back(c.id);
    }
    return out;
}

std::vector<UserId> ids_of(const std::vector<std::string>& names,
                           const std::map<std::string, UserId>& people) {
    std::vector<UserId> out;
    for (const auto& name : names)
        if (const auto at = people.find(name); at != people.end()) out.push_back(at->second);
    return out;
}

bool has(const std::vector<UserId>& ids, const UserId& id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
}

}  // namespace

FoundPosts PostPages::search(const Actor& reader, const std::optional<TeamId>& team, const std::string& terms,
                             bool is_or, int time_zone_offset, bool with_deleted_channels, std::int64_t page,
                             std::int64_t per_page) {
    const auto query = parse_search(terms, {.is_or_search = is_or, .time_zone_offset = time_zone_offset});
    FoundPosts out;
    if (query.is_empty()) return out;
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(longest_scan);
    std::map<std::string, UserId> people;
    std::vector<ChannelId> channels;
    db_.read([&](storage::Tx& tx) {
        std::vector<std::string> names = query.from_users;
        names.insert(names.end(), query.excluded_users.begin(), query.excluded_users.end());
        for (const auto* groups : {&query.in_direct, &query.excluded_direct})
            for (const auto& group : *groups) names.insert(names.end(), group.begin(), group.end());
        if (!names.empty())
            for (const auto& user : storage::UserTable(tx).by_usernames(names))
                people[user.username] = user.id;
        channels = channels_for(
            query, storage::ChannelTable(tx).of_user(reader.user_id, team, true, with_deleted_channels, 0),
            people, reader.user_id);
    });
    const auto from = ids_of(query.from_users, people), not_from = ids_of(query.excluded_users, people);
    const auto wanted = static_cast<std::size_t>((page + 1) * per_page);
    std::vector<Post> found_posts;
    Millis before = query.created_until.value_or(std::numeric_limits<Millis>::max());
    PostId before_id;
    for (std::int64_t scanned = 0; scanned < most_scanned &&
                                   found_posts.size() < std::min(wanted, most_found) &&
                                   std::chrono::steady_clock::now() < until;) {
        const auto batch = db_.read([&](storage::Tx& tx) {
            return storage::PostTable(tx).scan(channels, before, before_id, query.created_from.value_or(0),
                                               scan_batch);
        });
        for (const auto& post : batch) {
            if (post.type.starts_with("system_") || post.props.contains(storage::lost_prop) ||
                (!query.from_users.empty() && !has(from, post.user_id)) || has(not_from, post.user_id))
                continue;
            if (!query.is_in_time(post.create_at) || !matches(query, post.message, post.hashtags)) continue;
            found_posts.push_back(post);
        }
        scanned += static_cast<std::int64_t>(batch.size());
        if (batch.size() < static_cast<std::size_t>(scan_batch)) break;
        before = batch.back().create_at;
        before_id = batch.back().id;
    }
    const auto skip = std::min(found_posts.size(), static_cast<std::size_t>(page * per_page));
    found_posts.erase(found_posts.begin(), found_posts.begin() + static_cast<std::ptrdiff_t>(skip));
    if (found_posts.size() > static_cast<std::size_t>(per_page))
        found_posts.resize(static_cast<std::size_t>(per_page));
    for (const auto& post : found_posts) out.matches[post.id.text()] = matched_words(query, post.message);
    out.list = db_.read([&](storage::Tx& tx) {
        return listed(tx, found_posts, reader.user_id,
                      {.skip_threads = true, .collapsed = false, .extended = false});
    });
    return out;
}

PostList PostPages::flagged(const Actor& reader, const UserId& user, const TeamId& team,
                            const ChannelId& channel, std::int64_t offset, std::int64_t limit) {
    return db_.read([&](storage::Tx& tx) {
        std::vector<PostId> ids;
        for (const auto& preference : storage::PreferenceTable(tx).in_category(user, "flagged_post"))
            if (preference.value == "true" && looks_like_id(preference.name))
                ids.push_back(PostId::from_text(preference.name));
        auto posts = storage::PostTable(tx).find(ids);
        std::erase_if(posts, [&](const Post& p) {
            if (p.delete_at > 0 || !p.original_id.empty() || !gate_.may_read(reader, p.channel_id))
                return true;
            if (!channel.empty() && p.channel_id != channel) return true;
            if (team.empty()) return false;
            const auto place = gate_.place(p.channel_id);
            return place && !place->is_between_people() && place->team_id != team;
        });
        std::sort(posts.begin(), posts.end(), [](const Post& a, const Post& b) {
            return std::pair(a.create_at, a.id) > std::pair(b.create_at, b.id);
        });
        const auto from = std::min(posts.size(), static_cast<std::size_t>(offset));
        const auto to = std::min(posts.size(), from + static_cast<std::size_t>(limit));
        std::vector<Post> page(posts.begin() + static_cast<std::ptrdiff_t>(from),
                               posts.begin() + static_cast<std::ptrdiff_t>(to));
        return listed(tx, std::move(page), reader.user_id,
                      {.skip_threads = true, .collapsed = false, .extended = false});
    });
}

}  // namespace concordat::messaging
