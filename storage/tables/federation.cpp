#include "storage/tables/federation.hpp"

#include "core/model/scope.hpp"
#include "storage/crypto/seal.hpp"
#include "storage/tables/whole_rows.hpp"

namespace concordat::storage {
namespace {

const std::string partner_columns =
    "id, name, display_name, public_key, address, state, policy::text, token, create_at, confirm_at, "
    "last_seen_at, reason, state_at, label, default_team_id, creator_id, told::text";
const std::string invitation_columns =
    "id, name, create_at, expires_at, failures, label, default_team_id, creator_id, token";
const std::string share_columns = "channel_id, home, is_home, state, since, details";
const std::string event_columns =
    "origin, channel_id, seq, kind, target, state, reason, received_at, header, body";
const std::string stream_columns = "origin, channel_id, next_seq, head, applied_seq, fault";

Stream stream_in(const pqxx::row& r) {
    return {id_in<OrganisationId>(r[0]),
            id_in<ChannelId>(r[1]),
            int_in(r[2]),
            bytes_in(r[3]),
            int_in(r[4]),
            text_in(r[5])};
}

// An event's place in its stream, as the record that its sealed body is bound to.
IdBytes record_of(const OrganisationId& origin, const ChannelId& channel, std::int64_t seq) {
    const auto digest = sha256(std::string(text_of(origin.bytes())) + std::string(text_of(channel.bytes())) +
                               std::to_string(seq));
    IdBytes out{};
    std::copy_n(digest.begin(), out.size(), out.begin());
    return out;
}

}  // namespace

// -- partners ---------------------------------------------------------------------------------------

Partner PartnerTable::row(const pqxx::row& r) {
    Partner p;
    p.id = id_in<OrganisationId>(r[0]);
    p.name = text_in(r[1]);
    p.display_name = text_in(r[2]);
    p.public_key = bytes_in(r[3]);
    p.address = text_in(r[4]);
    p.state = text_in(r[5]);
    p.policy = parse_json<PartnerPolicy>(text_in(r[6]), "policy");
    if (!r[7].is_null())
        p.invitation = tx_.open(Kind::federation_secret, scopes::federation, p.id.bytes(), 0, bytes_in(r[7]));
    p.create_at = int_in(r[8]);
    p.confirm_at = int_in(r[9]);
    p.last_seen_at = int_in(r[10]);
    p.reason = text_in(r[11]);
    p.state_at = int_in(r[12]);
    p.label = text_in(r[13]);
    p.default_team_id = id_in<TeamId>(r[14]);
    p.creator_id = id_in<UserId>(r[15]);
    p.told = parse_json<PartnerTold>(text_in(r[16]), "told");
    return p;
}

void PartnerTable::insert(const Partner& p) {
    tx_.exec(R"(
        insert into federation_partners (id, name, display_name, public_key, address, state, policy, token, create_at, confirm_at, reason, state_at, label,
            default_team_id, creator_id)
        values ($1, $2, $3, $4, $5, $6, $7::jsonb, nullif($8, ''::bytea), $9, $10, $11, $12, $13, $14, $15))",
             p.id, p.name, p.display_name, bytea(p.public_key), p.address, p.state, json_text(p.policy),
             bytea(p.invitation.empty() ? ""
                                        : tx_.seal(Kind::federation_secret, scopes::federation, p.id.bytes(),
                                                   0, p.invitation)),
             p.create_at, p.confirm_at, p.reason, p.state_at, p.label, NullableId(p.default_team_id),
             NullableId(p.creator_id));
}

void PartnerTable::update(const Partner& p) {
    tx_.exec(R"(
        update federation_partners set name = $2, display_name = $3, address = $4, state = $5, policy = $6::jsonb,
            token = nullif($7, ''::bytea), confirm_at = $8, reason = $9, state_at = $10, label = $11, default_team_id = $12
        where id = $1)",
             p.id, p.name, p.display_name, p.address, p.state, json_text(p.policy),
             bytea(p.invitation.empty() ? ""
                                        : tx_.seal(Kind::federation_secret, scopes::federation, p.id.bytes(),
                                                   0, p.invitation)),
             p.confirm_at, p.reason, p.state_at, p.label, NullableId(p.default_team_id));
}

void PartnerTable::set_seen(const OrganisationId& id, Millis at) {
    tx_.exec("update federation_partners set last_seen_at = greatest(last_seen_at, $2) where id = $1", id,
             at);
}

