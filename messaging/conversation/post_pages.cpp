#include "messaging/conversation/post_pages.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "core/model/facts.hpp"
#include "core/model/version.hpp"
#include "identity/account/accounts.hpp"
#include "messaging/conversation/channel_links.hpp"
#include "messaging/notify/message_references.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/emoji.hpp"
#include "storage/tables/files.hpp"
#include "storage/tables/posts.hpp"
#include "storage/tables/reactions.hpp"
#include "storage/tables/threads.hpp"
#include "storage/tables/users.hpp"

namespace concordat::messaging {
namespace {

constexpr std::int64_t most_since = 1000;
constexpr std::size_t longest_cached = 512 * 1024;  // bytes of one page

const Error& no_such_post() {
    static const Error error(Fault::not_found, "app.post.get.app_error", "Unable to get the post.");
    return error;
}

std::vector<PostId> ids_of(const std::vector<Post>& posts) {
    std::vector<PostId> ids;
    ids.reserve(posts.size());
    for (const auto& post : posts) ids.push_back(post.id);
    return ids;
}

std::vector<User> bare_users(const std::vector<UserId>& ids) {
    std::vector<User> users(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) users[i].id = ids[i];
    return users;
}

void add_embeds(Post& post) {
    const auto* attachments = post.props.if_contains("attachments");
    if (!attachments || !attachments->is_array() || attachments->get_array().empty()) return;
    if (!post.metadata) post.metadata.emplace();
    post.metadata->embeds.emplace().push_back({"message_attachment", std::nullopt, std::nullopt});
}

}  // namespace

void PostPages::on_facts(const std::vector<storage::Fact>& facts) {
    for (const auto& fact : facts)
        if (fact.is<EmojiAdded>() || fact.is<EmojiRemoved>())
            return pages_cache_.clear();  // pages name custom emoji
}

void PostPages::dress(storage::Tx& tx, std::vector<Post>& posts) {
    std::vector<PostId> with_files, with_reactions, with_priority;
    std::set<std::string> emoji_names;
    for (auto& post : posts) {
        if (!post.file_ids.empty()) with_files.push_back(post.id);
        if (post.has_reactions.value_or(false)) with_reactions.push_back(post.id);
        if (post.metadata && post.metadata->priority) with_priority.push_back(post.id);
        if (!post.metadata) post.metadata.emplace();
        add_embeds(post);
        if (post.message.find(':') != std::string::npos)
            for (auto& name : emoji_names_in(post.message)) emoji_names.insert(std::move(name));
    }
    std::unordered_map<PostId, std::vector<Reaction>> reactions;
    if (!with_reactions.empty()) {
        for (auto& reaction : storage::ReactionTable(tx).of_posts(with_reactions)) {
            emoji_names.insert(reaction.emoji_name);
            reactions[reaction.post_id].push_back(std::move(reaction));
        }
    }
    std::map<std::string, std::vector<FileInfo>> files;
    if (!with_files.empty()) files = storage::FileTable(tx).of_posts(with_files);
    std::map<std::string, PostPriority> priorities;
    std::unordered_map<PostId, std::vector<PostAcknowledgement>> acks;
    if (!with_priority.empty()) {
        storage::PostTable table(tx);
        priorities = table.priorities(with_priority);
        for (auto& ack : table.acknowledgements(with_priority)) acks[ack.post_id].push_back(std::move(ack));
    }
    std::map<std::string, Emoji> custom;
    if (!emoji_names.empty())
        for (auto& emoji : storage::EmojiTable(tx).by_names({emoji_names.begin(), emoji_names.end()}))
            custom.emplace(emoji.name, emoji);
    for (auto& post : posts) {
        auto& metadata = *post.metadata;
        if (auto at = files.find(post.id.text()); !post.file_ids.empty() && at != files.end())
            metadata.files = at->second;
        if (auto at = reactions.find(post.id); at != reactions.end()) metadata.reactions = at->second;
        if (metadata.priority) {
            metadata.priority.reset();
            if (auto at = priorities.find(post.id.text()); at != priorities.end())
                metadata.priority = at->second;
            if (auto at = acks.find(post.id); at != acks.end()) metadata.acknowledgements = at->second;
        }
        if (custom.empty()) continue;
        std::vector<Emoji> used;
        std::set<std::string> names;
        if (post.message.find(':') != std::string::npos)
            for (auto& name : emoji_names_in(post.message)) names.insert(std::move(name));
        if (metadata.reactions)
            for (const auto& reaction : *metadata.reactions) names.insert(reaction.emoji_name);
        for (const auto& name : names)
            if (auto at = custom.find(name); at != custom.end()) used.push_back(at->second);
        if (!used.empty()) metadata.emojis = std::move(used);
    }
}

Post PostPages::dressed(Post post) {
    std::vector<Post> one{std::move(post)};
    db_.read([&](storage::Tx& tx) { dress(tx, one); });
    return std::move(one[0]);
}

Post PostPages::get(const PostId& id, bool with_deleted) {
    return db_.read([&](storage::Tx& tx) {
        auto post = storage::PostTable(tx).find(id);
        if (!post || !post->original_id.empty() || (post->delete_at > 0 && !with_deleted))
            throw no_such_post();
        std::vector<Post> one{std::move(*post)};
        dress(tx, one);
        return std::move(one[0]);
    });
}

std::vector<Post> PostPages::get(const Actor& reader, const std::vector<PostId>& ids) {
    auto posts = db_.read([&](storage::Tx& tx) {
        auto all = storage::PostTable(tx).find(ids);
        std::erase_if(all, [](const Post& p) { return p.delete_at > 0 || !p.original_id.empty(); });
        dress(tx, all);
        return all;
    });
    std::erase_if(posts, [&](const Post& p) { return !gate_.may_read(reader, p.channel_id); });
    for (auto& post : posts) hide_channel_links(reader, post);
    return posts;
}

std::map<UserId, User> PostPages::people(storage::Tx& tx, const std::set<UserId>& ids) {
    std::map<UserId, User> out;
    if (ids.empty()) return out;
    const auto settings = settings_.current();
    for (auto& user : storage::UserTable(tx).find({ids.begin(), ids.end()})) {
        const auto id = user.id;
        out.emplace(id, identity::seen_by_anyone(std::move(user), *settings));
    }
    return out;
}

void PostPages::add_thread_fields(storage::Tx& tx, std::vector<Post>& posts, const UserId& reader,
                                  bool extended) {
    std::vector<PostId> roots;
    for (const auto& post : posts)
        if (post.root_id.empty() && post.reply_count > 0) roots.push_back(post.id);
    std::unordered_map<PostId, std::vector<UserId>> participants;
    std::set<UserId> everybody;
    if (!roots.empty()) {
        for (const auto& thread : storage::ThreadTable(tx).find(roots)) {
            participants[thread.post_id] = thread.participants;
            everybody.insert(thread.participants.begin(), thread.participants.end());
        }
    }
    std::map<UserId, User> full;
    if (extended) full = people(tx, everybody);
    const auto followed =
        roots.empty() ? std::vector<PostId>() : storage::ThreadTable(tx).followed(reader, roots);
    const std::set<PostId> following(followed.begin(), followed.end());
    for (auto& post : posts) {
        if (!post.root_id.empty()) continue;
        auto users = bare_users(participants[post.id]);
        for (auto& user : users)
            if (auto at = full.find(user.id); at != full.end()) user = at->second;
        post.participants = std::move(users);
        post.is_following = following.contains(post.id);
    }
}

PostList PostPages::listed(storage::Tx& tx, std::vector<Post> posts, const UserId& reader,
                           const ThreadView& view) {
    PostList list;
    list.order = ids_of(posts);
    if (view.collapsed) {
        add_thread_fields(tx, posts, reader, view.extended);
    } else {
        std::set<PostId> roots, here(list.order.begin(), list.order.end());
        for (const auto& post : posts)
            if (!post.root_id.empty()) roots.insert(post.root_id);
        if (!roots.empty()) {
            storage::PostTable table(tx);
            const std::vector<PostId> wanted(roots.begin(), roots.end());
            for (auto& post : view.skip_threads ? table.find(wanted) : table.threads(wanted))
                if (here.insert(post.id).second) posts.push_back(std::move(post));
        }
    }
    dress(tx, posts);
    for (auto& post : posts) {
        auto key = post.id.text();
        list.posts.emplace(std::move(key), std::move(post));
    }
    return list;
}

// What lies beyond the page: "" means the edge is reached, and clients stop loading only on that.
void PostPages::find_neighbours(storage::Tx& tx, PostList& list, const PageQuery& q) {
    if (list.order.empty()) {  // where it was asked from is still there
        list.next_post_id = q.before;
        list.prev_post_id = q.after;
        return;
    }
    storage::PostTable table(tx);
    const storage::PostFilter filter{q.threads.collapsed, q.with_deleted};
    const auto& newest = list.posts.at(list.order.front().text());
    const auto& oldest = list.posts.at(list.order.back().text());
    if (q.since == 0)  // what changed since then ends at the present
        if (const auto next = table.after(q.channel, newest.create_at, newest.id, filter, 1); !next.empty())
            list.next_post_id = next[0].id;
    if (const auto prev = table.before(q.channel, oldest.create_at, oldest.id, filter, 1); !prev.empty())
        list.prev_post_id = prev[0].id;
}

PostList PostPages::read_page(storage::Tx& tx, const UserId& reader, const PageQuery& q) {
    storage::PostTable table(tx);
    const storage::PostFilter filter{q.threads.collapsed, q.with_deleted};
    const auto limit = q.offset + q.limit;
    std::vector<Post> posts;
    if (q.since > 0) {
        posts = table.since(q.channel, q.since, q.threads.collapsed, most_since);
    } else if (!q.before.empty() || !q.after.empty()) {
        const auto edge = table.find(std::vector{q.before.empty() ? q.after : q.before});
        if (edge.empty() || edge[0].channel_id != q.channel) throw no_such_post();
        posts = q.before.empty() ? table.after(q.channel, edge[0].create_at, edge[0].id, filter, limit)
                                 : table.before(q.channel, edge[0].create_at, edge[0].id, filter, limit);
        const auto skip =
            static_cast<std::ptrdiff_t>(std::min(static_cast<std::size_t>(q.offset), posts.size()));
        if (q.before.empty())
            posts.erase(posts.end() - skip, posts.end());
        else
            posts.erase(posts.begin(), posts.begin() + skip);
    } else {
        posts = table.page(q.channel, filter, q.offset, q.limit + 1);  // one more tells whether there is more
        PostId beyond;
        if (posts.size() > static_cast<std::size_t>(q.limit)) {
            beyond = posts.back().id;
            posts.pop_back();
        }
        auto list = listed(tx, std::move(posts), reader, q.threads);
        list.prev_post_id = beyond;
        if (q.offset > 0 && !list.order.empty()) {
            const auto& newest = list.posts.at(list.order.front().text());
            if (const auto next = table.after(q.channel, newest.create_at, newest.id, filter, 1);
                !next.empty())
                list.next_post_id = next[0].id;
        }
        return list;
    }
    auto list = listed(tx, std::move(posts), reader, q.threads);
    find_neighbours(tx, list, q);
    return list;
}

PostPages::Page PostPages::page(const Actor& reader, const PageQuery& q, const std::string& known_etag) {
    return db_.read([&](storage::Tx& tx) -> Page {
        const auto read = [&] {
            auto list = read_page(tx, reader.user_id, q);
            hide_channel_links(reader, list);
            return list;
        };
        if (q.since > 0) return {std::make_shared<std::string>(json_text(read())), ""};
        const auto revision = storage::PostTable(tx).revision(q.channel);
        std::string key = q.channel.text() + '.' + std::to_string(q.offset) + '.' + std::to_string(q.limit) +
                          (q.with_deleted ? "d" : "") + (q.threads.skip_threads ? "s" : "") +
                          (q.threads.collapsed ? "c" : "") + (q.threads.extended ? "e" : "") +
                          (reader.is_guest ? "g" : "");
        const std::string etag =
            std::string(compatible_version) + '.' + key + (q.threads.collapsed ? reader.user_id.text() : "") +
            (q.before.empty() ? "" : "b" + q.before.text()) + (q.after.empty() ? "" : "a" + q.after.text()) +
            '.' + std::to_string(revision);
        if (etag == known_etag && !q.threads.collapsed) return {nullptr, etag};
        const bool has_position = !q.before.empty() || !q.after.empty();
        if (!has_position)
            if (const auto cached = pages_cache_.find(key); cached && cached->revision == revision)
                return {cached->text, etag};
        const auto list = read();
        auto text = std::make_shared<const std::string>(json_text(list));
        // With collapsed threads a page says which of them the reader follows, so one that shows a thread is
        // the reader's own.
        const bool is_own =
            q.threads.collapsed && std::any_of(list.posts.begin(), list.posts.end(),
                                               [](const auto& p) { return p.second.reply_count > 0; });
        // The page was read after the revision, so it is at least that new.
        if (!has_position && !is_own && text->size() <= longest_cached)
            pages_cache_.put(key, {revision, text});
        return {std::move(text), etag};
    });
}

PostList PostPages::around_unread(const UserId& user, const ChannelId& channel, std::int64_t before,
                                  std::int64_t after, const ThreadView& view) {
    return db_.read([&](storage::Tx& tx) {
        storage::PostTable table(tx);
        const auto member = found(storage::ChannelMemberTable(tx).find(channel, user),
                                  "app.channel.get_member.missing.app_error",
                                  "No channel member found for that user and channel.");
        const auto oldest = table.oldest_after(channel, member.last_viewed_at, view.collapsed);
        PageQuery query;
        query.channel = channel;
        query.limit = before;
        query.threads = view;
        if (!oldest) return read_page(tx, user, query);
        const storage::PostFilter filter{view.collapsed, false};
        auto posts = table.after(channel, oldest->create_at, oldest->id, filter, after - 1);
        posts.push_back(*oldest);
        for (auto& post : table.before(channel, oldest->create_at, oldest->id, filter, before))
            posts.push_back(std::move(post));
        auto list = listed(tx, std::move(posts), user, view);
        find_neighbours(tx, list, query);
        return list;
    });
}

PostList PostPages::thread(const Actor& reader, const PostId& id, const ThreadQueryOptions& o) {
    return db_.read([&](storage::Tx& tx) {
        storage::PostTable table(tx);
        auto one = [&](const PostId& wanted) {
            auto posts = table.find(std::vector{wanted});
            if (posts.empty() || !posts[0].original_id.empty() || (posts[0].delete_at > 0 && !o.with_deleted))
                throw no_such_post();
            return std::move(posts[0]);
        };
        const auto asked = one(id);
        const auto root = asked.root_id.empty() ? asked : one(asked.root_id);
        std::vector<Post> replies;
        if (!o.threads.skip_threads) replies = table.replies(root.id, o.with_deleted);  // oldest first
        auto beyond = [&](const Post& p) {
            if (o.from_update_at > 0)
                return std::pair(p.update_at, p.id) > std::pair(o.from_update_at, o.from_post);
            if (o.from_create_at == 0) return true;
            const auto at = std::pair(p.create_at, p.id), from = std::pair(o.from_create_at, o.from_post);
            return o.is_up ? at < from : at > from;
        };
        std::erase_if(replies, [&](const Post& p) { return !beyond(p); });
        if (o.from_update_at > 0)  // pages of changes follow the time of the change
            std::sort(replies.begin(), replies.end(), [](const Post& a, const Post& b) {
                return std::pair(a.update_at, a.id) < std::pair(b.update_at, b.id);
            });
        bool has_next = false;
        if (o.limit > 0 && replies.size() > static_cast<std::size_t>(o.limit)) {
            has_next = true;
            if (o.is_up)
                replies.erase(replies.begin(), replies.end() - o.limit);
            else
                replies.resize(static_cast<std::size_t>(o.limit));
        }
        std::vector<Post> posts(replies.rbegin(), replies.rend());
        if (!o.updates_only || root.update_at > o.from_update_at) posts.push_back(root);
        if (o.threads.collapsed) add_thread_fields(tx, posts, reader.user_id, o.threads.extended);
        dress(tx, posts);
        PostList list;
        list.order = ids_of(posts);
        list.has_next = has_next;
        for (auto& post : posts) {
            auto key = post.id.text();
            list.posts.emplace(std::move(key), std::move(post));
        }
        return list;
    });
}

PostList PostPages::pinned(const ChannelId& channel) {
    return db_.read([&](storage::Tx& tx) {
        return listed(tx, storage::PostTable(tx).pinned(channel), {},
                      {.skip_threads = true, .collapsed = false, .extended = false});
    });
}

std::vector<Post> PostPages::history(const PostId& id) {
    return db_.read([&](storage::Tx& tx) { return storage::PostTable(tx).history(id); });
}

}  // namespace concordat::messaging
