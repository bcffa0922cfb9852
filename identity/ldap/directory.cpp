#include "identity/ldap/directory.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "core/base/text.hpp"
#include "core/config/directory_rules.hpp"
#include "identity/ldap/filter.hpp"
#include "identity/ldap/nesting.hpp"

namespace concordat::identity {
namespace {

using namespace std::chrono_literals;
using ldap::Connection;
using ldap::Entry;

constexpr std::size_t longest_login = 256;  // bytes
constexpr auto rest = 10s, patience = 1s;
constexpr int default_page = 1000;
constexpr std::size_t names_of_one_question = 50;
constexpr long account_is_disabled = 2;  // of Active Directory's userAccountControl
const std::vector<std::string> member_attributes{"member", "uniqueMember", "memberUid"};

Error unavailable(const char* id, const char* text) {
    return {Fault::unavailable, id, text};
}

bool is_of_one_server(const Error& e) {
    return e.id() == "ldap.unreachable" || e.id() == "ldap.timeout" || e.id() == "ldap.tls" ||
           e.id() == "ldap.starttls";
}

std::string failed_step(const Error& e) {
    if (e.id() == "ldap.tls" || e.id() == "ldap.starttls") return "tls";
    if (e.id() == "ldap.bind_account") return "account";
    if (e.id() == "ldap.server" || e.id() == "ldap.settings") return "settings";
    return is_of_one_server(e) || e.id() == "ldap.busy" ? "connect" : "base";
}

std::chrono::milliseconds limit_of(const LdapSection& section) {
    return std::chrono::seconds(std::max<std::int64_t>(1, section.QueryTimeout));
}

SocketWatchdog::Time deadline_of(const LdapSection& section) {
    return std::chrono::steady_clock::now() + limit_of(section);
}

int page_of(const LdapSection& section) {
    return section.MaxPageSize > 0 ? static_cast<int>(section.MaxPageSize) : default_page;
}

void check_filter(const std::string& filter, const char* name) {
    if (!filter.empty() && !ldap::is_one_filter(filter))
        throw Error(Fault::invalid, "ldap.settings",
                    std::string(name) + " is not one filter in parentheses.");
}

std::string filter_setting(const std::string& filter, const char* name) {
    const auto text = std::string(trimmed(filter));
    check_filter(text, name);
    return text;
}

std::vector<std::string> attributes_of_people(const LdapSection& s) {
    std::set<std::string> names{"uid"};
    for (const auto* name :
         {&s.FirstNameAttribute, &s.LastNameAttribute, &s.EmailAttribute, &s.UsernameAttribute,
          &s.NicknameAttribute, &s.IdAttribute, &s.PositionAttribute, &s.LoginIdAttribute})
        if (!name->empty()) names.insert(*name);
    return {names.begin(), names.end()};
}

std::vector<std::string> with_picture(const LdapSection& s) {
    auto names = attributes_of_people(s);
    if (!s.PictureAttribute.empty()) names.push_back(s.PictureAttribute);
    return names;
}

// What is not text, or too long to be a name, is not said.
std::string text_of(const Entry& entry, const std::string& attribute) {
    auto value = entry.first(attribute);
    const bool is_fit = value.size() <= 1024 && is_utf8(value) && value.find('\0') == value.npos;
    return is_fit ? std::string(trimmed(value)) : std::string();
}

std::string subject_in(const LdapSection& section, const Entry& entry) {
    const auto& values = entry.all(section.IdAttribute);
    return values.size() == 1 ? ldap::subject_of(section.IdAttribute, values[0]) : std::string();
}

std::string login_filter(const LdapSection& section, const std::string& login_id) {
    return ldap::all_of({user_filter(section), ldap::equals(section.LoginIdAttribute, login_id)});
}

// Nobody was found whom UserFilter lets through: says whether the directory has somebody of that name all the
// same.
void note_absence(Connection& connection, const LdapSection& section, const std::string& login_id,
                  Trail& trail) {
    const auto& name = section.LoginIdAttribute;
    std::vector<Entry> found;
    try {
        found = connection.search(
            {section.BaseDN, true, ldap::equals(name, login_id), {"userAccountControl"}, 8});
    } catch (const Error& e) {  // the answer stands all the same
        return trail.noted(e.id(), e.text());
    }
    const auto is_disabled = [](const Entry& entry) {
        const auto bits = entry.first("userAccountControl");
        return !bits.empty() && std::strtol(bits.c_str(), nullptr, 10) & account_is_disabled;
    };
    if (found.empty())
        trail.noted("ldap.one_entry", "No entry has this " + name + ".");
    else if (std::all_of(found.begin(), found.end(), is_disabled))
        trail.noted("ldap.disabled", "The directory has disabled the account with this " + name + ".");
    else
        trail.noted("ldap.filtered", "UserFilter lets no entry with this " + name + " through.");
}

// The groups that name any of these as members.
std::string holders_filter(const std::vector<std::string>& dns, const std::string& uid) {
    std::vector<std::string> terms;
    for (const auto& dn : dns)
        for (const auto* attribute : {"member", "uniqueMember"}) terms.push_back(ldap::equals(attribute, dn));
    if (!uid.empty()) terms.push_back(ldap::equals("memberUid", uid));
    return ldap::any_of(terms);
}

DirectoryGroup group_of(Connection& connection, const LdapSection& section, Entry&& entry) {
    DirectoryGroup group;
    group.dn = entry.dn;
    group.remote_id = ldap::subject_of(section.GroupIdAttribute, entry.first(section.GroupIdAttribute));
    group.name = text_of(entry, section.GroupDisplayNameAttribute);
    for (const auto& attribute : member_attributes) {
        connection.complete(entry, attribute);
        for (const auto& value : entry.all(attribute)) group.members.push_back(value);
    }
    return group;
}

}  // namespace

std::string user_filter(const LdapSection& section) {
    // Active Directory marks a disabled account by a bit; entries that have the other ids know no such bit.
    const bool is_active_directory = lower_ascii(section.IdAttribute) == "objectguid";
    return ldap::all_of({filter_setting(section.UserFilter, "UserFilter"), "(" + section.IdAttribute + "=*)",
                         is_active_directory ? "(!(userAccountControl:1.2.840.113556.1.4.803:=2))" : ""});
}

std::string group_filter(const LdapSection& section) {
    const auto own = filter_setting(section.GroupFilter, "GroupFilter");
    return ldap::all_of({own.empty() ? "(|(objectClass=group)(objectClass=groupOfNames)"
                                       "(objectClass=groupOfUniqueNames)(objectClass=posixGroup))"
                                     : own,
                         "(" + section.GroupIdAttribute + "=*)"});
}

// One of the calls that may wait for the directory.
class Directory::Slot {
public:
    explicit Slot(Directory& directory) : directory_(directory) {
        std::unique_lock lock(directory_.mutex_);
        if (!directory_.is_free_.wait_for(lock, patience,
                                          [&] { return directory_.asking_ < most_questions; }))
            throw unavailable("ldap.busy", "Too many questions wait for the directory.");
        ++directory_.asking_;
    }
    ~Slot() {
        {
            std::lock_guard guard(directory_.mutex_);
            --directory_.asking_;
        }
        directory_.is_free_.notify_one();
    }
    Slot(const Slot&) = delete;

private:
    Directory& directory_;
};

std::vector<std::string> Directory::servers(const LdapSection& section) {
    const auto now = std::chrono::steady_clock::now();
    std::vector<std::string> awake;
    std::lock_guard guard(mutex_);
    for (auto& host : split_words(section.LdapServer))
        if (silent_until_.count(host) == 0 || silent_until_[host] <= now) awake.push_back(std::move(host));
    return awake;
}

std::unique_ptr<Connection> Directory::open(const LdapSection& section, const std::string& host,
                                            Time deadline) {
    auto connection = std::make_unique<Connection>(dog_, section, host, deadline);
    if (section.BindUsername.empty()) {
        connection->bind_as_nobody();
        return connection;
    }
    if (const auto answer = connection->bind(section.BindUsername, section.BindPassword); !answer.is_right)
        throw Error(
            Fault::unavailable, "ldap.bind_account",
            "The bind account was refused: " + answer.detail + " Check BindUsername and BindPassword.");
    return connection;
}

// A connection to the first server that works. Each gets its share of the time that is left.
std::unique_ptr<Connection> Directory::open(const LdapSection& section, Time deadline) {
    if (const auto problems = ldap_problems(section); !problems.empty())
        throw Error(Fault::invalid, "ldap.settings", problems.front());
    const auto hosts = servers(section);
    if (hosts.empty())
        throw unavailable(
            "ldap.resting",
            "No server of the directory answered a moment ago; it is asked again in ten seconds.");
    for (std::size_t i = 0;; ++i) {
        const auto start = std::chrono::steady_clock::now();
        const auto share = (deadline - start) / static_cast<int>(hosts.size() - i);
        try {
            auto connection = open(section, hosts[i], start + share);
            connection->set_deadline(deadline);
            return connection;
        } catch (const Error& e) {  // the next server may do better
            if (!is_of_one_server(e)) throw;
            if (e.id() == "ldap.timeout") {
                std::lock_guard guard(mutex_);
                silent_until_[hosts[i]] = std::chrono::steady_clock::now() + rest;
            }
            if (i + 1 == hosts.size()) throw;
        }
    }
}

PasswordAnswer Directory::check(const std::string& login_id, const std::string& password, Trail& trail) {
    const auto section = settings_();
    if (trimmed(password).empty() || password.find('\0') != password.npos) {
        trail.noted("ldap.empty_password", "An empty password is never sent to a directory.");
        return {PasswordAnswer::Kind::wrong, {}};
    }
    if (trimmed(login_id).empty() || login_id.size() > longest_login || !is_utf8(login_id) ||
        login_id.find('\0') != login_id.npos) {
        trail.noted("ldap.login_id", "The name is blank, too long, or not text.");
        return {};
    }
    try {  // what a directory says is an answer, never an Error
        return ask(*section, login_id, password, trail);
    } catch (const Error& e) {
        trail.noted(e.id(), e.text());
        return {PasswordAnswer::Kind::unavailable, {}};
    }
}

PasswordAnswer Directory::ask(const LdapSection& section, const std::string& login_id,
                              const std::string& password, Trail& trail) {
    const Slot slot(*this);
    const auto deadline = deadline_of(section);
    auto connection = open(section, deadline);
    trail.passed("ldap.connected", "Asked " + connection->host() + ".");
    ldap::Question question{section.BaseDN, true, login_filter(section, login_id), with_picture(section), 2};
    std::vector<Entry> found;
    bool is_ambiguous = false;
    try {
        found = connection->search(question);
    } catch (const Error& e) {  // more than the two that were asked for
        if (e.id() != "ldap.partial") throw;
        is_ambiguous = true;
    }
    if (is_ambiguous || found.size() > 1) {
        trail.noted("ldap.one_entry", "More than one entry has this " + section.LoginIdAttribute +
                                          "; whom it means cannot be told.");
        return {PasswordAnswer::Kind::wrong, {}};
    }
    if (found.empty()) {
        note_absence(*connection, section, login_id, trail);
        return {};
    }
    PasswordAnswer answer{PasswordAnswer::Kind::wrong, profile(section, found[0])};
    if (answer.identity.subject.empty()) {
        trail.noted("ldap.subject", "The entry has not exactly one " + section.IdAttribute + ".");
        return answer;
    }
    trail.passed("ldap.one_entry");
    // Never on the connection that searches: it would go on as that person.
    Connection own(dog_, section, connection->host(), deadline);
    if (const auto bound = own.bind(found[0].dn, password); !bound.is_right) {
        trail.noted("ldap.bind", bound.detail);
        return answer;
    }
    trail.passed("ldap.bind");
    answer.identity = described(*connection, section, found[0]);
    answer.kind = PasswordAnswer::Kind::proven;
    return answer;
}

ExternalIdentity Directory::profile(const LdapSection& section, const Entry& entry) const {
    ExternalIdentity identity;
    identity.service = service();
    identity.provider = provider_;
    identity.subject = subject_in(section, entry);
    identity.username = text_of(entry, section.UsernameAttribute);
    identity.email = text_of(entry, section.EmailAttribute);
    identity.nickname = text_of(entry, section.NicknameAttribute);
    identity.first_name = text_of(entry, section.FirstNameAttribute);
    identity.last_name = text_of(entry, section.LastNameAttribute);
    identity.position = text_of(entry, section.PositionAttribute);
    if (auto picture = entry.first(section.PictureAttribute); picture.size() <= longest_picture)
        identity.picture = std::move(picture);
    return identity;
}

// With what more questions tell: guest, administrator, groups.
ExternalIdentity Directory::described(Connection& connection, const LdapSection& section,
                                      const Entry& entry) {
    auto identity = profile(section, entry);
    const auto matches = [&](const std::string& filter, const char* name) {
        return connection.search({entry.dn, false, filter_setting(filter, name), {}, 0}).size() == 1;
    };
    if (!trimmed(section.GuestFilter).empty())
        identity.is_guest = matches(section.GuestFilter, "GuestFilter");
    if (section.EnableAdminFilter && !trimmed(section.AdminFilter).empty())
        identity.is_admin = matches(section.AdminFilter, "AdminFilter");
    if (!section.GroupIdAttribute.empty()) identity.groups = groups_of(connection, section, entry);
    return identity;
}

// Upwards, level by level: works on every server, and ends where groups contain each other.
std::vector<std::string> Directory::groups_of(Connection& connection, const LdapSection& section,
                                              const Entry& entry) {
    std::set<std::string> seen{ldap::normal_dn(entry.dn)}, ids;
    std::vector<std::string> level{entry.dn};
    auto uid = text_of(entry, "uid");
    for (int depth = 0; !level.empty(); ++depth) {
        if (depth == deepest_nesting)
            throw Error(Fault::unavailable, "ldap.groups", "Groups are nested more than 64 deep.");
        std::vector<std::string> next;
        for (std::size_t from = 0; from < level.size(); from += names_of_one_question) {
            const auto to = std::min(level.size(), from + names_of_one_question);
            const std::vector<std::string> some(level.begin() + static_cast<std::ptrdiff_t>(from),
                                                level.begin() + static_cast<std::ptrdiff_t>(to));
            const auto holders = holders_filter(some, depth == 0 ? uid : std::string());
            connection.each({section.BaseDN, true, holders, {"1.1"}, 0}, page_of(section), limit_of(section),
                            [&](Entry&& group) {
                                if (seen.insert(ldap::normal_dn(group.dn)).second) next.push_back(group.dn);
                            });
            // Which of them are ours to tell.
            connection.each({section.BaseDN,
                             true,
                             ldap::all_of({group_filter(section), holders}),
                             {section.GroupIdAttribute},
                             0},
                            page_of(section), limit_of(section), [&](Entry&& group) {
                                ids.insert(ldap::subject_of(section.GroupIdAttribute,
                                                            group.first(section.GroupIdAttribute)));
                            });
        }
        level = std::move(next);
    }
    return {ids.begin(), ids.end()};
}

std::optional<Entry> Directory::entry_of_subject(Connection& connection, const LdapSection& section,
                                                 const std::string& subject) {
    const auto value = ldap::value_of(section.IdAttribute, subject);
    auto found = connection.search(
        {section.BaseDN, true, ldap::all_of({user_filter(section), ldap::equals(section.IdAttribute, value)}),
         with_picture(section), 2});
    if (found.size() > 1)
        throw Error(Fault::conflict, "ldap.subject",
                    "Two entries have the same " + section.IdAttribute + "; it cannot be the IdAttribute.");
    if (found.empty() || subject_in(section, found[0]) != subject) return std::nullopt;
    return std::move(found[0]);
}

std::optional<ExternalIdentity> Directory::person(const std::string& subject) {
    const auto section = settings_();
    const Slot slot(*this);
    auto connection = open(*section, deadline_of(*section));
    const auto entry = entry_of_subject(*connection, *section, subject);
    if (!entry) return std::nullopt;
    return described(*connection, *section, *entry);
}

std::vector<std::string> Directory::present(const std::vector<std::string>& subjects) {
    const auto section = settings_();
    const Slot slot(*this);
    auto connection = open(*section, deadline_of(*section));
    std::vector<std::string> out;
    for (std::size_t from = 0; from < subjects.size(); from += names_of_one_question) {
        std::vector<std::string> terms;
        for (auto i = from; i < std::min(subjects.size(), from + names_of_one_question); ++i)
            terms.push_back(
                ldap::equals(section->IdAttribute, ldap::value_of(section->IdAttribute, subjects[i])));
        const ldap::Question question{section->BaseDN,
                                      true,
                                      ldap::all_of({user_filter(*section), ldap::any_of(terms)}),
                                      {section->IdAttribute},
                                      0};
        connection->each(question, page_of(*section), limit_of(*section),
                         [&](Entry&& entry) { out.push_back(subject_in(*section, entry)); });
    }
    return out;
}

std::vector<DirectoryGroup> Directory::groups(Connection& connection, const LdapSection& section,
                                              const std::string& filter) {
    std::vector<Entry> entries;
    auto attributes = member_attributes;
    attributes.push_back(section.GroupIdAttribute);
    if (!section.GroupDisplayNameAttribute.empty()) attributes.push_back(section.GroupDisplayNameAttribute);
    connection.each({section.BaseDN, true, filter, attributes, 0}, page_of(section), limit_of(section),
                    [&](Entry&& entry) { entries.push_back(std::move(entry)); });
    std::vector<DirectoryGroup> out;
    for (auto& entry : entries) out.push_back(group_of(connection, section, std::move(entry)));
    return out;
}

std::vector<DirectoryGroup> Directory::groups() {
    const auto section = settings_();
    require(!section->GroupIdAttribute.empty(), Fault::invalid, "ldap.settings",
            "Groups need GroupIdAttribute.");
    const Slot slot(*this);
    auto connection = open(*section, deadline_of(*section));
    return groups(*connection, *section, group_filter(*section));
}

void Directory::names_of_groups(Connection& connection, const LdapSection& section, const std::string& filter,
                                std::vector<DirectoryGroup>& out) {
    std::vector<std::string> attributes{section.GroupIdAttribute};
    if (!section.GroupDisplayNameAttribute.empty()) attributes.push_back(section.GroupDisplayNameAttribute);
    connection.each(
        {section.BaseDN, true, filter, attributes, 0}, page_of(section), limit_of(section),
        [&](Entry&& entry) {
            if (out.size() == most_groups)
                throw Error(Fault::unavailable, "ldap.most_groups",
                            "The directory has more than 20000 groups; narrow GroupFilter.");
            auto id = ldap::subject_of(section.GroupIdAttribute, entry.first(section.GroupIdAttribute));
            out.push_back({std::move(id), text_of(entry, section.GroupDisplayNameAttribute), entry.dn, {}});
        });
}

std::vector<DirectoryGroup> Directory::group_names() {
    const auto section = settings_();
    require(has_groups(), Fault::invalid, "ldap.settings", "Groups need GroupIdAttribute.");
    const Slot slot(*this);
    auto connection = open(*section, deadline_of(*section));
    std::vector<DirectoryGroup> out;
    names_of_groups(*connection, *section, group_filter(*section), out);
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
        return std::pair(lower_ascii(a.name), a.remote_id) < std::pair(lower_ascii(b.name), b.remote_id);
    });
    return out;
}

