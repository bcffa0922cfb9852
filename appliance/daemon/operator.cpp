#include "appliance/daemon/operator.hpp"

#include <algorithm>

#include "appliance/daemon/operator_arguments.hpp"
#include "core/base/text.hpp"
#include "core/model/version.hpp"
#include "storage/database/data_keys.hpp"
#include "storage/database/migrations.hpp"
#include "storage/tables/channels.hpp"
#include "storage/tables/sessions.hpp"
#include "storage/tables/teams.hpp"
#include "storage/tables/users.hpp"

namespace concordat::appliance {
namespace {

constexpr std::size_t rewrap_batch = 500;
constexpr std::int64_t most_listed = 100000;

json::object shown(const User& u) {
    return {{"id", u.id.text()}, {"username", u.username},        {"email", u.email},
            {"roles", u.roles},  {"is_active", u.delete_at == 0}, {"create_at", u.create_at}};
}

}  // namespace

Operator::Operator(Node& node, Running running) : node_(node), running_(std::move(running)) {
    commands_["status show"] = [this](const json::object&, const Progress&) -> json::value {
        json::object out{{"version", std::string(product_version)},
                         {"schema", storage::schema_of(node_.database)},
                         {"data", node_.places.root}};
        if (node_.postgres)
            out["database"] = json::parse(json_text(node_.postgres->status()));
        else
            out["database"] =
                json::object{{"state", node_.unready().value_or("running")}, {"is_external", true}};
        out["users"] = node_.accounts.count();
        out["sessions"] =
            node_.database.read([&](storage::Tx& tx) { return storage::SessionTable(tx).count(tx.now()); });
        const auto usage = node_.blobs.usage();
        out["files"] = json::object{
            {"count", usage.blobs}, {"stored_bytes", usage.stored_bytes}, {"free_bytes", usage.free_bytes}};
        const auto feed = node_.search_feed.status();
        out["search"] = json::object{{"items", feed.index.items},
                                     {"bytes", feed.index.bytes},
                                     {"weeks_to_write", feed.index.pending},
                                     {"failure", feed.failure}};
        const auto ledger = node_.ledger.status();
        out["audit"] = json::object{{"state", ledger.state},
                                    {"leaves", ledger.leaves},
                                    {"signed_at", ledger.signed_at},
                                    {"faults", ledger.faults},
                                    {"witness_error", ledger.witness_error}};
        running_.status(out);
        return out;
    };
    commands_["demo make"] = [this](const json::object&, const Progress& progress) {
        return make_demo(node_, progress);
    };
    add_people();
    add_identity();
    add_directories();
    add_factors();
    add_programs();
    add_provisioning();
    add_mail();
    add_places();
    add_keys();
    add_appliance();
    add_exports();
    add_content();
    add_barriers();
    add_federation();
    add_retention();
    add_search();
    add_audit();
    add_ledger();
    add_config();
}

json::value Operator::run(const std::string& command, const json::object& arguments,
                          const Progress& progress) {
    const auto at = commands_.find(command);
    if (at == commands_.end())
        throw Error(Fault::not_found, "operator.command",
                    "There is no command \"" + command + "\". See concordatctl --help.");
    return at->second(arguments, progress);
}

User Operator::user_named(const json::object& arguments) {
    const auto name = needed(arguments, "user");
    auto user = node_.accounts.by_username(name);
    if (!user) user = node_.accounts.by_email(name);
    if (!user) throw Error(Fault::not_found, "operator.user", "There is no user \"" + name + "\".");
    return *user;
}

void Operator::add_people() {
    commands_["user create"] = [this](const json::object& a, const Progress&) -> json::value {
        identity::NewAccount account;
        account.user.username = needed(a, "username");
        account.user.email = needed(a, "email");
        account.user.first_name = text_of(a, "first-name");
        account.user.last_name = text_of(a, "last-name");
        account.password = needed(a, "password");
        account.by_operator = true;
        account.as_admin = flag_of(a, "admin");
        return shown(node_.accounts.create(account, the_operator()));
    };
    commands_["user list"] = [this](const json::object&, const Progress&) -> json::value {
        storage::UserQuery query;
        query.limit = most_listed;
        json::array out;
        for (const auto& user : node_.accounts.select(query)) out.push_back(shown(user));
        return out;
    };
    commands_["user deactivate"] = [this](const json::object& a, const Progress&) -> json::value {
        const auto user = user_named(a);
        node_.accounts.set_active(the_operator(), user.id, false);
        return shown(node_.accounts.get(user.id));
    };
    commands_["user activate"] = [this](const json::object& a, const Progress&) -> json::value {
        const auto user = user_named(a);
        node_.accounts.set_active(the_operator(), user.id, true);
        return shown(node_.accounts.get(user.id));
    };
    commands_["user password"] = [this](const json::object& a, const Progress&) -> json::value {
        const auto user = user_named(a);
        node_.accounts.change_password(the_operator(), user.id, "", needed(a, "password"));
        return shown(user);
    };
    commands_["user admin"] = [this](const json::object& a, const Progress&) -> json::value {
        const auto user = user_named(a);
        node_.accounts.set_roles(the_operator(), user.id,
                                 flag_of(a, "revoke") ? "system_user" : "system_admin system_user");
        return shown(node_.accounts.get(user.id));
    };
    commands_["user role"] = [this](const json::object& a, const Progress&) -> json::value {
        const auto user = user_named(a);
        auto roles = split_words(user.roles);
        for (const auto& name : split_words(text_of(a, "remove"), ',')) std::erase(roles, name);
        for (const auto& name : split_words(text_of(a, "add"), ','))
            if (std::ranges::find(roles, name) == roles.end()) roles.push_back(name);
        std::string all;
        for (const auto& name : roles) all += (all.empty() ? "" : " ") + name;
        node_.accounts.set_roles(the_operator(), user.id, all);
        return shown(node_.accounts.get(user.id));
    };
    commands_["session list"] = [this](const json::object& a, const Progress&) -> json::value {
        json::array out;
        for (const auto& s : node_.sessions.of_user(user_named(a).id))
            out.push_back(json::object{{"id", s.id.text()},
                                       {"create_at", s.create_at},
                                       {"last_activity_at", s.last_activity_at},
                                       {"expires_at", s.expires_at}});
        return out;
    };
    commands_["session revoke"] = [this](const json::object& a, const Progress&) -> json::value {
        const auto user = user_named(a);
        const auto before = node_.sessions.of_user(user.id).size();
        if (const auto id = text_of(a, "session"); !id.empty())
            node_.sessions.end(user.id, SessionId::from_text(id), {}, "revoked");
        else
            node_.sessions.end_all(user.id, {}, "revoked");
        return json::object{{"revoked", before - node_.sessions.of_user(user.id).size()}};
    };
}

void Operator::add_places() {
    commands_["team list"] = [this](const json::object&, const Progress&) -> json::value {
        json::array out;
        for (const auto& t : node_.teams.list(the_operator(), "", 0, most_listed).teams)
            out.push_back(json::object{
                {"id", t.id.text()}, {"name", t.name}, {"display_name", t.display_name}, {"type", t.type}});
        return out;
    };
    commands_["team create"] = [this](const json::object& a, const Progress&) -> json::value {
        auto actor = the_operator();
        const auto owner = user_named({{"user", needed(a, "owner")}});
        actor.user_id = owner.id;
        actor.username = owner.username;
        Team team;
        team.name = needed(a, "name");
        team.display_name = text_of(a, "display-name").empty() ? team.name : text_of(a, "display-name");
        team.type = flag_of(a, "private") ? "I" : "O";
        team.allow_open_invite = !flag_of(a, "private");
        const auto made = node_.teams.create(actor, team);
        return json::object{{"id", made.id.text()}, {"name", made.name}};
    };
    commands_["team add"] = [this](const json::object& a, const Progress&) -> json::value {
        const auto user = user_named(a);
        const auto team = node_.teams.by_name(the_operator(), needed(a, "team"));
        node_.team_members.add(the_operator(), team.id, user.id);
        return json::object{{"team", team.name}, {"user", user.username}};
    };
    commands_["channel list"] = [this](const json::object& a, const Progress&) -> json::value {
        const auto team = node_.teams.by_name(the_operator(), needed(a, "team"));
        json::array out;
        const auto channels = node_.database.read([&](storage::Tx& tx) {
            return storage::ChannelTable(tx).of_team(team.id, "", false, 0, most_listed);
        });
        for (const auto& c : channels)
            out.push_back(json::object{{"id", c.id.text()},
                                       {"name", c.name},
                                       {"display_name", c.display_name},
                                       {"type", c.type},
                                       {"messages", c.total_msg_count}});
        return out;
    };
    commands_["channel archive"] = [this](const json::object& a, const Progress&) -> json::value {
        const auto team = node_.teams.by_name(the_operator(), needed(a, "team"));
        const auto channel = node_.channels.by_name(the_operator(), team.id, needed(a, "channel"), false);
        node_.channels.remove(the_operator(), channel.id);
        return json::object{{"archived", channel.name}};
    };
}

void Operator::add_keys() {
    commands_["keys status"] = [this](const json::object&, const Progress&) -> json::value {
        const auto counts = node_.database.keys().count_by_bucket();
        json::array buckets;
        for (const auto& bucket : node_.keyring->status()) {
            auto shown_bucket = json::parse(json_text(bucket)).as_object();
            const auto at = counts.find(bucket.id.text());
            shown_bucket["data_keys"] = at == counts.end() ? 0 : at->second;
            buckets.push_back(shown_bucket);
        }
        return json::object{{"generation", node_.keyring->generation()},
                            {"outdated_buckets", node_.keyring->outdated().size()},
                            {"buckets", buckets}};
    };
    commands_["keys rotate"] = [this](const json::object&, const Progress& progress) {
        return rotate_keys(progress);
    };
}

json::value Operator::rotate_keys(const Progress& progress) {
    const auto current = node_.settings.current();
    const auto file = current->ConcordatSettings.MasterKeyFile == Settings().ConcordatSettings.MasterKeyFile
                          ? node_.places.keys() + "/master.key"
                          : current->ConcordatSettings.MasterKeyFile;
    const bool is_in_file = node_.key_source() == Node::KeySource::file;
    if (is_in_file) {
        storage::rotate_key_file(*node_.keyring, file);
        progress("The master key is new: " + file + ". Save a copy of it and of the key store.");
    } else {
        progress(
            "The master key stays: it is not in a file of this machine. The keys below it are replaced.");
    }
    node_.keyring->start_generation();
    while (const auto left = node_.database.keys().rewrap(rewrap_batch))
        progress("Data keys still to be wrapped anew: " + std::to_string(left));
    node_.database.keys().retire_outdated();
    return json::object{{"is_master_key_new", is_in_file},
                        {"generation", node_.keyring->generation()},
                        {"outdated_buckets", node_.keyring->outdated().size()}};
}

}  // namespace concordat::appliance
