#include "federation/stream/shares.hpp"

#include <algorithm>
#include <set>

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "core/model/facts.hpp"
#include "federation/wire/event.hpp"
#include "messaging/conversation/names.hpp"
#include "messaging/conversation/system_posts.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/federation.hpp"
#include "storage/tables/system.hpp"
#include "storage/tables/teams.hpp"
#include "storage/tables/users.hpp"

namespace concordat::federation {
namespace {

constexpr std::size_t most_members = 64;  // organisations in one channel
constexpr std::int64_t most_joined_by_themselves =
    100;  // channels of one partner, those that have ended included
constexpr const char* joined = "joined";
constexpr const char* offered = "offered";
constexpr const char* invited = "invited";
constexpr const char* ended = "ended";

ShareMember member_of(const OrganisationId& id, const std::string& name, const std::string& key) {
    return {id, name, storage::base64(key)};
}

// What a home says of a channel, as far as it can be believed and stored.
bool is_good(const SharedChannel& told) {
    Channel channel;
    channel.type = told.details.type;
    channel.name = told.details.name;
    channel.display_name = told.details.display_name;
    channel.header = told.details.header;
    channel.purpose = told.details.purpose;
    try {
        messaging::check_channel(channel);
    } catch (const Error&) {  // the answer is no
        return false;
    }
    return !told.channel.empty() && !channel.is_between_people() &&
           told.details.members.size() <= most_members &&
           std::ranges::all_of(told.details.members, [](const ShareMember& m) {
               const auto key = storage::from_base64(m.public_key).value_or("");
               return key.size() == storage::public_key_size && organisation_of(key) == m.id;
           });
}

bool is_still_said(const SharePartner& p) {
    return p.state == invited || p.state == joined;
}

}  // namespace

void Shares::tell_clients(storage::Tx& tx, const Actor& actor, const ChannelId& id, bool is_shared) {
    storage::ChannelTable table(tx);
    const auto before = table.lock(id);
    if (!before || before->shared.value.value_or(false) == is_shared) return;
    auto after = *before;
    after.shared = is_shared;
    after.update_at = std::max(tx.now(), before->update_at + 1);
    table.set_shared(id, is_shared, after.update_at);
    tx.emit(ChannelUpdated{after, *before, actor.user_id});
}

ShareDetails Shares::details_of(storage::Tx& tx, const Channel& channel) {
    ShareDetails out{channel.name, channel.display_name, channel.header, channel.purpose, channel.type, {}};
    out.members.push_back(member_of(own_.id(), own_.name(), own_.public_key()));
    storage::PartnerTable partners(tx);
    for (const auto& p : storage::ShareTable(tx).partners(channel.id)) {
        if (p.state != joined) continue;
        if (const auto partner = partners.find(p.partner_id); partner && partner->state != "revoked")
            out.members.push_back(member_of(partner->id, partner->display_name, partner->public_key));
    }
    return out;
}

void Shares::share(const Actor& actor, const ChannelId& id, const std::string& name) {
    const auto partner = partners_.by_name(name);
    require(partner.state == "active", Fault::conflict, "federation.share.partner",
            "This partner is not active. Confirm the pairing first.");
    const auto present = journal_.present();
    db_.transact([&](storage::Tx& tx) {
        const auto channel = found(storage::ChannelTable(tx).lock(id), "app.channel.get.existing.app_error",
                                   "There is no such channel.");
        require(channel.delete_at == 0 && !channel.is_between_people(), Fault::invalid,
                "federation.share.channel",
                "Only public and private channels that are not archived can be shared.");
        storage::ShareTable table(tx);
        auto known = table.lock(id);
        if (known && !known->is_home && known->state != ended)
            throw Error(Fault::conflict, "federation.share.not_home",
                        "This channel belongs to another organisation; only that one shares it.");
        for (const auto& p : table.partners(id))
            if (p.partner_id == partner.id && is_still_said(p)) return;
        if (!known || known->state == ended)
            table.put({id, own_.id(), true, joined, tx.now(), details_of(tx, channel)});
        table.put_partner({id, partner.id, invited, tx.now(), actor.user_id});
        // What was written before is not told; the publisher begins here when it does not run yet.
        storage::SystemTable(tx).put_if_absent(position_name, present.tx + " " + std::to_string(present.seq));
        tell_clients(tx, actor, id, true);
    });
    changed_();
}

// False when it is not shared with that partner.
bool Shares::end_with(storage::Tx& tx, const Actor& actor, const ChannelId& id,
                      const OrganisationId& partner) {
    storage::ShareTable table(tx);
    const auto share = table.lock(id);
    const auto all = table.partners(id);
    const auto it = std::ranges::find(all, partner, &SharePartner::partner_id);
    if (!share || !share->is_home || it == all.end() || !is_still_said(*it)) return false;
    table.put_partner({id, partner, ended, tx.now(), {}});
    if (std::ranges::count_if(all, is_still_said) > 1) return true;
    table.set_state(id, ended, tx.now());
    tell_clients(tx, actor, id, false);
    return true;
}

void Shares::unshare(const Actor& actor, const ChannelId& id, const std::string& name) {
    const auto partner = partners_.by_name(name);
    db_.transact([&](storage::Tx& tx) {
        require(end_with(tx, actor, id, partner.id), Fault::not_found, "federation.share.missing",
                "This channel is not shared with that partner.");
    });
    changed_();
}

void Shares::forget_revoked(const OrganisationId& id) {
    const auto partner = partners_.find(id);
    if (!partner || partner->state != "revoked") return;
    db_.transact([&](storage::Tx& tx) {
        storage::ShareTable table(tx);
        for (const auto& shared : table.of_partner(id)) end_with(tx, Actor(), shared.channel_id, id);
        for (const auto& share : table.all())
            if (share.home == id && share.state != ended) end(tx, share);
    });
    changed_();
}

Channel Shares::join(const Actor& actor, const ChannelId& id, const TeamId& team_id,
                     const std::string& name) {
    const auto present = journal_.present();
    const auto channel = db_.transact([&](storage::Tx& tx) {
        storage::ShareTable table(tx);
        auto share = table.lock(id);
        require(share && !share->is_home && share->state != ended, Fault::not_found,
                "federation.share.missing", "No partner offers this channel.");
        require(share->state == offered, Fault::conflict, "federation.share.joined",
                "This channel is joined already.");
        storage::ChannelTable channels(tx);
        auto channel = channels.lock(id);
        if (!channel) {
            const auto team = found(storage::TeamTable(tx).find(team_id), "app.team.get.find.app_error",
                                    "There is no such team.");
            require(team.delete_at == 0, Fault::invalid, "api.channel.create_channel.team_deleted.app_error",
                    "This team is archived.");
            Channel made;
            made.id = id;
            made.team_id = team.id;
            made.type = share->details.type;
            made.name = name.empty() ? share->details.name : name;
            made.display_name = messaging::visible_text(share->details.display_name);
            made.header = share->details.header;
            made.purpose = share->details.purpose;
            made.creator_id = actor.user_id;
            made.create_at = made.update_at = tx.now();
            messaging::check_channel(made);
            if (!channels.insert(made))
                throw Error(Fault::conflict, "federation.share.name",
                            "The team has a channel \"" + made.name +
                                "\" already. Choose another name for this one.");
            tx.emit(ChannelCreated{made, actor.user_id});
            channel = made;
        }
        storage::PartnerTable partners(tx);
        for (const auto& m : share->details.members)
            if (m.id != own_.id() && !partners.find(m.id))
                partners.introduce(m.id, m.display_name, storage::from_base64(m.public_key).value_or(""));
        table.set_state(id, joined, tx.now());
        storage::SystemTable(tx).put_if_absent(position_name, present.tx + " " + std::to_string(present.seq));
        tell_clients(tx, actor, id, true);
        return *channel;
    });
    changed_();
    return channel;
}

void Shares::leave(const Actor& actor, const ChannelId& id) {
    db_.transact([&](storage::Tx& tx) {
        storage::ShareTable table(tx);
        const auto share = table.lock(id);
        require(share && !share->is_home && share->state == joined, Fault::not_found,
                "federation.share.missing", "This channel is not joined.");
        table.set_state(id, offered, tx.now());
        tell_clients(tx, actor, id, false);
    });
    changed_();
}

std::vector<Share> Shares::all() {
    return db_.read([](storage::Tx& tx) { return storage::ShareTable(tx).all(); });
}

std::vector<SharePartner> Shares::partners_of(const ChannelId& channel) {
    return db_.read([&](storage::Tx& tx) { return storage::ShareTable(tx).partners(channel); });
}

std::vector<SharePartner> Shares::of_partner(const OrganisationId& partner) {
    return db_.read([&](storage::Tx& tx) { return storage::ShareTable(tx).of_partner(partner); });
}

Backlog Shares::backlog_of(const OrganisationId& partner) {
    const auto own = own_.id();
    return db_.read([&](storage::Tx& tx) { return storage::StreamTable(tx).backlog(partner, own); });
}

std::vector<Stream> Shares::streams_of(const ChannelId& channel) {
    return db_.read([&](storage::Tx& tx) { return storage::StreamTable(tx).of_channel(channel); });
}

std::vector<Refusal> Shares::refusals_of(const OrganisationId& partner, std::int64_t limit) {
    return db_.read([&](storage::Tx& tx) { return storage::StreamTable(tx).refusals(partner, limit); });
}

std::vector<Evidence> Shares::evidence() {
    return db_.read([](storage::Tx& tx) { return storage::StreamTable(tx).evidence(); });
}

void Shares::check(const Actor& actor, const Post& post, messaging::PostChange change) {
    if (post.user_id == actor.user_id) return;
    db_.read([&](storage::Tx& tx) {
        const auto author = storage::UserTable(tx).find(post.user_id);
        if (!author || !author->remote_id) return;
        if (change == messaging::PostChange::edit)
            throw Error(Fault::forbidden, "federation.share.not_yours",
                        "This was written in another organisation. Only its author changes it.");
        const auto share = storage::ShareTable(tx).find(post.channel_id);
        if (share && share->state == joined && !share->is_home)
            throw Error(
                Fault::forbidden, "federation.share.not_home",
                "This was written in another organisation. Its author removes it, or the organisation that "
                "the channel belongs to.");
    });
}

Shares::Lists Shares::lists_for(const OrganisationId& partner) {
    return db_.read([&](storage::Tx& tx) {
        Lists out;
        storage::ShareTable table(tx);
        storage::StreamTable streams(tx);
        const auto want = [&](const OrganisationId& origin, const ChannelId& channel) {
            Want w{origin, channel, 1, std::string(64, '0')};
            if (const auto stream = streams.find(origin, channel)) {
                if (!stream->fault.empty()) return;
                w.next = stream->next_seq;
                w.head = hex_of(stream->head);
            }
            if (out.wants.streams.size() < most_streams) out.wants.streams.push_back(std::move(w));
        };
        const auto shared = table.of_partner(partner);
        for (const auto& share : table.all()) {
            if (share.state != joined) continue;
            if (share.home == partner) {
                for (const auto& member : share.details.members)
                    if (member.id != own_.id()) want(member.id, share.channel_id);
                continue;
            }
            if (!share.is_home) continue;
            const auto it = std::ranges::find(shared, share.channel_id, &SharePartner::channel_id);
            if (it == shared.end() || !is_still_said(*it)) continue;
            if (const auto channel = storage::ChannelTable(tx).find(share.channel_id))
                out.shares.channels.push_back({share.channel_id, details_of(tx, *channel)});
            if (it->state == joined) want(partner, share.channel_id);
        }
        return out;
    });
}

void Shares::end(storage::Tx& tx, const Share& share) {
    storage::ShareTable(tx).set_state(share.channel_id, ended, tx.now());
    if (share.state == joined) tell_clients(tx, Actor(), share.channel_id, false);
}

void Shares::take_share(storage::Tx& tx, const Partner& partner, const SharedChannel& told) {
    storage::ShareTable table(tx);
    const auto known = table.lock(told.channel);
    if ((known && known->home != partner.id) || !is_good(told) ||
        (!known && storage::ChannelTable(tx).plain(told.channel))) {
        log_warn("a partner offers a channel that cannot be",
                 {{"partner", partner.name}, {"channel", told.channel.text()}});
        return;
    }
    const auto state = !known || known->state == ended ? std::string(offered) : known->state;
    table.put({told.channel, partner.id, false, state, known ? known->since : tx.now(), told.details});
    if (state != joined) return;
    storage::PartnerTable partners(tx);
    for (const auto& m : told.details.members)
        if (m.id != own_.id() && !partners.find(m.id))
            partners.introduce(m.id, m.display_name, storage::from_base64(m.public_key).value_or(""));
}

void Shares::take_shares(const Partner& partner, const ShareList& told) {
    require(told.channels.size() <= most_streams, Fault::invalid, "federation.share.too_many",
            "A partner shares more channels than are taken.");
    db_.transact([&](storage::Tx& tx) {
        std::set<ChannelId> named;
        for (const auto& one : told.channels) {
            named.insert(one.channel);
            take_share(tx, partner, one);
        }
        for (const auto& share : storage::ShareTable(tx).all())
            if (share.home == partner.id && share.state != ended && !named.contains(share.channel_id))
                end(tx, share);
    });
    changed_();
    if (!partner.default_team_id.empty()) join_offered(partner);
}

// Into the team where administrators want what this partner offers.
void Shares::join_offered(const Partner& partner) {
    const auto shares = all();
    auto joined_before = std::ranges::count_if(
        shares, [&](const Share& s) { return s.home == partner.id && s.state != offered; });
    for (const auto& share : shares) {
        if (share.home != partner.id || share.state != offered) continue;
        if (++joined_before > most_joined_by_themselves) {
            log_warn(
                "a partner offers more channels than are joined by themselves; the others wait to be joined",
                {{"partner", partner.name}, {"most", most_joined_by_themselves}});
            return;
        }
        try {
            join({}, share.channel_id, partner.default_team_id, "");
        } catch (
            const Error& e) {  // an administrator can still join it, by another name or into another team
            if (e.fault() == Fault::unavailable || e.fault() == Fault::internal) throw;
            log_warn("a channel that a partner offers could not be joined by itself",
                     {{"partner", partner.name},
                      {"channel", share.channel_id.text()},
                      {"id", e.id()},
                      {"reason", e.text()}});
        }
    }
}

// Whether the partner has heard of this organisation only what it knows itself.
bool Shares::is_own_history(storage::Tx& tx, const Partner& partner, const Want& wanted) {
    storage::StreamTable table(tx);
    const auto stream = table.find(own_.id(), wanted.channel);
    const auto next = stream ? stream->next_seq : 1;
    std::string head(64, '0');
    if (wanted.next > 1 && wanted.next <= next) {
        const auto before = table.headers(own_.id(), wanted.channel, wanted.next - 1, wanted.next - 1);
        head = before.empty() ? "" : hex_of(event_digest(before[0]));
    }
    if (wanted.next <= next && wanted.head == head) return true;
    log_error(
        "a partner has heard of this organisation what it does not know itself; was this node restored "
        "from an old backup? It is told nothing more in this channel",
        {{"partner", partner.name},
         {"channel", wanted.channel.text()},
         {"partner_wants", wanted.next},
         {"next_here", next}});
    return false;
}

std::vector<Want> Shares::take_wants(const Partner& partner, const Wants& wanted) {
    require(wanted.streams.size() <= most_streams, Fault::invalid, "federation.share.too_many",
            "A partner wants more streams than are given.");
    bool is_changed = false;
    auto out = db_.transact([&](storage::Tx& tx) {
        is_changed = false;
        std::vector<Want> allowed;
        storage::ShareTable table(tx);
        std::set<ChannelId> here;  // channels of this home that the partner has joined
        auto shared = table.of_partner(partner.id);
        for (const auto& w : wanted.streams) {
            const auto share = table.find(w.channel);
            if (!share || share->state != joined || w.next < 1) continue;
            if (share->is_home) {
                const auto it = std::ranges::find(shared, w.channel, &SharePartner::channel_id);
                if (it == shared.end() || !is_still_said(*it) || w.origin == partner.id) continue;
                if (w.origin == own_.id()) here.insert(w.channel);
            } else if (share->home != partner.id || w.origin != own_.id()) {
                continue;
            }
            if (w.origin != own_.id() || is_own_history(tx, partner, w)) allowed.push_back(w);
        }
        for (auto& p : shared) {
            if (!is_still_said(p)) continue;
            const auto* state = here.contains(p.channel_id) ? joined : invited;
            if (p.state == state) continue;
            p.state = state;
            p.since = tx.now();
            table.put_partner(p);
            is_changed = true;
        }
        return allowed;
    });
    if (is_changed) changed_();
    return out;
}

}  // namespace concordat::federation
