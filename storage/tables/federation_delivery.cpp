// The rest of the tables of federation: what partners have of streams, what they refused, seals that are made
// anew; what was said before a channel was shared; custom emoji.
#include "storage/tables/federation.hpp"

namespace concordat::storage {

void StreamTable::acknowledge(const OrganisationId& partner, const OrganisationId& origin,
                              const ChannelId& channel, std::int64_t seq, Millis now) {
    tx_.exec(R"(
        insert into federation_cursors (partner_id, origin, channel_id, acked_seq, acked_at) values ($1, $2, $3, $4, $5)
        on conflict (partner_id, origin, channel_id) do update set
            acked_seq = greatest(federation_cursors.acked_seq, excluded.acked_seq), acked_at = excluded.acked_at)",
             partner, origin, channel, seq, now);
}

std::int64_t StreamTable::acknowledged(const OrganisationId& partner, const OrganisationId& origin,
                                       const ChannelId& channel) {
    const auto rows = tx_.exec(
        "select acked_seq from federation_cursors where partner_id = $1 and origin = $2 and channel_id = $3",
        partner, origin, channel);
    return rows.empty() ? 0 : int_in(rows[0][0]);
}

std::vector<Cursor> StreamTable::cursors(const ChannelId& channel) {
    std::vector<Cursor> out;
    for (const auto& r : tx_.exec("select partner_id, origin, acked_seq, acked_at from federation_cursors "
                                  "where channel_id = $1 order by partner_id, origin",
                                  channel))
        out.push_back({id_in<OrganisationId>(r[0]), id_in<OrganisationId>(r[1]), int_in(r[2]), int_in(r[3])});
    return out;
}

Backlog StreamTable::backlog(const OrganisationId& partner, const OrganisationId& own) {
    const auto rows = tx_.exec(R"(
        select coalesce(sum(s.next_seq - 1 - coalesce(c.acked_seq, 0)), 0)::bigint, coalesce(min(e.received_at), 0)
        from federation_streams s
        join federation_shares h on h.channel_id = s.channel_id and h.state = 'joined'
        left join federation_share_partners p on p.channel_id = s.channel_id and p.partner_id = $1 and p.state = 'joined'
        left join federation_cursors c on c.partner_id = $1 and c.origin = s.origin and c.channel_id = s.channel_id
        left join federation_events e on e.origin = s.origin and e.channel_id = s.channel_id and e.seq = coalesce(c.acked_seq, 0) + 1
        where s.origin <> $1 and ((h.is_home and p.partner_id is not null) or (h.home = $1 and s.origin = $2)))",
                               partner, own);
    return {int_in(rows[0][0]), int_in(rows[0][1])};
}

bool StreamTable::refuse(const Refusal& f) {
    return tx_.exec(
                  "insert into federation_refusals (partner_id, origin, channel_id, seq, code, create_at) "
                  "values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
                  f.partner_id, f.origin, f.channel_id, f.seq, f.code, f.create_at)
               .affected_rows() == 1;
}

std::vector<Refusal> StreamTable::refusals(const OrganisationId& partner, std::int64_t limit) {
    std::vector<Refusal> out;
    for (const auto& r : tx_.exec("select origin, channel_id, seq, code, create_at from federation_refusals "
                                  "where partner_id = $1 order by create_at desc, seq desc limit $2",
                                  partner, limit))
        out.push_back({partner, id_in<OrganisationId>(r[0]), id_in<ChannelId>(r[1]), int_in(r[2]),
                       text_in(r[3]), int_in(r[4])});
    return out;
}

std::int64_t StreamTable::refusal_count(const OrganisationId& partner, const OrganisationId& origin,
                                        const ChannelId& channel) {
    return int_in(
        tx_.exec("select count(*) from federation_refusals where partner_id = $1 and origin = $2 "
                 "and channel_id = $3",
                 partner, origin, channel)[0][0]);
}

std::vector<StoredEvent> StreamTable::refused_by(const OrganisationId& partner, const OrganisationId& origin,
                                                 const ChannelId& channel, const std::string& kind,
                                                 std::int64_t limit) {
    std::vector<StoredEvent> out;
    for (const auto& r : tx_.exec(R"(
            select e.origin, e.channel_id, e.seq, e.kind, e.target, e.state, r.code, e.received_at, e.header, e.body
            from federation_refusals r
            join federation_events e on e.origin = r.origin and e.channel_id = r.channel_id and e.seq = r.seq
            where r.partner_id = $1 and r.origin = $2 and r.channel_id = $3 and e.kind = $4
            order by r.seq desc limit $5)",
                                  partner, origin, channel, kind, limit))
        out.push_back(event_row(r));
    return out;
}

// -- what was said before ----------------------------------------------------------------------------

namespace {

const std::string history_columns =
    "select channel_id, from_at, roots_upto_at, upto_at, root_at, root_id, reply_at, reply_id, done_at, "
    "told, "
    "kept_back from federation_histories ";

std::optional<ShareHistory> history_in(const pqxx::result& rows) {
    if (rows.empty()) return std::nullopt;
    const auto& r = rows[0];
    ShareHistory out;
    out.channel_id = id_in<ChannelId>(r[0]);
    out.from_at = int_in(r[1]);
    out.roots_upto_at = int_in(r[2]);
    out.upto_at = int_in(r[3]);
    out.root_at = int_in(r[4]);
    out.root_id = id_in<PostId>(r[5]);
    out.reply_at = int_in(r[6]);
    out.reply_id = id_in<PostId>(r[7]);
    out.done_at = int_in(r[8]);
    out.told = int_in(r[9]);
    out.kept_back = int_in(r[10]);
    return out;
}

}  // namespace

