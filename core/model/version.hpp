// Which version this is, in the two senses that matter to others.
#pragma once
#include <string_view>

namespace concordat {

// The release of the protocol's reference server whose behaviour clients may expect. They compare
// it with the oldest release they work with and switch features on by it, so it is what goes out
// as `Version`, in X-Version-Id and in entity tags.
inline constexpr std::string_view compatible_version = "11.6.0";

// Our own release: `BuildNumber` on the wire, and what operators see.
inline constexpr std::string_view product_version = CONCORDAT_VERSION;

// Set by the packaging build; a developer's build says so.
#ifdef CONCORDAT_BUILD_HASH
inline constexpr std::string_view build_hash = CONCORDAT_BUILD_HASH;
#else
inline constexpr std::string_view build_hash = "dev";
#endif
#ifdef CONCORDAT_BUILD_DATE
inline constexpr std::string_view build_date = CONCORDAT_BUILD_DATE;
#else
inline constexpr std::string_view build_date = "dev";
#endif

}  // namespace concordat
