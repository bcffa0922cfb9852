#include "identity/barrier/barriers.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "core/base/error.hpp"
#include "core/model/facts.hpp"
#include "identity/decision/decisions.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/barriers.hpp"
#include "storage/tables/identity_decisions.hpp"
#include "storage/tables/profile_fields.hpp"

namespace concordat::identity {
namespace {

// Values of an attribute that the term means: of a field with options their ids.
std::set<std::string> wanted_values(const SegmentTerm& term, const ProfileField& field) {
    std::set<std::string> out(term.values.begin(), term.values.end());
    for (const auto& option : field.attrs.options)
        if (out.contains(option.name)) out.insert(option.id);
    return out;
}

bool has_value(const json::value& value, const std::set<std::string>& wanted) {
    if (const auto* text = value.if_string()) return wanted.contains(std::string(*text));
    const auto* list = value.if_array();
    return list && std::ranges::any_of(*list, [&](const auto& one) { return has_value(one, wanted); });
}

std::vector<UserId> people_with(storage::Tx& tx, const SegmentTerm& term) {
    storage::ProfileFieldTable table(tx);
    const auto fields = table.all();
    const auto field =
        std::ranges::find_if(fields, [&](const auto& f) { return f.id.text() == term.field_id; });
    if (field == fields.end()) return {};  // the attribute is gone, and nobody has it
    const auto wanted = wanted_values(term, *field);
    std::vector<UserId> out;
    for (const auto& [user, value] : table.values_of_field(field->id))
        if (has_value(value, wanted)) out.push_back(user);
    return storage::BarrierTable(tx).active_among(out);
}

void sort_once(std::vector<UserId>& users) {
    std::ranges::sort(users);
    users.erase(std::unique(users.begin(), users.end()), users.end());
}

std::vector<storage::BarrierPerson> wanted_standing(storage::Tx& tx, const std::vector<Barrier>& barriers) {
    std::map<SegmentId, std::vector<UserId>> people;
    for (const auto& segment : storage::BarrierTable(tx).segments())
        if (std::ranges::any_of(barriers, [&](const Barrier& b) {
                return b.first_id == segment.id || b.second_id == segment.id;
            }))
            people[segment.id] = people_of(tx, segment);
    std::vector<storage::BarrierPerson> out;
    for (const auto& barrier : barriers)
        for (const bool is_second : {false, true}) {
            const auto at = people.find(is_second ? barrier.second_id : barrier.first_id);
            require(at != people.end(), Fault::unavailable, "barrier.unavailable",
                    "A barrier names a segment that is not there.");
            for (const auto& user : at->second)
                out.push_back({user, barrier.id, is_second, barrier.hides_people});
        }
    std::ranges::sort(out);
    return out;
}

void write_standing(storage::Tx& tx, const std::vector<storage::BarrierPerson>& wanted) {
    storage::BarrierTable table(tx);
    auto had = table.standing();
    std::ranges::sort(had);
    std::vector<storage::BarrierPerson> gone, come;
    std::ranges::set_difference(had, wanted, std::back_inserter(gone));
    std::ranges::set_difference(wanted, had, std::back_inserter(come));
    if (!gone.empty()) table.remove(gone);
    if (!come.empty()) table.insert(come);
}

// Facts after which somebody may stand elsewhere.
// What a fact may change: nothing, who stands where, or the barriers themselves.
enum class Concern { nothing, people, rules };

Concern concern_of(const storage::Fact& fact) {
    if (fact.is<IdentityDecided>()) {
        const auto decision = fact.as<IdentityDecided>().decision;
        if (decision.act == "barrier" && decision.rule.starts_with("barrier.rule_")) return Concern::rules;
        return decision.rule == "profile.values" ? Concern::people : Concern::nothing;
    }
    const bool moves = fact.is<ProfileValuesChanged>() || fact.is<ProfileFieldSaved>() ||
                       fact.is<ProfileFieldRemoved>() || fact.is<UserRolesChanged>() ||
                       fact.is<UserActivated>() || fact.is<UserCreated>() || fact.is<GroupSaved>() ||
                       fact.is<GroupMembersChanged>() || fact.is<TeamJoined>() || fact.is<TeamLeft>();
    return moves ? Concern::people : Concern::nothing;
}

std::optional<ChannelId> met_in(const storage::Fact& fact) {
    if (fact.is<ChannelJoined>() || fact.is<ChannelLeft>() || fact.is<DirectCreated>() ||
        fact.is<ChannelRestored>())
        return ChannelId(fact.scope);
    return std::nullopt;
}

}  // namespace

std::vector<UserId> people_of(storage::Tx& tx, const Segment& segment) {
    storage::BarrierTable table(tx);
    std::vector<UserId> out;
    for (const auto& term : segment.terms) {
        const auto some = term.kind == "attribute" ? people_with(tx, term) : table.people_of(term);
        out.insert(out.end(), some.begin(), some.end());
    }
    sort_once(out);
    const auto bots = table.bots_of(out);
    out.insert(out.end(), bots.begin(), bots.end());
    sort_once(out);
    return out;
}

void Barriers::forget() {
    std::lock_guard guard(mutex_);
    picture_.reset();
}

void Barriers::reload() {
    std::lock_guard order(reloading_);
    auto fresh = std::make_shared<Picture>();
    try {
        db_.transact([&](storage::Tx& tx) {
            *fresh = {};
            storage::BarrierTable table(tx);
            table.take_turns();
            auto barriers = table.barriers();
            std::erase_if(barriers, [](const Barrier& b) { return !b.is_on; });
            const auto wanted = wanted_standing(tx, barriers);
            write_standing(tx, wanted);
            std::vector<std::pair<BarrierId, ChannelId>> exceptions;
            for (const auto& barrier : barriers)
                for (const auto& channel : barrier.excepted_channel_ids)
                    exceptions.emplace_back(barrier.id, channel);
            table.set_exceptions(exceptions);
            for (const auto& one : wanted) fresh->people[one.user_id].push_back(one.barrier_id);
            std::vector<std::pair<ChannelId, BarrierId>> breached;
            fresh->has_barriers = !barriers.empty();
            if (!barriers.empty()) breached = table.breached({});
            table.set_breached(breached, {});
            for (const auto& [channel, barrier] : breached) fresh->breached[channel].push_back(barrier);
        });
    } catch (...) {  // what was in force is not any more: whoever writes next makes it anew, or is refused
        forget();
        throw;
    }
    std::lock_guard guard(mutex_);
    picture_ = std::move(fresh);
}

void Barriers::look_at(const std::vector<ChannelId>& channels) {
    const auto known = picture();
    if (known->people.empty()) return;
    std::lock_guard order(reloading_);
    std::shared_ptr<Picture> fresh;
    try {
        {
            std::lock_guard guard(mutex_);
            if (!picture_) return;  // made anew by whoever writes next
            fresh = std::make_shared<Picture>(*picture_);
        }
        for (const auto& channel : channels) fresh->breached.erase(channel);
        const auto breached = db_.transact([&](storage::Tx& tx) {
            storage::BarrierTable table(tx);
            table.take_turns();
            auto found = table.breached(channels);
            table.set_breached(found, channels);
            return found;
        });
        for (const auto& [channel, barrier] : breached) fresh->breached[channel].push_back(barrier);
    } catch (...) {
        forget();
        throw;
    }
    std::lock_guard guard(mutex_);
    picture_ = std::move(fresh);
}

void Barriers::take(const std::vector<storage::Fact>& facts) {
    std::vector<ChannelId> channels;
    auto concern = Concern::nothing;
    for (const auto& fact : facts) {
        concern = std::max(concern, concern_of(fact));
        if (const auto channel = met_in(fact)) channels.push_back(*channel);
    }
    // Where no barrier is on, people come and go without a look at the database.
    if (concern == Concern::rules || (concern == Concern::people && picture()->has_barriers)) return reload();
    if (!channels.empty()) look_at(channels);
}

std::shared_ptr<const Barriers::Picture> Barriers::picture() {
    {
        std::lock_guard guard(mutex_);
        if (picture_) return picture_;
    }
    reload();
    std::lock_guard guard(mutex_);
    require(picture_ != nullptr, Fault::unavailable, "barrier.unavailable",
            "The barriers between people cannot be read now.");
    return picture_;
}

namespace {

[[noreturn]] void refuse_writing(Decisions& decisions, const Actor& actor, const ChannelId& channel,
                                 const BarrierId& barrier) {
    Trail trail("barrier", channel.text());
    trail.decision.user_id = actor.user_id;
    trail.decision.session_id = actor.session_id;
    trail.refused("barrier.read_only", "barrier " + barrier.text() + ", channel " + channel.text());
    decisions.record(trail);
    throw Error(Fault::forbidden, "barrier.read_only",
                "You may read here, and not write: there are people here whom you may not talk to.");
}

}  // namespace

void Barriers::require_writable(const Actor& actor, const ChannelId& channel) {
    const auto now = picture();
    const auto at = now->people.find(actor.user_id);
    if (at == now->people.end()) return;
    const auto in = now->breached.find(channel);
    if (in == now->breached.end()) return;
    const auto barrier = std::ranges::find_first_of(at->second, in->second);
    if (barrier != at->second.end()) refuse_writing(decisions_, actor, channel, *barrier);
}

void require_writable(storage::Database& db, const Actor& actor, const ChannelId& channel) {
    const auto barrier =
        db.read([&](storage::Tx& tx) { return storage::BarrierTable(tx).read_only(channel, actor.user_id); });
    if (!barrier) return;
    Decisions decisions(db);
    refuse_writing(decisions, actor, channel, *barrier);
}

void record_apart(storage::Database& db, const Actor& actor, const Error& refusal) {
    Trail trail("barrier", new_token());
    trail.decision.user_id = actor.user_id;
    trail.decision.session_id = actor.session_id;
    trail.refused(barrier_apart, refusal.detail());
    Decisions(db).record(trail);
}

void record_left_out(storage::Tx& tx, const ChannelId& channel, const UserId& user, const UserId& by) {
    Trail trail("barrier", channel.text());
    trail.refused(barrier_apart, "channel " + channel.text() + ", with its team");
    auto decision = trail.decision;
    decision.id = DecisionId::fresh(tx.now());
    decision.create_at = tx.now();
    decision.user_id = user;
    decision.actor_id = by;
    tx.emit(IdentityDecided{decision});
    storage::IdentityDecisionTable(tx).insert(decision);
}

Barriers::Standing Barriers::standing() {
    const auto now = picture();
    std::set<BarrierId> barriers;
    for (const auto& [user, numbers] : now->people) barriers.insert(numbers.begin(), numbers.end());
    return {barriers.size(), now->people.size(), now->breached.size()};
}

std::vector<ChannelId> Barriers::breached(const BarrierId& barrier) {
    const auto now = picture();
    std::vector<ChannelId> out;
    for (const auto& [channel, numbers] : now->breached)
        if (std::ranges::count(numbers, barrier) > 0) out.push_back(channel);
    std::ranges::sort(out);
    return out;
}

}  // namespace concordat::identity
