#include "identity/ldap/directory_sync.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "core/base/error.hpp"
#include "core/config/directory_rules.hpp"
#include "identity/ldap/filter.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/directories.hpp"
#include "storage/tables/identity_links.hpp"
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

std::int64_t DirectorySync::change_ids(Directory& directory, const std::string& attribute, const Actor& actor,
                                       const std::string& attempt,
                                       const std::function<void()>& change_setting) {
    auto next = *directory.settings();
    const auto before = next.IdAttribute;
    next.IdAttribute = attribute;
    for (const auto& problem : ldap_problems(next))
        if (problem.starts_with("IdAttribute:"))
            throw Error(Fault::invalid, "ldap.change_ids.attribute", problem);
    const Turn turn(db_, directory.provider(), attempt);
    std::unordered_map<std::string, std::string> ids;
    std::unordered_set<std::string> taken;
    directory.each(user_filter(*directory.settings()), {before, attribute}, [&](ldap::Entry&& entry) {
        const auto& old = entry.all(before);
        const auto& fresh = entry.all(attribute);
        if (old.size() != 1) return;
        const auto id = fresh.size() == 1 ? ldap::subject_of(attribute, fresh[0]) : std::string();
        if (id.empty())
            throw Error(Fault::conflict, "ldap.change_ids.incomplete",
                        "The entry " + entry.dn + " has not exactly one " + attribute + ".");
        if (!taken.insert(id).second)
            throw Error(Fault::conflict, "ldap.subject", "Two entries have the same " + attribute + ".");
        ids[ldap::subject_of(before, old[0])] = id;
    });
    Trail trail("account", attempt);
    trail.decision.actor_id = actor.user_id;
    trail.decision.session_id = actor.session_id;
    trail.decision.service = directory.service();
    trail.decision.provider = directory.provider();
    trail.noted("ldap.change_ids", "From " + before + " to " + attribute + ".");
    return give_ids(directory, ids, change_setting, trail);
}

std::int64_t DirectorySync::give_ids(const Directory& directory,
                                     const std::unordered_map<std::string, std::string>& ids,
                                     const std::function<void()>& change_setting, Trail& trail) {
    std::vector<IdentityLink> links;
    for (std::string after;;) {
        const auto more = db_.read([&](storage::Tx& tx) {
            return admissions_.links(tx, directory.service(), directory.provider(), after, links_of_one_read);
        });
        if (more.empty()) break;
        after = more.back().subject;
        links.insert(links.end(), more.begin(), more.end());
    }
    std::unordered_set<std::string> fresh;
    for (const auto& [old, id] : ids) fresh.insert(id);
    std::vector<IdentityLink> before;
    db_.transact([&](storage::Tx& tx) {
        before.clear();
        for (const auto& link : links) {
            const auto id = ids.find(link.subject);
            if (id == ids.end()) {
                const auto user = storage::UserTable(tx).find(link.user_id);
                require(user.has_value(), Fault::internal, "identity.link.dangling");
                if (user->delete_at == 0 && !fresh.contains(link.subject))
                    throw Error(Fault::conflict, "ldap.change_ids.incomplete",
                                "The directory does not show " + user->username + "; sync it first.");
            } else if (id->second != link.subject) {
                give_id(tx, link, id->second);
                before.push_back(link);
            }
        }
        auto told = trail;
        told.admitted("ldap.ids_changed", std::to_string(before.size()) + " accounts are known by it now.");
        decisions_.record(tx, told);
    });
    try {
        change_setting();
    } catch (...) {
        db_.transact([&](storage::Tx& tx) {
            for (const auto& link : before) give_id(tx, link, link.subject);
            auto told = trail;
            told.refused("ldap.ids_changed",
                         "The setting could not be changed, so the accounts are known as before.");
            decisions_.record(tx, told);
        });
        throw;
    }
    return std::ssize(before);
}

void DirectorySync::give_id(storage::Tx& tx, IdentityLink link, const std::string& id) {
    storage::UserTable users(tx);
    auto user = users.find(link.user_id);
    require(user.has_value(), Fault::internal, "identity.link.dangling");
    link.subject = user->auth_data = id;
    user->update_at = std::max(tx.now(), user->update_at + 1);
    storage::IdentityLinkTable(tx).put(link);
    users.update(*user);
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
