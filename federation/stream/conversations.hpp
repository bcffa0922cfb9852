// Conversations: direct and group messages between people of different organisations.
//
// A conversation is a shared channel of type D or G, between the same people for ever. Its id follows from
// its name, and the name from the people's ids, so whoever begins it, and if all of them do at once, it is
// one. Its home is the organisation of who began it; of several, the one with the smallest id. A home passes
// on what is said and has no other right. It is offered once the first message is said; a partner's node
// takes it by itself, for the people of its own that it names, or says why it does not.
//
// Both sides' policies must allow it, between any two of the organisations; what a partner's policy is, it
// tells. Where one does not, nothing of the conversation leaves and nothing is taken, and people are told so
// when they write; what was said stays.
//
// Thread-safe; calls block. Errors: forbidden, "federation.people.direct" and "federation.direct.*";
// conflict, "federation.direct.too_many".
#pragma once
#include <string>
#include <vector>
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/channel.hpp"
#include "core/model/partner.hpp"
#include "core/model/user.hpp"
#include "federation/trust/organisation.hpp"
#include "identity/access/gate.hpp"
#include "storage/database/database.hpp"
#include "storage/journal/journal.hpp"

namespace concordat::federation {

inline constexpr std::size_t most_organisations_of_conversation = 3;
inline constexpr std::int64_t most_shared_with_partner = 2000;  // channels and conversations

// Of the type and the name of a channel between people: docs/federation-protocol.md says how.
ChannelId conversation_id(const std::string& type, const std::string& name);
// A person of it.
bool takes_part(const ShareDetails& conversation, const UserId& user);

class Conversations {
public:
    // All must outlive this object.
    Conversations(storage::Database& db, storage::Journal& journal, Organisation& own, identity::Gate& gate,
                  const LiveSettings& settings)
        : db_(db), journal_(journal), own_(own), gate_(gate), settings_(settings) {}

    // -- people here --
    // A channel between these people is about to be made, by DirectChannels: gives it its id and shares it.
    void begin(storage::Tx& tx, const Actor& actor, Channel& channel, const std::vector<User>& users);
    // Whether one of this organisation could begin one with the other.
    bool may_begin(const User& one, const User& other);
    // Throws Error (forbidden) when what is said in this channel could not reach those whom it is for.
    // Nothing for any other channel; of those, it reads nothing.
    void check_post(const ChannelId& channel);

    // -- streams --
    // Why nothing passes now: "partner", "direct_off_here" or "direct_off_there"; "" when it does.
    std::string obstacle(storage::Tx& tx, const ShareDetails& conversation);
    // Why what somebody elsewhere says in it is not shown: those, but for what the partner allows, and
    // "deactivated", when nobody here is left in it.
    std::string obstacle_for_shown(storage::Tx& tx, const ShareDetails& conversation);
    // Whether a partner can be the home of this conversation: everything in it fits together.
    bool is_good(storage::Tx& tx, const OrganisationId& home, const ChannelId& id,
                 const ShareDetails& conversation);
    // Why a good one is not taken; "" when it is. Also "unknown_person", "deactivated", "guest", "team" and
    // "too_many".
    std::string refusal(storage::Tx& tx, const OrganisationId& home, const ShareDetails& conversation);
    // Somebody of another organisation comes in, who takes part; the first of them makes the channel here.
    Channel enter(storage::Tx& tx, const Share& share, const User& user);

private:
    std::vector<OrganisationId> others(const ShareDetails& conversation);
    std::vector<User> own_people(storage::Tx& tx, const ShareDetails& conversation);
    ShareDetails details_of(const Channel& channel, const std::vector<User>& users);
    void check_begin(storage::Tx& tx, const ShareDetails& details, const std::vector<User>& users);
    bool is_in_reach(storage::Tx& tx, const std::vector<UserId>& users);
    void refuse(storage::Tx& tx, const ShareDetails& conversation, const std::string& code);

    storage::Database& db_;
    storage::Journal& journal_;
    Organisation& own_;
    identity::Gate& gate_;
    const LiveSettings& settings_;
};

}  // namespace concordat::federation
