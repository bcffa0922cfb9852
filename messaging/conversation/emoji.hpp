// CustomEmoji: the emoji people add themselves.
//
// Thread-safe; calls block, create() for seconds: use the bulk lane. Errors, as clients know them:
//   unsupported  api.emoji.disabled.app_error           custom emoji are switched off
//   invalid      model.emoji.name.app_error, model.emoji.system_emoji_name.app_error,
//                api.emoji.create.duplicate.app_error, api.emoji.upload.image.app_error,
//                api.emoji.upload.large_image.too_large.app_error
//   too_large    api.emoji.create.too_large.app_error
//   not_found    app.emoji.get.no_result, app.emoji.get_by_name.no_result
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/reaction.hpp"
#include "identity/access/gate.hpp"
#include "messaging/conversation/sealed_blobs.hpp"

namespace concordat::messaging {

class MediaWorkers;

struct EmojiImage {
    std::string bytes;
    std::string mime_type;
};

class CustomEmoji {
public:
    static constexpr std::size_t longest_name = 64;
    static constexpr std::size_t most_names = 200;  // in one question
    static constexpr std::int64_t most_found = 100;

    // All must outlive this object.
    CustomEmoji(storage::Database& db, storage::BlobStore& store, identity::Gate& gate, MediaWorkers& media,
                const LiveSettings& settings)
        : db_(db), blobs_(db, store), gate_(gate), media_(media), settings_(settings) {}

    // Takes name and creator_id (who must be the actor) of what the client sent.
    Emoji create(const Actor& actor, const Emoji& wanted, std::string_view image);
    // One's own with delete_emojis, others' with delete_others_emojis too; in the system or in any of one's
    // teams.
    void remove(const Actor& actor, const EmojiId& id);

    // One of another organisation, under this name or, when that is taken, with a number behind it.
    Emoji add_from_elsewhere(const UserId& creator, const std::string& name, std::string_view image);
    void remove_from_elsewhere(const EmojiId& id);

    Emoji get(const EmojiId& id);
    Emoji by_name(const std::string& name);
    std::vector<Emoji> by_names(const std::vector<std::string>& names);
    // `by_name` or in the order they were made.
    std::vector<Emoji> page(bool by_name, std::int64_t offset, std::int64_t limit);
    std::vector<Emoji> search(const std::string& term, bool prefix_only);
    EmojiImage image(const EmojiId& id);

    void require_enabled() const;

private:
    std::optional<Emoji> keep(const UserId& creator, const std::string& name, std::string_view image);
    void remove(const UserId& actor, const EmojiId& id);
    bool may_anywhere(const Actor& actor, Permission permission);

    storage::Database& db_;
    SealedBlobs blobs_;
    identity::Gate& gate_;
    MediaWorkers& media_;
    const LiveSettings& settings_;
};

}  // namespace concordat::messaging