void ShareTable::put(const ShareHistory& h) {
    tx_.exec(R"(
        insert into federation_histories as h (channel_id, from_at, roots_upto_at, upto_at, root_at, root_id, reply_at,
            reply_id, done_at, told, kept_back)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        on conflict (channel_id) do update set
            from_at = excluded.from_at, roots_upto_at = excluded.roots_upto_at, upto_at = excluded.upto_at,
            root_at = excluded.root_at, root_id = excluded.root_id, reply_at = excluded.reply_at,
            reply_id = excluded.reply_id, done_at = excluded.done_at, told = excluded.told,
            kept_back = excluded.kept_back)",
             h.channel_id, h.from_at, h.roots_upto_at, h.upto_at, h.root_at, NullableId(h.root_id),
             h.reply_at, NullableId(h.reply_id), h.done_at, h.told, h.kept_back);
}

std::optional<ShareHistory> ShareTable::history(const ChannelId& channel) {
    return history_in(tx_.exec(history_columns + "where channel_id = $1", channel));
}

std::optional<ShareHistory> ShareTable::lock_history(const ChannelId& channel) {
    return history_in(tx_.exec(history_columns + "where channel_id = $1 for update", channel));
}

std::optional<ShareHistory> ShareTable::unfinished_history() {
    return history_in(tx_.exec(history_columns + "where done_at = 0 order by channel_id limit 1"));
}

// -- custom emoji -----------------------------------------------------------------------------------

namespace {

const std::string partner_emoji_columns =
    "select origin, emoji_id, name, local_id, reason, create_at from federation_emoji ";

std::optional<PartnerEmojiRow> partner_emoji_in(const pqxx::result& rows) {
    if (rows.empty()) return std::nullopt;
    const auto& r = rows[0];
    PartnerEmojiRow out;
    out.origin = id_in<OrganisationId>(r[0]);
    out.emoji_id = id_in<EmojiId>(r[1]);
    out.name = text_in(r[2]);
    out.local_id = id_in<EmojiId>(r[3]);
    out.reason = text_in(r[4]);
    out.create_at = int_in(r[5]);
    return out;
}

}  // namespace

void PartnerEmojiTable::put(const PartnerEmojiRow& row) {
    tx_.exec(R"(
        insert into federation_emoji (origin, emoji_id, name, local_id, reason, create_at) values ($1, $2, $3, $4, $5, $6)
        on conflict (origin, emoji_id) do update set
            name = excluded.name, local_id = excluded.local_id, reason = excluded.reason, create_at = excluded.create_at)",
             row.origin, row.emoji_id, row.name, NullableId(row.local_id), row.reason, row.create_at);
}

std::optional<PartnerEmojiRow> PartnerEmojiTable::find(const OrganisationId& origin, const EmojiId& emoji) {
    return partner_emoji_in(
        tx_.exec(partner_emoji_columns + "where origin = $1 and emoji_id = $2", origin, emoji));
}

std::optional<PartnerEmojiRow> PartnerEmojiTable::by_local(const EmojiId& local) {
    return partner_emoji_in(tx_.exec(partner_emoji_columns + "where local_id = $1", local));
}

std::optional<PartnerEmojiRow> PartnerEmojiTable::by_name(const OrganisationId& origin,
                                                          const std::string& name) {
    return partner_emoji_in(
        tx_.exec(partner_emoji_columns + "where origin = $1 and name = $2 order by create_at desc limit 1",
                 origin, name));
}

std::int64_t PartnerEmojiTable::count(const OrganisationId& origin) {
    return int_in(tx_.exec("select count(*) from federation_emoji where origin = $1", origin)[0][0]);
}

bool PartnerEmojiTable::tell(const ChannelId& channel, const EmojiId& emoji) {
    return tx_.exec(
                  "insert into federation_emoji_told (channel_id, emoji_id) values ($1, $2) on conflict do "
                  "nothing",
                  channel, emoji)
               .affected_rows() == 1;
}

std::vector<ChannelId> PartnerEmojiTable::told_in(const EmojiId& emoji) {
    std::vector<ChannelId> out;
    for (const auto& r : tx_.exec("select channel_id from federation_emoji_told where emoji_id = $1", emoji))
        out.push_back(id_in<ChannelId>(r[0]));
    return out;
}

void StreamTable::replace(const StoredSeal& s) {
    tx_.exec(
        "update federation_seals set seal = $4, signature = $5 where origin = $1 and channel_id = $2 and "
        "last_seq = $3",
        s.origin, s.channel_id, s.last_seq, s.seal, bytea(s.signature));
}

std::vector<StoredSeal> StreamTable::seals_since(const OrganisationId& origin, const ChannelId& channel,
                                                 Millis at) {
    std::vector<StoredSeal> out;
    for (const auto& r : tx_.exec(R"(
        select last_seq, seal, signature from federation_seals
        where origin = $1 and channel_id = $2 and (seal::json ->> 'at')::bigint >= $3 order by last_seq)",
                                  origin, channel, at))
        out.push_back({origin, channel, int_in(r[0]), text_in(r[1]), bytes_in(r[2])});
    return out;
}

std::vector<ChannelId> StreamTable::channels_of(const OrganisationId& origin) {
    std::vector<ChannelId> out;
    for (const auto& r :
         tx_.exec("select channel_id from federation_streams where origin = $1 order by channel_id", origin))
        out.push_back(id_in<ChannelId>(r[0]));
    return out;
}

}  // namespace concordat::storage
