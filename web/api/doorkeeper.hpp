// The doorkeeper: who is calling, by session cookie or header, and whether the Gate lets them in.
//
// Thread-safe; calls block at most for a look-up that is not remembered yet. Fails closed: what goes
// wrong on the way is an exception, and the router refuses the call.
//
// Errors: api.context.session_expired.app_error, api.context.token_provided.app_error (unauthenticated);
// app.channel.get.existing.app_error, app.post.get.app_error, app.team.get.find.app_error (not_found);
// lacks_permission(); api.context.ip_filtering.refused.app_error for who calls from where nobody may,
// api.context.mfa_required.app_error for whoever has to set up a second factor first,
// identity.step_up.needed for a change of the node without a fresh one, identity.oauth.not_for_applications
// for what an application may not do in a person's name: changes of the node, and what is for_people()
// (forbidden).
#pragma once
#include <memory>
#include <optional>
#include <string>
#include "core/config/allowed_networks.hpp"
#include "core/config/live.hpp"
#include "core/model/ids.hpp"
#include "identity/access/gate.hpp"
#include "identity/session/sessions.hpp"
#include "web/http/call.hpp"
#include "web/http/rule.hpp"

namespace concordat::web {

// The token of a request, and where it stood: first cookie, then header, then query.
struct PresentedToken {
    enum class Place { cookie, header, query };
    std::string token;
    Place place = Place::cookie;
};
std::optional<PresentedToken> token_in(const Head& head);

// Whether somebody on this machine calls directly: not through a proxy, and not by a name that a page
// elsewhere could have made to point here.
bool is_from_this_machine(const Head& head);

// Whether the rules demand a second factor of the person who calls, from MfaEnforcedFrom on.
bool is_asked_for_factor(const Call& call, const Settings& settings);
// Whether that person has to set one up first, now.
bool lacks_factor(const Call& call, const Settings& settings);

class SessionDoorkeeper : public Doorkeeper {
public:
    // All must outlive this object.
    SessionDoorkeeper(identity::Sessions& sessions, identity::Gate& gate, const LiveSettings& settings)
        : sessions_(sessions), gate_(gate), settings_(settings), bounds_(settings) {}

    void identify(Call& call, bool csrf_applies) override;
    void admit(const Call& call, Scope scope, Permission permission, const std::string& id) override;
    // Takes the cookies of a session that is none any more.
    void refused(const Call& call, const Error& error, Reply& reply) override;

private:
    void check_csrf(const Call& call) const;
    void require_factor(const Call& call) const;
    void require_fresh_factor(const Actor& actor) const;
    void admit_to_team(const Actor& actor, Permission permission, const TeamId& team);
    void admit_to_channel(const Actor& actor, Permission permission, const ChannelId& channel);

    identity::Sessions& sessions_;
    identity::Gate& gate_;
    const LiveSettings& settings_;
    NetworkBounds bounds_;
};

}  // namespace concordat::web
