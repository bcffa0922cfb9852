#include "messaging/conversation/posts.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "identity/barrier/barriers.hpp"
#include "messaging/conversation/attachments.hpp"
#include "messaging/conversation/channel_links.hpp"
#include "messaging/conversation/post_actions.hpp"
#include "messaging/conversation/post_pages.hpp"
#include "messaging/conversation/post_rules.hpp"
#include "messaging/conversation/preferences.hpp"
#include "messaging/notify/hashtags.hpp"
#include "messaging/screening/screen.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/drafts.hpp"
#include "storage/tables/files.hpp"
#include "storage/tables/preferences.hpp"
#include "storage/tables/threads.hpp"

namespace concordat::messaging {
namespace {

constexpr std::size_t longest_pending = 128, longest_type = 26;

// Each once and in the order of their text, as clients know it; that of the bytes is another.
void normalise_files(Post& post) {
    std::ranges::sort(post.file_ids, {}, &FileId::text);
    post.file_ids.erase(std::unique(post.file_ids.begin(), post.file_ids.end()), post.file_ids.end());
}

bool is_known_type(const std::string& type) {
    static constexpr std::string_view known[] = {"", "me", "slack_attachment", "reminder", "burn_on_read"};
    return std::find(std::begin(known), std::end(known), type) != std::end(known) ||
           (type.starts_with("custom_") && type.size() <= longest_type);
}

bool is_another_text(const Post& before, const Post& after) {
    return after.message != before.message || after.file_ids != before.file_ids ||
           after.props != before.props;
}

// Whether the author has nothing unread in the channel.
bool has_read_all(storage::Tx& tx, const Post& post, bool collapses) {
    const auto member = storage::ChannelMemberTable(tx).find(post.channel_id, post.user_id);
    const auto channel = storage::ChannelTable(tx).find(post.channel_id);
    if (!member || !channel) return false;
    return collapses ? member->msg_count_root >= channel->total_msg_count_root
                     : member->msg_count >= channel->total_msg_count;
}

bool is_urgent(const Post& post) {
    return post.metadata && post.metadata->priority &&
           post.metadata->priority->priority.value.value_or("") == "urgent";
}

}  // namespace

identity::ChannelPlace Posts::writable_place(const ChannelId& id) {
    const auto channel =
        found(gate_.place(id), "app.channel.get.find.app_error", "Unable to find the channel.");
    require(channel.delete_at == 0, Fault::invalid, "api.post.create_post.can_not_post_to_deleted.error",
            "You can not post to an archived channel.");
    return channel;
}

PostCreated Posts::fact_of_new(const Post& post, const identity::ChannelPlace& channel, const Actor& actor,
                               const PostOptions& options) const {
    PostCreated fact;
    fact.post = post;
    fact.channel_type = channel.type;
    fact.channel_name = channel.name;
    fact.channel_display_name = channel.display_name;
    fact.team_id = channel.team_id;
    fact.sender_name = '@' + actor.username;
    if (options.program && !options.program->sender_name.empty())
        fact.sender_name = options.program->sender_name;
    fact.set_online = options.set_online;
    fact.is_history = options.elsewhere && options.elsewhere->before;
    return fact;
}

Posts::Prepared Posts::prepare(const Actor& actor, Post in, const PostOptions& options) {
    require(is_known_type(in.type), Fault::invalid, "api.context.invalid_body_param.app_error",
            "Invalid or missing post.type in request body.");
    require(in.pending_post_id.size() <= longest_pending, Fault::invalid,
            "model.post.is_valid.pending_post_id.app_error", "The pending post id is too long.");
    const auto channel = writable_place(in.channel_id);
    if (barriers_) barriers_->require_writable(actor, channel.id);
    if (channel.is_between_people() && !actor.is_remote) guard_(actor, in, PostChange::create);
    Post post;
    post.user_id = actor.user_id;
    post.channel_id = in.channel_id;
    post.root_id = in.root_id;
    post.message = std::move(in.message);
    post.type = in.type;
    post.props = std::move(in.props);
    post.file_ids = std::move(in.file_ids);
    post.pending_post_id = in.pending_post_id;
    strip_reserved(post.props);
    if (actor.is_bot) post.props["from_bot"] = "true";
    if (actor.by_application) post.props["from_oauth_app"] = "true";
    if (options.program)
        for (const auto& prop : options.program->props) post.props[prop.key()] = prop.value();
    Prepared out;
    out.actions = take_actions(post.props);
    if (options.elsewhere) out.actions.clear();  // where they lead is for the node that wrote it
    normalise_files(post);
    check_post(post);
    require(!post.message.empty() || !post.file_ids.empty() || post.props.contains("attachments"),
            Fault::invalid, "model.post.is_valid.message_empty.app_error", "The message is empty.");
    if (in.metadata && in.metadata->priority &&
        !(in.metadata->priority->priority.value.value_or("").empty() &&
          !in.metadata->priority->requested_ack.value.value_or(false))) {
        require(post.root_id.empty(), Fault::invalid,
                "api.post.post_priority.priority_post_not_allowed.app_error",
                "Only the first post of a thread can have a priority.");
        const auto word = in.metadata->priority->priority.value.value_or("");
        require(word.empty() || word == "important" || word == "urgent", Fault::invalid,
                "api.context.invalid_body_param.app_error",
                "Invalid or missing metadata.priority in request body.");
        post.metadata.emplace().priority = in.metadata->priority;
    }
    if (!post.file_ids.empty()) gate_.require_in_channel(actor, Permission::upload_file, post.channel_id);
    if (post.message.find('~') != std::string::npos)
        db_.read([&](storage::Tx& tx) { note_channel_links(tx, gate_, actor, channel.team_id, post); });
    post.hashtags = parse_hashtags(post.message);
    const auto now = db_.now();
    const auto& elsewhere = options.elsewhere;
    post.id = elsewhere ? elsewhere->id : PostId::fresh(now);
    post.create_at = elsewhere                            ? elsewhere->create_at
                     : in.create_at > 0 && actor.is_admin ? in.create_at
                                                          : now;
    // Clients ask for what changed since they last looked; what was written elsewhere comes only now.
    post.update_at = elsewhere ? std::max(now, post.create_at) : post.create_at;
    if (screen_ && !elsewhere && !options.is_released) screen_->check_new(actor, channel, post);
    if (!in.pending_post_id.empty()) out.pending = actor.user_id.text() + in.pending_post_id;
    if (elsewhere && elsewhere->before) {
        post.edit_at = elsewhere->before->edit_at;
        post.is_pinned = elsewhere->before->is_pinned;
        out.post = std::move(post);
        out.channel = channel;
        return out;
    }
    if (!channel.is_between_people() && post.message.find('@') != std::string::npos &&
        audience_.is_silent_about_groups(actor, channel.id))
        post.props["disable_group_highlight"] = true;
    out.told = audience_.of(post, channel, actor);
    auto& mentions = out.told.mentions;
    if (elsewhere) {
        for (const auto& user : elsewhere->mentions)
            if (gate_.is_member(user, channel.id) && std::ranges::find(mentions, user) == mentions.end())
                mentions.push_back(user);
        std::ranges::sort(mentions);
    }
    out.is_plain = post.root_id.empty() && post.file_ids.empty() && mentions.empty() && !post.metadata &&
                   out.actions.empty() && !options.later;
    out.post = std::move(post);
    out.channel = channel;
    return out;
}

Post Posts::create(const Actor& actor, Post in, const PostOptions& options) {
    auto prepared = prepare(actor, std::move(in), options);
    const auto channel = prepared.channel;
    const auto told = prepared.told;
    auto written = prepared.is_plain ? write_simply(actor, std::move(prepared), options)
                                     : write_fully(actor, prepared, options);
    if (written.is_new && !options.elsewhere && !options.program) hint(written.post, channel, actor, told);
    if (options.set_online && !options.program && !actor.is_bot && !actor.is_remote) active_(actor.user_id);
    return std::move(written.post);
}

// A post with this id (an earlier try that went through), or with this pending key.
std::optional<Post> Posts::written_before(storage::Tx& tx, const Post& post, const std::string& pending) {
    storage::PostTable table(tx);
    auto first = table.find(post.id);
    if (!first && !pending.empty()) first = table.by_pending(pending);
    if (!first) return std::nullopt;
    first->pending_post_id = post.pending_post_id;
    std::vector<Post> one{std::move(*first)};
    pages_.dress(tx, one);
    return std::move(one[0]);
}

storage::NewPost Posts::entry_of(const Actor& actor, Prepared& prepared, const PostOptions& options) {
    auto& post = prepared.post;
    post.metadata.emplace();
    if (!post.props.empty() || post.message.find(':') != std::string::npos)
        post = pages_.dressed(std::move(post));
    storage::NewPost entry;
    entry.post = post;
    entry.pending = prepared.pending;
    entry.views = !actor.is_bot && !options.program;
    entry.fact = storage::fact_of(fact_of_new(post, prepared.channel, actor, options), db_.now());
    entry.post.metadata.reset();  // what was set for clients; the table reads it as a priority
    return entry;
}

Posts::Written Posts::write_simply(const Actor& actor, Prepared prepared, const PostOptions& options) {
    auto entry = entry_of(actor, prepared, options);
    auto& post = prepared.post;
    const auto& pending = prepared.pending;
    if (writer_.write(std::move(entry))) return {std::move(post)};
    auto first = db_.read([&](storage::Tx& tx) { return written_before(tx, post, pending); });
    if (!first)
        throw Error(Fault::internal, "api.post.create_post.pending", "",
                    "a post was neither written nor there");
    const bool is_new = first->id == post.id;
    return {std::move(*first), is_new};
}

Posts::Written Posts::write_fully(const Actor& actor, const Prepared& prepared, const PostOptions& options) {
    const auto& [post, channel, told, actions, pending, is_plain] = prepared;
    const auto settings = settings_.current();
    return db_.transact([&](storage::Tx& tx) -> Written {
        storage::PostTable table(tx);
        if (options.later && !options.later->together(tx)) return {post, false};
        if (!pending.empty())
            if (auto first = written_before(tx, post, pending)) return {std::move(*first), false};
        if (!post.root_id.empty()) {
            const auto root = table.lock(post.root_id);  // replies of a thread take turns
            require(root && root->delete_at == 0 && root->root_id.empty() &&
                        root->channel_id == post.channel_id && root->original_id.empty(),
                    Fault::invalid, "api.post.create_post.root_id.app_error", "Invalid RootId parameter.");
        }
        storage::NewPost entry;
        entry.post = post;
        entry.pending = pending;
        const bool collapses =
            (!post.root_id.empty() || options.later) && collapses_threads(tx, *settings, actor.user_id);
        entry.views = !actor.is_bot && !options.program && (post.root_id.empty() || !collapses) &&
                      (!options.later || has_read_all(tx, post, collapses));
        if (table.insert({entry}).empty()) {  // somebody else was saving it, and has just committed
            auto first = written_before(tx, post, pending);
            if (!first)
                throw Error(Fault::conflict, "api.post.create_post.pending",
                            "The same post is being saved already.");
            return {std::move(*first), false};
        }
        if (!post.file_ids.empty()) {
            const auto attached = storage::FileTable(tx).attach(post.file_ids, post.id, post.channel_id,
                                                                actor.user_id, tx.now());
            require(attached == post.file_ids.size(), Fault::invalid,
                    "api.post.create_post.attach_files.error",
                    "One of the files does not exist, is not yours, or belongs to another post or channel.");
        }
        if (post.metadata && post.metadata->priority) table.set_priority(post.id, *post.metadata->priority);
        if (!actions.empty()) keep_actions(tx, post, actions);
        std::vector<Post> shown{post};
        pages_.dress(tx, shown);
        auto fact = fact_of_new(shown[0], channel, actor, options);
        fact.mentions = told.mentions;
        if (!told.mentions.empty())
            storage::ChannelMemberTable(tx).add_mentions(post.channel_id, told.mentions, post.root_id.empty(),
                                                         is_urgent(post), tx.now());
        if (!post.root_id.empty())
            reply(tx, post, channel, told, fact);
        else if (!told.mentions.empty() && !channel.is_between_people() &&
                 settings->ServiceSettings.ThreadAutoFollow)
            storage::ThreadTable(tx).follow_unless_left(post.id, told.mentions, tx.now());
        shown[0].reply_count = fact.post.reply_count;
        tx.emit(fact);
        return {std::move(shown[0])};
    });
}

// Who follows a thread after a reply. Nobody who left it does again, but its author and those whom it names.
void Posts::follow_after_reply(storage::Tx& tx, const Post& post, const Post& root, const Told& told) {
    storage::ThreadTable threads(tx);
    if (!settings_.current()->ServiceSettings.ThreadAutoFollow) {
        threads.view(post.root_id, post.user_id, post.create_at, 0, post.create_at);
        if (!told.mentions.empty()) threads.count_mention(post.root_id, told.mentions, post.create_at);
        return;
    }
    threads.follow(post.root_id, post.user_id, true, true, post.create_at);
    if (!root.props.contains("from_webhook") && root.user_id != post.user_id)
        threads.follow_unless_left(post.root_id, {root.user_id}, post.create_at);
    threads.follow_for_watchers(post.root_id, post.channel_id, post.create_at);
    if (!told.mentions.empty()) threads.mention(post.root_id, told.mentions, post.create_at);
}

// The thread's part of a reply: counts, who follows, what each of them has unread.
void Posts::reply(storage::Tx& tx, const Post& post, const identity::ChannelPlace& channel, const Told& told,
                  PostCreated& fact) {
    storage::PostTable posts(tx);
    storage::ThreadTable threads(tx);
    const auto row =
        threads.add_reply(post.root_id, post.channel_id, channel.team_id, post.user_id, post.create_at);
    posts.touch(post.root_id, post.create_at);
    const auto root = found(posts.find(post.root_id), "app.post.get.app_error");
    follow_after_reply(tx, post, root, told);
    ThreadUpdated update;
    update.team_id = channel.team_id;
    update.channel_id = channel.id;
    update.thread.id = post.root_id;
    update.thread.reply_count = row.reply_count;
    update.thread.last_reply_at = row.last_reply_at;
    for (const auto& user : row.participants) update.thread.participants.emplace_back().id = user;
    std::vector<Post> shown{root};
    pages_.dress(tx, shown);
    update.thread.is_urgent = is_urgent(shown[0]);
    update.thread.post = shown[0];
    fact.post.reply_count = row.reply_count;
    for (const auto& follower : threads.followers(post.root_id)) {
        // A public channel's threads are followed without joining it; it may have become private since.
        if (!gate_.is_member(follower.user_id, channel.id) &&
            !(channel.type == "O" && gate_.is_team_member(follower.user_id, channel.team_id)))
            continue;
        fact.followers.push_back(follower.user_id);
        const bool is_author = follower.user_id == post.user_id;
        const bool is_mentioned =
            std::find(told.mentions.begin(), told.mentions.end(), follower.user_id) != told.mentions.end();
        update.readers.push_back(
            {follower.user_id, follower.last_viewed, follower.unread_replies, follower.unread_mentions,
             std::max<std::int64_t>(0, follower.unread_replies - (is_author ? 0 : 1)),
             std::max<std::int64_t>(0, follower.unread_mentions - (is_mentioned ? 1 : 0))});
    }
    tx.emit(update);
}

// What the author alone is shown after posting.
void Posts::hint(const Post& post, const identity::ChannelPlace& channel, const Actor& author,
                 const Told& told) {
    if (told.outside.empty() && !told.too_many_for_channel_wide && told.absent_groups.empty() &&
        told.big_groups.empty())
        return;
    Post note;
    note.user_id = author.user_id;
    note.channel_id = post.channel_id;
    note.root_id = post.root_id;
    note.create_at = post.create_at + 1;
    if (told.too_many_for_channel_wide) {
        note.message = "Channel notifications are off because the channel has " +
                       std::to_string(told.member_count) + " members.";
        whisper_(author.user_id, note);
    }
    for (const auto& name : told.big_groups) {
        note.message = "Nobody of @" + name + " was notified, because too many of its members are here.";
        whisper_(author.user_id, note);
    }
    for (const auto& name : told.absent_groups) {
        note.message = "@" + name + " has no members in this channel.";
        whisper_(author.user_id, note);
    }
    if (told.outside.empty() || channel.is_between_people()) return;
    json::array names, ids;
    std::string listed;
    for (const auto& user : told.outside) {
        names.emplace_back(user.username);
        ids.emplace_back(user.id.text());
        listed += (listed.empty() ? "@" : ", @") + user.username;
    }
    note.message = listed + (told.outside.size() == 1 ? " was mentioned but is not in this channel."
                                                      : " were mentioned but are not in this channel.");
    note.props["add_channel_member"] = json::object{{"post_id", post.id.text()},
                                                    {"usernames", names},
                                                    {"not_in_channel_usernames", names},
                                                    {"user_ids", ids},
                                                    {"not_in_channel_user_ids", ids},
                                                    {"not_in_groups_usernames", json::array()},
                                                    {"not_in_groups_user_ids", json::array()}};
    whisper_(author.user_id, note);
}

Post Posts::change(const Actor& actor, const PostId& id, const std::function<void(Post&)>& edit) {
    require_writable(actor, id);
    if (!actor.is_remote) check_change(actor, id, edit);
    const auto limit = settings_.current()->ServiceSettings.PostEditTimeLimit;
    return db_.transact([&](storage::Tx& tx) {
        storage::PostTable table(tx);
        const auto before = found(table.lock(id), "app.post.get.app_error", "Unable to get the post.");
        if (before.delete_at > 0 || !before.original_id.empty())
            throw Error(Fault::not_found, "app.post.get.app_error", "Unable to get the post.");
        require(!before.type.starts_with("system_"), Fault::invalid,
                "api.post.update_post.system_message.app_error", "Unable to update system message.");
        gate_.require_in_channel(
            actor, before.user_id == actor.user_id ? Permission::edit_post : Permission::edit_others_posts,
            before.channel_id);
        const auto place = writable_place(before.channel_id);
        if (!actor.is_remote) guard_(actor, before, PostChange::edit);
        auto after = before;
        edit(after);
        normalise_files(after);
        strip_reserved(after.props);
        for (const char* kept : {"from_bot", "from_oauth_app", "from_webhook", channel_links_prop})
            if (const auto* value = before.props.if_contains(kept)) after.props[kept] = *value;
        const auto actions = take_actions(after.props);
        if (after.message != before.message) note_channel_links(tx, gate_, actor, place.team_id, after);
        check_post(after);
        const bool is_new_text = is_another_text(before, after);
        if (actor.is_remote && !is_new_text) return before;  // it was told twice
        if (is_new_text && limit != -1 && !actor.is_remote && tx.now() > before.create_at + limit * 1000)
            throw Error(Fault::invalid, "api.post.update_post.permissions_time_limit.app_error",
                        "Post edit is only allowed for " + std::to_string(limit) +
                            " seconds. Please ask your administrator for details.");
        if (!actor.is_remote && (!actions.empty() || before.props.contains(attachments_prop)))
            change_actions(tx, after, actions);
        return save_change(tx, actor, before, std::move(after));
    });
}

// Of a row that is locked: what may be written is decided.
Post Posts::save_change(storage::Tx& tx, const Actor& actor, const Post& before, Post after) {
    storage::PostTable table(tx);
    const bool is_new_text = is_another_text(before, after);
    const auto now = std::max(tx.now(), before.update_at + 1);
    after.update_at = now;
    if (is_new_text) {
        after.edit_at = now;
        after.hashtags = parse_hashtags(after.message);
        table.keep_version(before, now);
    }
    change_files(tx, actor, before, after);
    table.update(after);
    table.channel_changed(before.channel_id, is_new_text ? std::optional(now) : std::nullopt);
    if (is_new_text && !before.root_id.empty()) table.touch(before.root_id, now);
    std::vector<Post> shown{std::move(after)};
    pages_.dress(tx, shown);
    auto previous = before;
    previous.metadata.reset();
    if (is_new_text)
        tx.emit(PostEdited{shown[0], previous, actor.user_id});
    else
        tx.emit(PostTouched{shown[0], actor.user_id, "saved"});
    return std::move(shown[0]);
}

void Posts::change_files(storage::Tx& tx, const Actor& actor, const Post& before, const Post& after) {
    storage::FileTable files(tx);
    const auto without = [](const std::vector<FileId>& those, const std::vector<FileId>& others) {
        std::vector<FileId> rest;
        std::ranges::copy_if(those, std::back_inserter(rest),
                             [&](const FileId& id) { return std::ranges::find(others, id) == others.end(); });
        return rest;
    };
    const auto added = without(after.file_ids, before.file_ids);
    const auto removed = without(before.file_ids, after.file_ids);
    if (!removed.empty()) files.mark_deleted(removed, after.update_at);
    if (added.empty()) return;
    // Of an earlier version of the post, or new and of the person who edits.
    const auto back = files.reattach(added, after.id, after.update_at);
    const auto fresh = files.attach(added, after.id, after.channel_id, actor.user_id, after.update_at);
    require(back + fresh == added.size(), Fault::invalid, "api.post.update_post.attach_files.error",
            "One of the files cannot be attached.");
}

Post Posts::update(const Actor& actor, const PostId& id, Post post) {
    return change(actor, id, [&](Post& p) {
        p.message = post.message;
        p.props = post.props;
        p.file_ids = post.file_ids;
    });
}

Post Posts::patch(const Actor& actor, const PostId& id, const PostPatch& patch) {
    auto changed = change(actor, id, [&](Post& p) {
        if (patch.message) p.message = *patch.message;
        if (patch.props) p.props = *patch.props;
        if (patch.file_ids) p.file_ids = *patch.file_ids;
    });
    if (!patch.is_pinned || *patch.is_pinned == changed.is_pinned) return changed;
    set_pinned(actor, id, *patch.is_pinned);
    return pages_.get(id);
}

Post Posts::edit_from_elsewhere(const Actor& actor, const PostId& id,
                                const std::function<void(Post&)>& edit) {
    return change(actor, id, edit);
}

bool Posts::show_files(storage::Tx& tx, const PostId& id, std::optional<storage::FileRow> file,
                       const std::function<bool(Post&)>& edit) {
    storage::PostTable table(tx);
    auto post = table.lock(id);
    if (!post || post->delete_at > 0 || !post->original_id.empty() || !edit(*post)) return false;
    post->update_at = std::max(tx.now(), post->update_at + 1);
    if (file) {
        auto& info = file->info;
        info.post_id = id;
        info.create_at = info.update_at = post->update_at;  // exports know by it with which fact it came
        storage::FileTable(tx).insert(*file);
        tx.emit(FileAdded{info});
        post->file_ids.push_back(info.id);
        normalise_files(*post);
    }
    table.update(*post);
    table.channel_changed(post->channel_id);
    std::vector<Post> shown{std::move(*post)};
    pages_.dress(tx, shown);
    tx.emit(PostTouched{shown[0], shown[0].user_id, file ? "got_file" : "files"});
    return true;
}

Post Posts::restore_version(const Actor& actor, const PostId& id, const PostId& version) {
    const auto old = db_.read([&](storage::Tx& tx) { return storage::PostTable(tx).find(version); });
    require(old && old->original_id == id, Fault::not_found,
            "app.post.restore_post_version.not_an_history_item.app_error",
            "There is no such version of the post.");
    return change(actor, id, [&](Post& p) {
        if (p.user_id != actor.user_id) throw lacks_permission("restoring another's post");
        p.message = old->message;
        p.props = old->props;
        p.file_ids = old->file_ids;
    });
}

void Posts::remove(const Actor& actor, const PostId& id) {
    db_.transact([&](storage::Tx& tx) {
        auto post =
            found(storage::PostTable(tx).lock(id, true), "app.post.get.app_error", "Unable to get the post.");
        if (post.delete_at > 0 || !post.original_id.empty())
            throw Error(Fault::not_found, "app.post.get.app_error", "Unable to get the post.");
        gate_.require_in_channel(
            actor, post.user_id == actor.user_id ? Permission::delete_post : Permission::delete_others_posts,
            post.channel_id);
        if (!actor.is_remote) guard_(actor, post, PostChange::remove);
        remove(tx, actor, std::move(post));
    });
}

// With its replies, files and thread. The row is locked and live.
void Posts::remove(storage::Tx& tx, const Actor& actor, Post post) {
    storage::PostTable table(tx);
    storage::ThreadTable threads(tx);
    const auto now = std::max(tx.now(), post.update_at + 1);
    const auto deleted = table.mark_deleted(post.id, actor.user_id, now);
    storage::FileTable(tx).mark_deleted_of_posts(deleted, now);
    storage::PreferenceTable(tx).remove_saved(deleted);
    if (post.root_id.empty()) {
        threads.mark_deleted(post.id, now);
        storage::DraftTable(tx).remove_of_thread(post.id);
    } else {
        threads.recount(post.root_id);
        table.touch(post.root_id, now);
    }
    table.channel_changed(post.channel_id);
    post.delete_at = post.update_at = now;
    post.props["deleteBy"] = actor.user_id.text();
    std::vector<Post> shown{std::move(post)};
    pages_.dress(tx, shown);
    tx.emit(PostDeleted{shown[0], actor.user_id});
}

}  // namespace concordat::messaging
