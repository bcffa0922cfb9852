#include "federation/stream/conversations.hpp"

#include <algorithm>
#include <set>

#include "core/model/facts.hpp"
#include "federation/stream/shares.hpp"
#include "messaging/conversation/direct_channels.hpp"
#include "messaging/conversation/joining.hpp"
#include "messaging/conversation/names.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/federation.hpp"
#include "storage/tables/memberships.hpp"
#include "storage/tables/system.hpp"
#include "storage/tables/users.hpp"

namespace concordat::federation {
namespace {

constexpr const char* off_here = "direct_off_here";
constexpr const char* off_there = "direct_off_there";
constexpr const char* not_active = "partner";

std::vector<UserId> ids_of(const ShareDetails& conversation) {
    std::vector<UserId> out;
    for (const auto& person : conversation.people) out.push_back(person.user);
    return out;
}

std::string name_of(const std::string& type, const std::vector<UserId>& people) {
    return type == "D" ? messaging::direct_channel_name(people.front(), people.back())
                       : messaging::group_channel_name(people);
}

Error nobody_there() {
    return Error(Fault::forbidden, "federation.people.direct",
                 "This person belongs to another organisation, and direct messages do not go there.");
}

}  // namespace

ChannelId conversation_id(const std::string& type, const std::string& name) {
    const auto digest = storage::sha256(std::string("concordat-conversation-1") + '\0' + type + '\0' + name);
    IdBytes out{};
    std::copy_n(digest.begin(), out.size(), out.begin());
    return ChannelId(out);
}

bool takes_part(const ShareDetails& conversation, const UserId& user) {
    return std::ranges::find(conversation.people, user, &SharePerson::user) != conversation.people.end();
}

std::vector<OrganisationId> Conversations::others(const ShareDetails& conversation) {
    std::set<OrganisationId> out;
    for (const auto& person : conversation.people)
        if (person.organisation != own_.id()) out.insert(person.organisation);
    return {out.begin(), out.end()};
}

std::vector<User> Conversations::own_people(storage::Tx& tx, const ShareDetails& conversation) {
    auto users = storage::UserTable(tx).find(ids_of(conversation));
    std::erase_if(users, [](const User& user) { return user.remote_id.has_value(); });
    return users;
}

ShareDetails Conversations::details_of(const Channel& channel, const std::vector<User>& users) {
    ShareDetails out;
    out.type = channel.type;
    out.name = channel.name;
    for (const auto& user : users)
        out.people.push_back(
            {user.id, user.remote_id ? OrganisationId::from_text(*user.remote_id) : own_.id()});
    return out;
}

std::string Conversations::obstacle(storage::Tx& tx, const ShareDetails& conversation) {
    storage::PartnerTable partners(tx);
    for (const auto& id : others(conversation)) {
        const auto partner = partners.find(id);
        if (!partner || partner->state != "active") return not_active;
        if (!partner->policy.direct) return off_here;
        if (!partner->told.direct) return off_there;
    }
    return "";
}

std::string Conversations::obstacle_for_shown(storage::Tx& tx, const ShareDetails& conversation) {
    const auto why = obstacle(tx, conversation);
    if (!why.empty() && why != off_there) return why;  // what was on its way when they ended it is theirs
    const auto users = own_people(tx, conversation);
    return std::ranges::any_of(users, [](const User& user) { return user.delete_at == 0; }) ? ""
                                                                                            : "deactivated";
}

// Says what is in the way, and of whom.
void Conversations::refuse(storage::Tx& tx, const ShareDetails& conversation, const std::string& code) {
    storage::PartnerTable partners(tx);
    std::string name = "another organisation";
    for (const auto& id : others(conversation)) {
        const auto partner = partners.find(id);
        const bool is_it = code == not_active  ? !partner || partner->state != "active"
                           : code == off_here  ? partner && !partner->policy.direct
                           : code == off_there ? partner && !partner->told.direct
                                               : partner.has_value();
        if (!is_it) continue;
        if (partner) name = '"' + partner->name + '"';
        break;
    }
    if (code == not_active)
        throw Error(
            Fault::forbidden, "federation.direct.partner",
            "This organisation has no connection with " + name + " now, and messages do not go there.");
    if (code == off_here)
        throw Error(Fault::forbidden, "federation.direct.off_here",
                    "This server does not allow direct messages with people of " + name + ".");
    if (code == off_there)
        throw Error(
            Fault::forbidden, "federation.direct.off_there",
            "The server of " + name + " does not allow direct messages with people of this organisation.");
    throw Error(Fault::forbidden, "federation.direct.refused",
                "The server of " + name + " does not take this conversation (" + code + ").");
}

bool Conversations::is_in_reach(storage::Tx& tx, const std::vector<UserId>& users) {
    return settings_.current()->TeamSettings.RestrictDirectMessage != "team" ||
           storage::MembershipTable(tx).share_a_channel_of_a_team(users);
}

void Conversations::check_begin(storage::Tx& tx, const ShareDetails& details,
                                const std::vector<User>& users) {
    if (!settings_.current()->ConnectedWorkspacesSettings.EnableSharedChannels ||
        std::ranges::none_of(users, [](const User& user) { return !user.remote_id; }))
        throw nobody_there();
    const auto partners = others(details);
    require(partners.size() < most_organisations_of_conversation, Fault::forbidden,
            "federation.direct.organisations",
            "A conversation is between people of at most three organisations.");
    if (const auto why = obstacle(tx, details); !why.empty()) refuse(tx, details, why);
    for (const auto& user : users)
        if (user.delete_at > 0)
            throw Error(Fault::forbidden, "federation.direct.deactivated",
                        "The account of \"" + user.username + "\" is deactivated.");
    if (!is_in_reach(tx, ids_of(details)))
        throw Error(Fault::forbidden,
                    "api.channel.create_channel.direct_channel.team_restricted_error.app_error",
                    "Messages are possible only between people who are in one channel of a team together.");
    for (const auto& partner : partners)
        require(storage::ShareTable(tx).count_with(partner) < most_shared_with_partner, Fault::conflict,
                "federation.direct.too_many", "There are 2000 channels and conversations with this partner.");
}

void Conversations::begin(storage::Tx& tx, const Actor& actor, Channel& channel,
                          const std::vector<User>& users) {
    const auto details = details_of(channel, users);
    check_begin(tx, details, users);
    channel.id = conversation_id(channel.type, channel.name);
    channel.shared = true;
    storage::ShareTable table(tx);
    // A partner may have begun it; then it is that one's.
    if (const auto known = table.lock(channel.id); known && known->state == "joined") return;
    table.put({channel.id, own_.id(), true, "joined", tx.now(), details});
    for (const auto& partner : others(details))
        table.put_partner({channel.id, partner, "invited", tx.now(), actor.user_id});
    const auto present = journal_.present();
    storage::SystemTable(tx).put_if_absent(position_name, present.tx + " " + std::to_string(present.seq));
}

bool Conversations::may_begin(const User& one, const User& other) {
    Channel channel;
    channel.type = "D";
    const std::vector<User> users{one, other};
    const auto details = details_of(channel, users);
    if (others(details).empty()) return true;
    return db_.read([&](storage::Tx& tx) {
        try {
            check_begin(tx, details, users);
            return true;
        } catch (const Error& e) {  // the answer is no
            if (e.fault() != Fault::forbidden && e.fault() != Fault::conflict) throw;
            return false;
        }
    });
}

void Conversations::check_post(const ChannelId& id) {
    const auto place = gate_.place(id);
    if (!place || !place->is_between_people() || id != conversation_id(place->type, place->name)) return;
    db_.read([&](storage::Tx& tx) {
        storage::ShareTable table(tx);
        const auto share = table.find(id);
        if (!share) throw nobody_there();
        if (const auto why = obstacle(tx, share->details); !why.empty()) refuse(tx, share->details, why);
        if (share->state != "joined") refuse(tx, share->details, "ended");
        if (!share->is_home) return;
        const auto partners = table.partners(id);
        if (!partners.empty() &&
            std::ranges::all_of(partners, [](const SharePartner& p) { return !p.reason.empty(); }))
            refuse(tx, share->details, partners.front().reason);
    });
}

bool Conversations::is_good(storage::Tx& tx, const OrganisationId& home, const ChannelId& id,
                            const ShareDetails& conversation) {
    const auto& people = conversation.people;
    auto ids = ids_of(conversation);
    std::ranges::sort(ids);
    const bool is_direct = conversation.type == "D";
    if (std::ranges::adjacent_find(ids) != ids.end() || (ids.size() && ids.front().empty()) ||
        (is_direct ? ids.size() != 2
                   : ids.size() < messaging::least_in_group || ids.size() > messaging::most_in_group) ||
        conversation.name != name_of(conversation.type, ids) ||
        id != conversation_id(conversation.type, conversation.name))
        return false;
    const auto is_there = [&](const OrganisationId& organisation) {
        return std::ranges::find(people, organisation, &SharePerson::organisation) != people.end();
    };
    const auto organisations = others(conversation);
    if (!is_there(home) || !is_there(own_.id()) ||
        organisations.size() >= most_organisations_of_conversation ||
        !std::ranges::all_of(conversation.members, [&](const ShareMember& m) { return is_there(m.id); }))
        return false;
    // Nobody is said to be of another organisation than the one that they came from.
    const auto known = storage::UserTable(tx).find(ids);
    return std::ranges::all_of(people, [&](const SharePerson& person) {
        const auto at = std::ranges::find(known, person.user, &User::id);
        return at == known.end() ||
               (at->remote_id ? OrganisationId::from_text(*at->remote_id) : own_.id()) == person.organisation;
    });
}

std::string Conversations::refusal(storage::Tx& tx, const OrganisationId& home,
                                   const ShareDetails& conversation) {
    if (const auto why = obstacle(tx, conversation); !why.empty()) return why;
    const auto users = own_people(tx, conversation);
    const auto named = std::ranges::count(conversation.people, own_.id(), &SharePerson::organisation);
    if (std::ssize(users) != named) return "unknown_person";
    if (std::ranges::any_of(users, [](const User& user) { return user.delete_at > 0; })) return "deactivated";
    storage::MembershipTable memberships(tx);
    for (const auto& user : users) {
        if (!messaging::is_guest(user)) continue;
        for (const auto& person : conversation.people)
            if (person.organisation != own_.id() && !memberships.share_a_channel(user.id, person.user))
                return "guest";
    }
    if (!is_in_reach(tx, ids_of(conversation))) return "team";
    if (storage::ShareTable(tx).count_with(home) >= most_shared_with_partner) return "too_many";
    return "";
}

Channel Conversations::enter(storage::Tx& tx, const Share& share, const User& user) {
    storage::ChannelTable table(tx);
    auto users = own_people(tx, share.details);
    if (auto channel = table.lock(share.channel_id)) {
        const auto who = messaging::party_of(user);
        if (!messaging::enter_channel(tx, *channel, who, who, false) || !channel->is_group()) return *channel;
        auto after = *channel;
        after.display_name = messaging::group_channel_display_name(
            storage::UserTable(tx).find(storage::ChannelMemberTable(tx).user_ids(channel->id)));
        after.update_at = std::max(tx.now(), channel->update_at + 1);
        table.update(after);
        tx.emit(ChannelUpdated{after, *channel, user.id});
        return after;
    }
    users.push_back(user);
    Channel channel;
    channel.id = share.channel_id;
    channel.type = share.details.type;
    channel.name = share.details.name;
    if (channel.is_group()) channel.display_name = messaging::group_channel_display_name(users);
    channel.shared = true;
    channel.creator_id = user.id;
    if (!messaging::open_between_people(tx, channel, users))
        throw Error(Fault::conflict, "id_conflict", "There is another channel between these people.");
    return channel;
}

}  // namespace concordat::federation
