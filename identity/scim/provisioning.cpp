#include "identity/scim/provisioning.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/identity_links.hpp"
#include "storage/tables/users.hpp"

namespace concordat::identity {
namespace {

constexpr std::size_t longest_name = 64;
constexpr Millis between_marks = 60000;  // how often a client's last use is written

ScimError no_person() {
    return {404, "", "There is no such person among those that this client provisions."};
}

ScimError name_taken() {
    return {409, "uniqueness", "That userName or externalId is another person's."};
}

ExternalIdentity identity_of(const storage::ScimClient& client, const ScimUser& wanted) {
    ExternalIdentity identity;
    identity.service = client.service;
    identity.provider = client.provider;
    identity.subject = wanted.external_id;
    identity.username = wanted.user_name;
    identity.email = wanted.email.empty() && wanted.user_name.find('@') != std::string::npos
                         ? wanted.user_name
                         : wanted.email;
    identity.nickname = wanted.nick_name;
    identity.first_name = wanted.given_name;
    identity.last_name = wanted.family_name;
    identity.position = wanted.title;
    identity.locale = wanted.language.substr(0, wanted.language.find('-'));
    return identity;
}

void check(const ScimUser& wanted) {
    if (trimmed(wanted.user_name).empty()) throw ScimError(400, "invalidValue", "userName is needed.");
    if (trimmed(wanted.external_id).empty())
        throw ScimError(400, "invalidValue",
                        "externalId is needed: it is the immutable id by which this person signs in.");
}

Trail trail_of(const storage::ScimClient& client, const std::string& attempt) {
    Trail trail("provisioning", attempt);
    trail.decision.service = client.service;
    trail.decision.provider = client.provider;
    trail.noted("scim.client", client.name);
    return trail;
}

}  // namespace

Provisioning::NewClient Provisioning::add_client(const std::string& name, const std::string& service,
                                                 const std::string& provider) {
    static constexpr const char* services[] = {"saml", "openid", "ldap", "gitlab", "google", "office365"};
    require(!name.empty() && name.size() <= longest_name, Fault::invalid, "identity.scim.name",
            "A client's name has 1 to 64 characters.");
    require(std::find(std::begin(services), std::end(services), service) != std::end(services),
            Fault::invalid, "identity.scim.service",
            "People sign in by saml, openid, ldap, gitlab, google or office365.");
    NewClient made;
    made.token = new_token() + new_token();
    made.client = {AnyId::fresh(db_.now()), name, service, provider, db_.now(), 0};
    try {
        db_.transact([&](storage::Tx& tx) {
            storage::ScimTable(tx).insert(made.client, storage::token_hash(made.token));
        });
    } catch (const Error& e) {
        if (e.id() == "storage.unique")
            throw Error(Fault::conflict, "identity.scim.name_taken",
                        "There is a client of that name already.");
        throw;
    }
    return made;
}

storage::ScimClient Provisioning::named(storage::Tx& tx, const std::string& name) {
    for (auto& client : storage::ScimTable(tx).clients())
        if (client.name == name) return client;
    throw Error(Fault::not_found, "identity.scim.client", "There is no client of that name.");
}

std::string Provisioning::renew_token(const std::string& name) {
    const auto token = new_token() + new_token();
    db_.transact([&](storage::Tx& tx) {
        storage::ScimTable(tx).set_token(named(tx, name).id, storage::token_hash(token));
    });
    return token;
}

void Provisioning::remove_client(const std::string& name) {
    db_.transact([&](storage::Tx& tx) { storage::ScimTable(tx).remove(named(tx, name).id); });
}

std::vector<storage::ScimClient> Provisioning::clients() {
    return db_.read([](storage::Tx& tx) { return storage::ScimTable(tx).clients(); });
}

std::optional<storage::ScimClient> Provisioning::client_of(const std::string& token) {
    if (!settings_.current()->ConcordatSettings.EnableScim || token.empty()) return std::nullopt;
    return db_.read([&](storage::Tx& tx) {
        storage::ScimTable table(tx);
        auto client = table.by_token(storage::token_hash(token));
        if (client && tx.now() - client->last_used_at > between_marks) table.set_used(client->id, tx.now());
        return client;
    });
}

Provisioned Provisioning::read(storage::Tx& tx, const storage::ScimPerson& person) {
    const auto user = storage::UserTable(tx).find(person.user_id);
    const auto link = storage::IdentityLinkTable(tx).of_user(person.user_id);
    if (!user || !link) throw no_person();
    Provisioned out{*user, {}, std::max(person.update_at, user->update_at)};
    out.person = {person.user_name, link->subject, user->first_name, user->last_name,     user->nickname,
                  user->position,   user->locale,  user->email,      user->delete_at == 0};
    return out;
}

// One transaction: the person as the client calls them, the account as Admissions makes it, the decision.
Provisioned Provisioning::write(const storage::ScimClient& client, const ScimUser& wanted,
                                const std::optional<UserId>& user, const std::string& attempt) {
    check(wanted);
    auto trail = trail_of(client, attempt);
    std::optional<Provisioned> done;
    try {
        db_.transact([&](storage::Tx& tx) {
            auto entry = trail;
            storage::ScimTable table(tx);
            storage::IdentityLinkTable links(tx);
            if (user) {
                auto link = links.of_user(*user);
                if (!link || !table.person(client.id, *user)) throw no_person();
                if (link->subject != wanted.external_id) {
                    link->subject = wanted.external_id;
                    links.put(*link);
                    entry.passed("scim.external_id", "The person's immutable id was replaced.");
                }
            }
            const auto identity = identity_of(client, wanted);
            const auto plan = admissions_.plan(tx, identity);
            UserId id;
            if (!wanted.active && plan.before && plan.before->delete_at > 0) {
                id = plan.before->id;  // off, and stays so: the rest is written when it comes back
                entry.decision.user_id = id;
            } else {
                const auto admission = admissions_.admit(tx, identity, entry);
                if (!admission)
                    throw ScimError(409, plan.rule.ends_with("_taken") ? "uniqueness" : "", plan.detail);
                id = admission->user.id;
                if (!wanted.active) admissions_.deactivate(tx, *links.of_user(id), entry);
            }
            table.put({id, client.id, wanted.user_name, tx.now()});
            done = read(tx, *table.person(client.id, id));
            entry.admitted(wanted.active ? "scim.active" : "scim.inactive");
            decisions_.record(tx, entry);
        });
    } catch (const ScimError& e) {
        trail.refused("scim.refused", e.text());
        decisions_.record(trail);
        throw;
    } catch (const Error& e) {
        if (e.id() != "storage.unique") throw;
        trail.refused("scim.unique", "The userName or externalId is another person's.");
        decisions_.record(trail);
        throw name_taken();
    }
    return *done;
}

Provisioned Provisioning::create(const storage::ScimClient& client, const ScimUser& wanted,
                                 const std::string& attempt) {
    const bool is_known = db_.read([&](storage::Tx& tx) {
        const auto known =
            storage::IdentityLinkTable(tx).of_subject(client.service, client.provider, wanted.external_id);
        return storage::ScimTable(tx).by_user_name(client.id, wanted.user_name).has_value() ||
               (known && storage::ScimTable(tx).person(client.id, known->user_id).has_value());
    });
    if (is_known)
        throw ScimError(409, "uniqueness", "This client has a person with that userName or externalId.");
    return write(client, wanted, std::nullopt, attempt);
}

Provisioned Provisioning::change(const storage::ScimClient& client, const UserId& user,
                                 const ScimUser& wanted, const std::string& attempt) {
    return write(client, wanted, user, attempt);
}

void Provisioning::remove(const storage::ScimClient& client, const UserId& user, const std::string& attempt) {
    db_.transact([&](storage::Tx& tx) {
        storage::ScimTable table(tx);
        const auto link = storage::IdentityLinkTable(tx).of_user(user);
        if (!link || !table.person(client.id, user)) throw no_person();
        auto trail = trail_of(client, attempt);
        admissions_.deactivate(tx, *link, trail);
        table.remove_person(user);
        trail.admitted("scim.removed");
        decisions_.record(tx, trail);
    });
}

Provisioned Provisioning::get(const storage::ScimClient& client, const UserId& user) {
    return db_.read([&](storage::Tx& tx) {
        const auto person = storage::ScimTable(tx).person(client.id, user);
        if (!person) throw no_person();
        return read(tx, *person);
    });
}

std::optional<storage::ScimPerson> Provisioning::match(storage::Tx& tx, const storage::ScimClient& client,
                                                       const ScimFilter& filter) {
    storage::ScimTable table(tx);
    if (filter.attribute == "username") return table.by_user_name(client.id, filter.value);
    std::optional<UserId> user;
    if (filter.attribute == "id" && looks_like_id(filter.value)) user = UserId::from_text(filter.value);
    if (filter.attribute == "externalid")
        user = admissions_.linked(tx, client.service, client.provider, filter.value);
    if (filter.attribute == "emails.value")
        if (const auto holder = storage::UserTable(tx).by_email(filter.value)) user = holder->id;
    return user ? table.person(client.id, *user) : std::nullopt;
}

ProvisionedPage Provisioning::list(const storage::ScimClient& client, const std::optional<ScimFilter>& filter,
                                   std::int64_t start_index, std::int64_t count) {
    ProvisionedPage page;
    page.start_index = std::max<std::int64_t>(start_index, 1);
    count = std::clamp<std::int64_t>(count, 0, most_listed);
    db_.read([&](storage::Tx& tx) {
        storage::ScimTable table(tx);
        if (filter) {
            const auto person = match(tx, client, *filter);
            page.total = person ? 1 : 0;
            if (person && page.start_index == 1 && count > 0) page.people.push_back(read(tx, *person));
            return;
        }
        page.total = table.count(client.id);
        for (const auto& person : table.people(client.id, page.start_index - 1, count))
            page.people.push_back(read(tx, person));
    });
    return page;
}

}  // namespace concordat::identity
