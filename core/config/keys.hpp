// The one table of settings: where each lives, what it allows, whether it is a secret, whether a
// change waits for a restart. load, live and the administrators' interface all walk it.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>
#include "core/config/rules.hpp"
#include "core/config/settings.hpp"

namespace concordat {

// The member itself, by type.
using Slot = std::variant<bool*, std::int64_t*, std::string*, std::vector<std::string>*>;
using ConstSlot =
    std::variant<const bool*, const std::int64_t*, const std::string*, const std::vector<std::string>*>;

struct Key {
    enum Flags : unsigned {
        plain = 0,
        secret = 1,   // its value is never printed, logged or sent
        restart = 2,  // read once at start
        local = 4,    // changed at the machine only; so are all that name files
    };
    std::string_view section;
    std::string_view name;
    Slot (*slot)(Settings&);
    rules::Rule rule = {};
    unsigned flags = plain;

    std::string path() const { return std::string(section) + '.' + std::string(name); }
    bool is_secret() const { return flags & secret; }
    bool needs_restart() const { return flags & restart; }
    bool is_local() const;
    ConstSlot read(const Settings& settings) const;
};

// In the order of settings.hpp, so the keys of a section stand together.
std::span<const Key> setting_keys();

// The keys whose values differ.
std::vector<const Key*> changed_keys(const Settings& before, const Settings& now);

}  // namespace concordat
