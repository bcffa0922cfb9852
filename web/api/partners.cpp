#include "web/api/partners.hpp"

#include <algorithm>
#include <set>

#include "federation/stream/shares.hpp"
#include "identity/access/gate.hpp"
#include "identity/account/people.hpp"
#include "storage/crypto/digest.hpp"
#include "web/api/paging.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

using federation::Partners;
using federation::Shares;

constexpr Millis still_online = 5 * 60 * 1000;  // since it was last heard of, as clients count
constexpr std::int64_t usual_hours = 48;
constexpr std::size_t longest_name = 22;
const char* const either = "manage_secure_connections or manage_shared_channels";
const char* const waits = "pending_";  // what the address begins with while the other side has not come

// A partner, or an invitation that nobody has accepted. `check_number` and `state` are this product's own.
struct RemoteCluster {
    AnyId remote_id;
    std::string remote_team_id, name, display_name, site_url;
    TeamId default_team_id;
    Millis create_at = 0, delete_at = 0, last_ping_at = 0, last_global_user_sync_at = 0;
    std::string token, remote_token, topics;  // never told
    UserId creator_id;
    std::string plugin_id;
    std::int64_t options = 0;
    std::string state, check_number;
};
BOOST_DESCRIBE_STRUCT(RemoteCluster, (),
                      (remote_id, remote_team_id, name, display_name, site_url, default_team_id, create_at,
                       delete_at, last_ping_at, last_global_user_sync_at, token, remote_token, topics,
                       creator_id, plugin_id, options, state, check_number))

struct RemoteInfo {
    std::string name, display_name;
    Millis create_at = 0, delete_at = 0, last_ping_at = 0;
};
BOOST_DESCRIBE_STRUCT(RemoteInfo, (), (name, display_name, create_at, delete_at, last_ping_at))

struct NewRemote {
    std::string name, display_name, password;
    TeamId default_team_id;
};
BOOST_DESCRIBE_STRUCT(NewRemote, (), (name, display_name, password, default_team_id))

struct AcceptedInvitation {
    std::string name, display_name, invite, password;
    TeamId default_team_id;
};
BOOST_DESCRIBE_STRUCT(AcceptedInvitation, (), (name, display_name, invite, password, default_team_id))

struct RemotePatch {
    std::optional<std::string> display_name;
    std::optional<TeamId> default_team_id;
};
BOOST_DESCRIBE_STRUCT(RemotePatch, (), (display_name, default_team_id))

struct Password {
    std::string password;
};
BOOST_DESCRIBE_STRUCT(Password, (), (password))

struct CheckNumber {
    std::string check_number;
};
BOOST_DESCRIBE_STRUCT(CheckNumber, (), (check_number))

struct RemoteWithInvite {
    RemoteCluster remote_cluster;
    std::string invite;
};
BOOST_DESCRIBE_STRUCT(RemoteWithInvite, (), (remote_cluster, invite))

struct ChannelRemote {
    AnyId id;
    ChannelId channel_id;
    UserId creator_id;
    Millis create_at = 0, update_at = 0, delete_at = 0;
    bool is_invite_accepted = false, is_invite_confirmed = false;
    OrganisationId remote_id;
    Millis last_post_update_at = 0;
    PostId last_post_id;
    Millis last_post_create_at = 0;
    PostId last_post_create_id;
    Millis last_members_sync_at = 0;
};
BOOST_DESCRIBE_STRUCT(ChannelRemote, (),
                      (id, channel_id, creator_id, create_at, update_at, delete_at, is_invite_accepted,
                       is_invite_confirmed, remote_id, last_post_update_at, last_post_id, last_post_create_at,
                       last_post_create_id, last_members_sync_at))

struct ChannelShared {
    ChannelId id;
    TeamId team_id;
    bool home = false, readonly = false;
    std::string name, display_name, purpose, header;
    UserId creator_id;
    Millis create_at = 0, update_at = 0;
    std::optional<OrganisationId> remote_id;
};
BOOST_DESCRIBE_STRUCT(ChannelShared, (),
                      (id, team_id, home, readonly, name, display_name, purpose, header, creator_id,
                       create_at, update_at, remote_id))

// Clients derive a name from what people typed; here it becomes one that may stand behind a user name.
std::string partner_name(const std::string& name) {
    std::string out;
    for (const char c : name) {
        const char low = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        const bool is_kept = (low >= 'a' && low <= 'z') || (low >= '0' && low <= '9');
        if (is_kept || !out.ends_with('-')) out += is_kept ? low : '-';
        if (out.size() == longest_name) break;
    }
    while (out.ends_with('-')) out.pop_back();
    while (out.starts_with('-')) out.erase(0, 1);
    return out;
}

