// The page at "/" of a node that has no browser client installed: what this is, that it runs, and how to
// connect.
//
// One text without anything from elsewhere; its Content-Security-Policy allows nothing but its own style.
// Thread-safe. For RouterOptions::static_site, after the site of the browser client.
#pragma once
#include <optional>
#include "core/config/live.hpp"
#include "web/http/call.hpp"

namespace concordat::web {

class LandingPage {
public:
    // `settings` must outlive this object.
    explicit LandingPage(const LiveSettings& settings) : settings_(settings) {}
    // Nothing unless "/" is asked for, by GET or HEAD.
    std::optional<Reply> reply(const Head& head) const;

private:
    const LiveSettings& settings_;
};

}  // namespace concordat::web
