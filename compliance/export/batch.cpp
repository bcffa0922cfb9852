#include "compliance/export/batch.hpp"

#include <algorithm>
#include <set>

#include "core/model/facts.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/files.hpp"
#include "storage/tables/posts.hpp"
#include "storage/tables/teams.hpp"
#include "storage/tables/users.hpp"

namespace concordat::compliance {
namespace {

constexpr int facts_at_once = 500;
constexpr std::size_t stories_at_once = 1000, channels_at_once = 20;

// What happened to one post.
struct Story {
    bool is_created = false, is_deleted = false;
    std::optional<Post> last;  // as it was after the last fact that shows it
    struct Edit {
        Post previous;
        Millis at;
        UserId by;
    };
    std::vector<Edit> edits;
    Millis touched_at = 0, deleted_at = 0;
    UserId deleted_by;
    std::set<Millis> files_came{};  // from another organisation, after the post
};

bool is_system(const Post& post) {
    return post.type.starts_with("system_");
}

class Folding {
public:
    Folding(Batch& batch, const Stretch& stretch) : batch_(batch), stretch_(stretch) {}

    std::size_t posts() const { return stories_.size(); }

    void take(const storage::Fact& fact) {
        if (fact.is<PostCreated>()) {
            auto f = fact.as<PostCreated>();
            if (is_system(f.post)) return;
            if (!f.post.root_id.empty()) touch(f.post.root_id, f.post.create_at);
            auto& story = stories_[f.post.id];
            story.is_created = true;
            story.last = std::move(f.post);
        } else if (fact.is<PostEdited>()) {
            auto f = fact.as<PostEdited>();
            if (is_system(f.post)) return;
            auto& story = stories_[f.post.id];
            story.edits.push_back({std::move(f.previous), f.post.edit_at, f.actor_id});
            story.last = std::move(f.post);
        } else if (fact.is<PostTouched>()) {
            auto f = fact.as<PostTouched>();
            if (is_system(f.post)) return;
            auto& story = stories_[f.post.id];
            story.touched_at = std::max(story.touched_at, f.post.update_at);
            if (f.what == "got_file") story.files_came.insert(f.post.update_at);
            story.last = std::move(f.post);
        } else if (fact.is<PostDeleted>()) {
            auto f = fact.as<PostDeleted>();
            if (is_system(f.post)) return;
            if (f.post.root_id.empty()) deleted_threads_.push_back({f.post.id, f.post.delete_at, f.actor_id});
            auto& story = stories_[f.post.id];
            story.is_deleted = true;
            story.deleted_at = f.post.delete_at;
            story.deleted_by = f.actor_id;
            story.last = std::move(f.post);
        } else if (fact.is<ReactionAdded>()) {
            touch(fact.as<ReactionAdded>().reaction.post_id, fact.create_at);
        } else if (fact.is<ReactionRemoved>()) {
            touch(fact.as<ReactionRemoved>().reaction.post_id, fact.create_at);
        } else if (fact.is<ChannelJoined>()) {
            places_.insert(fact.as<ChannelJoined>().channel_id);
        } else if (fact.is<ChannelLeft>()) {
            places_.insert(fact.as<ChannelLeft>().channel_id);
        } else if (fact.is<DirectCreated>()) {
            places_.insert(fact.as<DirectCreated>().channel.id);
        }
    }

    // Asks the database in pieces, each with a deadline of its own.
    void finish(storage::Database& db, Millis starts, std::optional<Millis> end) {
        std::vector<ExportedPost> rows;
        db.read([&](storage::Tx& tx) {
            storage::PostTable table(tx);
            for (const auto& gone : deleted_threads_) add_replies(table, gone);
            resolve(table);
        });
        for (auto at = stories_.begin(); at != stories_.end();)
            db.read([&](storage::Tx& tx) {
                storage::PostTable table(tx);
                for (std::size_t i = 0; i < stories_at_once && at != stories_.end(); ++i, ++at)
                    if (at->second.last) tell(table, at->second, rows);
            });
        batch_.ends = starts;
        for (const auto& row : rows) batch_.ends = std::max(batch_.ends, row.at);
        if (end) batch_.ends = std::max(*end, batch_.ends);
        batch_.starts = starts;
        arrange(db, std::move(rows));
    }

private:
    struct Gone {
        PostId root;
        Millis at;
        UserId by;
    };

    void touch(const PostId& id, Millis at) {
        auto& story = stories_[id];
        story.touched_at = std::max(story.touched_at, at);
    }

