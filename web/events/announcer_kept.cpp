// Events about what people keep beside the conversation: scheduled posts, bookmarks.
#include "core/model/bookmark.hpp"
#include "core/model/scheduled_post.hpp"
#include "web/events/announcer.hpp"
#include "web/events/telling.hpp"
#include "web/socket/hub.hpp"

namespace concordat::web {

void Announcer::add_scheduled_post_handlers() {
    const auto tell = [this](const char* event, const ScheduledPost& post, const std::string& connection) {
        auto broadcast = to_user(post.user_id);
        broadcast.omit_connection_id = connection_named(connection);
        hub_.publish({.event = event,
                      .data = Members().nested("scheduledPost", post).object(),
                      .broadcast = broadcast});
    };
    handlers_[ScheduledPostSaved::kind] = [tell](const storage::Fact& fact) {
        const auto f = fact.as<ScheduledPostSaved>();
        tell(f.is_new ? "scheduled_post_created" : "scheduled_post_updated", f.post, f.connection_id);
    };
    handlers_[ScheduledPostRemoved::kind] = [tell](const storage::Fact& fact) {
        const auto f = fact.as<ScheduledPostRemoved>();
        tell("scheduled_post_deleted", f.post, f.connection_id);
    };
}

void Announcer::add_bookmark_handlers() {
    const auto broadcast_of = [](const ChannelId& channel, const std::string& connection) {
        auto broadcast = to_channel(channel);
        broadcast.omit_connection_id = connection_named(connection);
        return broadcast;
    };
    handlers_[BookmarkAdded::kind] = [this, broadcast_of](const storage::Fact& fact) {
        const auto f = fact.as<BookmarkAdded>();
        hub_.publish({.event = "channel_bookmark_created",
                      .data = Members().nested("bookmark", f.bookmark).object(),
                      .broadcast = broadcast_of(f.bookmark.channel_id, f.connection_id)});
    };
    handlers_[BookmarkChanged::kind] = [this, broadcast_of](const storage::Fact& fact) {
        const auto f = fact.as<BookmarkChanged>();
        hub_.publish({.event = "channel_bookmark_updated",
                      .data = Members().nested("bookmarks", f.change).object(),
                      .broadcast = broadcast_of(f.channel_id, f.connection_id)});
    };
    handlers_[BookmarkRemoved::kind] = [this, broadcast_of](const storage::Fact& fact) {
        const auto f = fact.as<BookmarkRemoved>();
        hub_.publish({.event = "channel_bookmark_deleted",
                      .data = Members().nested("bookmark", f.bookmark).object(),
                      .broadcast = broadcast_of(f.bookmark.channel_id, f.connection_id)});
    };
    handlers_[BookmarksSorted::kind] = [this, broadcast_of](const storage::Fact& fact) {
        const auto f = fact.as<BookmarksSorted>();
        hub_.publish({.event = "channel_bookmark_sorted",
                      .data = Members().nested("bookmarks", f.bookmarks).object(),
                      .broadcast = broadcast_of(f.channel_id, f.connection_id)});
    };
}

}  // namespace concordat::web
