// Events about what people keep beside the conversation: scheduled posts.
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

}  // namespace concordat::web
