// Finding files by name and by the words inside them: candidates from the index, or all files of a time it
// does not cover, each asked itself.
#include <algorithm>
#include <chrono>
#include <set>

#include "messaging/conversation/files.hpp"
#include "messaging/notify/search_query.hpp"
#include "messaging/search/candidates.hpp"
#include "messaging/search/index_terms.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/file_texts.hpp"
#include "storage/tables/files.hpp"
#include "storage/tables/users.hpp"

namespace concordat::messaging {
namespace {

constexpr std::int64_t rows_at_a_time = 500;
constexpr std::size_t least_files = 20, most_files = 500;  // candidates at a time

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

std::unordered_set<UserId> ids_of(storage::Tx& tx, const std::vector<std::string>& usernames) {
    std::unordered_set<UserId> out;
    if (!usernames.empty())
        for (const auto& user : storage::UserTable(tx).by_usernames(usernames)) out.insert(user.id);
    return out;
}

// One search: what is asked, and the page of it that was found so far.
class FileFinder {
public:
    FileFinder(storage::Database& db, const SearchQuery& query, const UserId& reader,
               const std::optional<TeamId>& team, const FileSearch& search)
        : db_(db),
          query_(query),
          wanted_(index_query(query, storage::ItemKind::file)),
          to_skip_(search.page * search.per_page),
          per_page_(search.per_page) {
        db_.read([&](storage::Tx& tx) {
            const auto mine =
                storage::ChannelTable(tx).of_user(reader, team, true, search.include_deleted_channels, 0);
            channels_ = ChannelChoice(tx, query, reader).of(mine);
            if (!query.from_users.empty()) wanted_.users = ids_of(tx, query.from_users);
            wanted_.excluded_users = ids_of(tx, query.excluded_users);
        });
        wanted_.channels.insert(channels_.begin(), channels_.end());
    }

    FoundFiles find(storage::SearchIndex* index) {
        const auto until =
            std::chrono::steady_clock::now() + std::chrono::milliseconds(Files::longest_search_time);
        Candidates candidates(index, wanted_, until);
        while (!is_full()) {
            const auto missing = static_cast<std::size_t>(std::max<std::int64_t>(to_skip_, 0) + per_page_ -
                                                          static_cast<std::int64_t>(out_.order.size()));
            const auto some = candidates.next(std::clamp(missing, least_files, most_files));
            if (!some) break;
            if (some->gap)
                scan(*some->gap, until);
            else
                open(some->ids);
        }
        return std::move(out_);
    }

private:
    bool is_full() const { return static_cast<std::int64_t>(out_.order.size()) >= per_page_; }

    bool is_wanted(const storage::FileRow& row) const {
        const auto& file = row.info;
        if (file.delete_at > 0 || !file.post_id || file.post_id->empty()) return false;
        if (!wanted_.channels.contains(file.channel_id)) return false;
        if (wanted_.users && !wanted_.users->contains(file.user_id)) return false;
        if (wanted_.excluded_users.contains(file.user_id) || !query_.is_in_time(file.create_at)) return false;
        if (!query_.extensions.empty() && !has(query_.extensions, file.extension)) return false;
        return !has(query_.excluded_extensions, file.extension) && has_words(row);
    }

    // The text is opened where it could change the answer.
    bool has_words(const storage::FileRow& row) const {
        const auto& file = row.info;
        const bool fits_by_name = matches(query_, searchable_text(file.name, {}), {});
        const bool is_barred = !query_.excluded_terms.empty() || !query_.excluded_hashtags.empty();
        if (!row.has_text || !query_.has_words() || (fits_by_name && !is_barred)) return fits_by_name;
        try {
            const auto text =
                db_.read([&](storage::Tx& tx) { return storage::FileTextTable(tx).text(file); });
            return matches(query_, searchable_text(file.name, text), {});
        } catch (const Error& e) {  // its name is there all the same
            if (!storage::is_lost(e)) throw;
            return fits_by_name;
        }
    }

    void take(const storage::FileRow& row) {
        if (is_full() || !is_wanted(row) || to_skip_-- > 0) return;
        const auto& file = row.info;
        out_.order.push_back(file.id);
        out_.file_infos.emplace(file.id.text(), file);
    }

    void open(const std::vector<AnyId>& ids) {
        std::vector<FileId> files;
        for (const auto& id : ids) files.push_back(id_as<FileId>(id));
        auto rows = db_.read([&](storage::Tx& tx) { return storage::FileTable(tx).find(files); });
        std::sort(rows.begin(), rows.end(), [](const storage::FileRow& a, const storage::FileRow& b) {
            return std::pair(a.info.create_at, a.info.id) > std::pair(b.info.create_at, b.info.id);
        });
        for (const auto& row : rows) take(row);
    }

    // Every file of that time, newest first.
    void scan(const Candidates::Gap& gap, Candidates::Deadline until) {
        Millis before = gap.until;
        auto before_id = id_as<FileId>(gap.before_id);
        while (scanned_ < Files::most_searched && !is_full() && std::chrono::steady_clock::now() < until) {
            const auto rows = db_.read([&](storage::Tx& tx) {
                return storage::FileTable(tx).scan(channels_, before, before_id, gap.from, rows_at_a_time);
            });
            for (const auto& row : rows) take(row);
            scanned_ += rows_at_a_time;
            if (rows.empty()) break;
            before = rows.back().info.create_at;
            before_id = rows.back().info.id;
        }
    }

    storage::Database& db_;
    const SearchQuery& query_;
    storage::IndexQuery wanted_;
    std::vector<ChannelId> channels_;
    std::int64_t to_skip_, per_page_, scanned_ = 0;
    FoundFiles out_;
};

}  // namespace

FoundFiles Files::search(const Actor& actor, const std::optional<TeamId>& team, const FileSearch& search) {
    require(settings_.current()->ServiceSettings.EnableFileSearch, Fault::unsupported,
            "store.sql_file_info.search.disabled", "Searching for files is switched off on this server.");
    const auto query =
        parse_search(search.terms, {search.is_or_search, search.time_zone_offset, language_of(actor.locale)});
    if (query.is_empty()) return {};
    return FileFinder(db_, query, actor.user_id, team, search).find(index_);
}

}  // namespace concordat::messaging
