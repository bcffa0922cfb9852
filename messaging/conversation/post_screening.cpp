// Barriers, and rules about content, asked of changes and moves: before their transactions, since what rules
// find is written down whatever becomes of it.
#include "identity/barrier/barriers.hpp"
#include "messaging/conversation/posts.hpp"
#include "messaging/screening/screen.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/posts.hpp"

namespace concordat::messaging {

void Posts::require_writable(const Actor& actor, const PostId& id) {
    const auto channel = gate_.channel_of(id);
    if (barriers_ && channel) barriers_->require_writable(actor, *channel);
}

void Posts::check_change(const Actor& actor, const PostId& id, const std::function<void(Post&)>& edit) {
    if (!screen_ || !screen_->has_rules()) return;
    const auto before = db_.read([&](storage::Tx& tx) { return storage::PostTable(tx).find(id); });
    if (!before || !gate_.may_read(actor, before->channel_id)) return;  // the change is refused by itself
    auto after = *before;
    edit(after);
    if (after.message != before->message || after.props != before->props)
        screen_->check_message(actor, writable_place(after.channel_id), after);
}

// Rules of the target count for what comes there.
void Posts::check_move(const Actor& actor, const PostId& root_id, const identity::ChannelPlace& target) {
    if (!screen_ || !screen_->has_rules()) return;
    const auto posts = db_.read([&](storage::Tx& tx) { return storage::PostTable(tx).threads({root_id}); });
    for (const auto& post : posts)
        if (gate_.may_read(actor, post.channel_id)) screen_->check_message(actor, target, post);
}

}  // namespace concordat::messaging
