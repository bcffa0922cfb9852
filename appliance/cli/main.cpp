// concordatctl: the operator's tool. Talks to the running daemon over its control socket, or opens the data
// directory itself when the daemon is stopped.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>

#include "appliance/cli/tables.hpp"
#include "appliance/cli/terminal.hpp"
#include "appliance/cli/words.hpp"
#include "appliance/daemon/control.hpp"
#include "appliance/daemon/launch.hpp"
#include "appliance/daemon/operator.hpp"
#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "core/model/version.hpp"
#include "storage/crypto/secret.hpp"

namespace concordat::appliance {
namespace {

std::string variable(const char* name) {
    const auto* value = std::getenv(name);
    return value ? value : "";
}

// Where packaging/start keeps the data of a node when it is not told otherwise.
std::string usual_data() {
    if (::geteuid() == 0) return "/var/lib/concordat";
    const auto shared = variable("XDG_DATA_HOME");
    return (shared.empty() ? variable("HOME") + "/.local/share" : shared) + "/concordat";
}

json::value carry_out(const Request& request) {
    const auto progress = [&](const std::string& text) {
        if (!request.is_json) std::cerr << text << '\n';
    };
    const Places places(spelled_out(request.data));
    std::error_code ignored;
    if (!std::filesystem::exists(places.root, ignored))
        throw Error(Fault::not_found, "operator.data",
                    "There is no data directory " + places.root + ". Name it with --data.");
    if (auto answer = ask_daemon(places.control_socket(), request.command, request.arguments, progress))
        return *answer;
    NodeOptions options;
    if (!request.passphrase_file.empty()) options.passphrase = passphrase_in(request.passphrase_file);
    become_owner_of(places.root);
    if (request.external_database.empty() && !std::filesystem::exists(places.postgres(), ignored))
        throw Error(Fault::not_found, "operator.database",
                    "No node has been started on " + places.root +
                        " yet, or its database is an external one: name that with --external-database.");
    set_log_level(LogLevel::error);
    storage::protect_process();
    options.data = places.root;
    options.environment = process_environment();
    options.config = request.config;
    options.external_database = request.external_database;
    options.media_program = media_program();
    Node node(options);
    return Operator(node).run(request.command, request.arguments, progress);
}

void show_error(const Error& error, bool is_json) {
    if (is_json) {
        std::cout << json::serialize(json::object{{"error", json::object{{"id", error.id()},
                                                                         {"text", reason_of(error)},
                                                                         {"detail", error.detail()}}}})
                  << '\n';
        return;
    }
    std::cerr << "concordatctl: " << reason_of(error) << '\n';
    for (const auto& line : split_words(error.detail(), '\n'))
        if (line != error.text()) std::cerr << "  " << line << '\n';
}

json::value validate_config(const Request& request) {
    const auto file = std::string(request.arguments.at("file").as_string());
    const auto loaded = load_settings(file, process_environment());
    for (const auto& warning : loaded.warnings) std::cerr << "warning: " << warning << '\n';
    return request.is_json ? json::value{{"valid", true}, {"file", file}} : json::value(file + " is valid.");
}

// The groups of commands, by their first word.
class Commands {
public:
    Commands(CLI::App& app, Request& request) : app_(app), request_(request) {
        add_people();
        add_identity();
        add_places();
        single("status", "what runs, and how much is kept", "status show");
        single("demo", "fill an empty node with a small organisation to look at", "demo make");
        add_exports();
        add_content();
        add_barriers();
        add_federation();
        add_retention();
        add_holds();
        add_search();
        add_audit();
        auto* keys = group("keys", "encryption keys");
        add(keys, "keys status", "generation and buckets");
        add(keys, "keys rotate", "new master key and bucket keys; data keys are wrapped anew");
        auto* config = group("config", "settings");
        add(config, "config show", "settings and their values; secrets are not shown")
            .text("find", "only those with this in their name", false)
            .flag("set", "only those that are not as they come");
        add(config, "config set", "change a setting, in the settings file and in the node")
            .first("setting", "as in ServiceSettings.SiteURL")
            .text(
                "value",
                "true or false, a number, a text, or texts parted by commas; without this option it is read "
                "from the terminal or standard input",
                false);
        auto* trial = config->add_subcommand("trial", "settings that are tried before they stay");
        trial->require_subcommand(1);
        trial->fallthrough();
        add(trial, "config trial-show", "what is on trial, until when, and who signed in since", "show");
        add(trial, "config trial-confirm", "it stays", "confirm")
            .flag("without-sign-in", "though nobody has signed in since");
        add(trial, "config trial-rollback", "what was before is in force again", "rollback");
        add(config, "config validate", "check a settings file").first("file", "the file");
        auto* routes = single("routes", "the route table: METHOD, path, rule", "routes");
        routes->add_flag_callback(
            "--tsv", [this] { request_.arguments["tsv"] = true; }, "separated by tabs");
    }

private:
    void add_people() {
        auto* user = group("user", "people and their accounts");
        add(user, "user create", "make an account")
            .text("username", "name to sign in with")
            .text("email", "e-mail address")
            .text("first-name", "first name", false)
            .text("last-name", "last name", false)
            .password()
            .flag("admin", "make it a system administrator");
        add(user, "user list", "all accounts");
        add(user, "user deactivate", "end all sessions and refuse sign-in")
            .text("user", "user name or e-mail");
        add(user, "user activate", "allow sign-in again").text("user", "user name or e-mail");
        add(user, "user password", "set a new password and end all sessions")
            .text("user", "user name or e-mail")
            .password();
        add(user, "user admin", "make a system administrator")
            .text("user", "user name or e-mail")
            .flag("revoke", "take it away instead");
        add(user, "user role", "give and take system roles")
            .text("user", "user name or e-mail")
            .text("add", "role names, separated by commas", false)
            .text("remove", "role names, separated by commas", false);
        add(user, "user unlock", "forget failed sign-ins").text("user", "user name or e-mail");
        auto* session = group("session", "signed-in devices");
        add(session, "session list", "sessions of a person").text("user", "user name or e-mail");
        add(session, "session revoke", "end one session, or all")
            .text("user", "user name or e-mail")
            .text("session", "only this one", false);
    }
    void add_identity() {
        auto* identity = group("identity", "who comes in, and why");
        add(identity, "identity explain", "what each rule saw in one attempt")
            .first("attempt", "the number that the person was shown (request_id)");
        add(identity, "identity list", "the newest decisions")
            .text("user", "user name or e-mail", false)
            .text("act", "sign_in, factor, session, token, account, directory_sync", false)
            .text("rule", "decided by this rule", false)
            .flag("refused", "refusals only");
        add(identity, "identity verify", "that no decision was changed or taken out");
        add(identity, "identity links", "accounts that a directory or provider vouches for")
            .text("service", "ldap, saml, openid, ...")
            .text("provider", "which of them; without it the one in the main settings", false);
        add(identity, "identity link", "from now on the account signs in as this person")
            .text("user", "user name or e-mail")
            .text("service", "ldap, saml, openid, ...")
            .text("provider", "which of them; without it the one in the main settings", false)
            .text("subject", "the person's immutable id there");
        auto* token = group("token", "access tokens: how programs sign in");
        add(token, "token create", "for a bot or a person; shows the token, once")
            .text("user", "user name or e-mail")
            .text("description", "what it is for")
            .text("days", "it is good for so many days; without it until it is revoked", false);
        add(token, "token list", "tokens of a bot or a person").text("user", "user name or e-mail");
        add(token, "token revoke", "it is worth nothing from now on").text("id", "which");
        auto* bot = group("bot", "accounts of programs");
        add(bot, "bot create", "make one")
            .text("name", "its user name")
            .text("user", "who owns it: user name or e-mail")
            .text("display-name", "name people see", false)
            .text("description", "what it does", false);
        add(bot, "bot list", "all bots and their owners");
        add(bot, "bot enable", "allow it again").text("bot", "its user name");
        add(bot, "bot disable", "end its sessions and refuse its tokens").text("bot", "its user name");
        auto* mail = group("mail", "letters that the node sends");
        add(mail, "mail show", "the mail server, and what waits for it");
        add(mail, "mail test", "send a letter now, and say what the mail server says")
            .text("to", "an e-mail address");
        auto* scim = group("scim", "identity systems that make and switch off accounts (SCIM 2.0)");
        add(scim, "scim add", "let one in; shows its token, once")
            .text("name", "what you call it")
            .text("service", "how the people it makes sign in: saml, openid, ldap, gitlab, google, office365")
            .text("provider", "which of them; without it the one in the main settings", false);
        add(scim, "scim list", "those that are let in");
        add(scim, "scim renew", "a new token in place of the old one").text("name", "which");
        add(scim, "scim remove", "its token is worth nothing; the accounts stay").text("name", "which");
        auto* ldap = group("ldap", "directories");
        add(ldap, "ldap sync", "bring accounts up to date with a directory")
            .text("provider", "which of them; without it the one in the main settings", false)
            .flag("dry-run", "only say who would change, and how");
        add(ldap, "ldap test", "what is wrong with a directory's servers and settings")
            .text("provider", "which of them; without it the one in the main settings", false);
        add(ldap, "ldap groups", "groups of a directory, and which are linked here")
            .text("provider", "which directory; without it the one in the main settings", false)
            .text("term", "only those with this in their name", false)
            .flag("linked", "only those that are linked");
        add(ldap, "ldap link", "link a group, so that teams and channels can be linked to it")
            .first("id", "its id in the directory, as \"ldap groups\" shows it")
            .text("provider", "which directory; without it the one in the main settings", false);
        add(ldap, "ldap unlink", "what only it gave goes with the next sync")
            .first("id", "its id in the directory")
            .text("provider", "which directory; without it the one in the main settings", false);
        add(ldap, "ldap role",
            "members of a linked group have this role, as far as RolesFromProviders allows")
            .first("id", "its id in the directory")
            .text("role", "a role of the system, such as system_manager")
            .flag("remove", "no longer: whoever is in no other group that gives it loses it")
            .text("provider", "which directory; without it the one in the main settings", false);
        auto* saml = group("saml", "SAML providers");
        add(saml, "saml test", "what is wrong with a provider's settings and files")
            .text("provider", "which of them; without it the one in the main settings", false);
        add(saml, "saml show", "a provider's addresses and certificates, as they are in force")
            .text("provider", "which of them; without it the one in the main settings", false);
        add(saml, "saml refresh",
            "fetches a provider's metadata from IdpMetadataURL now, and says what changed")
            .text("provider", "which of them; without it the one in the main settings", false);
        auto* oidc = group("oidc", "OpenID Connect providers");
        add(oidc, "oidc test", "what is wrong with a provider's settings, or with what it answers")
            .text("service", "openid (the default), gitlab, google or office365", false)
            .text("provider", "which of OpenIdProviderFiles; without it the one in the main settings", false);
        auto* factor = group("factor", "second factors");
        add(factor, "factor show", "whether a person has one").text("user", "user name or e-mail");
        add(factor, "factor remove", "for somebody who lost it; the password alone then signs in")
            .text("user", "user name or e-mail");
        add(factor, "factor preview",
            "who would have to set one up, by the settings and by what is asked here")
            .flag("everyone", "as if it were demanded of everybody")
            .flag("guests", "as if it were demanded of guests")
            .text("role", "as if it were demanded of holders of this role", false)
            .text("service", "as if it were demanded of accounts of this service: email, ldap, saml, ...",
                  false);
        add(identity, "identity unlink", "from now on the account signs in with a password")
            .text("user", "user name or e-mail");
    }
    void add_places() {
        auto* team = group("team", "teams and who belongs to them");
        add(team, "team list", "all teams");
        add(team, "team create", "make a team")
            .text("name", "name in addresses")
            .text("owner", "user who administers it")
            .text("display-name", "name people see", false)
            .flag("private", "join by invitation only");
        add(team, "team add", "add a person to a team")
            .text("team", "team name")
            .text("user", "user name or e-mail");
        auto* channel = group("channel", "channels");
        add(channel, "channel list", "channels of a team").text("team", "team name");
        add(channel, "channel archive", "archive a channel")
            .text("team", "team name")
            .text("channel", "channel name");
    }