    // The journal names the root only; its replies went with it.
    void add_replies(storage::PostTable& table, const Gone& gone) {
        for (auto& reply : table.replies(gone.root, true)) {
            if (reply.delete_at != gone.at) continue;
            auto& story = stories_[reply.id];
            story.is_deleted = true;
            story.deleted_at = gone.at;
            story.deleted_by = gone.by;
            if (!story.last) story.last = std::move(reply);
        }
    }

    // Posts that were only touched: as they were then, not as they are now.
    void resolve(storage::PostTable& table) {
        std::vector<PostId> missing;
        for (const auto& [id, story] : stories_)
            if (!story.last) missing.push_back(id);
        if (missing.empty()) return;
        for (auto& post : table.find(missing)) {
            if (is_system(post)) continue;
            auto& story = stories_[post.id];
            if (post.edit_at > story.touched_at)
                for (const auto& version : table.history(post.id))  // newest first: the last that fits wins
                    if (version.delete_at > story.touched_at) {
                        post.message = version.message;
                        post.props = version.props;
                        post.edit_at = version.edit_at;
                    }
            post.delete_at = 0;
            post.props.erase("deleteBy");
            post.update_at = story.touched_at;
            story.last = std::move(post);
        }
    }

    void tell(storage::PostTable& table, Story& story, std::vector<ExportedPost>& rows) {
        auto& last = *story.last;
        std::vector<Post> versions;
        if (!story.edits.empty()) versions = table.history(last.id);
        for (const auto& edit : story.edits) {
            ExportedPost row{edit.previous, Change::edited_original, edit.at, last.id, edit.by, {}};
            for (const auto& version : versions)
                if (version.delete_at == edit.at) row.post.id = version.id;
            rows.push_back(std::move(row));
        }
        if (story.is_deleted) {
            if (story.is_created) rows.push_back({last, Change::created, last.create_at, {}, {}, {}});
            rows.push_back({last, Change::deleted, story.deleted_at, {}, story.deleted_by, {}});
        } else if (!story.edits.empty()) {
            rows.push_back({last, Change::edited_new, last.edit_at, {}, story.edits.back().by, {}});
        } else {
            const auto at = std::max(story.touched_at, last.create_at);
            const bool is_touched = !story.is_created || at > last.create_at;
            rows.push_back({std::move(last), is_touched ? Change::touched : Change::created, at, {}, {}, {}});
        }
    }

    static Identity identity_at(const std::vector<storage::PastIdentity>& past, const User* now,
                                const UserId& id, Millis at) {
        Identity who;
        who.id = id;
        if (now) {
            who.username = now->username;
            who.email = now->email;
            who.is_bot = now->is_bot.value_or(false);
        }
        for (std::size_t i = 0; i < past.size(); ++i) {
            if (i > 0 && past[i].from_at > at) break;
            who.username = past[i].username;
            who.email = past[i].email;
        }
        return who;
    }

    template <class Ask>
    static auto ask(storage::Database& db, Ask what) {
        return db.read([&](storage::Tx& tx) { return what(tx); });
    }

    // Who was in these channels, some channels at a time: large ones have many stays.
    std::vector<storage::MemberInterval> intervals_of(storage::Database& db,
                                                      const std::vector<ChannelId>& ids) const {
        std::vector<storage::MemberInterval> out;
        for (std::size_t from = 0; from < ids.size(); from += channels_at_once) {
            const auto upto = std::min(ids.size(), from + channels_at_once);
            const std::vector<ChannelId> some(ids.begin() + static_cast<std::ptrdiff_t>(from),
                                              ids.begin() + static_cast<std::ptrdiff_t>(upto));
            auto found = ask(db, [&](storage::Tx& tx) {
                return storage::ExportTable(tx).intervals(some, batch_.starts, batch_.ends);
            });
            out.insert(out.end(), found.begin(), found.end());
        }
        return out;
    }