void PartnerTable::set_told(const OrganisationId& id, const PartnerTold& told) {
    tx_.exec("update federation_partners set told = $2::jsonb where id = $1", id, json_text(told));
}

std::optional<Partner> PartnerTable::find(const OrganisationId& id) {
    const auto rows = tx_.exec("select " + partner_columns + " from federation_partners where id = $1", id);
    if (rows.empty()) return std::nullopt;
    return row(rows[0]);
}

std::optional<Partner> PartnerTable::lock(const OrganisationId& id) {
    const auto rows =
        tx_.exec("select " + partner_columns + " from federation_partners where id = $1 for update", id);
    if (rows.empty()) return std::nullopt;
    return row(rows[0]);
}

std::optional<Partner> PartnerTable::by_name(const std::string& name) {
    const auto rows =
        tx_.exec("select " + partner_columns + " from federation_partners where name = $1", name);
    if (rows.empty()) return std::nullopt;
    return row(rows[0]);
}

std::vector<Partner> PartnerTable::all() {
    return whole_rows(tx_.exec("select " + partner_columns + " from federation_partners order by name"),
                      [&](const pqxx::row& r) { return row(r); });
}

void PartnerTable::insert(const PartnerInvitation& i) {
    tx_.exec(R"(
        insert into federation_invitations (id, name, token, create_at, expires_at, label, default_team_id, creator_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8))",
             i.id, i.name,
             bytea(tx_.seal(Kind::federation_secret, scopes::federation, i.id.bytes(), 0, i.token)),
             i.create_at, i.expires_at, i.label, NullableId(i.default_team_id), NullableId(i.creator_id));
}

// Without its token.
PartnerInvitation PartnerTable::invitation_row(const pqxx::row& r) {
    return {id_in<AnyId>(r[0]), text_in(r[1]),       {},
            int_in(r[2]),       int_in(r[3]),        int_in(r[4]),
            text_in(r[5]),      id_in<TeamId>(r[6]), id_in<UserId>(r[7])};
}

std::optional<PartnerInvitation> PartnerTable::lock_invitation(const AnyId& id) {
    const auto rows = tx_.exec(
        "select " + invitation_columns + " from federation_invitations where id = $1 for update", id);
    if (rows.empty()) return std::nullopt;
    auto out = invitation_row(rows[0]);
    out.token = tx_.open(Kind::federation_secret, scopes::federation, id.bytes(), 0, bytes_in(rows[0][8]));
    return out;
}

std::vector<PartnerInvitation> PartnerTable::invitations() {
    std::vector<PartnerInvitation> out;
    for (const auto& r :
         tx_.exec("select " + invitation_columns + " from federation_invitations order by create_at"))
        out.push_back(invitation_row(r));
    return out;
}

void PartnerTable::count_failure(const AnyId& id) {
    tx_.exec("update federation_invitations set failures = failures + 1 where id = $1", id);
}

void PartnerTable::remove_invitation(const AnyId& id) {
    tx_.exec("delete from federation_invitations where id = $1", id);
}

bool PartnerTable::has_open_invitation(Millis now) {
    return !tx_.exec("select 1 from federation_invitations where expires_at > $1 limit 1", now).empty();
}

void PartnerTable::introduce(const OrganisationId& id, const std::string& display_name,
                             const std::string& public_key) {
    tx_.exec(R"(
        insert into federation_organisations (id, display_name, public_key) values ($1, $2, $3)
        on conflict (id) do update set display_name = excluded.display_name)",
             id, display_name, bytea(public_key));
}

std::string PartnerTable::key_of(const OrganisationId& id) {
    const auto rows = tx_.exec(R"(
        select public_key from federation_partners where id = $1
        union all select public_key from federation_organisations where id = $1 limit 1)",
                               id);
    return rows.empty() ? std::string() : bytes_in(rows[0][0]);
}

std::vector<SignedKeyChange> PartnerTable::key_changes(const OrganisationId& id) {
    std::vector<SignedKeyChange> out;
    for (const auto& r : tx_.exec(R"(
        select change, old_signature, new_signature from federation_key_changes where organisation = $1 order by number)",
                                  id))
        out.push_back({text_in(r[0]), bytes_in(r[1]), bytes_in(r[2])});
    return out;
}

void PartnerTable::insert_key_change(const OrganisationId& id, std::int64_t number,
                                     const SignedKeyChange& change) {
    tx_.exec(R"(
        insert into federation_key_changes (organisation, number, change, old_signature, new_signature, received_at)
        values ($1, $2, $3, $4, $5, $6))",
             id, number, change.text, bytea(change.old_signature), bytea(change.new_signature), tx_.now());
}

