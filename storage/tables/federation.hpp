// The tables of federation: partners and invitations; shared channels and who takes part; the streams that
// organisations say in them.
//
// Headers and seals are kept as the bytes that were hashed and signed. Bodies and names are sealed.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>
#include "core/model/partner.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

class PartnerTable {
public:
    explicit PartnerTable(Tx& tx) : tx_(tx) {}
    // Throws Error (conflict, "storage.unique") when there is one of this id or name.
    void insert(const Partner& partner);
    void update(const Partner& partner);
    void set_seen(const OrganisationId& id, Millis at);
    void set_told(const OrganisationId& id, const PartnerTold& told);
    std::optional<Partner> find(const OrganisationId& id);
    std::optional<Partner> lock(const OrganisationId& id);
    std::optional<Partner> by_name(const std::string& name);
    // By name.
    std::vector<Partner> all();

    void insert(const PartnerInvitation& invitation);
    std::optional<PartnerInvitation> lock_invitation(const AnyId& id);
    std::vector<PartnerInvitation> invitations();
    void count_failure(const AnyId& id);
    void remove_invitation(const AnyId& id);
    bool has_open_invitation(Millis now);

    // What a home says of another organisation. The id follows from the key, so it cannot lie about that.
    void introduce(const OrganisationId& id, const std::string& display_name, const std::string& public_key);
    // Of a partner, or of an organisation that was introduced; "" when it is unknown.
    std::string key_of(const OrganisationId& id);
    // Changes of an organisation's key, in their order; of this one, too. Throws Error (conflict,
    // "storage.unique") when there is one of that number.
    std::vector<SignedKeyChange> key_changes(const OrganisationId& id);
    void insert_key_change(const OrganisationId& id, std::int64_t number, const SignedKeyChange& change);
    // The name that a partner's certificate must have; "": none was set.
    std::string certificate_name(const OrganisationId& id);
    void set_certificate_name(const OrganisationId& id, const std::string& name);
    // What each of these is called; partners by the name they have here.
    std::map<OrganisationId, std::string> names();

private:
    Partner row(const pqxx::row& row);
    PartnerInvitation invitation_row(const pqxx::row& row);
    Tx& tx_;
};

class ShareTable {
public:
    explicit ShareTable(Tx& tx) : tx_(tx) {}
    void put(const Share& share);
    void set_state(const ChannelId& channel, const std::string& state, Millis now);
    std::optional<Share> find(const ChannelId& channel);
    std::optional<Share> lock(const ChannelId& channel);
    // Also those that have ended.
    std::vector<Share> all();
    // In which this organisation takes part; of these channels.
    std::vector<Share> joined();
    std::vector<Share> joined(const std::vector<ChannelId>& channels);
    bool has_joined();

    void put_partner(const SharePartner& partner);
    std::vector<SharePartner> partners(const ChannelId& channel);
    std::vector<SharePartner> of_partner(const OrganisationId& partner);
    // What was said before it was shared.
    void put(const ShareHistory& history);
    std::optional<ShareHistory> history(const ChannelId& channel);
    std::optional<ShareHistory> lock_history(const ChannelId& channel);
    // One that is not told to its end.
    std::optional<ShareHistory> unfinished_history();

    // Channels that are shared with it, by either side.
    std::int64_t count_with(const OrganisationId& partner);

private:
    Share row(const pqxx::row& row);
    Tx& tx_;
};

class StreamTable {
public:
    explicit StreamTable(Tx& tx) : tx_(tx) {}
    // Made when it is not there.
    Stream lock(const OrganisationId& origin, const ChannelId& channel);
    std::optional<Stream> find(const OrganisationId& origin, const ChannelId& channel);
    std::vector<Stream> of_channel(const ChannelId& channel);
    // Streams of others in which something waits to be applied.
    std::vector<Stream> behind(const OrganisationId& own);
    // next_seq and head.
    void advance(const Stream& stream);
    void set_applied(const OrganisationId& origin, const ChannelId& channel, std::int64_t seq);
    void set_fault(const OrganisationId& origin, const ChannelId& channel, const std::string& fault);

