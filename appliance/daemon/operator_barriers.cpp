// The operator's commands about information barriers.
#include <algorithm>

#include "appliance/daemon/operator.hpp"
#include "appliance/daemon/operator_arguments.hpp"
#include "core/base/text.hpp"

namespace concordat::appliance {
namespace {

compliance::Request about_barriers() {
    static const Actor nobody;
    return {nobody, new_token(), {}, true};
}

json::value as_value(const auto& described) {
    return json::parse(json_text(described));
}

}  // namespace

void Operator::add_barriers() {
    auto& barriers = node_.information_barriers;
    commands_["barrier segments"] = [&barriers](const json::object&, const Progress&) -> json::value {
        return as_value(barriers.segments(about_barriers()));
    };
    commands_["barrier segment"] = [&barriers](const json::object& a, const Progress&) -> json::value {
        Segment segment;
        segment.name = needed(a, "name");
        auto& term = segment.terms.emplace_back();
        term.kind = needed(a, "kind");
        term.field_id = text_of(a, "field");
        term.values = split_words(needed(a, "values"), ',');
        return as_value(barriers.create(about_barriers(), segment));
    };
    commands_["barrier forget"] = [&barriers](const json::object& a, const Progress&) -> json::value {
        barriers.remove(about_barriers(), SegmentId::from_text(needed(a, "id")));
        return json::object{{"removed", needed(a, "id")}};
    };
    commands_["barrier list"] = [&barriers](const json::object&, const Progress&) -> json::value {
        return as_value(barriers.list(about_barriers()));
    };
    commands_["barrier make"] = [&barriers](const json::object& a, const Progress&) -> json::value {
        Barrier barrier;
        barrier.name = needed(a, "name");
        barrier.first_id = SegmentId::from_text(needed(a, "first"));
        barrier.second_id = SegmentId::from_text(needed(a, "second"));
        for (const auto& channel : split_words(text_of(a, "except"), ','))
            barrier.excepted_channel_ids.push_back(ChannelId::from_text(channel));
        barrier.hides_people = flag_of(a, "hide");
        return as_value(barriers.create(about_barriers(), barrier));
    };
    commands_["barrier preview"] = [&barriers](const json::object& a, const Progress&) -> json::value {
        const auto barrier = barriers.get(about_barriers(), BarrierId::from_text(needed(a, "id")));
        return as_value(barriers.preview(about_barriers(), barrier));
    };
    const auto turn = [&barriers](const json::object& a, bool is_on) -> json::value {
        auto barrier = barriers.get(about_barriers(), BarrierId::from_text(needed(a, "id")));
        barrier.is_on = is_on;
        return as_value(barriers.update(about_barriers(), barrier.id, barrier));
    };
    commands_["barrier on"] = [turn](const json::object& a, const Progress&) { return turn(a, true); };
    commands_["barrier off"] = [turn](const json::object& a, const Progress&) { return turn(a, false); };
    commands_["barrier remove"] = [&barriers](const json::object& a, const Progress&) -> json::value {
        barriers.remove(about_barriers(), BarrierId::from_text(needed(a, "id")));
        return json::object{{"removed", needed(a, "id")}};
    };
}

}  // namespace concordat::appliance