std::vector<DirectoryGroup> Directory::groups_among(const std::vector<std::string>& remote_ids) {
    const auto section = settings_();
    require(has_groups(), Fault::invalid, "ldap.settings", "Groups need GroupIdAttribute.");
    const Slot slot(*this);
    auto connection = open(*section, deadline_of(*section));
    std::vector<DirectoryGroup> out;
    for (std::size_t from = 0; from < remote_ids.size(); from += names_of_one_question) {
        std::vector<std::string> terms;
        for (auto i = from; i < std::min(remote_ids.size(), from + names_of_one_question); ++i)
            terms.push_back(ldap::equals(section->GroupIdAttribute,
                                         ldap::value_of(section->GroupIdAttribute, remote_ids[i])));
        names_of_groups(*connection, *section, ldap::all_of({group_filter(*section), ldap::any_of(terms)}),
                        out);
    }
    return out;
}

DirectoryCensus Directory::census() {
    const auto section = settings_();
    const Slot slot(*this);
    auto connection = open(*section, deadline_of(*section));
    const auto names_of = [&](const std::string& filter, const char* name) {
        std::set<std::string> names;
        const auto asked = ldap::all_of({user_filter(*section), filter_setting(filter, name)});
        connection->each({section->BaseDN, true, asked, {"1.1"}, 0}, page_of(*section), limit_of(*section),
                         [&](Entry&& entry) { names.insert(ldap::normal_dn(entry.dn)); });
        return names;
    };
    const bool has_guests = !trimmed(section->GuestFilter).empty();
    const bool has_admins = section->EnableAdminFilter && !trimmed(section->AdminFilter).empty();
    const auto guests = has_guests ? names_of(section->GuestFilter, "GuestFilter") : std::set<std::string>();
    const auto admins = has_admins ? names_of(section->AdminFilter, "AdminFilter") : std::set<std::string>();
    Nesting nesting;
    DirectoryCensus out;
    if (!section->GroupIdAttribute.empty()) {
        out.groups = groups(*connection, *section, group_filter(*section));
        std::set<std::string> told;
        for (const auto& group : out.groups) told.insert(ldap::normal_dn(group.dn));
        const auto any = ldap::any_of({"(member=*)", "(uniqueMember=*)", "(memberUid=*)"});
        for (const auto& group : groups(*connection, *section, any))
            nesting.add(group, told.count(ldap::normal_dn(group.dn)) > 0);
    }
    std::set<std::string> subjects;
    connection->each({section->BaseDN, true, user_filter(*section), attributes_of_people(*section), 0},
                     page_of(*section), limit_of(*section), [&](Entry&& entry) {
                         auto identity = profile(*section, entry);
                         if (identity.subject.empty() || !subjects.insert(identity.subject).second)
                             throw Error(Fault::conflict, "ldap.subject",
                                         "An entry has no " + section->IdAttribute +
                                             " of its own; it cannot be the IdAttribute.");
                         const auto name = ldap::normal_dn(entry.dn);
                         if (has_guests) identity.is_guest = guests.count(name) > 0;
                         if (has_admins) identity.is_admin = admins.count(name) > 0;
                         identity.groups = nesting.groups_of(name, text_of(entry, "uid"));
                         out.people.push_back(std::move(identity));
                     });
    return out;
}