std::string PartnerTable::certificate_name(const OrganisationId& id) {
    const auto rows = tx_.exec("select name from federation_certificate_names where partner_id = $1", id);
    return rows.empty() ? std::string() : text_in(rows[0][0]);
}

void PartnerTable::set_certificate_name(const OrganisationId& id, const std::string& name) {
    tx_.exec("delete from federation_certificate_names where partner_id = $1", id);
    if (name.empty()) return;
    tx_.exec("insert into federation_certificate_names (partner_id, name) values ($1, $2)", id, name);
}

std::map<OrganisationId, std::string> PartnerTable::names() {
    std::map<OrganisationId, std::string> out;
    for (const auto& r : tx_.exec("select id, display_name from federation_organisations"))
        out[id_in<OrganisationId>(r[0])] = text_in(r[1]);
    for (const auto& r : tx_.exec("select id, name from federation_partners"))
        out[id_in<OrganisationId>(r[0])] = text_in(r[1]);
    return out;
}

// -- shares -----------------------------------------------------------------------------------------

Share ShareTable::row(const pqxx::row& r) {
    Share s{
        id_in<ChannelId>(r[0]), id_in<OrganisationId>(r[1]), bool_in(r[2]), text_in(r[3]), int_in(r[4]), {}};
    s.details = parse_json<ShareDetails>(
        tx_.open(Kind::channel_text, scopes::federation, s.channel_id.bytes(), 0, bytes_in(r[5])), "share");
    return s;
}

void ShareTable::put(const Share& s) {
    tx_.exec(R"(
        insert into federation_shares (channel_id, home, is_home, state, since, details) values ($1, $2, $3, $4, $5, $6)
        on conflict (channel_id) do update set
            home = excluded.home, is_home = excluded.is_home, state = excluded.state, details = excluded.details, since = excluded.since)",
             s.channel_id, s.home, s.is_home, s.state, s.since,
             bytea(tx_.seal(Kind::channel_text, scopes::federation, s.channel_id.bytes(), 0,
                            json_text(s.details))));
}

void ShareTable::set_state(const ChannelId& channel, const std::string& state, Millis now) {
    tx_.exec("update federation_shares set state = $2, since = $3 where channel_id = $1", channel, state,
             now);
}

std::optional<Share> ShareTable::find(const ChannelId& channel) {
    const auto rows =
        tx_.exec("select " + share_columns + " from federation_shares where channel_id = $1", channel);
    if (rows.empty()) return std::nullopt;
    return row(rows[0]);
}

std::optional<Share> ShareTable::lock(const ChannelId& channel) {
    const auto rows = tx_.exec(
        "select " + share_columns + " from federation_shares where channel_id = $1 for update", channel);
    if (rows.empty()) return std::nullopt;
    return row(rows[0]);
}

std::vector<Share> ShareTable::all() {
    return whole_rows(tx_.exec("select " + share_columns + " from federation_shares order by channel_id"),
                      [&](const pqxx::row& r) { return row(r); });
}

std::vector<Share> ShareTable::joined() {
    return whole_rows(tx_.exec("select " + share_columns + " from federation_shares where state = 'joined'"),
                      [&](const pqxx::row& r) { return row(r); });
}

std::vector<Share> ShareTable::joined(const std::vector<ChannelId>& channels) {
    return whole_rows(tx_.exec("select " + share_columns +
                                   " from federation_shares where channel_id = any($1::uuid[]) and state = "
                                   "'joined'",
                               array_of(channels)),
                      [&](const pqxx::row& r) { return row(r); });
}

bool ShareTable::has_joined() {
    return !tx_.exec("select 1 from federation_shares where state = 'joined' limit 1").empty();
}

void ShareTable::put_partner(const SharePartner& p) {
    tx_.exec(R"(
        insert into federation_share_partners (channel_id, partner_id, state, since, creator_id, reason, history_from)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (channel_id, partner_id) do update set
            state = excluded.state, since = excluded.since, reason = excluded.reason, history_from = excluded.history_from)",
             p.channel_id, p.partner_id, p.state, p.since, NullableId(p.creator_id), p.reason,
             p.history_from);
}

