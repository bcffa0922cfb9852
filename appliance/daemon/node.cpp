#include "appliance/daemon/node.hpp"

#include <postgresql/libpq-fe.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "core/config/keys.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/database/data_keys.hpp"
#include "storage/database/migrations.hpp"
#include "storage/tables/directories.hpp"

namespace concordat::appliance {
namespace {

// Threads that use the database besides the workers for requests, passwords and files: four sinks of the
// journal, timetable, directories, exports, reports, letters, retention, search, audit records (three), and
// two of federation. They are rarely at it together; who finds none free waits.
constexpr std::int64_t extra_connections = 11;

void make_directory(const std::string& path, mode_t mode) {
    std::error_code ec;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ec);
    const bool is_new = ::mkdir(path.c_str(), mode) == 0;
    if (is_new) ::chmod(path.c_str(), mode);  // whatever the umask says
    if (!is_new && errno != EEXIST)
        throw Error(
            Fault::invalid, "appliance.data_directory",
            "The directory " + path + " cannot be made: " + std::generic_category().message(errno) + ".");
}

std::string made_places(const NodeOptions& options) {
    const Places places(options.data);
    // Root's PostgreSQL runs as another user, who must be able to pass through.
    make_directory(places.root, ::geteuid() == 0 ? 0711 : 0700);
    for (const auto& directory : {places.keys(), places.tls(), places.run()}) make_directory(directory, 0700);
    return options.data;
}

// What is said to a database on another machine must be encrypted, and the machine must be the right one.
void check_external(const std::string& dsn) {
    char* problem = nullptr;
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
        PQconninfoParse(dsn.c_str(), &problem), &PQconninfoFree);
    const std::unique_ptr<char, decltype(&PQfreemem)> message(problem, &PQfreemem);
    if (!options)
        throw Error(Fault::invalid, "appliance.database.dsn", "The external database's DSN cannot be read.");
    std::string host, mode;
    for (const auto* option = options.get(); option->keyword; ++option) {
        if (!option->val) continue;
        if (std::string_view(option->keyword) == "host" || std::string_view(option->keyword) == "hostaddr")
            host += std::string(option->val) + ',';
        if (std::string_view(option->keyword) == "sslmode") mode = option->val;
    }
    for (const auto& one : split_words(host, ',')) {
        const bool is_here = one.starts_with('/') || one == "localhost" || one == "127.0.0.1" || one == "::1";
        if (!is_here && mode != "verify-full")
            throw Error(
                Fault::invalid, "appliance.database.tls",
                "The external database " + one +
                    " is on another machine: its DSN must say sslmode=verify-full (and sslrootcert=FILE).");
    }
}

std::unique_ptr<ManagedPostgres> start_postgres(const NodeOptions& options) {
    if (!options.external_database.empty()) {
        check_external(options.external_database);
        return nullptr;
    }
    PostgresOptions postgres;
    postgres.directory = Places(options.data).postgres();
    postgres.user = options.user;
    auto made = std::make_unique<ManagedPostgres>(postgres);
    made->start();
    return made;
}

bool holds_sealed_data(const std::string& dsn, std::chrono::milliseconds deadline) {
    storage::Pool pool(dsn, 1, deadline);
    storage::Pool::Loan loan(pool);
    try {
        pqxx::nontransaction work((*loan).link);
        if (work.exec("select to_regclass('data_keys') is null")[0][0].as<bool>()) return false;
        return !work.exec("select 1 from data_keys limit 1").empty();
    } catch (const std::exception&) {
        pool.translate(loan);  // the door between libpqxx's errors and ours
    }
}

std::string default_or(const std::string& value, const std::string& built_in,
                       const std::string& of_this_node) {
    return value.empty() || value == built_in ? of_this_node : value;
}

std::unique_ptr<storage::Keyring> open_keys(const NodeOptions& options, const Settings& settings,
                                            const std::string& dsn, Node::KeySource& source) {
    const Settings defaults;
    const Places places(options.data);
    const auto store = default_or(settings.ConcordatSettings.KeyStoreFile,
                                  defaults.ConcordatSettings.KeyStoreFile, places.keys() + "/store.json");
    const auto master = default_or(settings.ConcordatSettings.MasterKeyFile,
                                   defaults.ConcordatSettings.MasterKeyFile, places.keys() + "/master.key");
    const bool is_new = !storage::Keyring::exists(store);
    if (is_new && holds_sealed_data(dsn, std::chrono::seconds(settings.SqlSettings.QueryTimeout)))
        throw Error(Fault::invalid, "appliance.keys.missing",
                    "The database holds sealed data, but its key store " + store +
                        " is missing. Put the saved copy back; without it the data cannot be read.");
    if (!options.passphrase.empty()) {
        source = Node::KeySource::passphrase;
        const auto recipe = is_new ? storage::PassphraseRecipe::fresh() : storage::Keyring::recipe_of(store);
        if (!recipe)
            throw Error(Fault::invalid, "appliance.keys.no_passphrase",
                        "The key store " + store + " was not made with a passphrase.");
        const auto key = storage::MasterKey::from_passphrase(options.passphrase, *recipe);
        if (is_new) storage::Keyring::create(store, key);
        return std::make_unique<storage::Keyring>(store, key);
    }
    if (const auto credential = storage::MasterKey::from_credential()) {
        source = Node::KeySource::credential;
        if (is_new) storage::Keyring::create(store, *credential);
        return std::make_unique<storage::Keyring>(store, *credential);
    }
    return storage::open_keyring(store, master);
}

