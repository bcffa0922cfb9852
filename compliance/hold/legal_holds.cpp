#include "compliance/hold/legal_holds.hpp"

#include <algorithm>

#include "identity/decision/decisions.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/holds.hpp"
#include "storage/tables/users.hpp"

namespace concordat::compliance {
namespace {

constexpr Millis hour = 3600000;

Error bad(const std::string& text) {
    return {Fault::invalid, "hold.bad_request", text};
}

Error no_such_hold() {
    return {Fault::not_found, "hold.not_found", "There is no such hold."};
}

Error no_such_matter() {
    return {Fault::not_found, "hold.matter.not_found", "There is no such matter."};
}

Error wrong_state(const char* text) {
    return {Fault::conflict, "hold.release.state", text};
}

void check_name(const std::string& name, std::size_t longest, const char* what) {
    if (name.find_first_not_of(" \t\r\n") == name.npos) throw bad(std::string(what) + " is empty.");
    if (name.size() > longest)
        throw bad(std::string(what) + " is longer than " + std::to_string(longest) + " bytes.");
}

template <class IdType, class Found>
void check_ids(const std::vector<IdType>& ids, const Found& found, const char* what) {
    if (ids.size() > LegalHolds::most_named)
        throw bad(std::string(what) + " has more than " + std::to_string(LegalHolds::most_named) + " ids.");
    for (const auto& id : ids)
        if (std::ranges::none_of(found, [&](const auto& one) { return one.id == id; }))
            throw bad(std::string(what) + " has " + id.text() + ", which does not exist.");
}

template <class IdType>
void make_unique(std::vector<IdType>& ids) {
    std::ranges::sort(ids);
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

}  // namespace

void LegalHolds::refuse(const Request& request, const char* rule, const std::string& detail,
                        const Error& error) {
    identity::Trail trail("hold", request.attempt, request.address);
    trail.decision.user_id = request.actor.user_id;
    trail.decision.session_id = request.actor.session_id;
    trail.refused(rule, detail);
    decisions_.record(trail);
    throw error;
}

void LegalHolds::require(const Request& request, const char* what) {
    if (request.is_operator || std::ranges::find(request.actor.roles, role) != request.actor.roles.end())
        return;
    refuse(request, "hold.role", std::string(what) + " needs the role legal; administration does not count.",
           lacks_permission("legal"));
}

void LegalHolds::note(storage::Tx& tx, const Request& request, const char* rule, const std::string& detail) {
    identity::Trail trail("hold", request.attempt, request.address);
    trail.decision.user_id = request.actor.user_id;
    trail.decision.session_id = request.actor.session_id;
    if (request.is_operator) trail.noted("hold.operator", "done at the machine");
    trail.admitted(rule, detail);
    decisions_.record(tx, trail);
}

void LegalHolds::look(const Request& request, const char* what) {
    require(request, what);
    db_.transact([&](storage::Tx& tx) { note(tx, request, "hold.looked_at", what); });
}

LegalMatter LegalHolds::open_matter(const Request& request, const std::string& name,
                                    const std::string& description) {
    require(request, "A new matter");
    check_name(name, longest_name, "name");
    if (description.size() > longest_description)
        throw bad("description is longer than " + std::to_string(longest_description) + " bytes.");
    LegalMatter matter;
    matter.name = name;
    matter.description = description;
    matter.creator_id = request.actor.user_id;
    return db_.transact([&](storage::Tx& tx) {
        matter.id = MatterId::fresh(tx.now());
        matter.create_at = tx.now();
        storage::HoldTable(tx).insert(matter);
        note(tx, request, "hold.matter_opened", "matter " + matter.id.text());
        return matter;
    });
}

std::vector<LegalMatter> LegalHolds::matters(const Request& request, std::int64_t offset,
                                             std::int64_t limit) {
    look(request, "the list of matters");
    return db_.read([&](storage::Tx& tx) { return storage::HoldTable(tx).matters(offset, limit); });
}

LegalMatter LegalHolds::matter(const Request& request, const MatterId& id) {
    look(request, "a matter");
    auto found = db_.read([&](storage::Tx& tx) { return storage::HoldTable(tx).matter(id); });
    if (!found) throw no_such_matter();
    return *std::move(found);
}

LegalMatter LegalHolds::close_matter(const Request& request, const MatterId& id) {
    require(request, "To close a matter");
    return db_.transact([&](storage::Tx& tx) {
        storage::HoldTable table(tx);
        auto matter = table.matter(id);
        if (!matter) throw no_such_matter();
        if (matter->in_force > 0)
            throw Error(Fault::conflict, "hold.matter.in_force",
                        "Holds of this matter are in force: release them first.");
        if (matter->close_at > 0) return *matter;
        table.close(id, tx.now());
        matter->close_at = tx.now();
        note(tx, request, "hold.matter_closed", "matter " + id.text());
        return *matter;
    });
}

void LegalHolds::check(storage::Tx& tx, const LegalHold& wanted) {
    if (wanted.user_ids.empty() && wanted.channel_ids.empty())
        throw bad("user_ids and channel_ids are both empty: a hold names people, channels or both.");
    if (wanted.starts_at < 0 || wanted.ends_at < 0) throw bad("A time is below 0.");
    if (wanted.ends_at > 0 && wanted.ends_at < wanted.starts_at) throw bad("ends_at is before starts_at.");
    check_ids(wanted.user_ids, storage::UserTable(tx).find(wanted.user_ids), "user_ids");
    check_ids(wanted.channel_ids, storage::ChannelTable(tx).find(wanted.channel_ids), "channel_ids");
}

LegalHold LegalHolds::create(const Request& request, const LegalHold& wanted) {
    require(request, "A new hold");
    check_name(wanted.name, longest_name, "name");
    LegalHold hold;
    hold.matter_id = wanted.matter_id;
    hold.name = wanted.name;
    hold.user_ids = wanted.user_ids;
    hold.channel_ids = wanted.channel_ids;
    make_unique(hold.user_ids);
    make_unique(hold.channel_ids);
    hold.starts_at = wanted.starts_at;
    hold.ends_at = wanted.ends_at;
    hold.include_public_channels = wanted.include_public_channels;
    hold.creator_id = request.actor.user_id;
    hold.state = "active";
    return db_.transact([&](storage::Tx& tx) {
        check(tx, hold);
        storage::HoldTable table(tx);
        const auto matter = table.matter(hold.matter_id);
        if (!matter) throw no_such_matter();
        if (matter->close_at > 0) throw Error(Fault::conflict, "hold.matter.closed", "The matter is closed.");
        hold.id = HoldId::fresh(tx.now());
        hold.create_at = tx.now();
        table.insert(hold);
        note(tx, request, "hold.made",
             "hold " + hold.id.text() + ", matter " + hold.matter_id.text() + ", " +
                 std::to_string(hold.user_ids.size()) + " people, " +
                 std::to_string(hold.channel_ids.size()) + " channels");
        return hold;
    });
}

HoldPreview LegalHolds::preview(const Request& request, const LegalHold& wanted) {
    look(request, "what a hold would keep");
    return db_.read([&](storage::Tx& tx) {
        check(tx, wanted);
        return storage::HoldTable(tx).preview(wanted);
    });
}

std::vector<LegalHold> LegalHolds::list(const Request& request, const MatterId& matter, std::int64_t offset,
                                        std::int64_t limit) {
    look(request, "the list of holds");
    return db_.read([&](storage::Tx& tx) { return storage::HoldTable(tx).select(matter, offset, limit); });
}

LegalHold LegalHolds::get(const Request& request, const HoldId& id) {
    look(request, "a hold");
    auto found = db_.read([&](storage::Tx& tx) { return storage::HoldTable(tx).find(id); });
    if (!found) throw no_such_hold();
    return *std::move(found);
}

HoldPreview LegalHolds::keeps(const Request& request, const HoldId& id) {
    const auto hold = get(request, id);
    return db_.read([&](storage::Tx& tx) { return storage::HoldTable(tx).preview(hold); });
}

LegalHold LegalHolds::ask_release(const Request& request, const HoldId& id) {
    require(request, "The release of a hold");
    return db_.transact([&](storage::Tx& tx) {
        storage::HoldTable table(tx);
        auto hold = table.lock(id);
        if (!hold) throw no_such_hold();
        if (hold->state != "active") throw wrong_state("The release was asked for already.");
        hold->release_asked_at = tx.now();
        hold->release_asked_by = request.actor.user_id;
        hold->state = "release_asked";
        table.set_release(*hold);
        note(tx, request, "hold.release_asked", "hold " + id.text());
        return *hold;
    });
}

LegalHold LegalHolds::approve_release(const Request& request, const HoldId& id) {
    require(request, "The release of a hold");
    const auto grace = settings_.current()->ConcordatSettings.HoldReleaseGraceHours * hour;
    const auto by_the_same = db_.read([&](storage::Tx& tx) {
        const auto hold = storage::HoldTable(tx).find(id);
        return hold && hold->state == "release_asked" && hold->release_asked_by == request.actor.user_id;
    });
    if (by_the_same)
        refuse(request, "hold.two_people", "hold " + id.text(),
               Error(Fault::forbidden, "hold.release.two_people",
                     "Somebody else than the one who asked for the release has to approve it."));
    return db_.transact([&](storage::Tx& tx) {
        storage::HoldTable table(tx);
        auto hold = table.lock(id);
        if (!hold) throw no_such_hold();
        if (hold->state != "release_asked" || hold->release_asked_by == request.actor.user_id)
            throw wrong_state("No release that somebody else asked for waits for approval.");
        hold->released_at = tx.now();
        hold->released_by = request.actor.user_id;
        hold->frees_at = std::max<Millis>(tx.now() + grace, 1);
        hold->state = grace > 0 ? "releasing" : "released";
        table.set_release(*hold);
        note(tx, request, "hold.released",
             "hold " + id.text() + ", in effect from " + std::to_string(hold->frees_at));
        return *hold;
    });
}

LegalHold LegalHolds::keep_on(const Request& request, const HoldId& id) {
    require(request, "To take back a release");
    return db_.transact([&](storage::Tx& tx) {
        storage::HoldTable table(tx);
        auto hold = table.lock(id);
        if (!hold) throw no_such_hold();
        if (hold->state != "release_asked" && hold->state != "releasing")
            throw wrong_state("There is no release to take back.");
        hold->release_asked_at = hold->released_at = hold->frees_at = 0;
        hold->release_asked_by = hold->released_by = UserId();
        hold->state = "active";
        table.set_release(*hold);
        note(tx, request, "hold.kept_on", "hold " + id.text());
        return *hold;
    });
}

}  // namespace concordat::compliance