std::vector<SharePartner> ShareTable::partners(const ChannelId& channel) {
    std::vector<SharePartner> out;
    for (const auto& r :
         tx_.exec("select channel_id, partner_id, state, since, creator_id, reason, history_from from "
                  "federation_share_partners where channel_id = $1 order by since, partner_id",
                  channel))
        out.push_back({id_in<ChannelId>(r[0]), id_in<OrganisationId>(r[1]), text_in(r[2]), int_in(r[3]),
                       id_in<UserId>(r[4]), text_in(r[5]), int_in(r[6])});
    return out;
}

std::vector<SharePartner> ShareTable::of_partner(const OrganisationId& partner) {
    std::vector<SharePartner> out;
    for (const auto& r :
         tx_.exec("select channel_id, partner_id, state, since, creator_id, reason, history_from from "
                  "federation_share_partners where partner_id = $1 order by since, channel_id",
                  partner))
        out.push_back({id_in<ChannelId>(r[0]), id_in<OrganisationId>(r[1]), text_in(r[2]), int_in(r[3]),
                       id_in<UserId>(r[4]), text_in(r[5]), int_in(r[6])});
    return out;
}

std::int64_t ShareTable::count_with(const OrganisationId& partner) {
    return int_in(tx_.exec(R"(
        select (select count(*) from federation_shares where home = $1 and state <> 'ended')
             + (select count(*) from federation_share_partners where partner_id = $1 and state <> 'ended'))",
                           partner)[0][0]);
}

// -- streams ----------------------------------------------------------------------------------------

Stream StreamTable::lock(const OrganisationId& origin, const ChannelId& channel) {
    tx_.exec(
        "insert into federation_streams (origin, channel_id, head) values ($1, $2, $3) on conflict do "
        "nothing",
        origin, channel, bytea(std::string(32, '\0')));
    return stream_in(tx_.exec("select " + stream_columns +
                                  " from federation_streams where origin = $1 and channel_id = $2 for update",
                              origin, channel)[0]);
}

std::optional<Stream> StreamTable::find(const OrganisationId& origin, const ChannelId& channel) {
    const auto rows = tx_.exec(
        "select " + stream_columns + " from federation_streams where origin = $1 and channel_id = $2", origin,
        channel);
    if (rows.empty()) return std::nullopt;
    return stream_in(rows[0]);
}

std::vector<Stream> StreamTable::of_channel(const ChannelId& channel) {
    std::vector<Stream> out;
    for (const auto& r : tx_.exec(
             "select " + stream_columns + " from federation_streams where channel_id = $1 order by origin",
             channel))
        out.push_back(stream_in(r));
    return out;
}

std::vector<Stream> StreamTable::behind(const OrganisationId& own) {
    std::vector<Stream> out;
    for (const auto& r :
         tx_.exec("select " + stream_columns +
                      " from federation_streams where origin <> $1 and applied_seq < next_seq - 1 and "
                      "channel_id in (select channel_id from federation_shares where state = 'joined') "
                      "order by channel_id, origin",
                  own))
        out.push_back(stream_in(r));
    return out;
}

void StreamTable::advance(const Stream& s) {
    tx_.exec(
        "update federation_streams set next_seq = $3, head = $4, applied_seq = greatest(applied_seq, $5) "
        "where origin = $1 and channel_id = $2",
        s.origin, s.channel_id, s.next_seq, bytea(s.head), s.applied_seq);
}

void StreamTable::set_applied(const OrganisationId& origin, const ChannelId& channel, std::int64_t seq) {
    tx_.exec("update federation_streams set applied_seq = $3 where origin = $1 and channel_id = $2", origin,
             channel, seq);
}

void StreamTable::set_fault(const OrganisationId& origin, const ChannelId& channel,
                            const std::string& fault) {
    tx_.exec("update federation_streams set fault = $3 where origin = $1 and channel_id = $2", origin,
             channel, fault);
}

void StreamTable::insert(const OrganisationId& origin, const ChannelId& channel,
                         const std::vector<StoredEvent>& events) {
    std::vector<std::string> kinds, headers, bodies, reasons;
    std::vector<std::int64_t> seqs, states, times;
    std::vector<AnyId> targets;
    for (const auto& e : events) {
        seqs.push_back(e.seq);
        kinds.push_back(e.kind);
        targets.push_back(e.target);
        states.push_back(static_cast<std::int64_t>(e.state));
        reasons.push_back(e.reason);
        times.push_back(e.received_at);
        headers.push_back(e.header);
        bodies.push_back(
            tx_.seal(Kind::federation_event, channel.bytes(), record_of(origin, channel, e.seq), 0, e.body));
    }
    tx_.exec(R"(
        insert into federation_events (origin, channel_id, seq, kind, target, state, reason, received_at, header, body)
        select $1, $2, * from unnest($3::bigint[], $4::text[], $5::uuid[], $6::smallint[], $7::text[], $8::bigint[], $9::text[], $10::bytea[]))",
             origin, channel, array_of(seqs), array_of(kinds), array_of_nullable(targets), array_of(states),
             array_of(reasons), array_of(times), array_of(headers), array_of_bytes(bodies));
}

