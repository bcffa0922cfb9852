#include "web/api/federation.hpp"

#include "federation/stream/deliveries.hpp"
#include "federation/stream/partner_files.hpp"
#include "federation/stream/shares.hpp"
#include "federation/trust/organisation.hpp"
#include "federation/trust/partners.hpp"
#include "identity/access/gate.hpp"
#include "storage/crypto/digest.hpp"
#include "web/http/router.hpp"

namespace concordat::web {
namespace {

using federation::Partners;
using federation::Shares;

constexpr std::int64_t most_refusals = 200;

// A key that an organisation has. Times in milliseconds; `number` 0 is its first.
struct ShownKey {
    std::int64_t number = 0;
    std::string public_key;  // base64
    Millis since = 0;
    Millis former_until = 0;  // the one before still counts until then; 0: there is none
};
BOOST_DESCRIBE_STRUCT(ShownKey, (), (number, public_key, since, former_until))

ShownKey shown_key(const federation::KeyChain& keys) {
    ShownKey out;
    out.number = static_cast<std::int64_t>(keys.changes().size());
    out.public_key = storage::base64(keys.key());
    out.since = keys.keys().back().from;
    if (out.number > 0) out.former_until = keys.keys()[keys.keys().size() - 2].until;
    return out;
}

struct OwnOrganisation {
    OrganisationId id;
    std::string name, address;
    bool is_on = false;
    std::optional<ShownKey> key = {};
};
BOOST_DESCRIBE_STRUCT(OwnOrganisation, (), (id, name, address, is_on, key))

struct HistoryState {
    bool is_done = false;
    Millis from_at = 0, reached_at = 0;  // of the oldest message, and of the thread that was told last
    std::int64_t told = 0, kept_back = 0;
};
BOOST_DESCRIBE_STRUCT(HistoryState, (), (is_done, from_at, reached_at, told, kept_back))

struct SharedPlace {
    ChannelId channel_id;
    TeamId team_id;
    std::string display_name, state;  // as in the tables of shares
    bool is_home = false;             // ours
    // Of ours: how far what was said before is told to those who are to have it.
    std::optional<HistoryState> history = {};
};
BOOST_DESCRIBE_STRUCT(SharedPlace, (), (channel_id, team_id, display_name, state, is_home, history))

// Everything about a partner that an administrator needs on one page. Times in milliseconds.
struct PartnerState {
    OrganisationId id;
    std::string name, label, calls_itself, address, state, reason, check_number;
    Millis create_at = 0, state_at = 0, seen_at = 0;
    PartnerPolicy policy = {};
    PartnerTold told = {};  // of its policy for this organisation
    bool is_up = false;
    Millis connection_since = 0;
    std::string trouble;
    std::int64_t sent = 0, received = 0;
    std::int64_t on_the_way = 0;  // events that the partner has not acknowledged
    Millis oldest_at = 0;         // of these
    std::vector<SharedPlace> channels = {};
    ShownKey key = {};
};
BOOST_DESCRIBE_STRUCT(PartnerState, (),
                      (id, name, label, calls_itself, address, state, reason, check_number, create_at,
                       state_at, seen_at, policy, told, is_up, connection_since, trouble, sent, received,
                       on_the_way, oldest_at, channels, key))

struct RefusedEvent {
    ChannelId channel_id;
    std::int64_t seq = 0;
    std::string reason;
    Millis refused_at = 0;
};
BOOST_DESCRIBE_STRUCT(RefusedEvent, (), (channel_id, seq, reason, refused_at))

// What is absent stays.
struct PolicyChange {
    std::optional<bool> positions, read_only, files, direct, emoji;
    std::optional<std::int64_t> largest_file, history_days;
    std::optional<std::vector<std::string>> file_types, refused_file_types;
};
BOOST_DESCRIBE_STRUCT(PolicyChange, (),
                      (positions, read_only, files, direct, emoji, largest_file, history_days, file_types,
                       refused_file_types))

// One of a post of theirs ("from": wanted, here or refused), or one of ours that they do not have ("to").
struct FileOfPartner {
    std::string direction;
    FileId id;
    ChannelId channel_id;
    PostId post_id;
    std::string name, state, reason;
    std::int64_t size = 0, attempts = 0;
    Millis create_at = 0;
};
BOOST_DESCRIBE_STRUCT(FileOfPartner, (),
                      (direction, id, channel_id, post_id, name, state, reason, size, attempts, create_at))

struct Reason {
    std::string reason;
};
BOOST_DESCRIBE_STRUCT(Reason, (), (reason))

class FederationRoutes {
public:
    FederationRoutes(Partners& partners, Shares& shares, federation::PartnerFiles& files,
                     identity::Gate& gate, ConnectionReader connection)
        : partners_(partners),
          shares_(shares),
          files_(files),
          gate_(gate),
          connection_(std::move(connection)) {}

