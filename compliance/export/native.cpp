// events.jsonl: the journal itself, one entry a line, and who people were.
#include "compliance/export/formats.hpp"
#include "core/model/bookmark.hpp"
#include "core/model/facts.hpp"

namespace concordat::compliance {
namespace {

// What people said and did; not where their cursor stood, what they had not sent yet, or how they signed in.
bool is_evidence(const storage::Fact& fact) {
    static constexpr std::string_view kinds[] = {
        PostCreated::kind,       PostEdited::kind,           PostTouched::kind,
        PostDeleted::kind,       ReactionAdded::kind,        ReactionRemoved::kind,
        FileAdded::kind,         AcknowledgementAdded::kind, AcknowledgementRemoved::kind,
        ChannelCreated::kind,    DirectCreated::kind,        ChannelUpdated::kind,
        ChannelDeleted::kind,    ChannelRestored::kind,      ChannelConverted::kind,
        ChannelJoined::kind,     ChannelLeft::kind,          ChannelMemberUpdated::kind,
        TeamCreated::kind,       TeamUpdated::kind,          TeamDeleted::kind,
        TeamRestored::kind,      TeamJoined::kind,           TeamLeft::kind,
        TeamMemberUpdated::kind, UserCreated::kind,          UserUpdated::kind,
        UserRolesChanged::kind,  UserActivated::kind,        EmojiAdded::kind,
        EmojiRemoved::kind,      BookmarkAdded::kind,        BookmarkChanged::kind,
        BookmarkRemoved::kind,   BookmarksSorted::kind};
    return std::ranges::find(kinds, std::string_view(fact.kind)) != std::end(kinds);
}

}  // namespace

std::string native_text(const Batch& batch) {
    std::string out;
    for (const auto& [id, who] : batch.people)
        out += json::serialize(json::object{{"kind", "person"},
                                            {"id", id},
                                            {"username", who.username},
                                            {"email", who.email},
                                            {"is_bot", who.is_bot}}) +
               '\n';
    for (const auto& channel : batch.channels)
        for (const auto& stay : channel.stays)
            out += json::serialize(json::object{{"kind", "stay"},
                                                {"channel_id", channel.channel.id.text()},
                                                {"user_id", stay.who.id.text()},
                                                {"username", stay.who.username},
                                                {"email", stay.who.email},
                                                {"join_at", stay.join_at},
                                                {"leave_at", stay.leave_at}}) +
                   '\n';
    for (const auto& entry : batch.entries) {
        if (!is_evidence(entry.fact)) continue;
        // The body is JSON as it was written; it is not parsed, so nothing of it can change.
        out += R"({"kind":)" + json::serialize(json::value(entry.fact.kind)) + R"(,"position":")" +
               entry.at.tx + '/' + std::to_string(entry.at.seq) + R"(","at":)" +
               std::to_string(entry.fact.create_at) + R"(,"fact":)" + entry.fact.body + "}\n";
    }
    return out;
}

}  // namespace concordat::compliance