void StreamTable::insert(const StoredSeal& s) {
    tx_.exec(
        "insert into federation_seals (origin, channel_id, last_seq, seal, signature) values ($1, $2, $3, "
        "$4, "
        "$5)",
        s.origin, s.channel_id, s.last_seq, s.seal, bytea(s.signature));
}

StoredEvent StreamTable::event_row(const pqxx::row& r) {
    StoredEvent e;
    e.origin = id_in<OrganisationId>(r[0]);
    e.channel_id = id_in<ChannelId>(r[1]);
    e.seq = int_in(r[2]);
    e.kind = text_in(r[3]);
    e.target = id_in<AnyId>(r[4]);
    e.state = static_cast<EventState>(int_in(r[5]));
    e.reason = text_in(r[6]);
    e.received_at = int_in(r[7]);
    e.header = text_in(r[8]);
    e.is_erased = r[9].is_null();
    if (e.is_erased) return e;
    try {
        e.body = tx_.open(Kind::federation_event, e.channel_id.bytes(),
                          record_of(e.origin, e.channel_id, e.seq), 0, bytes_in(r[9]));
    } catch (const Error& error) {
        if (!is_lost(error)) throw;
        e.is_erased = true;  // its key is gone, or it is damaged: the chain goes on without it
    }
    return e;
}

std::vector<StoredEvent> StreamTable::events(const OrganisationId& origin, const ChannelId& channel,
                                             std::int64_t from, std::int64_t limit, std::int64_t most_bytes) {
    std::vector<StoredEvent> out;
    for (const auto& r : tx_.exec("select " + event_columns + R"( from (
            select *, coalesce(sum(octet_length(body)) over (order by seq), 0) as bytes from (
                select * from federation_events where origin = $1 and channel_id = $2 and seq >= $3 order by seq limit $4) first
            ) counted where seq = $3 or bytes <= $5 order by seq)",
                                  origin, channel, from, limit, most_bytes))
        out.push_back(event_row(r));
    return out;
}

std::vector<StoredEvent> StreamTable::events_of_kind(const OrganisationId& origin, const ChannelId& channel,
                                                     const std::string& kind, std::int64_t from,
                                                     std::int64_t limit) {
    std::vector<StoredEvent> out;
    for (const auto& r :
         tx_.exec("select " + event_columns +
                      " from federation_events where origin = $1 and channel_id = $2 and seq >= $3 "
                      "and kind = $4 order by seq limit $5",
                  origin, channel, from, kind, limit))
        out.push_back(event_row(r));
    return out;
}

std::vector<std::string> StreamTable::headers(const OrganisationId& origin, const ChannelId& channel,
                                              std::int64_t from, std::int64_t last) {
    std::vector<std::string> out;
    for (const auto& r :
         tx_.exec("select header from federation_events where origin = $1 and channel_id = $2 "
                  "and seq between $3 and $4 order by seq",
                  origin, channel, from, last))
        out.push_back(text_in(r[0]));
    return out;
}

std::optional<StoredEvent> StreamTable::event(const OrganisationId& origin, const ChannelId& channel,
                                              std::int64_t seq) {
    auto found = events(origin, channel, seq, 1, 0);
    if (found.empty() || found[0].seq != seq) return std::nullopt;
    return std::move(found[0]);
}

std::vector<StoredEvent> StreamTable::waiting(const ChannelId& channel, const std::vector<AnyId>& targets,
                                              std::int64_t limit) {
    std::vector<StoredEvent> out;
    for (const auto& r :
         tx_.exec("select " + event_columns +
                      " from federation_events where channel_id = $1 and target = any($2) and "
                      "state = 3 order by origin, seq limit $3",
                  channel, array_of(targets), limit))
        out.push_back(event_row(r));
    return out;
}

bool StreamTable::has_waiting(const ChannelId& channel) {
    return !tx_.exec("select 1 from federation_events where channel_id = $1 and state = 3 limit 1", channel)
                .empty();
}

