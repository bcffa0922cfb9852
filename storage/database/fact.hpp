// A fact: something that happened, as it is written to the journal with the change it describes.
//
// A fact type is a described struct with two members more:
//   static constexpr const char* kind = "reaction_added";   // stored: renaming one is a migration
//   IdBytes scope() const;                                   // channel id, or one of core/model/scope.hpp
// It carries what later edits would change: old and new text, actor, time.
#pragma once
#include <string>
#include "core/base/clock.hpp"
#include "core/base/json.hpp"
#include "core/model/ids.hpp"

namespace concordat::storage {

// As written: kind, what it belongs to, when, and the fact as JSON.
struct Fact {
    std::string kind;
    IdBytes scope{};
    Millis create_at = 0;
    std::string body;

    template <class F>
    bool is() const {
        return kind == F::kind;
    }
    template <class F>
    F as() const {
        return parse_json<F>(body, "fact");
    }
};

template <class F>
Fact fact_of(const F& fact, Millis now) {
    return {F::kind, fact.scope(), now, json_text(fact)};
}

}  // namespace concordat::storage
