#include "messaging/conversation/emoji.hpp"

#include <algorithm>

#include "core/model/facts.hpp"
#include "messaging/conversation/picture_making.hpp"
#include "messaging/media/emoji_names.hpp"
#include "messaging/media/image_header.hpp"
#include "storage/crypto/seal.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/emoji.hpp"
#include "storage/tables/memberships.hpp"

namespace concordat::messaging {
namespace {

constexpr const char* broken_image = "api.emoji.upload.image.app_error";
constexpr const char* large_image = "api.emoji.upload.large_image.too_large.app_error";
constexpr std::uint64_t most_stored = 32 << 20;  // many frames

bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= CustomEmoji::longest_name &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-' || c == '+';
           });
}

void check_name(const std::string& name) {
    require(is_name(name), Fault::invalid, "model.emoji.name.app_error",
            "The name must be 1 to 64 letters, digits or the signs + - _");
    require(!is_builtin_emoji(name), Fault::invalid, "model.emoji.system_emoji_name.app_error",
            "The name is that of an emoji everybody has.");
}

void check_image(std::string_view image) {
    require(image.size() <= most_emoji_bytes, Fault::too_large, "api.emoji.create.too_large.app_error",
            "The picture is larger than 512 KiB.");
    const auto header = image_header(image);
    require(header.has_value(), Fault::invalid, broken_image, "The file is not a picture that can be read.");
    require(header->width <= most_emoji_side && header->height <= most_emoji_side, Fault::invalid,
            large_image, "The picture is larger than 1028 by 1028 pixels.");
}

constexpr int most_of_a_name = 20;

Error duplicate_name() {
    return {Fault::invalid, "api.emoji.create.duplicate.app_error", "Another custom emoji has that name."};
}

Error no_such_emoji() {
    return {Fault::not_found, "app.emoji.get.no_result", "We could not find the emoji."};
}

}  // namespace

void CustomEmoji::require_enabled() const {
    require(settings_.current()->ServiceSettings.EnableCustomEmoji, Fault::unsupported,
            "api.emoji.disabled.app_error", "Custom emoji have been disabled on this server.");
}

bool CustomEmoji::may_anywhere(const Actor& actor, Permission permission) {
    if (gate_.may(actor, permission)) return true;
    const auto teams =
        db_.read([&](storage::Tx& tx) { return storage::MembershipTable(tx).teams_of(actor.user_id); });
    return std::any_of(teams.begin(), teams.end(),
                       [&](const TeamId& team) { return gate_.may_in_team(actor, permission, team); });
}

Emoji CustomEmoji::create(const Actor& actor, const Emoji& wanted, std::string_view image) {
    require_enabled();
    if (!may_anywhere(actor, Permission::create_emojis) || wanted.creator_id != actor.user_id)
        throw lacks_permission("create_emojis");
    check_name(wanted.name);
    check_image(image);
    auto emoji = keep(actor.user_id, wanted.name, image);
    if (!emoji) throw duplicate_name();
    return *std::move(emoji);
}

// Nothing when another has that name.
std::optional<Emoji> CustomEmoji::keep(const UserId& creator, const std::string& name,
                                       std::string_view image) {
    const auto picture = picture_from(media_, WorkerTask::emoji, image, broken_image, large_image);
    NewBlobs made(blobs_);
    const auto blob = made.add(blobs_.put(storage::Kind::emoji_image, scopes::pictures, picture.bytes));
    const auto emoji = db_.transact([&](storage::Tx& tx) -> std::optional<Emoji> {
        Emoji one;
        one.id = EmojiId::fresh(tx.now());
        one.create_at = one.update_at = tx.now();
        one.creator_id = creator;
        one.name = name;
        if (!storage::EmojiTable(tx).insert(one, {id_as<AnyId>(blob), picture.mime_type}))
            return std::nullopt;
        tx.emit(EmojiAdded{one});
        return one;
    });
    if (emoji) made.keep();
    return emoji;
}