    void add_exports() {
        auto* exports = group("export", "messages for archives and auditors");
        add(exports, "export run", "make one, and wait for it")
            .text("format", "actiance, csv, globalrelay-zip or native; without it that of the settings",
                  false)
            .text("from", "only what happened since: 2026-01-31, 2026-01-31T12:00:00Z or milliseconds", false)
            .text("to", "and until, with the whole day", false)
            .text("team", "of the channels below", false)
            .text("channels", "only these channels of the team: names, separated by commas", false)
            .text("custodians", "only channels where these people were: user names, separated by commas",
                  false);
        add(exports, "export key", "the public keys that check packages, newest first; for concordat-verify")
            .flag("renew", "a new key signs from now on")
            .flag("fingerprint", "only what people compare with the console's page about the audit log");
        add(exports, "export list", "exports, newest first");
        add(exports, "export show", "one of them").first("id", "which");
        add(exports, "export cancel", "give it up").first("id", "which");
        add(exports, "export fetch", "write its package to a file that the node may write")
            .first("id", "which")
            .text("file", "absolute path of a file that does not exist yet");
    }

    void add_content() {
        auto* content = group("content", "rules about what people write and upload");
        add(content, "content list", "all rules");
        add(content, "content show", "one of them, with what it looks for").first("id", "which");
        add(content, "content make", "a new one, off at first")
            .text("name", "what it is called")
            .text("kind", "words, pattern, card, iban or file")
            .text("content", "words, or names of files, separated by commas; or a regular expression", false)
            .text("action", "log, warn, hold or block")
            .text("message", "what the author is told", false)
            .text("team", "only in this team", false)
            .text("channels", "only in these channels of it: names, separated by commas", false)
            .flag("shared", "only in channels that are shared with partners");
        add(content, "content on", "from now on it counts").first("id", "which");
        add(content, "content off", "it does not count any more").first("id", "which");
        add(content, "content remove", "for good; where it struck stays written down").first("id", "which");
        add(content, "content held", "messages that wait for review, oldest first");
        add(content, "content read", "what one of them says").first("id", "which");
        add(content, "content release", "write it as its author's message").first("id", "which");
        add(content, "content refuse", "it is not written, and its text is gone").first("id", "which");
        add(content, "content hits", "where rules struck, newest first")
            .text("id", "only of this rule", false);
    }

