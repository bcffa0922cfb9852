// Information barriers: segments and barriers made, tried before they are switched on, and looked at.
//
// What a barrier does when it is on: identity/barrier/barriers.hpp. A change is in force with the answer to
// the call. preview() says what a barrier would break, or breaks: who is on which side, who on both, and the
// channels that hold both sides.
//
// Who may: holders of the role `content_officer`, by that role alone, and the operator at the machine.
// Everything, refusals and looking included, is written down, act "barrier", with what it changes; who is in
// a segment is not in records.
//
// Thread-safe; calls block. Errors beside those of the database and of officer.hpp:
//   invalid    barrier.segment.name, .terms, .user, .group, .team, .role, .attribute, .partner
//   invalid    barrier.rule.name, .sides, .excepted      the text says what is wrong
//   not_found  barrier.segment.not_found, barrier.rule.not_found
//   conflict   barrier.segment.in_use                    a barrier names it
//   conflict   barrier.too_many                          there are most_segments, or most_barriers
#pragma once
#include <string>
#include <vector>
#include "compliance/export/officer.hpp"
#include "core/model/barrier.hpp"
#include "storage/tables/barriers.hpp"

namespace concordat::identity {
class Barriers;
}

namespace concordat::compliance {

struct BarrierPreview {
    std::int64_t first_count = 0, second_count = 0, both_count = 0, channel_count = 0;
    std::vector<UserId> both_ids;                  // at most `most_previewed`
    std::vector<storage::BarredChannel> channels;  // the same; those between people first
};
BOOST_DESCRIBE_STRUCT(BarrierPreview, (),
                      (first_count, second_count, both_count, channel_count, both_ids, channels))

class InformationBarriers {
public:
    static constexpr const char* role = "content_officer";
    static constexpr std::size_t most_segments = 64, most_barriers = 200, most_terms = 20, most_values = 1000,
                                 most_excepted = 100, longest_name = 128;
    static constexpr std::int64_t most_previewed = 200;

    // All must outlive this object.
    InformationBarriers(storage::Database& db, identity::Barriers& barriers, identity::Decisions& decisions,
                        const LiveSettings& settings)
        : db_(db), barriers_(barriers), officer_(db, decisions, settings, "barrier", role) {}

    std::vector<Segment> segments(const Request& request);
    Segment segment(const Request& request, const SegmentId& id);
    // Who is in it now, by id.
    std::vector<UserId> people(const Request& request, const SegmentId& id, std::int64_t offset,
                               std::int64_t limit);
    Segment create(const Request& request, Segment segment);
    Segment update(const Request& request, const SegmentId& id, Segment segment);
    void remove(const Request& request, const SegmentId& id);

    std::vector<Barrier> list(const Request& request);
    Barrier get(const Request& request, const BarrierId& id);
    Barrier create(const Request& request, Barrier barrier);
    Barrier update(const Request& request, const BarrierId& id, Barrier barrier);
    void remove(const Request& request, const BarrierId& id);
    // Whether it is on or not, made or not.
    BarrierPreview preview(const Request& request, const Barrier& barrier);

private:
    void check(storage::Tx& tx, const Segment& segment);
    void check(storage::Tx& tx, const Barrier& barrier);

    storage::Database& db_;
    identity::Barriers& barriers_;
    Officer officer_;
};

}  // namespace concordat::compliance