std::string shown_name(const Partner& p) {
    return !p.label.empty() ? p.label : !p.display_name.empty() ? p.display_name : p.name;
}

class PartnerRoutes {
public:
    PartnerRoutes(Partners& partners, Shares& shares) : partners_(partners), shares_(shares) {}

    RemoteCluster shown(const Partner& p) const {
        RemoteCluster out;
        out.remote_id = id_as<AnyId>(p.id);
        out.name = p.name;
        out.display_name = shown_name(p);
        const auto address = p.address.empty() ? p.id.text() : p.address;
        out.site_url = (p.state == "pending" ? waits : "") + ("https://" + address);
        out.default_team_id = p.default_team_id;
        out.create_at = p.create_at;
        out.delete_at = p.state == "revoked" ? std::max<Millis>(p.state_at, 1) : 0;
        out.last_ping_at = p.last_seen_at;
        out.creator_id = p.creator_id;
        out.state = p.state;
        out.check_number = partners_.number_of(p);
        return out;
    }
    static RemoteCluster shown(const PartnerInvitation& i) {
        RemoteCluster out;
        out.remote_id = i.id;
        out.name = i.name;
        out.display_name = i.label.empty() ? i.name : i.label;
        out.site_url = waits + i.id.text();
        out.default_team_id = i.default_team_id;
        out.create_at = i.create_at;
        out.creator_id = i.creator_id;
        out.state = "invited";
        return out;
    }
    static RemoteInfo info_of(const Partner& p) {
        return {p.name, shown_name(p), p.create_at,
                p.state == "revoked" ? std::max<Millis>(p.state_at, 1) : 0, p.last_seen_at};
    }
    std::vector<RemoteCluster> list(Call& call) const {
        std::vector<RemoteCluster> all;
        const auto flag = [&](const char* name) { return flag_in(call, name); };
        if (flag("only_plugins")) return all;
        const auto in_channel = id_in<ChannelId>(call, "in_channel");
        const auto not_in_channel = id_in<ChannelId>(call, "not_in_channel");
        const auto in = members_of(in_channel), not_in = members_of(not_in_channel);
        for (const auto& p : partners_.all()) {
            if (p.state == "revoked" && !flag("include_deleted")) continue;
            if (flag("only_confirmed") && p.state == "pending") continue;
            if (flag("exclude_offline") && wall_clock() - p.last_seen_at > still_online) continue;
            if (!in_channel.empty() && !in.contains(p.id)) continue;
            if (!not_in_channel.empty() && not_in.contains(p.id)) continue;
            all.push_back(shown(p));
        }
        if (!flag("only_confirmed") && !flag("exclude_offline") && in_channel.empty())
            for (const auto& i : partners_.invitations()) all.push_back(shown(i));
        return page_of(call, std::move(all));
    }
    Partner partner(Call& call) const {
        const auto found = partners_.find(call.id<OrganisationId>("remote_id"));
        if (!found)
            throw Error(Fault::not_found, "api.remote_cluster.get.not_found", "There is no such partner.");
        return *found;
    }
    std::optional<PartnerInvitation> invitation(Call& call) const {
        const auto id = call.id<AnyId>("remote_id");
        for (auto& i : partners_.invitations())
            if (i.id == id) return std::move(i);
        return std::nullopt;
    }
    std::vector<ChannelRemote> remotes_of(Call& call) const {
        const auto p = partner(call);
        const auto flag = [&](const char* name) { return flag_in(call, name); };
        std::vector<ChannelRemote> all;
        const auto add = [&](const ChannelId& channel, const UserId& creator, const std::string& state,
                             Millis since, bool is_home) {
            const bool is_joined = state == "joined", is_ended = state == "ended";
            if ((is_ended && !flag("include_deleted")) || (is_home && flag("exclude_home")) ||
                (!is_home && flag("exclude_remote")) ||
                (!is_joined && !is_ended && !flag("include_unconfirmed")) ||
                (is_joined && flag("exclude_confirmed")))
                return;
            ChannelRemote out;
            out.id = id_for(channel, p.id);
            out.channel_id = channel;
            out.creator_id = creator;
            out.create_at = out.update_at = since;
            out.delete_at = is_ended ? since : 0;
            out.is_invite_accepted = out.is_invite_confirmed = is_joined;
            out.remote_id = p.id;
            all.push_back(std::move(out));
        };
        for (const auto& s : shares_.of_partner(p.id))
            add(s.channel_id, s.creator_id, s.state, s.since, true);
        for (const auto& s : shares_.all())
            if (s.home == p.id) add(s.channel_id, {}, s.state, s.since, false);
        return page_of(call, std::move(all));
    }
    // The organisations that take part in a channel, this one excepted.
    std::vector<RemoteInfo> infos_of(const ChannelId& channel) const {
        std::vector<RemoteInfo> out;
        for (const auto& id : members_of(channel))
            if (const auto p = partners_.find(id)) out.push_back(info_of(*p));
        // Those that only the home of the channel knows, as it calls them.
        const auto s = shares_.find(channel);
        if (!s || s->is_home || s->state != "joined") return out;
        for (const auto& m : s->details.members)
            if (!partners_.is_own(m.id) && !partners_.find(m.id))
                out.push_back({m.id.text().substr(0, 8), m.display_name, s->since, 0, 0});
        return out;
    }
    std::vector<ChannelShared> shared_in(Call& call, identity::Gate& gate) const {
        const auto team = call.id<TeamId>("team_id");
        const bool sees_all = gate.may(call.actor, Permission::manage_shared_channels);
        std::vector<ChannelShared> all;
        for (const auto& s : shares_.all()) {
            const auto place = gate.place(s.channel_id);
            if (s.state != "joined" || !place || place->team_id != team) continue;
            if (!sees_all && !gate.is_member(call.actor.user_id, s.channel_id)) continue;
            ChannelShared out;
            out.id = s.channel_id;
            out.team_id = team;
            out.home = s.is_home;
            out.name = place->name;
            out.display_name = place->display_name;
            out.purpose = s.details.purpose;
            out.header = s.details.header;
            out.create_at = out.update_at = s.since;
            if (!s.is_home) out.remote_id = s.home;
            all.push_back(std::move(out));
        }
        return page_of(call, std::move(all));
    }

private:
    std::set<OrganisationId> members_of(const ChannelId& channel) const {
        std::set<OrganisationId> out;
        if (channel.empty()) return out;
        for (const auto& p : shares_.partners_of(channel))
            if (p.state != "ended") out.insert(p.partner_id);
        if (const auto s = shares_.find(channel); s && !s->is_home && s->state == "joined")
            for (const auto& m : s->details.members) out.insert(m.id);
        return out;
    }
    static AnyId id_for(const ChannelId& channel, const OrganisationId& partner) {
        const auto digest = storage::sha256(channel.text() + partner.text());
        IdBytes id{};
        std::copy_n(digest.begin(), id.size(), id.begin());
        return AnyId(id);
    }
    template <class T>
    static std::vector<T> page_of(Call& call, std::vector<T> all) {
        const auto paging = paging_of(call);
        const auto from = std::min<std::int64_t>(paging.offset(), std::ssize(all));
        const auto to = std::min<std::int64_t>(from + paging.per_page, std::ssize(all));
        return {std::make_move_iterator(all.begin() + from), std::make_move_iterator(all.begin() + to)};
    }