    void add_barriers() {
        auto* barrier = group("barrier", "people who may not talk to each other");
        add(barrier, "barrier segments", "all segments of people");
        add(barrier, "barrier segment", "make a segment")
            .text("name", "what it is called")
            .text("kind", "user, group, team, role, attribute or partner")
            .text("values", "ids, names of roles, or texts of the attribute, separated by commas")
            .text("field", "id of the attribute", false);
        add(barrier, "barrier forget", "remove a segment that no barrier names").first("id", "which");
        add(barrier, "barrier list", "all barriers");
        add(barrier, "barrier make", "a barrier between two segments, off at first")
            .text("name", "what it is called")
            .text("first", "id of a segment")
            .text("second", "id of the other")
            .text("except", "ids of channels where it does not count, separated by commas", false)
            .flag("hide", "neither side finds the other by searching");
        add(barrier, "barrier preview", "what it breaks now: people and channels").first("id", "which");
        add(barrier, "barrier on", "from now on it counts").first("id", "which");
        add(barrier, "barrier off", "it does not count any more").first("id", "which");
        add(barrier, "barrier remove", "for good").first("id", "which");
    }

    void add_retention() {
        auto* retention = group("retention", "how long messages are kept, and their destruction");
        add(retention, "retention run", "destroy what is past its time, and wait for it");
        add(retention, "retention preview", "what a run would destroy now; takes nothing");
        add(retention, "retention status", "the policy, and the last runs");
        add(retention, "retention certificates", "what was destroyed, signed; newest first")
            .text("id", "one of them, whole", false);
    }

