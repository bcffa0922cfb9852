#include "messaging/conversation/drafts.hpp"

#include "core/base/text.hpp"
#include "core/model/facts.hpp"
#include "messaging/conversation/posts.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/drafts.hpp"
#include "storage/tables/files.hpp"

namespace concordat::messaging {
namespace {

void add_files(storage::Tx& tx, Draft& draft) {
    draft.metadata.emplace();
    if (!draft.file_ids || draft.file_ids->empty()) return;
    std::vector<FileInfo> files;
    for (auto& row : storage::FileTable(tx).find(*draft.file_ids))
        if (row.info.user_id == draft.user_id && row.info.delete_at == 0)
            files.push_back(std::move(row.info));
    draft.metadata->files = std::move(files);
}

}  // namespace

void Drafts::require_enabled() const {
    require(settings_.current()->ServiceSettings.AllowSyncedDrafts, Fault::unsupported,
            "api.drafts.disabled.app_error", "Synced drafts are switched off on this server.");
}

Draft Drafts::save(const Actor& actor, Draft draft, const std::string& connection_id) {
    require_enabled();
    require(rune_count(draft.message) <= longest_message, Fault::invalid,
            "model.draft.is_valid.message_length.app_error", "The message is longer than 16383 characters.");
    require(rune_count(json::serialize(draft.props)) <= longest_props, Fault::invalid,
            "model.draft.is_valid.props.app_error", "The draft's properties are too long.");
    require(!draft.file_ids || draft.file_ids->size() <= most_files_per_post, Fault::invalid,
            "model.draft.is_valid.file_ids.app_error", "A draft can hold at most 10 files.");
    const auto place =
        found(gate_.place(draft.channel_id), "app.channel.get.find.app_error", "Unable to find the channel.");
    require(place.delete_at == 0, Fault::invalid, "api.drafts.archived_channel.app_error",
            "The channel is archived.");
    draft.user_id = actor.user_id;
    return db_.transact([&](storage::Tx& tx) {
        storage::DraftTable table(tx);
        draft.update_at = tx.now();
        if (draft.message.empty() && (!draft.file_ids || draft.file_ids->empty())) {
            draft.delete_at = tx.now();
            if (table.remove(draft.user_id, draft.channel_id, draft.root_id))
                tx.emit(DraftDeleted{draft, connection_id});
            return draft;
        }
        const bool is_new = table.upsert(draft);
        draft = *table.find(draft.user_id, draft.channel_id, draft.root_id);
        add_files(tx, draft);
        tx.emit(DraftSaved{draft, is_new, connection_id});
        return draft;
    });
}

std::vector<Draft> Drafts::of(const UserId& user, const TeamId& team) {
    require_enabled();
    return db_.read([&](storage::Tx& tx) {
        auto drafts = storage::DraftTable(tx).of_user(user, team);
        for (auto& draft : drafts) add_files(tx, draft);
        return drafts;
    });
}

void Drafts::remove(const UserId& user, const ChannelId& channel, const PostId& root,
                    const std::string& connection_id) {
    require_enabled();
    db_.transact([&](storage::Tx& tx) {
        storage::DraftTable table(tx);
        auto draft = table.find(user, channel, root);
        if (!draft) return;
        table.remove(user, channel, root);
        draft->delete_at = tx.now();
        tx.emit(DraftDeleted{*draft, connection_id});
    });
}

}  // namespace concordat::messaging
