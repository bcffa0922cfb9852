#include "federation/stream/deliveries.hpp"

#include <algorithm>

#include "federation/wire/event.hpp"
#include "storage/tables/federation.hpp"

namespace concordat::federation {
namespace {

// Commits may be in another order than the times of their posts, but not far from it.
constexpr std::int64_t posts_out_of_order = 32;
constexpr std::int64_t events_looked_back = 64;
constexpr int most_looks_back = 16;

Millis written_at(const StoredEvent& event) {
    return event.is_erased ? decode_header(event.header).at
                           : parse_json<PostBody>(event.body, "post").create_at;
}

}  // namespace

ChannelDelivery Deliveries::of_channel(const ChannelId& channel, const std::optional<UserId>& author) {
    ChannelDelivery out;
    db_.read([&](storage::Tx& tx) {
        storage::ShareTable shares(tx);
        const auto share = shares.find(channel);
        if (!share || share->state != "joined") return;
        out.since = share->since;
        if (!share->is_home) {
            out.partners.push_back(to(tx, share->home, channel, author));
            return;
        }
        for (const auto& partner : shares.partners(channel)) {
            if (partner.state == "ended") continue;
            out.partners.push_back(to(tx, partner.partner_id, channel, author));
            out.partners.back().reason = partner.reason;
        }
    });
    return out;
}

// Up to which time it is all there: before the first post that is not acknowledged; or up to the last one
// that was said, since what is being said now has not come yet.
Millis Deliveries::upto(storage::Tx& tx, const ChannelId& channel, std::int64_t acknowledged) {
    storage::StreamTable streams(tx);
    const auto own = own_.id();
    const auto waiting =
        streams.events_of_kind(own, channel, kinds::post_create, acknowledged + 1, posts_out_of_order);
    if (!waiting.empty()) {
        auto first = written_at(waiting.front());
        for (const auto& post : waiting) first = std::min(first, written_at(post));
        return first - 1;
    }
    const auto stream = streams.find(own, channel);
    auto from = stream ? stream->next_seq : 1;
    for (int looks = 0; from > 1 && looks < most_looks_back; ++looks) {
        from = std::max<std::int64_t>(1, from - events_looked_back);
        const auto posts = streams.events_of_kind(own, channel, kinds::post_create, from, events_looked_back);
        if (!posts.empty()) return written_at(posts.back());
    }
    if (from <= 1) return 0;
    const auto before = streams.headers(own, channel, from, from);
    return before.empty() ? 0 : decode_header(before[0]).at;
}

PartnerDelivery Deliveries::to(storage::Tx& tx, const OrganisationId& partner, const ChannelId& channel,
                               const std::optional<UserId>& author) {
    storage::StreamTable streams(tx);
    const auto own = own_.id();
    PartnerDelivery out;
    const auto known = storage::PartnerTable(tx).find(partner);
    out.name = known ? known->name : partner.text();
    out.upto = upto(tx, channel, streams.acknowledged(partner, own, channel));
    out.refusals = streams.refusal_count(partner, own, channel);
    if (!author || out.refusals == 0) return out;
    for (const auto& event : streams.refused_by(partner, own, channel, kinds::post_create, most_refused_told))
        if (!event.is_erased && decode_header(event.header).actor == *author)
            out.refused.push_back({parse_json<PostBody>(event.body, "post").post, event.reason});
    return out;
}

}  // namespace concordat::federation