    void add_holds() {
        auto* hold = group("hold", "legal holds: what must not be destroyed");
        add(hold, "hold matter", "open a matter, which has holds")
            .text("name", "what it is called")
            .text("description", "what it is about", false);
        add(hold, "hold matters", "all matters");
        add(hold, "hold close", "close a matter that has no holds in force").first("id", "of the matter");
        add_hold_terms(add(hold, "hold make", "from now on this is kept"));
        add_hold_terms(add(hold, "hold preview", "what such a hold would keep now"));
        add(hold, "hold list", "all holds, newest first");
        add(hold, "hold show", "one of them, and how much it keeps").first("id", "which");
        add(hold, "hold release", "ask for its release; a person with the role legal approves it")
            .first("id", "which");
        add(hold, "hold approve", "approve a release that a person asked for").first("id", "which");
        add(hold, "hold keep", "take a release back").first("id", "which");
    }
    static void add_hold_terms(Words& words) {
        words.text("matter", "id of its matter")
            .text("name", "what it is called")
            .text("people", "user names, separated by commas", false)
            .text("team", "of the channels below", false)
            .text("channels", "channels of the team: names, separated by commas", false)
            .text("from", "messages since: 2026-01-31, 2026-01-31T12:00:00Z or milliseconds", false)
            .text("to", "and until, with the whole day", false)
            .flag("with-public-channels", "also what the people could read in public channels");
    }

