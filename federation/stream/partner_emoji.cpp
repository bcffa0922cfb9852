#include "federation/stream/partner_emoji.hpp"

#include <algorithm>
#include <map>

#include "core/base/log.hpp"
#include "messaging/notify/message_references.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/tables/emoji.hpp"
#include "storage/tables/federation.hpp"

namespace concordat::federation {
namespace {

// What it would be called here.
std::string name_here(const std::string& name, std::string partner) {
    for (auto& c : partner)
        if (!messaging::is_emoji_name(std::string(1, c))) c = '-';
    const auto most = messaging::CustomEmoji::longest_name;
    partner = partner.substr(0, most / 2);
    return name.substr(0, most - 1 - partner.size()) + '-' + partner;
}

}  // namespace

std::vector<EmojiUse> PartnerEmoji::uses(storage::Tx& tx, const std::vector<std::string>& names) {
    std::vector<EmojiUse> out;
    if (names.empty()) return out;
    for (const auto& emoji : storage::EmojiTable(tx).by_names(names)) {
        if (out.size() == most_emoji_in_a_post) break;
        const auto theirs = storage::PartnerEmojiTable(tx).by_local(emoji.id);
        out.push_back({emoji.name, theirs ? theirs->name : emoji.name, theirs ? theirs->origin : own_.id()});
    }
    return out;
}

std::vector<EmojiBody> PartnerEmoji::news(storage::Tx& tx, const ChannelId& channel,
                                          const std::vector<EmojiUse>& uses) {
    std::vector<EmojiBody> out;
    for (const auto& use : uses) {
        if (use.of != own_.id()) continue;
        const auto emoji = storage::EmojiTable(tx).by_name(use.as);
        if (!emoji || !storage::PartnerEmojiTable(tx).tell(channel, emoji->id)) continue;
        EmojiBody body;
        body.salt = fresh_salt();
        body.emoji = emoji->id;
        body.name = emoji->name;
        try {
            const auto image = emoji_.image(emoji->id);
            if (image.bytes.size() > most_emoji_told)
                body.refused = "too_large";
            else
                body.picture = storage::base64(image.bytes);
        } catch (const Error& e) {  // the message is told without it
            if (e.fault() == Fault::unavailable) throw;
            log_error("the picture of an emoji cannot be read",
                      {{"emoji", emoji->id.text()}, {"id", e.id()}, {"detail", e.detail()}});
            body.refused = "gone";
        }
        out.push_back(std::move(body));
    }
    return out;
}

std::string PartnerEmoji::take(const OrganisationId& origin, const std::string& partner, const UserId& by,
                               const EmojiBody& body) {
    if (body.emoji.empty() || !messaging::is_emoji_name(body.name)) return "body";
    storage::PartnerEmojiRow row;
    row.origin = origin;
    row.emoji_id = body.emoji;
    row.name = body.name;
    row.create_at = db_.now();
    const auto settle = [&](const std::string& reason) {
        row.reason = reason;
        db_.transact([&](storage::Tx& tx) { storage::PartnerEmojiTable(tx).put(row); });
        return reason;
    };
    bool is_known = false, is_full = false;
    db_.read([&](storage::Tx& tx) {
        storage::PartnerEmojiTable table(tx);
        const auto known = table.find(origin, body.emoji);
        is_known = known && (!known->local_id.empty() || known->reason == "removed");
        is_full = !known && table.count(origin) >= most_partner_emoji;
    });
    if (is_known) return "";  // from another channel
    if (is_full) return "too_many";
    if (body.refused || !body.picture) return settle("origin.refused");
    const auto image = storage::from_base64(*body.picture);
    if (!image) return settle("body");
    try {
        row.local_id = emoji_.add_from_elsewhere(by, name_here(body.name, partner), *image).id;
    } catch (const Error& e) {
        if (e.fault() == Fault::unavailable || e.fault() == Fault::internal) throw;
        return settle(e.id());
    }
    return settle("");
}

void PartnerEmoji::remove(const OrganisationId& origin, const EmojiId& emoji) {
    const auto known =
        db_.read([&](storage::Tx& tx) { return storage::PartnerEmojiTable(tx).find(origin, emoji); });
    if (!known) return;
    if (!known->local_id.empty() &&
        db_.read([&](storage::Tx& tx) { return storage::EmojiTable(tx).find(known->local_id).has_value(); }))
        emoji_.remove_from_elsewhere(known->local_id);
    auto gone = *known;
    gone.local_id = {};
    gone.reason = "removed";
    db_.transact([&](storage::Tx& tx) { storage::PartnerEmojiTable(tx).put(gone); });
}

std::string PartnerEmoji::name_of(const EmojiUse& use, const OrganisationId& origin,
                                  const std::string& partner) {
    if (!messaging::is_emoji_name(use.name) || !messaging::is_emoji_name(use.as))
        throw Error(Fault::invalid, "body", "An emoji of a partner's post is not as it must be.");
    if (use.of == own_.id()) return use.name;
    return db_.read([&](storage::Tx& tx) {
        const auto known = storage::PartnerEmojiTable(tx).by_name(use.of, use.name);
        if (known && !known->local_id.empty())
            if (const auto here = storage::EmojiTable(tx).find(known->local_id)) return here->name;
        return use.of == origin ? name_here(use.name, partner) : use.as;
    });
}

std::string PartnerEmoji::shown(const std::string& message, const std::vector<EmojiUse>& uses,
                                const OrganisationId& origin, const std::string& partner) {
    if (uses.empty()) return message;
    if (uses.size() > most_emoji_in_a_post)
        throw Error(Fault::invalid, "body", "The emoji of a partner's post are not as they must be.");
    std::map<std::string, std::string> names;
    for (const auto& use : uses) names[use.as] = name_of(use, origin, partner);
    return messaging::with_emoji_names(message, names);
}

}  // namespace concordat::federation
