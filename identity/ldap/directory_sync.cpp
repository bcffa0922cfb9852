#include "identity/ldap/directory_sync.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "core/base/error.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/directories.hpp"
#include "storage/tables/users.hpp"

namespace concordat::identity {
namespace {

constexpr std::int64_t links_of_one_read = 200;
constexpr std::size_t steps_of_one_transaction = 50;
constexpr Millis longest_silence = 10 * 60 * 1000;  // of a node whose turn it is
constexpr const char* gone =
    "The directory no longer has this person, or UserFilter does not let them through.";

}  // namespace

// What is to be done about one account.
struct DirectorySync::Step {
    IdentityLink link;
    const ExternalIdentity* person = nullptr;  // nothing: the directory does not have them
    bool loses_role = false;
};

// This node's turn to sync a directory.
class DirectorySync::Turn {
public:
    Turn(storage::Database& db, const std::string& provider, const std::string& holder)
        : db_(db), provider_(provider), holder_(holder) {
        renew();
    }
    ~Turn() {
        try {
            db_.transact([&](storage::Tx& tx) { storage::DirectoryTable(tx).release(provider_, holder_); });
        } catch (const Error&) {  // the turn ends by itself in ten minutes
        }
    }
    Turn(const Turn&) = delete;
    void renew() {
        const bool is_ours = db_.transact([&](storage::Tx& tx) {
            return storage::DirectoryTable(tx).hold(provider_, holder_, tx.now() + longest_silence);
        });
        require(is_ours, Fault::conflict, "ldap.sync_running", "The directory is being synced already.");
    }

private:
    storage::Database& db_;
    const std::string provider_, holder_;
};

SyncReport DirectorySync::follow(Directory& directory, const std::string& attempt, bool is_dry_run) {
    SyncReport report{directory.provider(), attempt, is_dry_run, 0, 0, {}, {}, {}};
    std::optional<Turn> turn;
    if (!is_dry_run) turn.emplace(db_, directory.provider(), attempt);
    const auto census = directory.census();
    const auto& people = census.people;
    report.people = static_cast<std::int64_t>(people.size());
    GroupSight sight{directory.provider(), {}, {}};
    for (const auto& group : census.groups) sight.groups.push_back({group.remote_id, group.name});
    const auto todo = steps(directory, people, report, sight);
    require(!people.empty() || report.accounts == 0, Fault::conflict, "ldap.empty",
            "The directory shows nobody at all; nothing was changed.");
    check_ceiling(directory, static_cast<std::size_t>(std::count_if(
                                 todo.begin(), todo.end(), [](const Step& s) { return !s.person; })));
    auto losers = static_cast<std::size_t>(
        std::count_if(todo.begin(), todo.end(), [](const Step& s) { return s.loses_role; }));
    const bool follows = follower_ && directory.has_groups();
    if (follows) {
        auto plan = follower_->plan(sight);
        report.groups = std::move(plan.groups);
        report.places = std::move(plan.places);
        losers += plan.losers;
    }
    check_removals(directory, losers);
    if (is_dry_run) return report;
    for (std::size_t from = 0; from < todo.size(); from += steps_of_one_transaction) {
        const auto to = std::min(todo.size(), from + steps_of_one_transaction);
        turn->renew();
        carry_out(directory,
                  {todo.begin() + static_cast<std::ptrdiff_t>(from),
                   todo.begin() + static_cast<std::ptrdiff_t>(to)},
                  attempt);
    }
    if (follows) follower_->carry_out(sight, attempt, [&] { turn->renew(); });
    db_.transact([&](storage::Tx& tx) { storage::DirectoryTable(tx).set_last_sync(directory.provider()); });
    return report;
}

SyncReport DirectorySync::run(Directory& directory, const std::string& attempt, bool is_dry_run) {
    try {
        return follow(directory, attempt, is_dry_run);
    } catch (const Error& e) {  // recorded, and thrown on
        refuse(directory, attempt, e);
    }
}

SyncReport DirectorySync::preview(Directory& directory, const std::string& attempt) {
    return follow(directory, attempt, true);
}

std::vector<DirectorySync::Step> DirectorySync::steps(Directory& directory,
                                                      const std::vector<ExternalIdentity>& people,
                                                      SyncReport& report, GroupSight& sight) {
    std::unordered_map<std::string, const ExternalIdentity*> by_subject;
    for (const auto& person : people) by_subject[person.subject] = &person;
    std::vector<Step> out;
    std::string after;
    for (;;) {
        const auto more = db_.read([&](storage::Tx& tx) {
            const auto links =
                admissions_.links(tx, directory.service(), directory.provider(), after, links_of_one_read);
            for (const auto& link : links) {
                after = link.subject;
                ++report.accounts;
                const auto found = by_subject.find(link.subject);
                const auto user = storage::UserTable(tx).find(link.user_id);
                require(user.has_value(), Fault::internal, "identity.link.dangling");
                if (found == by_subject.end()) {
                    if (user->delete_at > 0) continue;
                    out.push_back({link, nullptr, false});
                    report.changes.push_back(
                        {"deactivate", user->username, link.subject, "ldap.gone", gone, {}});
                    continue;
                }
                auto plan = admissions_.plan(tx, *found->second);
                if (plan.action != "refuse")
                    sight.people.push_back({user->id, plan.after.username, found->second->groups});
                if (plan.action == "refuse" ? user->delete_at > 0 : plan.changes.empty()) continue;
                report.changes.push_back({plan.action, user->username, link.subject, plan.rule, plan.detail,
                                          std::move(plan.changes)});
                out.push_back({link, found->second, plan.loses_role});
            }
            return !links.empty();
        });
        if (!more) return out;
    }
}

std::int64_t DirectorySync::ceiling(const Directory& directory) {
    const auto settings = directory.settings();
    const auto active = db_.read([&](storage::Tx& tx) {
        return storage::DirectoryTable(tx).count_active(directory.service(), directory.provider());
    });
    return std::max(settings->MostDeactivations, active * settings->MostDeactivationsPercent / 100);
}

void DirectorySync::check_removals(const Directory& directory, std::size_t losers) {
    if (losers == 0) return;
    const auto most = ceiling(directory);
    if (static_cast<std::int64_t>(losers) > most)
        throw Error(Fault::conflict, "ldap.most_removals",
                    std::to_string(losers) +
                        " people would lose roles, teams, channels or rights there, and at most " +
                        std::to_string(most) +
                        " may; nothing was changed. If that is meant, raise MostDeactivations.");
}

void DirectorySync::check_ceiling(const Directory& directory, std::size_t deactivations) {
    if (deactivations == 0) return;
    const auto most = ceiling(directory);
    if (static_cast<std::int64_t>(deactivations) > most)
        throw Error(
            Fault::conflict, "ldap.most_deactivations",
            "It would deactivate " + std::to_string(deactivations) + " accounts, and at most " +
                std::to_string(most) +
                " are allowed; nothing was changed. If they are really gone, raise MostDeactivations.");
}

void DirectorySync::carry_out(const Directory& directory, const std::vector<Step>& some,
                              const std::string& attempt) {
    db_.transact([&](storage::Tx& tx) {
        for (const auto& step : some) take(tx, directory, step, attempt);
    });
}

void DirectorySync::take(storage::Tx& tx, const Directory& directory, const Step& step,
                         const std::string& attempt) {
    Trail trail("directory_sync", attempt);
    trail.decision.user_id = step.link.user_id;
    trail.decision.service = directory.service();
    trail.decision.provider = directory.provider();
    if (step.person) {
        if (admissions_.admit(tx, *step.person, trail)) trail.admitted("account.synced");
    } else {
        if (!admissions_.deactivate(tx, step.link, trail)) return;
        trail.refused("ldap.gone", gone);
    }
    decisions_.record(tx, trail);
}

void DirectorySync::refuse(const Directory& directory, const std::string& attempt, const Error& e) {
    Trail trail("directory_sync", attempt);
    trail.decision.service = directory.service();
    trail.decision.provider = directory.provider();
    trail.refused(e.id(), e.text());
    decisions_.record(trail);
    throw e;
}

std::size_t DirectorySync::probe(Directory& directory, const std::string& attempt) {
    const auto links = db_.read([&](storage::Tx& tx) {
        return storage::DirectoryTable(tx).signed_in(directory.service(), directory.provider());
    });
    if (links.empty()) return 0;
    std::vector<std::string> subjects;
    for (const auto& link : links) subjects.push_back(link.subject);
    const auto present = directory.present(subjects);
    const std::unordered_set<std::string> here(present.begin(), present.end());
    std::vector<Step> todo;
    for (const auto& link : links)
        if (!here.count(link.subject)) todo.push_back({link, nullptr, false});
    if (todo.empty()) return 0;
    try {
        if (here.empty()) {  // is it they, or can the directory not be seen?
            const auto problems = directory.problems();
            if (!problems.empty()) throw Error(Fault::conflict, "ldap.empty", problems.front());
        }
        check_ceiling(directory, todo.size());
        for (const auto& step : todo) carry_out(directory, {step}, attempt);
    } catch (const Error& e) {
        refuse(directory, attempt, e);
    }
    return todo.size();
}

Millis DirectorySync::last_sync(const Directory& directory) {
    return db_.read(
        [&](storage::Tx& tx) { return storage::DirectoryTable(tx).last_sync(directory.provider()); });
}

}  // namespace concordat::identity