    void add_audit() {
        auto* audit = group("audit", "records of decisions: sent to a syslog receiver or a file, and proved");
        add(audit, "audit ledger", "how many records are leaves of the signed tree, and whether it is whole");
        add(audit, "audit checkpoint", "what is signed of the tree of records; brings it up to date first")
            .text("size", "of so many leaves; without it the newest", false);
        add(audit, "audit proof", "a record, and that it is in the signed tree; for concordat-verify --audit")
            .first("record", "its id, as SIEM, file and audits of the interface show it")
            .text("size", "under the checkpoint of so many leaves; without it the newest", false)
            .text("file", "absolute path of a file to write, which does not exist yet", false);
        add(audit, "audit export", "records with their proofs, in one file; for concordat-verify --audit")
            .text("file", "absolute path of a file that does not exist yet, and that the node may write")
            .text("from", "from this leaf on; without it 0", false)
            .text("count", "so many; without it 10000, which is the most", false)
            .text("size", "under the checkpoint of so many leaves; without it the newest", false)
            .text("since",
                  "with a proof that nothing but growth happened since the checkpoint of so many leaves",
                  false);
        add(audit, "audit verify", "compare all leaves with the records and the tree as they stand now");
        add(audit, "audit renew", "begin a new tree: after a database was put back from a backup")
            .text("reason", "why; it is recorded");
        add(audit, "audit status", "how far each receiver or file is, and what went wrong");
        add(audit, "audit test", "send a record that says it is a test, and say whether it arrived")
            .text("sink", "syslog or file; without it all that the settings name", false);
        add(audit, "audit resend", "send records again")
            .text("sink", "syslog or file")
            .text("after", "all after this record's number; 0 is all there are");
    }

    void add_search() {
        auto* search = group("search", "the index that messages and files are found by");
        add(search, "search status", "what it holds, and what of it is still to be written");
        add(search, "search rebuild", "write all of it anew; searching goes on meanwhile")
            .flag("wait", "until it is done");
    }
    void add_federation() {
        auto* federation = group("federation", "other organisations, and channels shared with them");
        add(federation, "federation show", "this organisation, its partners, and when they were seen");
        add(federation, "federation invite", "a word that another organisation accepts; shown once")
            .text("name", "what it will be called here")
            .text("hours", "the invitation is good for so long; 48 when left out", false)
            .text("password", "it opens only with this; 12 characters or more", false);
        add(federation, "federation accept", "accept another organisation's invitation")
            .text("name", "what it will be called here")
            .text("invitation", "the word")
            .text("password", "when it has one", false);
        add(federation, "federation confirm", "the check numbers are the same on both sides")
            .text("name", "of the partner")
            .text("number", "as the other administrator reads it out");
        add(federation, "federation keys",
            "the keys that this organisation has had, and until when each counts");
        add(federation, "federation rotate-key",
            "another key for this organisation; partners follow by themselves")
            .text("overlap-days", "the old key counts for so long, 1 to 30; 7 when left out", false)
            .text("bad-since", "the old key may be in other hands since this time, as 2026-01-31T12:00:00Z",
                  false)
            .flag("abort", "take the last change back, while its overlap lasts");
        add(federation, "federation suspend", "exchange nothing for a while")
            .text("name", "of the partner")
            .text("reason", "for the record", false);
        add(federation, "federation resume", "exchange again").text("name", "of the partner");
        add(federation, "federation revoke", "for ever")
            .text("name", "of the partner")
            .text("reason", "for the record", false);
        add(federation, "federation address", "where the partner's node is dialled")
            .text("name", "of the partner")
            .text("address", "HOST:PORT; without it the partner dials", false);
        add(federation, "federation certificate",
            "the name that a partner's certificate of your authorities must have")
            .text("name", "of the partner")
            .text("san", "as DNS:node.beta.example or URI:…; without it, none", false);
        add(federation, "federation policy", "what may pass between this organisation and a partner")
            .text("name", "of the partner")
            .text("positions", "profiles say what somebody's position is: on or off", false)
            .text("read-only", "what they write is not shown here: on or off", false)
            .text("direct", "people of both write to each other directly: on or off", false)
            .text("history", "what was said before a channel is shared goes along: none, all or days", false)
            .text("emoji", "pictures of custom emoji pass: on or off", false)
            .text("files", "files pass, in both directions: on or off", false)
            .text("largest-file", "that passes, in MiB", false)
            .text("file-types", "endings of names that pass, as pdf,png; or all", false)
            .text("refused-file-types", "endings that do not pass, as exe,js; or none", false);
        add(federation, "federation files",
            "files from and to a partner: where they are, what was refused and why")
            .text("name", "of the partner");
        add(federation, "federation refusals", "what a partner did not show of what was said here, and why")
            .text("name", "of the partner");
        add(federation, "federation digest", "how far each organisation's part of a channel is, to compare")
            .text("id", "of the channel");
        add(federation, "federation evidence", "of organisations that signed two histories")
            .text("id", "one of them, for concordat-verify", false);
        add(federation, "federation share", "share a channel of a team with a partner")
            .text("team", "team name")
            .text("channel", "channel name")
            .text("partner", "its name here");
        add(federation, "federation unshare", "share it no more")
            .text("team", "team name")
            .text("channel", "channel name")
            .text("partner", "its name here");
        add(federation, "federation channels", "shared channels, and those that partners offer");
        add(federation, "federation join", "give a channel that a partner offers a place in a team")
            .text("id", "of the channel")
            .text("team", "team name")
            .text("name", "in addresses; without it as at its home", false);
        add(federation, "federation leave", "take part in it no more").text("id", "of the channel");
    }

