#include "messaging/conversation/scheduled_posts.hpp"

#include <algorithm>
#include <utility>

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "identity/access/acting.hpp"
#include "messaging/conversation/post_rules.hpp"
#include "messaging/conversation/posts.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/files.hpp"
#include "storage/tables/posts.hpp"
#include "storage/tables/scheduled_posts.hpp"

namespace concordat::messaging {
namespace {

constexpr const char* no_such = "app.scheduled_post.not_found.app_error";
constexpr const char* no_such_text = "There is no such scheduled message.";

std::vector<FileId> files_of(const ScheduledPost& post) {
    return post.file_ids.value_or(std::vector<FileId>());
}

// The post as it would be written.
Post post_of(const ScheduledPost& scheduled) {
    Post post;
    post.channel_id = scheduled.channel_id;
    post.root_id = scheduled.root_id;
    post.message = scheduled.message;
    post.type = scheduled.type;
    post.props = scheduled.props;
    post.file_ids = files_of(scheduled);
    if (scheduled.priority)
        post.metadata.emplace().priority =
            parse_json<PostPriority>(json::serialize(*scheduled.priority), "priority");
    return post;
}

// What only shows: files and priority, where clients look for them.
void dress_scheduled(storage::Tx& tx, ScheduledPost& post) {
    post.metadata.emplace();
    if (post.priority)
        post.metadata->priority = parse_json<PostPriority>(json::serialize(*post.priority), "priority");
    if (files_of(post).empty()) return;
    std::vector<FileInfo> files;
    for (auto& row : storage::FileTable(tx).find(*post.file_ids))
        if (row.info.user_id == post.user_id && row.info.delete_at == 0) files.push_back(std::move(row.info));
    post.metadata->files = std::move(files);
}

// Clients send it beside the text, or where posts have it.
void settle_priority(ScheduledPost& post) {
    if (!post.priority && post.metadata && post.metadata->priority)
        post.priority = parse_json_value(json_text(*post.metadata->priority)).as_object();
    post.metadata.reset();
    if (!post.priority) return;
    const auto read = parse_json<PostPriority>(json::serialize(*post.priority), "priority");
    const auto word = read.priority.value.value_or("");
    if (word.empty() && !read.requested_ack.value.value_or(false)) {
        post.priority.reset();
        return;
    }
    if (!word.empty() && word != "important" && word != "urgent") throw bad_body("priority");
    require(post.root_id.empty(), Fault::invalid,
            "api.post.post_priority.priority_post_not_allowed.app_error",
            "Only the first post of a thread can have a priority.");
}

std::string word_for(const Error& e) {
    if (storage::is_lost(e)) return "unable_to_send";
    if (e.id() == "api.post.create_post.root_id.app_error") return "thread_deleted";
    if (e.id() == "api.post.create_post.can_not_post_to_deleted.error") return "channel_archived";
    if (e.fault() == Fault::not_found) return "channel_not_found";
    if (e.fault() == Fault::forbidden) return "no_channel_permission";
    return "invalid_post";
}

// What may pass: the database, not the post.
bool is_transient(const Error& e) {
    return !storage::is_lost(e) && (e.fault() == Fault::unavailable || e.fault() == Fault::internal ||
                                    e.fault() == Fault::conflict || e.fault() == Fault::rate_limited);
}

}  // namespace

void ScheduledPosts::require_enabled() const {
    require(settings_.current()->ServiceSettings.ScheduledPosts, Fault::unsupported,
            "api.scheduled_posts.feature_disabled", "Scheduled messages are switched off on this server.");
}

void ScheduledPosts::check(storage::Tx& tx, const Actor& actor, const ScheduledPost& post) {
    const auto place =
        found(gate_.place(post.channel_id), "app.channel.get.find.app_error", "Unable to find the channel.");
    // Administrators, too, write only where they are when the time comes.
    if (!gate_.is_member(actor.user_id, place.id)) throw lacks_permission("not in the channel");
    gate_.require_in_channel(actor, Permission::create_post, place.id);
    require(place.delete_at == 0, Fault::invalid, "api.post.create_post.can_not_post_to_deleted.error",
            "You can not post to an archived channel.");
    require(post.type.empty(), Fault::invalid, "model.scheduled_post.is_valid.type.app_error",
            "Messages of this type cannot be scheduled.");
    check_post(post_of(post));
    require(!post.message.empty() || !files_of(post).empty(), Fault::invalid,
            "model.scheduled_post.is_valid.empty_post.app_error", "The message is empty.");
    require(post.scheduled_at > tx.now(), Fault::invalid,
            "model.scheduled_post.is_valid.scheduled_at.app_error", "The time must be in the future.");
    require(post.scheduled_at <= tx.now() + furthest, Fault::invalid,
            "model.scheduled_post.is_valid.scheduled_at.too_far.app_error",
            "Messages can be scheduled for the next 366 days.");
    if (!post.root_id.empty()) {
        const auto root = storage::PostTable(tx).find(post.root_id);
        require(root && root->delete_at == 0 && root->root_id.empty() && root->original_id.empty() &&
                    root->channel_id == post.channel_id,
                Fault::invalid, "api.post.create_post.root_id.app_error", "Invalid RootId parameter.");
    }
    check_files(tx, actor, post);
}

void ScheduledPosts::check_files(storage::Tx& tx, const Actor& actor, const ScheduledPost& post) {
    const auto ids = files_of(post);
    if (ids.empty()) return;
    gate_.require_in_channel(actor, Permission::upload_file, post.channel_id);
    const auto rows = storage::FileTable(tx).find(ids);
    const auto fits = [&](const storage::FileRow& row) {
        return row.info.user_id == actor.user_id && row.info.channel_id == post.channel_id &&
               row.info.delete_at == 0 && row.info.post_id.value_or(PostId()).empty() && row.bookmark.empty();
    };
    require(rows.size() == ids.size() && std::ranges::all_of(rows, fits), Fault::invalid,
            "api.post.create_post.attach_files.error",
            "One of the files does not exist, is not yours, or belongs to another post or channel.");
}

ScheduledPost ScheduledPosts::add(const Actor& actor, ScheduledPost post, const std::string& connection_id) {
    require_enabled();
    return db_.transact([&](storage::Tx& tx) {
        auto fresh = post;
        settle_priority(fresh);
        check(tx, actor, fresh);
        storage::ScheduledPostTable table(tx);
        require(table.count(actor.user_id) < most, Fault::invalid, "app.scheduled_post.limit.app_error",
                "At most 500 messages of a person can be scheduled.");
        fresh.id = ScheduledPostId::fresh(tx.now());
        fresh.user_id = actor.user_id;
        fresh.create_at = fresh.update_at = tx.now();
        fresh.delete_at = fresh.processed_at = 0;
        fresh.error_code.clear();
        table.insert(fresh);
        dress_scheduled(tx, fresh);
        tx.emit(ScheduledPostSaved{fresh, true, connection_id});
        return fresh;
    });
}

ScheduledPost ScheduledPosts::change(const Actor& actor, const ScheduledPostId& id, ScheduledPost post,
                                     const std::string& connection_id) {
    require_enabled();
    return db_.transact([&](storage::Tx& tx) {
        storage::ScheduledPostTable table(tx);
        auto before = found(table.lock(id), no_such, no_such_text);
        if (before.user_id != actor.user_id) throw Error(Fault::not_found, no_such, no_such_text);
        auto after = post;
        after.id = before.id;
        after.user_id = before.user_id;
        after.channel_id = before.channel_id;
        after.root_id = before.root_id;
        after.create_at = before.create_at;
        after.update_at = std::max(tx.now(), before.update_at + 1);
        after.delete_at = after.processed_at = 0;
        after.error_code.clear();
        settle_priority(after);
        check(tx, actor, after);
        table.update(after);
        dress_scheduled(tx, after);
        tx.emit(ScheduledPostSaved{after, false, connection_id});
        return after;
    });
}

ScheduledPost ScheduledPosts::remove(const Actor& actor, const ScheduledPostId& id,
                                     const std::string& connection_id) {
    return db_.transact([&](storage::Tx& tx) {
        storage::ScheduledPostTable table(tx);
        auto post = found(table.lock_unread(id), no_such, no_such_text);
        if (post.user_id != actor.user_id) throw Error(Fault::not_found, no_such, no_such_text);
        auto removed = post;
        try {
            removed = found(table.find(id), no_such, no_such_text);
        } catch (const Error& e) {  // one that cannot be read any more can still be taken away
            if (!storage::is_lost(e)) throw;
        }
        table.remove(id);
        removed.delete_at = post.delete_at = tx.now();
        tx.emit(ScheduledPostRemoved{post, connection_id});
        return removed;
    });
}

std::vector<ScheduledPost> ScheduledPosts::of(const UserId& user, const TeamId& team) {
    return db_.read([&](storage::Tx& tx) {
        auto posts = storage::ScheduledPostTable(tx).of_team(user, team);
        for (auto& post : posts) dress_scheduled(tx, post);
        return posts;
    });
}

std::size_t ScheduledPosts::send_due() {
    if (!settings_.current()->ServiceSettings.ScheduledPosts) return 0;
    const auto due = db_.read(
        [&](storage::Tx& tx) { return storage::ScheduledPostTable(tx).due(tx.now(), most_at_once); });
    for (const auto& id : due) send(id);
    return due.size();
}

void ScheduledPosts::send(const ScheduledPostId& id) {
    std::optional<ScheduledPost> post;
    try {
        post = db_.read([&](storage::Tx& tx) { return storage::ScheduledPostTable(tx).find(id); });
    } catch (const Error& e) {  // one that can never be read again must not be tried for ever
        if (is_transient(e)) throw;
        log_error("a scheduled message cannot be read", {{"scheduled_post", id.text()}, {"id", e.id()}});
        const auto row =
            db_.read([&](storage::Tx& tx) { return storage::ScheduledPostTable(tx).lock_unread(id); });
        if (row) fail(id, row->update_at, "unable_to_send");
        return;
    }
    if (!post || post->processed_at > 0) return;
    try {
        const auto author = identity::acting_for(db_, gate_, post->user_id);
        if (const auto word = obstacle(author, *post); !word.empty()) return fail(id, post->update_at, word);
        write(*author, *post);
    } catch (const Error& e) {  // the others go on
        if (is_transient(e)) return postpone(*post, e);
        log_info("a scheduled message was refused", {{"scheduled_post", id.text()}, {"id", e.id()}});
        fail(id, post->update_at, word_for(e));
    }
}

std::string ScheduledPosts::obstacle(const std::optional<Actor>& author, const ScheduledPost& post) {
    if (!author) return "user_deleted";
    const auto place = gate_.place(post.channel_id);
    if (!place) return "channel_not_found";
    if (place->delete_at > 0) return "channel_archived";
    if (!gate_.is_member(author->user_id, post.channel_id)) return "no_channel_member";
    if (!gate_.may_in_channel(*author, Permission::create_post, post.channel_id))
        return "no_channel_permission";
    return {};
}

void ScheduledPosts::write(const Actor& author, const ScheduledPost& post) {
    PostOptions options;
    options.set_online = false;
    options.later.emplace().together = [&](storage::Tx& tx) {
        storage::ScheduledPostTable table(tx);
        auto now = table.lock_unread(post.id);
        // Removed, changed, or sent already.
        if (!now || now->processed_at > 0 || now->update_at != post.update_at) return false;
        table.remove(post.id);
        now->delete_at = tx.now();
        tx.emit(ScheduledPostRemoved{*now, ""});
        return true;
    };
    posts_.create(author, post_of(post), options);
}

void ScheduledPosts::fail(const ScheduledPostId& id, Millis seen, const std::string& error_code) {
    const bool is_failed = db_.transact([&](storage::Tx& tx) {
        storage::ScheduledPostTable table(tx);
        auto post = table.lock_unread(id);
        if (!post || post->processed_at > 0 || post->update_at != seen) return false;
        table.mark_failed(id, error_code, tx.now());
        try {
            post = found(table.find(id), no_such);
            dress_scheduled(tx, *post);
        } catch (const Error& e) {  // its author hears of it without its text
            if (!storage::is_lost(e)) throw;
            post->processed_at = tx.now();
            post->error_code = error_code;
        }
        tx.emit(ScheduledPostSaved{*post, false, ""});
        return true;
    });
    if (is_failed)
        log_info("a scheduled message was not sent",
                 {{"scheduled_post", id.text()}, {"error_code", error_code}});
}

void ScheduledPosts::postpone(const ScheduledPost& post, const Error& why) {
    const auto attempts = db_.read([&](storage::Tx& tx) {
        return storage::ScheduledPostTable(tx).postpone(post.id, tx.now(), first_pause);
    });
    log_warn("a scheduled message could not be sent", {{"scheduled_post", post.id.text()},
                                                       {"attempts", attempts},
                                                       {"id", why.id()},
                                                       {"detail", why.detail()}});
    if (attempts >= most_attempts) fail(post.id, post.update_at, "unable_to_send");
}

std::size_t ScheduledPosts::sweep() {
    const auto count = db_.read([&](storage::Tx& tx) {
        return storage::ScheduledPostTable(tx).remove_failed(tx.now() - failed_stay, most_swept);
    });
    if (count > 0) log_info("scheduled messages that could not be sent were removed", {{"count", count}});
    return static_cast<std::size_t>(count);
}

}  // namespace concordat::messaging
