#include "compliance/barrier/information_barriers.hpp"

#include <algorithm>
#include <iterator>
#include <set>

#include "core/base/text.hpp"
#include "identity/barrier/barriers.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/profile_fields.hpp"
#include "storage/tables/roles.hpp"
#include "storage/tables/teams.hpp"
#include "storage/tables/user_groups.hpp"
#include "storage/tables/users.hpp"

namespace concordat::compliance {
namespace {

Error no_segment() {
    return {Fault::not_found, "barrier.segment.not_found", "There is no such segment."};
}
Error no_barrier() {
    return {Fault::not_found, "barrier.rule.not_found", "There is no such barrier."};
}
Error too_many_barriers() {
    return {Fault::conflict, "barrier.too_many",
            "There are as many as there may be: 64 segments, 200 barriers."};
}

Segment segment_of(storage::Tx& tx, const SegmentId& id) {
    for (auto& one : storage::BarrierTable(tx).segments())
        if (one.id == id) return std::move(one);
    throw no_segment();
}

Barrier barrier_of(storage::Tx& tx, const BarrierId& id) {
    for (auto& one : storage::BarrierTable(tx).barriers())
        if (one.id == id) return std::move(one);
    throw no_barrier();
}

std::string name_in(const std::string& text, const char* id) {
    auto name = std::string(trimmed(text));
    require(!name.empty() && rune_count(name) <= InformationBarriers::longest_name, Fault::invalid, id,
            "A name has 1 to 128 characters.");
    return name;
}

template <class OneId>
std::vector<OneId> ids_named(const SegmentTerm& term, const char* error) {
    std::vector<OneId> out;
    for (const auto& value : term.values) {
        require(looks_like_id(value), Fault::invalid, error, "A value of the segment is no id.");
        out.push_back(OneId::from_text(value));
    }
    return out;
}

void check_people(storage::Tx& tx, const SegmentTerm& term) {
    const std::set<std::string> different(term.values.begin(), term.values.end());
    require(storage::UserTable(tx).find(ids_named<UserId>(term, "barrier.segment.user")).size() ==
                different.size(),
            Fault::invalid, "barrier.segment.user", "A person that the segment names does not exist.");
}

void check_groups(storage::Tx& tx, const SegmentTerm& term) {
    for (const auto& id : ids_named<GroupId>(term, "barrier.segment.group")) {
        const auto group = storage::UserGroupTable(tx).find(id);
        require(group && group->delete_at == 0 && group->source != "custom", Fault::invalid,
                "barrier.segment.group",
                "A group that the segment names does not exist, or is not of a directory or of provisioning: "
                "people can leave groups that people make.");
    }
}

void check_attribute(storage::Tx& tx, const SegmentTerm& term) {
    const auto fields = storage::ProfileFieldTable(tx).all();
    const auto field =
        std::ranges::find_if(fields, [&](const ProfileField& f) { return f.id.text() == term.field_id; });
    require(field != fields.end() && field->attrs.managed == "admin", Fault::invalid,
            "barrier.segment.attribute",
            "The attribute does not exist, or is not one that only administrators set.");
}

void check_term(storage::Tx& tx, const SegmentTerm& term) {
    require(!term.values.empty() && term.values.size() <= InformationBarriers::most_values, Fault::invalid,
            "barrier.segment.terms", "A term has 1 to 1000 values.");
    require(
        std::ranges::all_of(term.values, [](const std::string& v) { return !v.empty() && v.size() <= 256; }),
        Fault::invalid, "barrier.segment.terms", "A value has 1 to 256 bytes.");
    if (term.kind == "user") return check_people(tx, term);
    if (term.kind == "group") return check_groups(tx, term);
    if (term.kind == "attribute") return check_attribute(tx, term);
    if (term.kind == "partner") {
        ids_named<OrganisationId>(term, "barrier.segment.partner");
        return;
    }
    if (term.kind == "team") {
        const std::set<std::string> different(term.values.begin(), term.values.end());
        return require(storage::TeamTable(tx).find(ids_named<TeamId>(term, "barrier.segment.team")).size() ==
                           different.size(),
                       Fault::invalid, "barrier.segment.team",
                       "A team that the segment names does not exist.");
    }
    require(term.kind == "role", Fault::invalid, "barrier.segment.terms",
            "A term is of the kind user, group, team, role, attribute or partner.");
    const auto roles = storage::RoleTable(tx).all();
    for (const auto& name : term.values)
        require(std::ranges::any_of(roles, [&](const Role& r) { return r.name == name; }), Fault::invalid,
                "barrier.segment.role", "A role that the segment names does not exist.");
}

}  // namespace

void InformationBarriers::check(storage::Tx& tx, const Segment& segment) {
    require(!segment.terms.empty() && segment.terms.size() <= most_terms, Fault::invalid,
            "barrier.segment.terms", "A segment has 1 to 20 terms.");
    for (const auto& term : segment.terms) check_term(tx, term);
}

void InformationBarriers::check(storage::Tx& tx, const Barrier& barrier) {
    require(barrier.first_id != barrier.second_id, Fault::invalid, "barrier.rule.sides",
            "A barrier stands between two different segments.");
    const auto segments = storage::BarrierTable(tx).segments();
    for (const auto& id : {barrier.first_id, barrier.second_id})
        require(std::ranges::any_of(segments, [&, &side = id](const Segment& s) { return s.id == side; }),
                Fault::invalid, "barrier.rule.sides", "A segment that the barrier names does not exist.");
    const std::set<ChannelId> different(barrier.excepted_channel_ids.begin(),
                                        barrier.excepted_channel_ids.end());
    require(different.size() <= most_excepted &&
                storage::ChannelTable(tx).find(barrier.excepted_channel_ids).size() == different.size() &&
                different.size() == barrier.excepted_channel_ids.size(),
            Fault::invalid, "barrier.rule.excepted",
            "At most 100 channels are excepted, each named once, and all of them exist.");
}

std::vector<Segment> InformationBarriers::segments(const Request& request) {
    officer_.look(request, "the segments");
    return db_.read([](storage::Tx& tx) { return storage::BarrierTable(tx).segments(); });
}

Segment InformationBarriers::segment(const Request& request, const SegmentId& id) {
    officer_.look(request, "a segment");
    return db_.read([&](storage::Tx& tx) { return segment_of(tx, id); });
}

std::vector<UserId> InformationBarriers::people(const Request& request, const SegmentId& id,
                                                std::int64_t offset, std::int64_t limit) {
    officer_.look(request, "who is in a segment");
    const auto all = db_.read([&](storage::Tx& tx) { return identity::people_of(tx, segment_of(tx, id)); });
    const auto from = std::min(static_cast<std::size_t>(offset), all.size());
    const auto to = std::min(from + static_cast<std::size_t>(limit), all.size());
    return {all.begin() + static_cast<std::ptrdiff_t>(from), all.begin() + static_cast<std::ptrdiff_t>(to)};
}

Segment InformationBarriers::create(const Request& request, Segment segment) {
    officer_.require_change(request, "A new segment");
    segment.name = name_in(segment.name, "barrier.segment.name");
    segment.creator_id = request.actor.user_id;
    db_.transact([&](storage::Tx& tx) {
        storage::BarrierTable table(tx);
        table.take_turns();
        check(tx, segment);
        if (table.segments().size() >= most_segments) throw too_many_barriers();
        segment.id = SegmentId::fresh(tx.now());
        segment.create_at = segment.update_at = tx.now();
        table.insert(segment);
        officer_.note(tx, request, "rule_segment_made", "segment " + segment.id.text());
    });
    return segment;
}

Segment InformationBarriers::update(const Request& request, const SegmentId& id, Segment segment) {
    officer_.require_change(request, "The change of a segment");
    segment.name = name_in(segment.name, "barrier.segment.name");
    db_.transact([&](storage::Tx& tx) {
        storage::BarrierTable table(tx);
        table.take_turns();
        const auto before = segment_of(tx, id);
        check(tx, segment);
        segment.id = id;
        segment.creator_id = before.creator_id;
        segment.create_at = before.create_at;
        segment.update_at = std::max(tx.now(), before.update_at + 1);
        if (!table.update(segment)) throw no_segment();
        officer_.note(tx, request, "rule_segment_changed", "segment " + id.text());
    });
    barriers_.reload();
    return segment;
}

void InformationBarriers::remove(const Request& request, const SegmentId& id) {
    officer_.require_change(request, "The removal of a segment");
    db_.transact([&](storage::Tx& tx) {
        storage::BarrierTable table(tx);
        table.take_turns();
        require(std::ranges::none_of(table.barriers(),
                                     [&](const Barrier& b) { return b.first_id == id || b.second_id == id; }),
                Fault::conflict, "barrier.segment.in_use", "A barrier names this segment.");
        if (!table.remove(id)) throw no_segment();
        officer_.note(tx, request, "rule_segment_removed", "segment " + id.text());
    });
}

namespace {

std::string summary_of_barrier(const Barrier& b) {
    return "barrier " + b.id.text() + ", segments " + b.first_id.text() + " and " + b.second_id.text() +
           ", " + std::to_string(b.excepted_channel_ids.size()) + " channels excepted, " +
           (b.hides_people ? "people hidden, " : "") + (b.is_on ? "on" : "off");
}

}  // namespace

std::vector<Barrier> InformationBarriers::list(const Request& request) {
    officer_.look(request, "the barriers");
    return db_.read([](storage::Tx& tx) { return storage::BarrierTable(tx).barriers(); });
}

Barrier InformationBarriers::get(const Request& request, const BarrierId& id) {
    officer_.look(request, "a barrier");
    return db_.read([&](storage::Tx& tx) { return barrier_of(tx, id); });
}

Barrier InformationBarriers::create(const Request& request, Barrier barrier) {
    officer_.require_change(request, "A new barrier");
    barrier.name = name_in(barrier.name, "barrier.rule.name");
    barrier.creator_id = request.actor.user_id;
    db_.transact([&](storage::Tx& tx) {
        storage::BarrierTable table(tx);
        table.take_turns();
        check(tx, barrier);
        if (table.barriers().size() >= most_barriers) throw too_many_barriers();
        barrier.id = BarrierId::fresh(tx.now());
        barrier.create_at = barrier.update_at = tx.now();
        table.insert(barrier);
        officer_.note(tx, request, "rule_made", summary_of_barrier(barrier));
    });
    barriers_.reload();
    return barrier;
}

Barrier InformationBarriers::update(const Request& request, const BarrierId& id, Barrier barrier) {
    officer_.require_change(request, "The change of a barrier");
    barrier.name = name_in(barrier.name, "barrier.rule.name");
    db_.transact([&](storage::Tx& tx) {
        storage::BarrierTable table(tx);
        table.take_turns();
        const auto before = barrier_of(tx, id);
        check(tx, barrier);
        barrier.id = id;
        barrier.creator_id = before.creator_id;
        barrier.create_at = before.create_at;
        barrier.update_at = std::max(tx.now(), before.update_at + 1);
        if (!table.update(barrier)) throw no_barrier();
        officer_.note(tx, request, "rule_changed", summary_of_barrier(barrier));
    });
    barriers_.reload();
    return barrier;
}

void InformationBarriers::remove(const Request& request, const BarrierId& id) {
    officer_.require_change(request, "The removal of a barrier");
    db_.transact([&](storage::Tx& tx) {
        storage::BarrierTable table(tx);
        table.take_turns();
        if (!table.remove(id)) throw no_barrier();
        officer_.note(tx, request, "rule_removed", "barrier " + id.text());
    });
    barriers_.reload();
}

BarrierPreview InformationBarriers::preview(const Request& request, const Barrier& barrier) {
    officer_.look(request, "what a barrier breaks");
    return db_.read([&](storage::Tx& tx) {
        check(tx, barrier);
        const auto first = identity::people_of(tx, segment_of(tx, barrier.first_id));
        const auto second = identity::people_of(tx, segment_of(tx, barrier.second_id));
        BarrierPreview out;
        out.first_count = std::ssize(first);
        out.second_count = std::ssize(second);
        std::ranges::set_intersection(first, second, std::back_inserter(out.both_ids));
        out.both_count = std::ssize(out.both_ids);
        if (out.both_count > most_previewed) out.both_ids.resize(most_previewed);
        storage::BarrierTable table(tx);
        out.channels = table.breached_by(first, second, barrier.excepted_channel_ids, most_previewed);
        out.channel_count = table.count_breached_by(first, second, barrier.excepted_channel_ids);
        return out;
    });
}

}  // namespace concordat::compliance
