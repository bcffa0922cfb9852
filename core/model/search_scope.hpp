// The scope that the keys of the search index belong to. The bytes are part of what the keys are bound to:
// never change them.
#pragma once
#include "core/model/scope.hpp"

namespace concordat::scopes {

inline constexpr IdBytes search = named(20);

}  // namespace concordat::scopes