std::string dsn_of(const NodeOptions& options, const ManagedPostgres* postgres) {
    return postgres ? postgres->dsn() : options.external_database;
}

storage::DatabaseOptions database_options(const NodeOptions& options, const ManagedPostgres* postgres,
                                          const Settings& settings) {
    const auto& own = settings.ConcordatSettings;
    storage::DatabaseOptions database;
    database.dsn = dsn_of(options, postgres);
    database.connections =
        static_cast<std::size_t>(std::min(settings.SqlSettings.MaxOpenConns, own.Workers) +
                                 own.PasswordHashers + own.BulkWorkers + extra_connections);
    database.deadline = std::chrono::seconds(settings.SqlSettings.QueryTimeout);
    return database;
}

}  // namespace

LiveSettings Node::open_settings(const NodeOptions& options) {
    made_places(options);
    if (!options.config.empty()) return LiveSettings(options.config, options.environment);
    return LiveSettings(options.data + "/config.json", options.environment, LiveSettings::File::optional);
}

namespace {

identity::MessageReaders::Limits one_at_a_time() {
    identity::MessageReaders::Limits limits;
    limits.most = 1;
    return limits;
}

}  // namespace

Node::Node(const NodeOptions& options)
    : places(options.data, options.config),
      settings(open_settings(options)),
      postgres(start_postgres(options)),
      keyring(open_keys(options, *settings.current(), dsn_of(options, postgres.get()), key_source_)),
      database(database_options(options, postgres.get(), *settings.current()), *keyring),
      blobs(default_or(settings.current()->FileSettings.Directory, Settings().FileSettings.Directory,
                       places.files())),
      saml_readers(std::filesystem::path(options.media_program).parent_path() / "concordat-saml"),
      saml_logout_readers(std::filesystem::path(options.media_program).parent_path() / "concordat-saml",
                          one_at_a_time()),
      search_index(database, *keyring,
                   default_or(settings.current()->ConcordatSettings.SearchDirectory,
                              Settings().ConcordatSettings.SearchDirectory, places.search())),
      media(options.media_program),
      document_reader(std::filesystem::path(options.media_program).parent_path() / "concordat-text") {
    pages.use_index(search_index);
    files.use_index(search_index);
    sign_in.use_factor(factors);
    for (const auto& directory : directories.all()) sign_in.add_source(*directory);
    sign_in.on_arrival([this](const User& user, const ExternalIdentity& identity, bool,
                              identity::Trail& trail) { take_picture(user, identity, trail); });
    sign_in.on_arrival([this](const User& user, const ExternalIdentity& identity, bool,
                              identity::Trail& trail) { group_membership.arrive(user, identity, trail); });
    directory_sync.use_follower(group_membership);
    directory_keeper.wait_while([this] { return trials.is_trying_directories(); });
    storage::migrate(database);
    compliance::refuse_old_key_store(database, *keyring);
    roles.prepare();
    installation.prepare();
    mention_book.load();
    try {
        barriers.reload();
    } catch (const Error& e) {  // nobody writes until they can be read; whoever mends that needs the node
        log_error("barriers between people cannot be read", {{"id", e.id()}, {"detail", e.detail()}});
    }
    posts.use_barriers(barriers);
    posts.use_screen(screen);
    history.use_screen(screen);
    files.use_screen(screen);
    files.use_scanner(malware_scanner);
    group_book.load();
    exports.set_wake([this] { export_keeper.wake(); });
    retention_jobs.set_wake([this] { retention_keeper.wake(); });
    integrations.partners = {
        [this](const Actor& actor, const std::string& text) {
            return partner_commands.secure_connection(actor, text);
        },
        [this](const Actor& actor, const messaging::CommandPlace& place, const std::string& text) {
            return partner_commands.share_channel(actor, place, text);
        }};
    partners.on_change([this](const OrganisationId& id) {
        shares.forget_revoked(id);
        partner_files.forget_revoked(id);
    });
    shares.on_change([this] { publisher.look_at_shares(); });
    posts.set_guard([this](const Actor& actor, const Post& post, messaging::PostChange change) {
        shares.check(actor, post, change);
    });
    direct_channels.set_abroad(
        [this](storage::Tx& tx, const Actor& actor, Channel& channel, const std::vector<User>& users) {
            conversations.begin(tx, actor, channel, users);
        });
    settings.on_change([this](const Settings& before, const Settings& now) { record_settings(before, now); });
    database.on_commit([this](const std::vector<storage::Fact>& facts) {
        on_facts(facts);
        journal.hint();
        publisher.wake();
        search_feed.wake();
        if (std::ranges::any_of(facts, [](const storage::Fact& f) { return f.is<FileAdded>(); }))
            file_texts.wake();
        if (std::ranges::any_of(facts, [](const storage::Fact& f) { return f.is<IdentityDecided>(); }))
            wake_auditors();
    });
    metrics.gauge("concordat_database_connections_in_use", "Connections lent to requests and jobs now.",
                  [this] { return static_cast<double>(database.in_use()); });
    metrics.gauge("concordat_database_outages_total",
                  "Calls that failed because the database was gone or late.",
                  [this] { return static_cast<double>(database.outages()); });
    metrics.gauge("concordat_retention_blocked_by_export",
                  "Messages past their time that the last run left, since no export has covered them.",
                  [this] { return static_cast<double>(retention_runner.blocked_by_export()); });
    metrics.gauge("concordat_content_held", "Messages that wait for the review of an officer.",
                  [this] { return static_cast<double>(held_posts.last_count().waiting); });
    metrics.gauge("concordat_content_held_oldest_seconds", "How long the first of these has waited.",
                  [this] { return static_cast<double>(held_posts.last_count().oldest_seconds); });
    metrics.gauge("concordat_search_items", "Posts and files in the search index, earlier versions included.",
                  [this] { return static_cast<double>(search_index.status().items); });
    metrics.gauge("concordat_search_weeks_to_write", "Weeks of the search index that are to be written anew.",
                  [this] { return static_cast<double>(search_index.status().pending); });
    metrics.gauge(
        "concordat_saml_certificate_days",
        "Days until the first certificate of a SAML provider in use ends; 0 without such a provider.",
        [this] { return saml_providers.least_days(database.now()).value_or(0); });
    metrics.gauge("concordat_saml_readers_lost_total",
                  "Messages of SAML providers that ended the process that read them, or took it too long.",
                  [this] { return static_cast<double>(saml_readers.lost() + saml_logout_readers.lost()); });
    metrics.gauge("concordat_sealed_lost_total",
                  "Reads of sealed rows that could not be opened: damaged, or without their key.",
                  [this] { return static_cast<double>(database.keys().lost()); });
}

