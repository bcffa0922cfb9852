#include "web/socket/roster.hpp"

#include <algorithm>
#include <utility>

namespace concordat::web {
namespace {

template <class T>
void erase_one(std::vector<T*>& all, const T* one) {
    const auto at = std::find(all.begin(), all.end(), one);
    if (at == all.end()) return;
    *at = all.back();
    all.pop_back();
}

// Both keep a sorted list and the map of who is where in step; joining twice is joining once.
template <class Key, class Map>
void join(RosterMember& member, std::vector<Key>& own, Map& places, const Key& place) {
    const auto at = std::lower_bound(own.begin(), own.end(), place);
    if (at != own.end() && *at == place) return;
    own.insert(at, place);
    places[place].push_back(&member);
}

template <class Key, class Map>
void unlist(RosterMember& member, Map& places, const Key& place) {
    const auto found = places.find(place);
    if (found == places.end()) return;
    erase_one(found->second, &member);
    if (found->second.empty()) places.erase(found);
}

template <class Key, class Map>
void part(RosterMember& member, std::vector<Key>& own, Map& places, const Key& place) {
    const auto at = std::lower_bound(own.begin(), own.end(), place);
    if (at == own.end() || *at != place) return;
    own.erase(at);
    unlist(member, places, place);
}

// Makes `own` what `wanted` says, touching only what differs.
template <class Key, class Map>
void replace_all(RosterMember& member, std::vector<Key>& own, Map& places, std::vector<Key> wanted) {
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    for (const auto& place : own)
        if (!std::binary_search(wanted.begin(), wanted.end(), place)) unlist(member, places, place);
    for (const auto& place : wanted)
        if (!std::binary_search(own.begin(), own.end(), place)) places[place].push_back(&member);
    wanted.shrink_to_fit();
    own = std::move(wanted);
}

}  // namespace

bool RosterMember::is_in(const ChannelId& channel) const {
    return std::binary_search(channels.begin(), channels.end(), channel);
}

bool RosterMember::is_in_any(const std::vector<ChannelId>& sorted) const {
    const auto& shorter = sorted.size() < channels.size() ? sorted : channels;
    const auto& longer = sorted.size() < channels.size() ? channels : sorted;
    return std::any_of(shorter.begin(), shorter.end(), [&](const auto& channel) {
        return std::binary_search(longer.begin(), longer.end(), channel);
    });
}

Memberships RosterMember::memberships() const {
    return {channels, teams, is_admin, is_guest};
}

RosterMember& Roster::enter(Subscriber& subscriber) {
    auto& slot = members_[subscriber.session.user_id];
    if (!slot) {
        slot = std::make_unique<RosterMember>();
        slot->user_id = subscriber.session.user_id;
    }
    slot->subscribers.push_back(&subscriber);
    subscriber.member = slot.get();
    return *slot;
}

void Roster::leave(Subscriber& subscriber) {
    if (subscriber.is_loading) finish_load(subscriber);
    auto* member = std::exchange(subscriber.member, nullptr);
    if (!member) return;
    erase_one(member->subscribers, &subscriber);
    if (!member->subscribers.empty()) return;
    for (const auto& channel : member->channels) unlist(*member, channels_, channel);
    for (const auto& team : member->teams) unlist(*member, teams_, team);
    members_.erase(UserId(member->user_id));
}

void Roster::begin_load(Subscriber& subscriber) {
    auto& member = *subscriber.member;
    if (member.loads++ == 0) loading_.push_back(&member);
    subscriber.load_begun = member.since_load.size();
    subscriber.is_loading = true;
}

void Roster::end_load(Subscriber& subscriber, Memberships loaded) {
    auto& member = *subscriber.member;
    replace(member, std::move(loaded));
    for (auto i = subscriber.load_begun; i < member.since_load.size(); ++i)
        apply_to(member, member.since_load[i]);
    finish_load(subscriber);
}

void Roster::finish_load(Subscriber& subscriber) {
    auto& member = *subscriber.member;
    subscriber.is_loading = false;
    if (--member.loads > 0) return;
    std::vector<RosterChange>().swap(member.since_load);
    erase_one(loading_, &member);
}

void Roster::replace(RosterMember& member, Memberships now) {
    replace_all(member, member.channels, channels_, std::move(now.channels));
    replace_all(member, member.teams, teams_, std::move(now.teams));
    member.is_admin = now.is_admin;
    member.is_guest = now.is_guest;
}

void Roster::apply_to(RosterMember& member, const RosterChange& change) {
    switch (change.kind) {
        case RosterChange::Kind::joined_channel:
            return join(member, member.channels, channels_, ChannelId(change.place));
        case RosterChange::Kind::left_channel:
        case RosterChange::Kind::channel_gone:
            return part(member, member.channels, channels_, ChannelId(change.place));
        case RosterChange::Kind::joined_team:
            return join(member, member.teams, teams_, TeamId(change.place));
        case RosterChange::Kind::left_team:
            return part(member, member.teams, teams_, TeamId(change.place));
        case RosterChange::Kind::role:
            member.is_admin = change.is_admin;
            member.is_guest = change.is_guest;
            return;
    }
}

void Roster::apply(const RosterChange& change) {
    if (change.kind == RosterChange::Kind::channel_gone) {
        for (auto* member : loading_) member->since_load.push_back(change);
        if (const auto found = channels_.find(ChannelId(change.place)); found != channels_.end()) {
            const auto all = found->second;  // a copy: each step changes the original
            for (auto* member : all) apply_to(*member, change);
        }
        return;
    }
    auto* member = find(change.user_id);
    if (!member) return;
    if (member->loads > 0) member->since_load.push_back(change);
    apply_to(*member, change);
}

RosterMember* Roster::find(const UserId& user) const {
    const auto found = members_.find(user);
    return found == members_.end() ? nullptr : found->second.get();
}

const std::vector<RosterMember*>* Roster::in_channel(const ChannelId& channel) const {
    const auto found = channels_.find(channel);
    return found == channels_.end() ? nullptr : &found->second;
}

const std::vector<RosterMember*>* Roster::in_team(const TeamId& team) const {
    const auto found = teams_.find(team);
    return found == teams_.end() ? nullptr : &found->second;
}

}  // namespace concordat::web
