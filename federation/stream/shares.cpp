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
constexpr std::size_t longest_declined = 64;
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

std::string position_text(const storage::Position& p) {
    return p.tx + " " + std::to_string(p.seq);
}

Error no_such_offer() {
    return Error(Fault::not_found, "federation.share.missing", "No partner offers this channel.");
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

ShareDetails Shares::details_of(storage::Tx& tx, const Channel& channel,
                                const std::vector<SharePerson>& people) {
    ShareDetails out{channel.name, channel.display_name, channel.header, channel.purpose, channel.type, {},
                     people};
    // What a conversation is called is for each side to say.
    if (out.is_conversation()) out.display_name = out.header = out.purpose = "";
    out.members.push_back(member_of(own_.id(), own_.name(), own_.keys().first_key()));
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
        const bool is_new = !known || known->state == ended;
        if (is_new) {
            known = Share{id, own_.id(), true, joined, tx.now(), details_of(tx, channel)};
            table.put(*known);
        }
        SharePartner with{id, partner.id, invited, tx.now(), actor.user_id};
        with.history_from = History::from(partner.policy, tx.now());
        table.put_partner(with);
        history_.want(tx, *known, with, is_new);
        // The publisher begins here when it does not run yet.
        storage::SystemTable(tx).put_if_absent(position_name, position_text(present));
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
    table.put_partner({id, partner, ended, tx.now(), {}, {}, it->history_from});
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
        if (!share || share->is_home || share->state == ended || share->details.is_conversation())
            throw no_such_offer();
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
        introduce_members(tx, share->details);
        table.set_state(id, joined, tx.now());
        storage::SystemTable(tx).put_if_absent(position_name, position_text(present));
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
        require(share && !share->is_home && share->state == joined && !share->details.is_conversation(),
                Fault::not_found, "federation.share.missing", "This channel is not joined.");
        table.set_state(id, offered, tx.now());
        tell_clients(tx, actor, id, false);
    });
    changed_();
}

std::vector<Share> Shares::all() {
    auto out = db_.read([](storage::Tx& tx) { return storage::ShareTable(tx).all(); });
    std::erase_if(out, [](const Share& share) { return share.details.is_conversation(); });
    return out;
}

std::optional<Share> Shares::find(const ChannelId& channel) {
    return db_.read([&](storage::Tx& tx) { return storage::ShareTable(tx).find(channel); });
}

std::vector<SharePartner> Shares::partners_of(const ChannelId& channel) {
    return db_.read([&](storage::Tx& tx) { return storage::ShareTable(tx).partners(channel); });
}

std::optional<ShareHistory> Shares::history_of(const ChannelId& channel) {
    return db_.read([&](storage::Tx& tx) { return storage::ShareTable(tx).history(channel); });
}

std::vector<SharePartner> Shares::of_partner(const OrganisationId& partner) {
    auto out = db_.read([&](storage::Tx& tx) { return storage::ShareTable(tx).of_partner(partner); });
    const auto channels = all();
    std::erase_if(out, [&](const SharePartner& p) {
        return std::ranges::find(channels, p.channel_id, &Share::channel_id) == channels.end();
    });
    return out;
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
    if (change == messaging::PostChange::create) return conversations_.check_post(post.channel_id);
    if (post.user_id == actor.user_id) return;
    db_.read([&](storage::Tx& tx) {
        const auto author = storage::UserTable(tx).find(post.user_id);
        if (!author || !author->remote_id) return;
        if (change == messaging::PostChange::edit)
            throw Error(Fault::forbidden, "federation.share.not_yours",
                        "This was written in another organisation. Only its author changes it.");
        const auto share = storage::ShareTable(tx).find(post.channel_id);
        if (share && share->details.is_conversation())
            throw Error(Fault::forbidden, "federation.share.not_yours",
                        "This was written in another organisation. Only that one removes it.");
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
        if (const auto known = storage::PartnerTable(tx).find(partner))
            out.shares.direct = known->policy.direct;
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
            const auto at = std::ranges::find(shared, share.channel_id, &SharePartner::channel_id);
            const bool is_theirs = share.home == partner;
            if (!is_theirs && !(share.is_home && at != shared.end() && is_still_said(*at))) continue;
            const bool is_conversation = share.details.is_conversation();
            if (is_conversation && !conversations_.obstacle(tx, share.details).empty()) continue;
            if (is_theirs) {
                for (const auto& member : share.details.members)
                    if (member.id != own_.id()) want(member.id, share.channel_id);
                continue;
            }
            // Nobody hears of a conversation in which nothing was said.
            if (is_conversation && !is_begun(tx, share.channel_id)) continue;
            if (const auto channel = storage::ChannelTable(tx).find(share.channel_id))
                out.shares.channels.push_back(
                    {share.channel_id, details_of(tx, *channel, share.details.people)});
            if (at->state == joined) want(partner, share.channel_id);
        }
        return out;
    });
}

bool Shares::is_begun(storage::Tx& tx, const ChannelId& channel) {
    const auto stream = storage::StreamTable(tx).find(own_.id(), channel);
    return stream && stream->next_seq > 1;
}

// Organisations that only the home knows.
void Shares::introduce_members(storage::Tx& tx, const ShareDetails& details) {
    storage::PartnerTable partners(tx);
    for (const auto& m : details.members)
        if (m.id != own_.id() && !partners.find(m.id))
            partners.introduce(m.id, m.display_name, storage::from_base64(m.public_key).value_or(""));
}