    Partner partner(Call& call) const {
        return found(partners_.find(call.id<OrganisationId>("remote_id")), "api.remote_cluster.get.not_found",
                     "There is no such partner.");
    }
    PartnerState shown(const Partner& p) const {
        PartnerState out;
        out.id = p.id;
        out.name = p.name;
        out.label = p.label;
        out.calls_itself = p.display_name;
        out.address = p.address;
        out.state = p.state;
        out.reason = p.reason;
        out.check_number = partners_.number_of(p);
        out.key = shown_key(partners_.keys_of(p.id));
        out.create_at = p.create_at;
        out.state_at = p.state_at;
        out.seen_at = p.last_seen_at;
        out.policy = p.policy;
        out.told = p.told;
        const auto connection = connection_(p.id);
        out.is_up = connection.is_up;
        out.connection_since = connection.since;
        out.trouble = connection.trouble;
        out.sent = connection.sent;
        out.received = connection.received;
        const auto backlog = shares_.backlog_of(p.id);
        out.on_the_way = backlog.events;
        out.oldest_at = backlog.oldest_at;
        for (const auto& s : shares_.of_partner(p.id)) add(out.channels, s.channel_id, s.state, true);
        for (const auto& s : shares_.all())
            if (s.home == p.id) add(out.channels, s.channel_id, s.state, false, s.details.display_name);
        return out;
    }
    std::vector<PartnerState> all() const {
        std::vector<PartnerState> out;
        for (const auto& p : partners_.all()) out.push_back(shown(p));
        return out;
    }
    std::vector<RefusedEvent> refusals(Call& call) const {
        std::vector<RefusedEvent> out;
        for (const auto& r : shares_.refusals_of(partner(call).id, most_refusals))
            out.push_back({r.channel_id, r.seq, r.code, r.create_at});
        return out;
    }

    std::vector<FileOfPartner> files(Call& call) const {
        std::vector<FileOfPartner> out;
        const auto id = partner(call).id;
        for (const auto& f : files_.of_partner(id, most_refusals))
            out.push_back({"from", f.id, f.channel_id, f.post_id, f.name, f.state, f.reason, f.size,
                           f.attempts, f.create_at});
        for (const auto& f : files_.refusals_of(id, most_refusals))
            out.push_back({"to", f.file_id, f.channel_id, {}, {}, "refused", f.code, 0, 0, f.create_at});
        return out;
    }
    PartnerState change_policy(Call& call, const PolicyChange& change) const {
        const auto known = partner(call);
        auto policy = known.policy;
        const auto set = [](auto& to, const auto& from) {
            if (from) to = *from;
        };
        set(policy.positions, change.positions);
        set(policy.read_only, change.read_only);
        set(policy.files, change.files);
        set(policy.direct, change.direct);
        set(policy.emoji, change.emoji);
        set(policy.history_days, change.history_days);
        set(policy.largest_file, change.largest_file);
        set(policy.file_types, change.file_types);
        set(policy.refused_file_types, change.refused_file_types);
        return shown(partners_.set_policy(known.name, policy, call.actor.user_id));
    }

private:
    void add(std::vector<SharedPlace>& out, const ChannelId& channel, const std::string& state, bool is_home,
             std::string name = {}) const {
        const auto place = gate_.place(channel);
        if (place) name = place->display_name;
        auto& shown = out.emplace_back();
        shown.channel_id = channel;
        if (place) shown.team_id = place->team_id;
        shown.display_name = std::move(name);
        shown.state = state;
        shown.is_home = is_home;
        if (!is_home) return;
        if (const auto h = shares_.history_of(channel))
            shown.history = HistoryState{h->done_at > 0, h->from_at, h->root_at, h->told, h->kept_back};
    }