std::vector<ServerAnswer> Directory::answers() {
    const auto section = settings_();
    std::vector<ServerAnswer> out;
    for (const auto& problem : ldap_problems(*section)) out.push_back({"", "settings", problem, 0});
    if (!out.empty()) return out;
    for (const auto& host : split_words(section->LdapServer)) {
        const auto begun = std::chrono::steady_clock::now();
        ServerAnswer answer{host, "", "", 0};
        try {  // each server's answer is what was asked for
            const Slot slot(*this);
            auto connection = open(*section, host, deadline_of(*section));
            if (connection->search({section->BaseDN, false, "(objectClass=*)", {}, 1}).empty()) {
                answer.failed_at = "base";
                answer.problem = host + " has no entry at BaseDN, or the bind account may not see it.";
            }
        } catch (const Error& e) {
            answer.failed_at = failed_step(e);
            answer.problem = e.text();
        }
        answer.millis =
            std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun)
                .count();
        out.push_back(std::move(answer));
    }
    return out;
}

std::vector<std::string> Directory::problems() {
    std::vector<std::string> out;
    for (auto& answer : answers())
        if (!answer.problem.empty()) out.push_back(std::move(answer.problem));
    return out;
}

void Directory::each(const std::string& filter, const std::vector<std::string>& attributes,
                     const std::function<void(Entry&&)>& take) {
    const auto section = settings_();
    check_filter(filter, "The filter");
    const Slot slot(*this);
    auto connection = open(*section, deadline_of(*section));
    connection->each({section->BaseDN, true, filter, attributes, 0}, page_of(*section), limit_of(*section),
                     take);
}

std::vector<std::string> attributes_asked_for(const LdapSection& section) {
    auto names = attributes_of_people(section);
    for (const auto* name : {&section.GroupIdAttribute, &section.GroupDisplayNameAttribute})
        if (!name->empty()) names.push_back(*name);
    return names;
}

}  // namespace concordat::identity
