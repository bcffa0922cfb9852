// PartnerEmoji: custom emoji between organisations.
//
// A message or a reaction says which of its words are custom emoji, whose, and what they are called there;
// its text stays as it was written. The picture goes before it, once in the stream of each channel. Here an
// emoji of a partner gets a name of its own, NAME-PARTNER, so that it takes no name from emoji of this
// organisation, and messages are shown with that name. Somebody who uses it here uses the partner's emoji:
// it is told as such, and is the original there.
//
// One that is refused is a word that shows no picture, never the picture of another emoji.
//
// Thread-safe; calls block, take() for as long as a picture is made.
#pragma once
#include <string>
#include <vector>
#include "core/model/reaction.hpp"
#include "federation/trust/organisation.hpp"
#include "federation/wire/event.hpp"
#include "messaging/conversation/emoji.hpp"
#include "storage/database/database.hpp"

namespace concordat::federation {

inline constexpr std::int64_t most_partner_emoji = 2000;   // of one organisation
inline constexpr std::size_t most_emoji_told = 512 << 10;  // bytes of a picture

class PartnerEmoji {
public:
    // All must outlive this object.
    PartnerEmoji(storage::Database& db, Organisation& own, messaging::CustomEmoji& emoji)
        : db_(db), own_(own), emoji_(emoji) {}

    // -- sending; the publisher, in its transaction --
    // Which of these names are custom emoji.
    std::vector<EmojiUse> uses(storage::Tx& tx, const std::vector<std::string>& names);
    // Of the own ones, those that the stream of this channel has not told of; from now on it has.
    std::vector<EmojiBody> news(storage::Tx& tx, const ChannelId& channel, const std::vector<EmojiUse>& uses);

    // -- receiving; the applier --
    // Why it does not come here; "" when it does. Also "too_many", "emoji_off", and ids of errors.
    std::string take(const OrganisationId& origin, const std::string& partner, const UserId& by,
                     const EmojiBody& body);
    void remove(const OrganisationId& origin, const EmojiId& emoji);
    // What one is called here. `partner` is the name here of the organisation that says so.
    std::string name_of(const EmojiUse& use, const OrganisationId& origin, const std::string& partner);
    std::string shown(const std::string& message, const std::vector<EmojiUse>& uses,
                      const OrganisationId& origin, const std::string& partner);

private:
    storage::Database& db_;
    Organisation& own_;
    messaging::CustomEmoji& emoji_;
};

}  // namespace concordat::federation
