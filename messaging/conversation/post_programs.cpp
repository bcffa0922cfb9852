// What programs do with posts beside writing them: messages for one person, and changes that follow from a
// button or a menu.
#include "messaging/conversation/attachments.hpp"
#include "messaging/conversation/channel_links.hpp"
#include "messaging/conversation/post_actions.hpp"
#include "messaging/conversation/post_pages.hpp"
#include "messaging/conversation/post_rules.hpp"
#include "messaging/conversation/posts.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/posts.hpp"

namespace concordat::messaging {

Post Posts::create_ephemeral(const Actor& actor, const UserId& user, Post post,
                             const std::optional<WrittenByProgram>& program) {
    strip_reserved(post.props);
    if (program)
        for (const auto& prop : program->props) post.props[prop.key()] = prop.value();
    const auto actions = take_actions(post.props);
    check_post(post);
    if (!program || post.id.empty()) post.id = PostId::fresh(db_.now());
    post.create_at = post.update_at = db_.now();
    post.user_id = actor.user_id;
    post.type = "system_ephemeral";
    post.metadata.emplace();
    if (post.props.contains(attachments_prop))
        db_.read([&](storage::Tx& tx) {
            add_cookies(tx, user, post, actions);
            std::vector<Post> shown{post};
            pages_.dress(tx, shown);
            post = std::move(shown[0]);
        });
    whisper_(user, post);
    return post;
}

Post Posts::change_by_program(const Actor& actor, const PostId& id, const ProgramChange& change) {
    check_change(actor, id, [&](Post& post) {
        if (change.message) post.message = *change.message;
        if (change.props) post.props = *change.props;
    });
    return db_.transact([&](storage::Tx& tx) {
        const auto before =
            found(storage::PostTable(tx).lock(id), "app.post.get.app_error", "Unable to get the post.");
        if (before.delete_at > 0 || !before.original_id.empty())
            throw Error(Fault::not_found, "app.post.get.app_error", "Unable to get the post.");
        const auto place = writable_place(before.channel_id);
        guard_(actor, before, PostChange::edit);
        auto after = before;
        if (change.message) after.message = *change.message;
        if (change.props) {
            after.props = *change.props;
            strip_reserved(after.props);
            for (const char* key : retained_props) after.props.erase(key);
            for (const auto& prop : retained(before.props)) after.props[prop.key()] = prop.value();
            if (const auto* links = before.props.if_contains(channel_links_prop))
                after.props[channel_links_prop] = *links;
            change_actions(tx, after, take_actions(after.props));
        }
        if (after.message != before.message) note_channel_links(tx, gate_, actor, place.team_id, after);
        check_post(after);
        return save_change(tx, actor, before, std::move(after));
    });
}

}  // namespace concordat::messaging