    Partners& partners_;
    Shares& shares_;
    federation::PartnerFiles& files_;
    identity::Gate& gate_;
    const ConnectionReader connection_;
};

}  // namespace

void add_federation_routes(Router& routes, Partners& partners, Shares& shares,
                           federation::PartnerFiles& files, federation::Deliveries& deliveries,
                           federation::Organisation& organisation, identity::Gate& gate,
                           const LiveSettings& settings, ConnectionReader connection) {
    const auto own = std::make_shared<FederationRoutes>(partners, shares, files, gate, std::move(connection));
    const auto pairs = on_system(Permission::manage_secure_connections);
    const auto check_on = [&settings] {
        require(settings.current()->ConnectedWorkspacesSettings.EnableSharedChannels, Fault::unsupported,
                "api.remote_cluster.service_not_enabled.app_error",
                "Channels are not shared with other organisations on this server.");
    };
    routes.get("/concordat/federation", pairs, [&](Call&) {
        const bool is_on = settings.current()->ConnectedWorkspacesSettings.EnableSharedChannels;
        OwnOrganisation out;
        out.is_on = is_on;
        if (is_on) {
            out.id = organisation.id();
            out.name = organisation.name();
            out.address = organisation.address();
            out.key = shown_key(organisation.keys());
        }
        return out;
    });
    routes.get("/concordat/federation/partners", pairs, [=](Call&) {
        check_on();
        return own->all();
    });
    routes.get("/concordat/federation/partners/{remote_id}", pairs, [=](Call& call) {
        check_on();
        return own->shown(own->partner(call));
    });
    routes.get("/concordat/federation/partners/{remote_id}/refusals", pairs, [=](Call& call) {
        check_on();
        return own->refusals(call);
    });
    routes.post(
        "/concordat/federation/partners/{remote_id}/suspend", pairs, [=, &partners](Call& call, Reason body) {
            check_on();
            return own->shown(partners.suspend(own->partner(call).name, body.reason, call.actor.user_id));
        });
    routes.post("/concordat/federation/partners/{remote_id}/resume", pairs, [=, &partners](Call& call) {
        check_on();
        return own->shown(partners.resume(own->partner(call).name, call.actor.user_id));
    });
    routes.post(
        "/concordat/federation/partners/{remote_id}/revoke", pairs, [=, &partners](Call& call, Reason body) {
            check_on();
            return own->shown(partners.revoke(own->partner(call).name, body.reason, call.actor.user_id));
        });
    routes.put("/concordat/federation/partners/{remote_id}/policy", pairs,
               [=](Call& call, PolicyChange body) {
                   check_on();
                   return own->change_policy(call, body);
               });
    routes.get("/concordat/federation/partners/{remote_id}/files", pairs, [=](Call& call) {
        check_on();
        return own->files(call);
    });
    // For who may read the channel; posts that were refused are told to their author only.
    routes.get("/concordat/federation/channels/{channel_id}/delivery",
               on_channel(Permission::read_channel_content, "channel_id"), [=, &deliveries](Call& call) {
                   check_on();
                   return deliveries.of_channel(call.id<ChannelId>("channel_id"), call.actor.user_id);
               });
}

}  // namespace concordat::web
