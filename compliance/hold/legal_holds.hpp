// Legal holds: made, looked at and released.
//
// A hold is in force with the commit that makes it: the next run of destruction sees it, and one that goes on
// sees it before its next batch. It keeps what was said in the channels it names, what the people it names
// wrote anywhere, and what was said while they were there in private channels and between people (in public
// ones too, if it says so). Deleted messages, earlier versions and files are kept like others. Several holds
// may keep the same; it goes when none keeps it any more. Nobody who is under a hold is told.
//
// A release takes two people: one asks, another approves; then it takes effect after
// ConcordatSettings.HoldReleaseGraceHours, until when it may be taken back.
//
// Who may: holders of the role `legal`, by that role alone; administration gives no right. The operator at
// the machine may do one side of a release. Everything, refusals and looking at holds included, is written
// down, act "hold", before it takes effect; what cannot be written is refused.
//
// Thread-safe; calls block. Errors beside those of the database:
//   forbidden  api.context.permissions.app_error   the role is missing
//   forbidden  hold.release.two_people             who asked for the release cannot approve it
//   invalid    hold.bad_request                    of what is asked for; the text names it
//   not_found  hold.not_found, hold.matter.not_found
//   conflict   hold.matter.closed                  no new holds in a closed matter
//   conflict   hold.matter.in_force                a matter with holds in force cannot be closed
//   conflict   hold.release.state                  the hold is not in a state for that; the text says which
#pragma once
#include <string>
#include <vector>
#include "compliance/export/message_exports.hpp"
#include "core/model/hold.hpp"

namespace concordat::compliance {

class LegalHolds {
public:
    static constexpr std::size_t most_named = 1000, longest_name = 200, longest_description = 4000;
    static constexpr const char* role = "legal";

    // All must outlive this object.
    LegalHolds(storage::Database& db, identity::Decisions& decisions, const LiveSettings& settings)
        : db_(db), decisions_(decisions), settings_(settings) {}

    LegalMatter open_matter(const Request& request, const std::string& name, const std::string& description);
    std::vector<LegalMatter> matters(const Request& request, std::int64_t offset, std::int64_t limit);
    LegalMatter matter(const Request& request, const MatterId& id);
    LegalMatter close_matter(const Request& request, const MatterId& id);

    // Of `wanted`: matter, name, people, channels, period, include_public_channels.
    LegalHold create(const Request& request, const LegalHold& wanted);
    // What such a hold would keep now.
    HoldPreview preview(const Request& request, const LegalHold& wanted);
    // Of a matter, or all.
    std::vector<LegalHold> list(const Request& request, const MatterId& matter, std::int64_t offset,
                                std::int64_t limit);
    LegalHold get(const Request& request, const HoldId& id);
    HoldPreview keeps(const Request& request, const HoldId& id);

    LegalHold ask_release(const Request& request, const HoldId& id);
    LegalHold approve_release(const Request& request, const HoldId& id);
    // As long as the release has not taken effect.
    LegalHold keep_on(const Request& request, const HoldId& id);

private:
    void require(const Request& request, const char* what);
    void note(storage::Tx& tx, const Request& request, const char* rule, const std::string& detail);
    [[noreturn]] void refuse(const Request& request, const char* rule, const std::string& detail,
                             const Error& error);
    void check(storage::Tx& tx, const LegalHold& wanted);
    void look(const Request& request, const char* what);

    storage::Database& db_;
    identity::Decisions& decisions_;
    const LiveSettings& settings_;
};

}  // namespace concordat::compliance