// The directory's picture, when it is another than the last one. One that cannot be read refuses nobody.
void Node::take_picture(const User& user, const ExternalIdentity& identity, identity::Trail& trail) {
    if (identity.picture.empty()) return;
    const auto digest = storage::sha256(identity.picture);
    const auto bytes = storage::text_of(digest);
    const bool is_known = database.read(
        [&](storage::Tx& tx) { return storage::DirectoryTable(tx).has_picture(user.id, bytes); });
    if (is_known) return;
    Actor actor;
    actor.user_id = user.id;
    try {
        pictures.set_user(actor, user.id, identity.picture);
        trail.noted("account.picture", "A new picture was taken.");
    } catch (const Error& e) {
        trail.noted("account.picture", "The picture could not be taken: " + e.text());
        if (e.fault() == Fault::unavailable) return;  // tried again at the next sign-in
    }
    database.transact([&](storage::Tx& tx) { storage::DirectoryTable(tx).set_picture(user.id, bytes); });
}

void Node::wake_auditors() {
    audit_streams.wake();
    ledger_keeper.wake();
}

void Node::record_settings(const Settings& before, const Settings& now) {
    std::string names;
    for (const auto* key : changed_keys(before, now)) names += (names.empty() ? "" : ", ") + key->path();
    try {
        identity::Trail trail("settings", new_token());
        trail.admitted("settings.changed", "Read from the file: " + names + ".");
        decisions.record(trail);
    } catch (const std::exception& e) {  // they are in force all the same
        log_error("a change of settings could not be recorded", {{"keys", names}, {"what", e.what()}});
    }
}

void Node::on_facts(const std::vector<storage::Fact>& facts) {
    roles.on_facts(facts);
    gate.on_facts(facts);
    sessions.on_facts(facts);
    mention_book.on_facts(facts);
    group_book.on_facts(facts);
    pages.on_facts(facts);
}

std::optional<std::string> Node::unready() {
    try {
        database.read([](storage::Tx& tx) { tx.exec("select 1"); });
        return std::nullopt;
    } catch (const Error& e) {  // the answer to the question asked
        return e.id();
    }
}

}  // namespace concordat::appliance