Emoji CustomEmoji::add_from_elsewhere(const UserId& creator, const std::string& name,
                                      std::string_view image) {
    require_enabled();
    require(is_name(name), Fault::invalid, "model.emoji.name.app_error",
            "The name must be 1 to 64 letters, digits or the signs + - _");
    check_image(image);
    for (int number = 1; number <= most_of_a_name; ++number) {
        const auto tried =
            number == 1 ? name : name.substr(0, longest_name - 3) + '-' + std::to_string(number);
        if (is_builtin_emoji(tried)) continue;
        if (db_.read([&](storage::Tx& tx) { return storage::EmojiTable(tx).by_name(tried).has_value(); }))
            continue;
        if (auto emoji = keep(creator, tried, image)) return *std::move(emoji);
    }
    throw duplicate_name();
}

void CustomEmoji::remove(const Actor& actor, const EmojiId& id) {
    const auto emoji = get(id);
    if (!may_anywhere(actor, Permission::delete_emojis)) throw lacks_permission("delete_emojis");
    if (emoji.creator_id != actor.user_id && !may_anywhere(actor, Permission::delete_others_emojis))
        throw lacks_permission("delete_others_emojis");
    remove(actor.user_id, id);
}

void CustomEmoji::remove_from_elsewhere(const EmojiId& id) {
    remove(UserId(), id);
}

void CustomEmoji::remove(const UserId& actor, const EmojiId& id) {
    const auto picture = db_.transact([&](storage::Tx& tx) {
        storage::EmojiTable table(tx);
        auto gone = table.find(id);
        const auto old = table.picture(id);
        if (!gone || !old || !table.mark_deleted(id, tx.now())) throw no_such_emoji();
        gone->delete_at = gone->update_at = tx.now();
        tx.emit(EmojiRemoved{*gone, actor});
        return *old;
    });
    blobs_.remove(id_as<BlobId>(picture.blob));
}

Emoji CustomEmoji::get(const EmojiId& id) {
    require_enabled();
    auto emoji = db_.read([&](storage::Tx& tx) { return storage::EmojiTable(tx).find(id); });
    if (!emoji) throw no_such_emoji();
    return *std::move(emoji);
}

Emoji CustomEmoji::by_name(const std::string& name) {
    require_enabled();
    return found(db_.read([&](storage::Tx& tx) { return storage::EmojiTable(tx).by_name(name); }),
                 "app.emoji.get_by_name.no_result", "We could not find the emoji.");
}

std::vector<Emoji> CustomEmoji::by_names(const std::vector<std::string>& names) {
    require_enabled();
    require(names.size() <= most_names, Fault::invalid,
            "api.emoji.get_multiple_by_name_too_many.request_error", "At most 200 names at a time.");
    if (names.empty()) return {};
    return db_.read([&](storage::Tx& tx) { return storage::EmojiTable(tx).by_names(names); });
}

std::vector<Emoji> CustomEmoji::page(bool by_name, std::int64_t offset, std::int64_t limit) {
    require_enabled();
    return db_.read([&](storage::Tx& tx) { return storage::EmojiTable(tx).page(by_name, offset, limit); });
}

std::vector<Emoji> CustomEmoji::search(const std::string& term, bool prefix_only) {
    require_enabled();
    return db_.read(
        [&](storage::Tx& tx) { return storage::EmojiTable(tx).search(term, prefix_only, most_found); });
}

EmojiImage CustomEmoji::image(const EmojiId& id) {
    require_enabled();
    const auto picture = db_.read([&](storage::Tx& tx) { return storage::EmojiTable(tx).picture(id); });
    if (!picture) throw no_such_emoji();
    return {
        blobs_.get(storage::Kind::emoji_image, scopes::pictures, id_as<BlobId>(picture->blob), most_stored),
        picture->mime_type};
}

}  // namespace concordat::messaging