    Partners& partners_;
    Shares& shares_;
};

}  // namespace

void add_partner_routes(Router& routes, Partners& partners, Shares& shares, identity::Gate& gate,
                        identity::People& people, const LiveSettings& settings) {
    const auto own = std::make_shared<PartnerRoutes>(partners, shares);
    const auto check_on = [&settings] {
        require(settings.current()->ConnectedWorkspacesSettings.EnableSharedChannels, Fault::unsupported,
                "api.remote_cluster.service_not_enabled.app_error",
                "Channels are not shared with other organisations on this server.");
    };
    const auto check_either = [&gate, check_on](Call& call) {
        check_on();
        if (!gate.may(call.actor, Permission::manage_secure_connections) &&
            !gate.may(call.actor, Permission::manage_shared_channels))
            throw lacks_permission("manage_secure_connections");
    };
    const auto pairs = on_system(Permission::manage_secure_connections);
    const auto shares_channels = on_system(Permission::manage_shared_channels);
    const auto plan_of = [](Call& call, const auto& body) {
        federation::PartnerPlan plan;
        plan.name = partner_name(body.name.empty() ? body.display_name : body.name);
        plan.label = body.display_name;
        plan.default_team_id = body.default_team_id;
        plan.creator_id = call.actor.user_id;
        return plan;
    };

    routes.get("/remotecluster", checked_inside(either), [own, check_either](Call& call) {
        check_either(call);
        return own->list(call);
    });
    routes
        .post("/remotecluster", pairs,
              [=, &partners](Call& call, NewRemote body) {
                  check_on();
                  const auto made = partners.invite(plan_of(call, body), usual_hours, body.password);
                  return Created{RemoteWithInvite{own->shown(made.invitation), made.word}};
              })
        .on(Lane::password);
    routes
        .post(
            "/remotecluster/accept_invite", pairs,
            [=, &partners](Call& call, AcceptedInvitation body) {
                check_on();
                if (body.invite.empty()) throw bad_body("invite");
                return Created{own->shown(partners.accept(body.invite, plan_of(call, body), body.password))};
            })
        .on(Lane::password);
    routes.get("/remotecluster/{remote_id}", checked_inside(either), [own, check_either](Call& call) {
        check_either(call);
        const auto open = own->invitation(call);
        return open ? own->shown(*open) : own->shown(own->partner(call));
    });
    routes.patch("/remotecluster/{remote_id}", pairs, [=, &partners](Call& call, RemotePatch body) {
        check_on();
        const auto known = own->partner(call);
        return own->shown(partners.describe(known.name, body.display_name, body.default_team_id));
    });
    routes.del("/remotecluster/{remote_id}", pairs, [=, &partners](Call& call) {
        check_on();
        if (const auto open = own->invitation(call))
            partners.withdraw(open->id, call.actor.user_id);
        else
            partners.revoke(own->partner(call).name, "", call.actor.user_id);
        Reply reply;
        reply.status = 204;
        return reply;
    });
    routes
        .post("/remotecluster/{remote_id}/generate_invite", pairs,
              [=, &partners](Call& call, Password body) {
                  check_on();
                  const auto open = own->invitation(call);
                  if (!open) {
                      own->partner(call);
                      throw Error(Fault::invalid, "api.remote_cluster.generate_invite_cluster_is_confirmed",
                                  "This partner has accepted an invitation already.");
                  }
                  return Created{json::value(partners.renew(open->id, usual_hours, body.password).word)};
              })
        .on(Lane::password);
    routes.post("/concordat/federation/partners/{remote_id}/confirm", pairs,
                [=, &partners](Call& call, CheckNumber body) {
                    check_on();
                    return own->shown(
                        partners.confirm(own->partner(call).name, body.check_number, call.actor.user_id));
                });

    routes.post("/remotecluster/{remote_id}/channels/{channel_id}/invite", shares_channels,
                [=, &shares](Call& call) {
                    check_on();
                    shares.share(call.actor, call.id<ChannelId>("channel_id"), own->partner(call).name);
                });
    routes.post("/remotecluster/{remote_id}/channels/{channel_id}/uninvite", shares_channels,
                [=, &shares](Call& call) {
                    check_on();
                    shares.unshare(call.actor, call.id<ChannelId>("channel_id"), own->partner(call).name);
                });
    routes.get("/remotecluster/{remote_id}/sharedchannelremotes", checked_inside(either),
               [own, check_either](Call& call) {
                   check_either(call);
                   return own->remotes_of(call);
               });
    routes.get("/sharedchannels/remote_info/{remote_id}", signed_in(), [own, check_on](Call& call) {
        check_on();
        const auto p = own->partner(call);
        if (p.state == "revoked" && !flag_in(call, "include_deleted"))
            throw Error(Fault::not_found, "api.remote_cluster.get.not_found", "There is no such partner.");
        return own->info_of(p);
    });
    routes.get("/sharedchannels/{team_id}", on_team(Permission::view_team, "team_id"),
               [own, check_on, &gate](Call& call) {
                   check_on();
                   return own->shared_in(call, gate);
               });
    routes.get("/sharedchannels/{channel_id}/remotes", on_channel(Permission::read_channel, "channel_id"),
               [own](Call& call) { return own->infos_of(call.id<ChannelId>("channel_id")); });
    routes.get("/sharedchannels/users/{user_id}/can_dm/{other_user_id}",
               self_or(Permission::edit_other_users, "user_id"), [check_on, &people, &shares](Call& call) {
                   check_on();
                   const auto one = people.get(call.actor, call.id<UserId>("user_id"));
                   const auto other = people.get(call.actor, call.id<UserId>("other_user_id"));
                   return json::object{{"can_dm", shares.may_write(one, other)}};
               });
}

}  // namespace concordat::web