// Another organisation began the same conversation, and it is that one's.
void Shares::yield_home(storage::Tx& tx, const ChannelId& channel) {
    storage::ShareTable table(tx);
    for (auto p : table.partners(channel)) {
        p.state = ended;
        p.reason.clear();
        table.put_partner(p);
    }
}

// Why it is not taken; "" when it is, or is another's.
std::string Shares::take_conversation(storage::Tx& tx, const Partner& partner, const SharedChannel& told) {
    storage::ShareTable table(tx);
    const auto known = table.lock(told.channel);
    if (known && known->state == joined && known->home == partner.id &&
        json_text(known->details) == json_text(told.details))
        return "";
    if ((known && !known->details.is_conversation()) ||
        !conversations_.is_good(tx, partner.id, told.channel, told.details)) {
        log_warn("a partner offers a conversation that cannot be",
                 {{"partner", partner.name}, {"channel", told.channel.text()}});
        return "authority";
    }
    const bool is_live = known && known->state == joined;
    if (is_live && known->home < partner.id) return "";  // that one is its home
    const auto why = conversations_.refusal(tx, partner.id, told.details);
    if (is_live && known->is_home && why.empty()) yield_home(tx, told.channel);
    if (is_live && !why.empty()) return why;
    const auto since = is_live ? known->since : tx.now();
    table.put({told.channel, partner.id, false, why.empty() ? joined : offered, since, told.details});
    if (why.empty()) tell_clients(tx, Actor(), told.channel, true);
    return why;
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
    if (state == joined) introduce_members(tx, told.details);
}

std::vector<Declined> Shares::take_shares(const Partner& partner, const ShareList& told) {
    require(told.channels.size() <= most_streams, Fault::invalid, "federation.share.too_many",
            "A partner shares more channels than are taken.");
    const auto present = journal_.present();
    auto declined = db_.transact([&](storage::Tx& tx) {
        std::vector<Declined> out;
        storage::PartnerTable(tx).set_told(partner.id, {told.direct.value_or(false)});
        std::set<ChannelId> named;
        for (const auto& one : told.channels) {
            named.insert(one.channel);
            if (!one.details.is_conversation()) {
                take_share(tx, partner, one);
                continue;
            }
            if (auto why = take_conversation(tx, partner, one); !why.empty())
                out.push_back({one.channel, std::move(why)});
            storage::SystemTable(tx).put_if_absent(position_name, position_text(present));
        }
        for (const auto& share : storage::ShareTable(tx).all())
            if (share.home == partner.id && share.state != ended && !share.details.is_conversation() &&
                !named.contains(share.channel_id))
                end(tx, share);
        return out;
    });
    changed_();
    if (!partner.default_team_id.empty()) join_offered(partner);
    return declined;
}

bool Shares::take_declined(const Partner& partner, const Declined& declined) {
    const bool is_new = db_.transact([&](storage::Tx& tx) {
        storage::ShareTable table(tx);
        const auto share = table.lock(declined.channel);
        if (!share || !share->is_home || !share->details.is_conversation()) return false;
        auto all = table.partners(declined.channel);
        const auto it = std::ranges::find(all, partner.id, &SharePartner::partner_id);
        if (it == all.end() || !is_still_said(*it)) return false;
        it->state = invited;
        it->reason = declined.code.substr(0, longest_declined);
        table.put_partner(*it);
        return true;
    });
    if (is_new)
        log_warn("a partner does not take a conversation",
                 {{"partner", partner.name},
                  {"channel", declined.channel.text()},
                  {"reason", declined.code.substr(0, longest_declined)}});
    return is_new;
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

std::optional<Millis> Shares::may_have(storage::Tx& tx, const Partner& partner, const OrganisationId& origin,
                                       const ChannelId& channel) {
    storage::ShareTable table(tx);
    const auto share = table.find(channel);
    if (!share || share->state != joined) return std::nullopt;
    if (share->details.is_conversation() && !conversations_.obstacle(tx, share->details).empty())
        return std::nullopt;
    if (!share->is_home)
        return share->home == partner.id && origin == own_.id() ? std::optional<Millis>(0) : std::nullopt;
    const auto all = table.partners(channel);
    const auto it = std::ranges::find(all, partner.id, &SharePartner::partner_id);
    if (it == all.end() || !is_still_said(*it) || origin == partner.id) return std::nullopt;
    return it->history_from;
}

std::vector<Shares::Grant> Shares::take_wants(const Partner& partner, const Wants& wanted) {
    require(wanted.streams.size() <= most_streams, Fault::invalid, "federation.share.too_many",
            "A partner wants more streams than are given.");
    bool is_changed = false;
    auto out = db_.transact([&](storage::Tx& tx) {
        is_changed = false;
        std::vector<Grant> allowed;
        storage::ShareTable table(tx);
        std::set<ChannelId> here;  // channels of this home that the partner has joined
        auto shared = table.of_partner(partner.id);
        for (const auto& w : wanted.streams) {
            const auto from = w.next < 1 ? std::nullopt : may_have(tx, partner, w.origin, w.channel);
            if (!from) continue;
            if (w.origin == own_.id()) here.insert(w.channel);
            if (w.origin != own_.id() || is_own_history(tx, partner, w)) allowed.push_back({w, *from});
        }
        for (auto& p : shared) {
            if (!is_still_said(p)) continue;
            const auto* state = here.contains(p.channel_id) ? joined : invited;
            if (p.state == state) continue;
            p.state = state;
            p.since = tx.now();
            if (p.state == joined) p.reason.clear();
            table.put_partner(p);
            is_changed = true;
        }
        return allowed;
    });
    if (is_changed) changed_();
    return out;
}

}  // namespace concordat::federation