    CLI::App* group(const char* name, const char* help) {
        auto* made = app_.add_subcommand(name, help);
        made->require_subcommand(1);
        made->fallthrough();
        return made;
    }
    CLI::App* single(const char* name, const char* help, const char* command) {
        auto* made = app_.add_subcommand(name, help);
        made->callback([this, command] { request_.command = command; });
        return made;
    }
    // `word`: when it is another than the command's last.
    Words& add(CLI::App* in, const char* command, const char* help, const char* word = nullptr) {
        return *words_.emplace_back(std::make_unique<Words>(*in, request_, command, help, word));
    }

    CLI::App& app_;
    Request& request_;
    std::vector<std::unique_ptr<Words>> words_;
};

int answer(Request& request) {
    if (request.command == "routes") return print_routes(request.arguments.contains("tsv"), request.is_json);
    if ((request.command == "user create" || request.command == "user password") &&
        !request.arguments.contains("password"))
        request.arguments["password"] = read_secret("Password: ");
    if (request.command == "config set" && !request.arguments.contains("value"))
        request.arguments["value"] = read_secret("Value: ");
    const auto result = request.command == "config validate" ? validate_config(request) : carry_out(request);
    if (request.is_json)
        std::cout << json::serialize(result) << '\n';
    else
        print_table(std::cout, result);
    return 0;
}

}  // namespace

int run(int argc, char** argv) {
    Request request;
    request.data = usual_data();
    CLI::App app{
        "concordatctl: the operator's tool of a Concordat node.\n\n"
        "It talks to the running node; when the node is stopped it works on the data directory itself.\n"
        "Run it as the node's system user or as root.\n"};
    app.set_version_flag("--version", std::string(product_version));
    app.add_option("--data", request.data, "the node's data directory")->capture_default_str();
    app.add_flag("--json", request.is_json, "answer in JSON");
    app.add_option("--config", request.config, "for a stopped node: its settings file");
    app.add_option("--external-database", request.external_database,
                   "for a stopped node: the DSN of its PostgreSQL");
    app.add_option("--passphrase-file", request.passphrase_file,
                   "for a stopped node: the file that holds the master key's passphrase");
    app.require_subcommand(1);
    app.fallthrough();
    const Commands commands(app, request);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        if (const auto rest = app.remaining(true); e.get_name() == "RequiredError" && !rest.empty()) {
            std::cerr << "There is no command \"" << rest.front() << "\".\n";
            return e.get_exit_code();
        }
        return app.exit(e);
    }
    try {
        return answer(request);
    } catch (const Error& e) {  // the last edge: one readable line
        show_error(e, request.is_json);
    } catch (const std::exception& e) {
        show_error(Error(Fault::internal, "operator.failed", e.what()), request.is_json);
    }
    return 1;
}

}  // namespace concordat::appliance

int main(int argc, char** argv) {
    return concordat::appliance::run(argc, argv);
}
