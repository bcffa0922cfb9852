// Shared channels: which, with whom, and which streams a partner gets and is asked for.
//
// A channel has one home, the organisation that made it; the home shares it with partners, and each of them
// joins it into one of its teams. The home's list is the truth: what a partner is no longer told of is shared
// no more. A partner's own stream goes to the home, which passes it on, byte by byte, to the others.
//
// Thread-safe; calls block. Errors: invalid, not_found, conflict, "federation.share*".
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>
#include "core/model/actor.hpp"
#include "core/model/channel.hpp"
#include "federation/stream/conversations.hpp"
#include "federation/stream/history.hpp"
#include "federation/trust/partners.hpp"
#include "messaging/conversation/posts.hpp"
#include "storage/database/database.hpp"
#include "storage/journal/journal.hpp"

namespace concordat::federation {

inline constexpr std::size_t most_members_told = 10000;  // of a channel, when it is shared
inline constexpr std::size_t most_streams = 4096;        // of a session

class Shares {
public:
    // All must outlive this object.
    Shares(storage::Database& db, storage::Journal& journal, Organisation& own, Partners& partners,
           Conversations& conversations, History& history)
        : db_(db),
          journal_(journal),
          own_(own),
          partners_(partners),
          conversations_(conversations),
          history_(history) {}
    // Hears of every change, after its commit.
    void on_change(std::function<void()> act) { changed_ = std::move(act); }

    // -- administrators --
    // A public or private channel of this organisation. Doing it twice is no error.
    void share(const Actor& actor, const ChannelId& channel, const std::string& partner);
    void unshare(const Actor& actor, const ChannelId& channel, const std::string& partner);
    // A channel that a partner offers gets a place in a team here; `name` in addresses, "": as at its home.
    Channel join(const Actor& actor, const ChannelId& channel, const TeamId& team, const std::string& name);
    void leave(const Actor& actor, const ChannelId& channel);
    // Without conversations: what people have among themselves is not listed.
    std::vector<Share> all();
    std::optional<Share> find(const ChannelId& channel);
    std::vector<SharePartner> partners_of(const ChannelId& channel);
    // How far what was said before is told; nothing when no partner is to have it.
    std::optional<ShareHistory> history_of(const ChannelId& channel);
    std::vector<SharePartner> of_partner(const OrganisationId& partner);

    Backlog backlog_of(const OrganisationId& partner);
    // How a channel's streams stand, by origin: the same on every node that has the same.
    std::vector<Stream> streams_of(const ChannelId& channel);
    // What a partner did not show of what this organisation said; newest first.
    std::vector<Refusal> refusals_of(const OrganisationId& partner, std::int64_t limit);
    // Of organisations that signed two histories.
    std::vector<Evidence> evidence();

    // Throws Error (forbidden) unless it is for this organisation to do that to the post: only who wrote it
    // changes it, and only the home of the channel removes what others wrote, of a conversation not even
    // that. Of a new one, whether it could reach whom it is for.
    void check(const Actor& actor, const Post& post, messaging::PostChange change);
    // Whether these two could begin a conversation.
    bool may_write(const User& one, const User& other) { return conversations_.may_begin(one, other); }

    // Ends what is shared with a partner that is revoked; nothing for another.
    void forget_revoked(const OrganisationId& partner);

    // -- sessions --
    // What the partner is told of channels, and what it is asked for.
    struct Lists {
        ShareList shares;
        Wants wants;
    };
    Lists lists_for(const OrganisationId& partner);
    // The conversations that are not taken, and why.
    std::vector<Declined> take_shares(const Partner& partner, const ShareList& told);
    // The partner does not take a conversation of this home. False when that is not for it to say.
    bool take_declined(const Partner& partner, const Declined& declined);
    // The streams that it may have of those that it wants. Of what is older than `history_from` it gets no
    // bodies.
    struct Grant {
        Want want;
        Millis history_from = 0;
    };
    std::vector<Grant> take_wants(const Partner& partner, const Wants& wanted);

private:
    ShareDetails details_of(storage::Tx& tx, const Channel& channel,
                            const std::vector<SharePerson>& people = {});
    // From which time on; nothing when it may not.
    std::optional<Millis> may_have(storage::Tx& tx, const Partner& partner, const OrganisationId& origin,
                                   const ChannelId& channel);
    bool is_begun(storage::Tx& tx, const ChannelId& channel);
    void yield_home(storage::Tx& tx, const ChannelId& channel);
    bool is_own_history(storage::Tx& tx, const Partner& partner, const Want& wanted);
    bool end_with(storage::Tx& tx, const Actor& actor, const ChannelId& channel,
                  const OrganisationId& partner);
    void end(storage::Tx& tx, const Share& share);
    void tell_clients(storage::Tx& tx, const Actor& actor, const ChannelId& channel, bool is_shared);
    void join_offered(const Partner& partner);
    void take_share(storage::Tx& tx, const Partner& partner, const SharedChannel& told);
    std::string take_conversation(storage::Tx& tx, const Partner& partner, const SharedChannel& told);
    void introduce_members(storage::Tx& tx, const ShareDetails& details);

    storage::Database& db_;
    storage::Journal& journal_;
    Organisation& own_;
    Partners& partners_;
    Conversations& conversations_;
    History& history_;
    std::function<void()> changed_ = [] {};
};

// Where the publisher stands in the journal: the name in the table of system facts.
inline constexpr const char* position_name = "federation_position";

}  // namespace concordat::federation
