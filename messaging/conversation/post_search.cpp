// Finding posts: candidates from the index, or all posts of a time it does not cover, each opened and asked.
#include <algorithm>
#include <chrono>
#include <set>

#include "messaging/conversation/names.hpp"
#include "messaging/conversation/post_pages.hpp"
#include "messaging/notify/search_query.hpp"
#include "messaging/search/candidates.hpp"
#include "messaging/search/index_terms.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/posts.hpp"
#include "storage/tables/preferences.hpp"
#include "storage/tables/users.hpp"

namespace concordat::messaging {
namespace {

constexpr std::int64_t scan_batch = 500;
constexpr std::size_t least_opened = 20, most_opened = 500;  // candidates at a time

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

std::unordered_set<UserId> ids_of(const std::vector<std::string>& names,
                                  const std::map<std::string, UserId>& people) {
    std::unordered_set<UserId> out;
    for (const auto& name : names)
        if (const auto at = people.find(name); at != people.end()) out.insert(at->second);
    return out;
}

// One search: what is asked, and what was found so far, newest first.
class PostSearch {
public:
    PostSearch(storage::Database& db, const SearchQuery& query, const UserId& me,
               const std::optional<TeamId>& team, bool with_deleted_channels)
        : db_(db), query_(query), wanted_(index_query(query, storage::ItemKind::post)) {
        db_.read([&](storage::Tx& tx) {
            std::vector<std::string> names = query.from_users;
            names.insert(names.end(), query.excluded_users.begin(), query.excluded_users.end());
            for (const auto* groups : {&query.in_direct, &query.excluded_direct})
                for (const auto& group : *groups) names.insert(names.end(), group.begin(), group.end());
            std::map<std::string, UserId> people;
            if (!names.empty())
                for (const auto& user : storage::UserTable(tx).by_usernames(names))
                    people[user.username] = user.id;
            channels_ = channels_for(
                query, storage::ChannelTable(tx).of_user(me, team, true, with_deleted_channels, 0), people,
                me);
            if (!query.from_users.empty()) wanted_.users = ids_of(query.from_users, people);
            wanted_.excluded_users = ids_of(query.excluded_users, people);
        });
        wanted_.channels.insert(channels_.begin(), channels_.end());
    }

    std::vector<Post> find(storage::SearchIndex* index, std::size_t count) {
        const auto until =
            std::chrono::steady_clock::now() + std::chrono::milliseconds(PostPages::longest_scan);
        Candidates candidates(index, wanted_, until);
        while (found_.size() < count) {
            const auto some = candidates.next(std::clamp(count - found_.size(), least_opened, most_opened));
            if (!some) break;
            if (some->gap)
                scan(*some->gap, count, until);
            else
                open(some->ids);
        }
        return std::move(found_);
    }

private:
    bool is_wanted(const Post& post) const {
        return is_searchable(post) && wanted_.channels.contains(post.channel_id) &&
               (!wanted_.users || wanted_.users->contains(post.user_id)) &&
               !wanted_.excluded_users.contains(post.user_id) && query_.is_in_time(post.create_at) &&
               matches(query_, post.message, post.hashtags);
    }

    void open(const std::vector<AnyId>& ids) {
        std::vector<PostId> posts;
        for (const auto& id : ids) posts.push_back(id_as<PostId>(id));
        auto opened = db_.read([&](storage::Tx& tx) { return storage::PostTable(tx).find(posts); });
        std::erase_if(opened, [&](const Post& post) { return !is_wanted(post); });
        std::sort(opened.begin(), opened.end(), [](const Post& a, const Post& b) {
            return std::pair(a.create_at, a.id) > std::pair(b.create_at, b.id);
        });
        std::move(opened.begin(), opened.end(), std::back_inserter(found_));
    }

    // Every post of that time, newest first.
    void scan(const Candidates::Gap& gap, std::size_t count, Candidates::Deadline until) {
        Millis before = gap.until;
        auto before_id = id_as<PostId>(gap.before_id);
        while (scanned_ < PostPages::most_scanned && found_.size() < count &&
               std::chrono::steady_clock::now() < until) {
            const auto batch = db_.read([&](storage::Tx& tx) {
                return storage::PostTable(tx).scan(channels_, before, before_id, gap.from, scan_batch);
            });
            for (const auto& post : batch)
                if (is_wanted(post)) found_.push_back(post);
            scanned_ += static_cast<std::int64_t>(batch.size());
            if (batch.size() < static_cast<std::size_t>(scan_batch)) break;
            before = batch.back().create_at;
            before_id = batch.back().id;
        }
    }

    storage::Database& db_;
    const SearchQuery& query_;
    storage::IndexQuery wanted_;
    std::vector<ChannelId> channels_;
    std::vector<Post> found_;
    std::int64_t scanned_ = 0;
};

}  // namespace

FoundPosts PostPages::search(const Actor& reader, const std::optional<TeamId>& team, const std::string& terms,
                             bool is_or, int time_zone_offset, bool with_deleted_channels, std::int64_t page,
                             std::int64_t per_page) {
    require(settings_.current()->ServiceSettings.EnablePostSearch, Fault::unsupported,
            "store.sql_post.search.disabled", "Searching for messages is switched off on this server.");
    const auto query = parse_search(terms, {is_or, time_zone_offset, language_of(reader.locale)});
    FoundPosts out;
    if (query.is_empty()) return out;
    const auto wanted = std::min(most_found, static_cast<std::size_t>((page + 1) * per_page));
    auto posts = PostSearch(db_, query, reader.user_id, team, with_deleted_channels).find(index_, wanted);
    const auto skip = std::min(posts.size(), static_cast<std::size_t>(page * per_page));
    posts.erase(posts.begin(), posts.begin() + static_cast<std::ptrdiff_t>(skip));
    if (posts.size() > static_cast<std::size_t>(per_page)) posts.resize(static_cast<std::size_t>(per_page));
    for (const auto& post : posts) out.matches[post.id.text()] = matched_words(query, post.message);
    out.list = db_.read([&](storage::Tx& tx) {
        return listed(tx, std::move(posts), reader.user_id,
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