    void arrange(storage::Database& db, std::vector<ExportedPost> rows) {
        for (const auto& row : rows) places_.insert(row.post.channel_id);
        if (places_.empty()) return;
        const std::vector<ChannelId> ids(places_.begin(), places_.end());
        std::map<ChannelId, ExportedChannel> channels;
        std::vector<TeamId> team_ids;
        for (auto& channel : ask(db, [&](storage::Tx& tx) { return storage::ChannelTable(tx).find(ids); })) {
            auto& c = channels[channel.id];
            c.display_name = channel.type == "D"   ? "Direct Message"
                             : channel.type == "G" ? "Group Message"
                                                   : channel.display_name;
            if (!channel.team_id.empty()) team_ids.push_back(channel.team_id);
            c.channel = std::move(channel);
        }
        for (const auto& id : ids)  // one that is gone does not take its posts with it
            if (auto& c = channels[id]; c.channel.id.empty()) c.channel.id = id;
        std::map<std::string, Team> teams;
        if (!team_ids.empty())
            for (auto& team : ask(db, [&](storage::Tx& tx) { return storage::TeamTable(tx).find(team_ids); }))
                teams[team.id.text()] = team;

        const auto intervals = intervals_of(db, ids);
        std::set<UserId> named;
        for (const auto& row : rows) named.insert(row.post.user_id);
        for (const auto& interval : intervals) named.insert(interval.user_id);
        const std::vector<UserId> people(named.begin(), named.end());
        const auto past =
            ask(db, [&](storage::Tx& tx) { return storage::ExportTable(tx).identities(people); });
        std::map<UserId, User> users;
        if (!people.empty())
            for (auto& user : ask(db, [&](storage::Tx& tx) { return storage::UserTable(tx).find(people); }))
                users.emplace(user.id, std::move(user));
        const auto who = [&](const UserId& id, Millis at) {
            static const std::vector<storage::PastIdentity> none;
            const auto p = past.find(id);
            const auto u = users.find(id);
            return identity_at(p == past.end() ? none : p->second, u == users.end() ? nullptr : &u->second,
                               id, at);
        };
        for (const auto& id : people) batch_.people[id.text()] = who(id, batch_.ends);

        std::map<ChannelId, std::set<UserId>> present;
        for (const auto& interval : intervals) {
            auto& c = channels[interval.channel_id];
            const bool has_left = interval.leave_at > 0 && interval.leave_at <= batch_.ends;
            c.stays.push_back({who(interval.user_id, interval.join_at), interval.join_at,
                               has_left ? interval.leave_at : 0});
            present[interval.channel_id].insert(interval.user_id);
        }
        db.read([&](storage::Tx& tx) { add_files(tx, rows, channels, who); });
        for (auto& row : rows) {
            auto& c = channels[row.post.channel_id];
            row.author = who(row.post.user_id, row.post.create_at);
            if (const auto* flag = row.post.props.if_contains("from_bot"))
                row.author.is_bot = flag->is_string() && flag->get_string() == "true";
            if (!present[row.post.channel_id].contains(row.post.user_id)) {
                // Somebody who wrote without belonging: a bot, a hook, an administrator.
                c.stays.push_back({row.author, batch_.starts, 0});
                present[row.post.channel_id].insert(row.post.user_id);
            }
            c.posts.push_back(std::move(row));
        }
        if (!stretch_.custodians.empty())
            std::erase_if(channels, [&](const auto& entry) { return !has_custodian(entry.second); });
        for (auto& [id, c] : channels) {
            if (const auto team = teams.find(c.channel.team_id.text()); team != teams.end())
                c.team = team->second;
            std::stable_sort(c.stays.begin(), c.stays.end(), [](const Stay& a, const Stay& b) {
                return std::tie(a.join_at, a.who.email) < std::tie(b.join_at, b.who.email);
            });
            std::stable_sort(c.posts.begin(), c.posts.end(),
                             [](const ExportedPost& a, const ExportedPost& b) {
                                 return a.at != b.at ? a.at < b.at : a.post.id.text() < b.post.id.text();
                             });
            std::set<PostId> posts;
            for (const auto& row : c.posts)
                if (row.change != Change::edited_original) posts.insert(row.post.id);
            batch_.posts += static_cast<std::int64_t>(posts.size());
            batch_.channels.push_back(std::move(c));
        }
    }

    bool has_custodian(const ExportedChannel& c) const {
        const auto is_one = [&](const UserId& id) { return stretch_.custodians.contains(id); };
        return std::ranges::any_of(c.stays, is_one, [](const Stay& stay) { return stay.who.id; }) ||
               std::ranges::any_of(c.posts, is_one, [](const ExportedPost& row) { return row.post.user_id; });
    }