    void insert(const OrganisationId& origin, const ChannelId& channel,
                const std::vector<StoredEvent>& events);
    void insert(const StoredSeal& seal);
    // The same range, signed again.
    void replace(const StoredSeal& seal);
    // Those that say they were made at that time or later.
    std::vector<StoredSeal> seals_since(const OrganisationId& origin, const ChannelId& channel, Millis at);
    std::vector<ChannelId> channels_of(const OrganisationId& origin);
    // In order, from `from` on; at most `limit`, and, but for the first, so many bytes of bodies.
    std::vector<StoredEvent> events(const OrganisationId& origin, const ChannelId& channel, std::int64_t from,
                                    std::int64_t limit, std::int64_t most_bytes);
    std::vector<StoredEvent> events_of_kind(const OrganisationId& origin, const ChannelId& channel,
                                            const std::string& kind, std::int64_t from, std::int64_t limit);
    // From `from` to `last`.
    std::vector<std::string> headers(const OrganisationId& origin, const ChannelId& channel,
                                     std::int64_t from, std::int64_t last);
    std::optional<StoredEvent> event(const OrganisationId& origin, const ChannelId& channel,
                                     std::int64_t seq);
    // Those that wait for one of these objects, in the order of their streams.
    std::vector<StoredEvent> waiting(const ChannelId& channel, const std::vector<AnyId>& targets,
                                     std::int64_t limit);
    bool has_waiting(const ChannelId& channel);
    std::int64_t waiting_count(const OrganisationId& origin);
    // Those that have waited since before `time`.
    std::vector<StoredEvent> waiting_since(Millis time, std::int64_t limit);
    // Those that are not shown, newest first. Without headers and bodies.
    std::vector<StoredEvent> refused(const OrganisationId& origin, const ChannelId& channel,
                                     std::int64_t limit);
    // state and reason. An event that was received, and stands before applied_seq, was applied: that needs no
    // word of its own.
    void set_state(const StoredEvent& event);
    // Seals that end at `from` or later, in order.
    std::vector<StoredSeal> seals(const OrganisationId& origin, const ChannelId& channel, std::int64_t from,
                                  std::int64_t limit);

    // How far a partner says it has a stream. Never goes back.
    void acknowledge(const OrganisationId& partner, const OrganisationId& origin, const ChannelId& channel,
                     std::int64_t seq, Millis now);
    std::int64_t acknowledged(const OrganisationId& partner, const OrganisationId& origin,
                              const ChannelId& channel);
    std::vector<Cursor> cursors(const ChannelId& channel);
    Backlog backlog(const OrganisationId& partner, const OrganisationId& own);
    // False when it was known.
    bool refuse(const Refusal& refusal);
    std::vector<Refusal> refusals(const OrganisationId& partner, std::int64_t limit);
    std::int64_t refusal_count(const OrganisationId& partner, const OrganisationId& origin,
                               const ChannelId& channel);
    // Events of one kind that the partner refused, newest first, each with the partner's reason.
    std::vector<StoredEvent> refused_by(const OrganisationId& partner, const OrganisationId& origin,
                                        const ChannelId& channel, const std::string& kind,
                                        std::int64_t limit);

    // Whether the own stream of the channel has told of the person as they were at `update_at` or later.
    bool is_announced(const ChannelId& channel, const UserId& user, Millis update_at);
    void announce(const ChannelId& channel, const UserId& user, Millis update_at);
    std::vector<ChannelId> announced_in(const UserId& user);

    void insert(const Evidence& evidence);
    std::vector<Evidence> evidence();

private:
    StoredEvent event_row(const pqxx::row& row);
    Tx& tx_;
};

// Custom emoji that pass between organisations.
struct PartnerEmojiRow {
    OrganisationId origin;
    EmojiId emoji_id;    // at its origin
    std::string name;    // there
    EmojiId local_id;    // here; empty: refused, or removed at its origin
    std::string reason;  // why it is not here
    Millis create_at = 0;
};

class PartnerEmojiTable {
public:
    explicit PartnerEmojiTable(Tx& tx) : tx_(tx) {}
    void put(const PartnerEmojiRow& row);
    std::optional<PartnerEmojiRow> find(const OrganisationId& origin, const EmojiId& emoji);
    std::optional<PartnerEmojiRow> by_local(const EmojiId& local);
    // The newest of this name.
    std::optional<PartnerEmojiRow> by_name(const OrganisationId& origin, const std::string& name);
    std::int64_t count(const OrganisationId& origin);

    // Own ones. False when the own stream of the channel has told of it before.
    bool tell(const ChannelId& channel, const EmojiId& emoji);
    std::vector<ChannelId> told_in(const EmojiId& emoji);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
