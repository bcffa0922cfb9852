// Files::search: the scan through the reader's channels.
#include <algorithm>
#include <chrono>
#include <set>

#include "messaging/conversation/files.hpp"
#include "messaging/notify/search_query.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/files.hpp"
#include "storage/tables/users.hpp"

namespace concordat::messaging {
namespace {

constexpr std::int64_t rows_at_a_time = 500;
constexpr Millis end_of_time = 4102444800000;  // the year 2100

bool has(const std::vector<std::string>& list, const std::string& word) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

// Which of the reader's channels a query speaks of.
class ChannelChoice {
public:
    ChannelChoice(storage::Tx& tx, const SearchQuery& query, const UserId& reader)
        : tx_(tx), query_(query), reader_(reader) {}

    std::vector<ChannelId> of(const std::vector<Channel>& all) {
        const bool is_narrowed = !query_.in_channels.empty() || !query_.in_direct.empty();
        std::vector<ChannelId> out;
        for (const auto& channel : all) {
            const bool is_named = names(query_.in_channels, channel) || is_between(query_.in_direct, channel);
            if (is_narrowed && !is_named) continue;
            if (names(query_.excluded_channels, channel) || is_between(query_.excluded_direct, channel))
                continue;
            out.push_back(channel.id);
        }
        return out;
    }

private:
    static bool names(const std::vector<std::string>& words, const Channel& channel) {
        return has(words, channel.name) || has(words, channel.id.text());
    }

    bool is_between(const std::vector<std::vector<std::string>>& groups, const Channel& channel) {
        if (groups.empty() || (channel.type != "D" && channel.type != "G")) return false;
        const auto members = storage::ChannelMemberTable(tx_).user_ids(channel.id);
        const std::set<UserId> here(members.begin(), members.end());
        return std::any_of(groups.begin(), groups.end(), [&](const auto& names) {
            const auto people = storage::UserTable(tx_).by_usernames(names);
            std::set<UserId> wanted{reader_};
            for (const auto& person : people) wanted.insert(person.id);
            return people.size() == names.size() && wanted == here;
        });
    }

    storage::Tx& tx_;
    const SearchQuery& query_;
    const UserId reader_;
};

std::set<UserId> ids_of(storage::Tx& tx, const std::vector<std::string>& usernames) {
    std::set<UserId> out;
    if (!usernames.empty())
        for (const auto& user : storage::UserTable(tx).by_usernames(usernames)) out.insert(user.id);
    return out;
}

// The name as it is, and with the signs that join words in file names taken for spaces.
std::string searchable(const std::string& name) {
    auto words = name;
    for (auto& c : words)
        if (c == '_' || c == '-' || c == '.') c = ' ';
    return name + '\n' + words;
}

struct Wanted {
    const SearchQuery& query;
    std::set<UserId> from, not_from;

    bool is_met_by(const FileInfo& file) const {
        if (!query.from_users.empty() && !from.contains(file.user_id)) return false;
        if (not_from.contains(file.user_id) || !query.is_in_time(file.create_at)) return false;
        if (!query.extensions.empty() && !has(query.extensions, file.extension)) return false;
        return !has(query.excluded_extensions, file.extension) && matches(query, searchable(file.name), {});
    }
};

}  // namespace

FoundFiles Files::search(const Actor& actor, const std::optional<TeamId>& team, const FileSearch& search) {
    const auto query = parse_search(search.terms, {search.is_or_search, search.time_zone_offset});
    FoundFiles out;
    if (query.is_empty()) return out;
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(longest_search_time);
    auto to_skip = search.page * search.per_page;
    db_.read([&](storage::Tx& tx) {
        const auto mine =
            storage::ChannelTable(tx).of_user(actor.user_id, team, true, search.include_deleted_channels, 0);
        const auto channels = ChannelChoice(tx, query, actor.user_id).of(mine);
        const Wanted wanted{query, ids_of(tx, query.from_users), ids_of(tx, query.excluded_users)};
        Millis before = query.created_until.value_or(end_of_time);
        FileId before_id;
        for (std::int64_t seen = 0; seen < most_searched && !channels.empty(); seen += rows_at_a_time) {
            const auto rows = storage::FileTable(tx).scan(channels, before, before_id,
                                                          query.created_from.value_or(0), rows_at_a_time);
            for (const auto& [info, blob, thumbnail, preview] : rows) {
                if (!wanted.is_met_by(info) || to_skip-- > 0) continue;
                if (static_cast<std::int64_t>(out.order.size()) == search.per_page) return;
                out.order.push_back(info.id);
                out.file_infos.emplace(info.id.text(), info);
            }
            if (rows.empty() || std::chrono::steady_clock::now() > until) return;
            before = rows.back().info.create_at;
            before_id = rows.back().info.id;
        }
    });
    return out;
}

}  // namespace concordat::messaging