    template <class Who>
    void add_files(storage::Tx& tx, const std::vector<ExportedPost>& rows,
                   std::map<ChannelId, ExportedChannel>& channels, const Who& who) {
        std::vector<PostId> posts;
        for (const auto& row : rows)
            if (row.change != Change::edited_original) posts.push_back(row.post.id);
        if (posts.empty()) return;
        storage::FileTable table(tx);
        const auto infos = table.of_posts(posts, true);
        std::vector<FileId> ids;
        for (const auto& [post, files] : infos)
            for (const auto& file : files) ids.push_back(file.id);
        if (ids.empty()) return;
        std::map<std::string, AnyId> blobs;
        for (const auto& row : table.find(ids)) blobs[row.info.id.text()] = row.blob;
        std::set<FileId> seen;
        for (const auto& row : rows) {
            const auto files = infos.find(row.post.id.text());
            if (files == infos.end() || row.change == Change::edited_original) continue;
            const auto& story = stories_.at(row.post.id);
            for (const auto& info : files->second) {
                if (!seen.insert(info.id).second) continue;
                ExportedFile file{
                    info,  row.post.id, row.post.create_at,   who(row.post.user_id, row.post.create_at),
                    false, false,       blobs[info.id.text()]};
                file.is_upload = story.is_created || story.files_came.contains(info.create_at);
                for (const auto& edit : story.edits) {  // came with an edit, or went with one
                    const auto had =
                        std::ranges::find(edit.previous.file_ids, info.id) != edit.previous.file_ids.end();
                    const auto has =
                        std::ranges::find(story.last->file_ids, info.id) != story.last->file_ids.end();
                    file.is_upload |= !had && has;
                    file.is_deleted |= info.delete_at == edit.at;
                }
                file.is_deleted |= story.is_deleted && info.delete_at == story.deleted_at;
                if (!file.is_deleted) file.info.delete_at = 0;
                if (file.is_upload || file.is_deleted)
                    channels[row.post.channel_id].files.push_back(std::move(file));
            }
        }
    }

    Batch& batch_;
    const Stretch& stretch_;
    std::map<PostId, Story> stories_;
    std::set<ChannelId> places_;
    std::vector<Gone> deleted_threads_;
};

bool is_asked_for(const Stretch& stretch, const storage::Fact& fact) {
    if (stretch.not_before > 0 && fact.create_at < stretch.not_before) return false;
    if (stretch.not_after > 0 && fact.create_at > stretch.not_after) return false;
    return stretch.channels.empty() || stretch.channels.contains(ChannelId(fact.scope));
}

}  // namespace

const char* word_of(Change change) {
    switch (change) {
        case Change::created:
            return "";
        case Change::edited_original:
            return "EditedOriginalMsg";
        case Change::edited_new:
            return "EditedNewMsg";
        case Change::touched:
            return "UpdatedNoMsgChange";
        case Change::deleted:
            return "Deleted";
    }
    return "";
}

const char* type_word(const std::string& type) {
    if (type == "O") return "public";
    if (type == "P") return "private";
    return type == "D" ? "direct" : "group";
}

Batch collect(storage::Journal& journal, storage::Database& db, const Stretch& stretch, Millis starts,
              Millis last_end) {
    Batch batch;
    batch.reached = stretch.from;
    Folding folding(batch, stretch);
    std::size_t bytes = 0;
    bool is_full = false;
    while (!is_full) {
        auto entries = journal.entries(batch.reached, stretch.upto, facts_at_once);
        if (entries.empty()) {
            batch.is_last = true;
            break;
        }
        for (auto& entry : entries) {
            batch.reached = entry.at;
            if (!is_asked_for(stretch, entry.fact)) continue;
            if (!entry.damage.empty()) {
                batch.warnings.push_back(entry.damage + " - journal " + entry.at.tx + "/" +
                                         std::to_string(entry.at.seq) + " - " + entry.fact.kind);
                continue;
            }
            bytes += entry.fact.body.size();
            folding.take(entry.fact);
            if (stretch.keeps_entries) batch.entries.push_back(std::move(entry));
            is_full = static_cast<std::int64_t>(folding.posts()) >= stretch.most_posts ||
                      bytes >= stretch.most_bytes;
            if (is_full) break;
        }
    }
    if (is_full) batch.is_last = journal.entries(batch.reached, stretch.upto, 1).empty();
    folding.finish(db, starts, batch.is_last ? std::optional(last_end) : std::nullopt);
    if (!stretch.custodians.empty()) {
        std::set<IdBytes> kept;
        for (const auto& channel : batch.channels) kept.insert(channel.channel.id.bytes());
        std::erase_if(batch.entries,
                      [&](const storage::JournalEntry& entry) { return !kept.contains(entry.fact.scope); });
    }
    return batch;
}

}  // namespace concordat::compliance