std::int64_t StreamTable::waiting_count(const OrganisationId& origin) {
    return int_in(
        tx_.exec("select count(*) from federation_events where origin = $1 and state = 3", origin)[0][0]);
}

std::vector<StoredEvent> StreamTable::waiting_since(Millis time, std::int64_t limit) {
    std::vector<StoredEvent> out;
    for (const auto& r :
         tx_.exec("select " + event_columns +
                      " from federation_events where state = 3 and received_at < $1 order by channel_id, "
                      "origin, seq limit $2",
                  time, limit))
        out.push_back(event_row(r));
    return out;
}

std::vector<StoredEvent> StreamTable::refused(const OrganisationId& origin, const ChannelId& channel,
                                              std::int64_t limit) {
    std::vector<StoredEvent> out;
    for (const auto& r : tx_.exec("select seq, reason from federation_events where origin = $1 and "
                                  "channel_id = $2 and state = 2 order by seq desc limit $3",
                                  origin, channel, limit)) {
        StoredEvent e;
        e.origin = origin;
        e.channel_id = channel;
        e.seq = int_in(r[0]);
        e.state = EventState::refused;
        e.reason = text_in(r[1]);
        out.push_back(std::move(e));
    }
    return out;
}

void StreamTable::set_state(const StoredEvent& e) {
    tx_.exec(
        "update federation_events set state = $4, reason = $5 where origin = $1 and channel_id = $2 and seq "
        "= "
        "$3",
        e.origin, e.channel_id, e.seq, static_cast<int>(e.state), e.reason);
}

std::vector<StoredSeal> StreamTable::seals(const OrganisationId& origin, const ChannelId& channel,
                                           std::int64_t from, std::int64_t limit) {
    std::vector<StoredSeal> out;
    for (const auto& r :
         tx_.exec("select last_seq, seal, signature from federation_seals where origin = $1 and channel_id = "
                  "$2 and last_seq >= $3 order by last_seq limit $4",
                  origin, channel, from, limit))
        out.push_back({origin, channel, int_in(r[0]), text_in(r[1]), bytes_in(r[2])});
    return out;
}

bool StreamTable::is_announced(const ChannelId& channel, const UserId& user, Millis update_at) {
    return !tx_.exec(
                   "select 1 from federation_announced where channel_id = $1 and user_id = $2 and "
                   "update_at >= $3",
                   channel, user, update_at)
                .empty();
}

void StreamTable::announce(const ChannelId& channel, const UserId& user, Millis update_at) {
    tx_.exec(R"(
        insert into federation_announced (channel_id, user_id, update_at) values ($1, $2, $3)
        on conflict (channel_id, user_id) do update set update_at = excluded.update_at)",
             channel, user, update_at);
}

std::vector<ChannelId> StreamTable::announced_in(const UserId& user) {
    std::vector<ChannelId> out;
    for (const auto& r : tx_.exec("select channel_id from federation_announced where user_id = $1", user))
        out.push_back(id_in<ChannelId>(r[0]));
    return out;
}

void StreamTable::insert(const Evidence& e) {
    const auto sealed = [&](const std::string& text, std::int64_t version) {
        return bytea(tx_.seal(Kind::federation_event, scopes::federation, e.id.bytes(), version, text));
    };
    tx_.exec(
        "insert into federation_evidence (id, origin, channel_id, seq, create_at, ours, theirs) values ($1, "
        "$2, $3, $4, $5, $6, $7)",
        e.id, e.origin, e.channel_id, e.seq, e.create_at, sealed(e.ours, 1), sealed(e.theirs, 2));
}

std::vector<Evidence> StreamTable::evidence() {
    return whole_rows(
        tx_.exec("select id, origin, channel_id, seq, create_at, ours, theirs from federation_evidence order "
                 "by create_at"),
        [&](const pqxx::row& r) {
            const auto id = id_in<AnyId>(r[0]);
            const auto opened = [&](const pqxx::field& field, std::int64_t version) {
                return tx_.open(Kind::federation_event, scopes::federation, id.bytes(), version,
                                bytes_in(field));
            };
            return Evidence{id,
                            id_in<OrganisationId>(r[1]),
                            id_in<ChannelId>(r[2]),
                            int_in(r[3]),
                            int_in(r[4]),
                            opened(r[5], 1),
                            opened(r[6], 2)};
        });
}

}  // namespace concordat::storage
