#include "appliance/daemon/appliance.hpp"

#include <pthread.h>
#include <unistd.h>

#include <filesystem>

#include "appliance/daemon/api_routes.hpp"
#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "core/config/rules.hpp"
#include "identity/mfa/policy.hpp"
#include "storage/crypto/digest.hpp"
#include "web/api/health.hpp"

namespace concordat::appliance {
namespace {

using namespace std::chrono_literals;

std::string host_name() {
    char name[256] = "";
    ::gethostname(name, sizeof name - 1);
    return name;
}

std::string node_name(const Settings& settings) {
    return settings.ConcordatSettings.NodeName.empty() ? host_name() : settings.ConcordatSettings.NodeName;
}

// "/chat" of https://example.org/chat; "" when the site is at the root.
std::string sub_path_of(const std::string& site_url) {
    const auto scheme = site_url.find("://");
    if (scheme == std::string::npos) return {};
    const auto slash = site_url.find('/', scheme + 3);
    auto path = slash == std::string::npos ? std::string() : site_url.substr(slash);
    while (path.ends_with('/')) path.pop_back();
    return path;
}

std::string host_of(const std::string& site_url) {
    const auto scheme = site_url.find("://");
    if (scheme == std::string::npos) return {};
    auto host = site_url.substr(scheme + 3);
    return host.substr(0, host.find_first_of(":/"));
}

std::string new_setup_code() {
    return new_token().substr(0, 12);
}

// The client that was asked for; where nobody asked for one, that of the system, else that beside the
// program.
std::string client_directory(const Settings& settings, const std::string& media_program) {
    const auto& wanted = settings.ServiceSettings.ClientDirectory;
    if (wanted != Settings().ServiceSettings.ClientDirectory || std::filesystem::is_directory(wanted))
        return wanted;
    return std::filesystem::path(media_program).parent_path() / "client";
}

web::RateLimit rate_limit_of(const Settings& settings) {
    const auto& r = settings.RateLimitSettings;
    return {r.Enable,
            static_cast<double>(r.PerSec),
            static_cast<int>(r.MaxBurst),
            static_cast<std::size_t>(r.MemoryStoreSize),
            r.VaryByRemoteAddr,
            r.VaryByUser,
            r.VaryByHeader};
}

}  // namespace

Appliance::Appliance(const NodeOptions& options)
    : node_(options),
      settings_(node_.settings.current()),
      setup_code_(node_.accounts.has_none() ? new_setup_code() : ""),
      tls_(open_tls()),
      site_(std::make_unique<web::StaticSite>(client_directory(*settings_, options.media_program),
                                              sub_path_of(settings_->ServiceSettings.SiteURL))),
      quick_("worker", static_cast<std::size_t>(settings_->ConcordatSettings.Workers),
             static_cast<std::size_t>(settings_->ConcordatSettings.QueueLength)),
      password_("password", static_cast<std::size_t>(settings_->ConcordatSettings.PasswordHashers),
                static_cast<std::size_t>(settings_->ConcordatSettings.QueueLength)),
      bulk_("bulk",
            static_cast<std::size_t>(settings_->ConcordatSettings.BulkWorkers) + messaging::Seats::count,
            static_cast<std::size_t>(settings_->ConcordatSettings.QueueLength)),
      landing_(node_.settings),
      client_(node_.installation, node_.accounts, node_.settings, web::Features{}),
      doorkeeper_(node_.sessions, node_.gate, node_.settings),
      router_(doorkeeper_, node_.metrics, router_options()),
      session_binding_(node_.sessions, node_.database, node_.settings),
      membership_binding_(node_.database, node_.roles),
      action_binding_(node_.statuses, node_.gate, node_.sessions, node_.database, node_.settings),
      attendance_(node_.statuses),
      hub_(networks(), quick_, {session_binding_, membership_binding_, action_binding_, attendance_},
           node_.metrics,
           [this] {
               web::SocketSettings sockets;
               sockets.hostname = node_name(*settings_);
               sockets.server_version = [this] { return client_.version_header(); };
               sockets.most_per_user =
                   static_cast<std::size_t>(settings_->ConcordatSettings.MaxSocketsPerUser);
               return sockets;
           }()),
      announcer_(hub_, node_.accounts, node_name(*settings_)),
      sink_(node_, announcer_),
      operator_(node_, {[this](json::object& out) {
                            out["url"] = url();
                            out["connections"] = server_->connections();
                            out["sockets"] = hub_.connections();
                            out["started_at"] = started_at_;
                            if (tls_) out["certificate_ends_at"] = tls_->expires_at();
                        },
                        [this] { return link_ ? link_->status() : std::vector<federation::LinkStatus>(); }}) {
    action_binding_.set_announcer(announcer_);
    node_.statuses.set_teller([this](const Status& status) { announcer_.tell_status(status); });
    node_.posts.set_whisper([this](const UserId& user, const Post& post) { announcer_.whisper(user, post); });
    node_.integrations.dialogs.set_teller(
        [this](const UserId& user, const std::string& dialog) { announcer_.open_dialog(user, dialog); });
    node_.posts.set_active([this](const UserId& user) { node_.statuses.on_activity(user, true, false); });
    node_.audience.set_presence([this](const UserId& user) { return hub_.is_connected(user); });
    add_routes();
    server_ = std::make_unique<web::Server>(networks(), router_, quick_, password_, bulk_, node_.metrics,
                                            server_options());
    control_ = std::make_unique<ControlSocket>(node_.places.control_socket(), operator_);
    node_.metrics.gauge("concordat_worker_queue", "Requests waiting for a worker.",
                        [this] { return static_cast<double>(quick_.queued()); });
    node_.settings.on_change([this](const Settings&, const Settings& now) { note_settings(now); });
    note_settings(*settings_);
    node_.journal.add(sink_);
    node_.journal.add(node_.notices);
    node_.journal.add(node_.barriers);
    node_.journal.add(node_.integrations.hook_sender);
    open_link();
    plan_timetable();
}

Appliance::~Appliance() {
    node_.settings.stop();
}

std::unique_ptr<web::TlsContext> Appliance::open_tls() {
    const auto& service = settings_->ServiceSettings;
    if (service.ConnectionSecurity != "TLS") return nullptr;
    auto certificate = service.TLSCertFile, key = service.TLSKeyFile;
    if (certificate.empty()) {
        certificate = node_.places.tls() + "/certificate.pem";
        key = node_.places.tls() + "/key.pem";
        if (!std::filesystem::exists(certificate) || !std::filesystem::exists(key)) {
            std::vector<std::string> names{"localhost", "127.0.0.1", "::1"};
            for (const auto& name : {host_name(), host_of(service.SiteURL)})
                if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end())
                    names.push_back(name);
            web::make_self_signed(certificate, key, names);
        }
    }
    return std::make_unique<web::TlsContext>(certificate, key);
}

std::vector<asio::io_context*> Appliance::networks() {
    while (contexts_.size() < static_cast<std::size_t>(settings_->ConcordatSettings.NetworkThreads))
        contexts_.push_back(std::make_unique<asio::io_context>(1));
    std::vector<asio::io_context*> out;
    for (const auto& context : contexts_) out.push_back(context.get());
    return out;
}

web::RouterOptions Appliance::router_options() {
    web::RouterOptions options;
    options.version_header = [this] { return client_.version_header(); };
    options.body_limit = [this] {
        return static_cast<std::uint64_t>(node_.settings.current()->ServiceSettings.MaximumPayloadSizeBytes);
    };
    options.static_site = [this](const web::Head& head) {
        auto reply = site_->reply(head);
        return reply ? std::move(reply) : landing_.reply(head);
    };
    return options;
}

web::ServerOptions Appliance::server_options() const {
    const auto& service = settings_->ServiceSettings;
    const auto [host, port] = rules::split_host_port(service.ListenAddress);
    web::ServerOptions options;
    options.address = host.empty() ? "::" : host;
    options.port = static_cast<unsigned short>(port);
    options.tls = tls_.get();
    options.sub_path = sub_path_of(service.SiteURL);
    options.trusted_proxies = service.TrustedProxies;
    options.max_connections = static_cast<std::size_t>(service.MaxConnections);
    options.max_connections_per_address = static_cast<std::size_t>(service.MaxConnectionsPerAddress);
    options.limits.url_chars = static_cast<std::size_t>(service.MaximumURLLength);
    options.rate_limit = rate_limit_of(*settings_);
    options.idle_timeout = std::chrono::seconds(service.IdleTimeout);
    return options;
}

void Appliance::add_routes() {
    const ApiServices services{node_.settings,
                               node_.metrics,
                               node_.access_tokens,
                               node_.accounts,
                               node_.admissions,
                               node_.bots,
                               node_.configuration,
                               node_.certificate_files,
                               node_.trials,
                               node_.custom_statuses,
                               node_.decisions,
                               node_.directories,
                               node_.directory_keeper,
                               node_.directory_sync,
                               node_.factor_coverage,
                               node_.factors,
                               node_.passkeys,
                               node_.gate,
                               node_.installation,
                               node_.mail_links,
                               node_.people,
                               node_.profile_attributes,
                               node_.terms,
                               node_.provisioning,
                               node_.roles,
                               node_.schemes,
                               node_.sessions,
                               node_.sign_in,
                               node_.sign_in_codes,
                               node_.saml_providers,
                               node_.saml_addresses,
                               node_.saml_readers,
                               node_.saml_sign_in,
                               node_.saml_sign_out,
                               node_.oidc_sign_in,
                               node_.oauth_apps,
                               node_.oauth_grants,
                               node_.bookmarks,
                               node_.channel_lists,
                               node_.channel_members,
                               node_.channels,
                               node_.emoji,
                               node_.direct_channels,
                               node_.drafts,
                               node_.files,
                               node_.threads,
                               node_.invitations,
                               node_.integrations,
                               node_.pictures,
                               node_.pages,
                               node_.posts,
                               node_.preferences,
                               node_.reactions,
                               node_.reading,
                               node_.scheduled_posts,
                               node_.sidebar,
                               node_.statuses,
                               node_.team_members,
                               node_.teams,
                               node_.uploads,
                               node_.user_groups,
                               node_.group_membership,
                               node_.provisioned_groups,
                               node_.evidence_key,
                               node_.exports,
                               node_.reports,
                               node_.holds,
                               node_.content_rules,
                               node_.held_posts,
                               node_.information_barriers,
                               node_.retention_jobs,
                               node_.retention_policies,
                               node_.ledger_reader,
                               node_.organisation,
                               node_.partners,
                               node_.shares,
                               node_.partner_files,
                               node_.deliveries,
                               client_,
                               node_.database};
    web::HealthChecks checks;
    checks.database = [this] { return node_.unready(); };
    checks.files = [this]() -> std::optional<std::string> {
        constexpr std::uint64_t least_free = 64 << 20;
        if (node_.blobs.usage().free_bytes < least_free) return "less than 64 MiB are free for files";
        return std::nullopt;
    };
    checks.status = [this] {
        return std::move(operator_.run("status show", {}, [](const std::string&) {}).as_object());
    };
    checks.appliance = [this] {
        auto out = std::move(operator_.run("appliance show", {}, [](const std::string&) {}).as_object());
        json::object tls{{"is_on", tls_ != nullptr}};
        if (tls_) {
            const auto& file = settings_->ServiceSettings.TLSCertFile;
            tls["is_own"] = file.empty();
            tls["file"] = file.empty() ? node_.places.tls() + "/certificate.pem" : file;
            tls["fingerprint"] = tls_->fingerprint();
            tls["ends_at"] = tls_->expires_at();
        }
        out["tls"] = std::move(tls);
        return out;
    };
    add_api_routes(
        router_, services, checks, [this](std::string_view code) { return is_setup_code(code); },
        [this](const UserId& user, const ChannelId& channel, const PostId& parent) {
            announcer_.typing(user, channel, parent);
        },
        [this](const OrganisationId& partner) { return connection_to(partner); });
    router_.upgrade("/websocket", [this](web::Call call, std::shared_ptr<web::Stream> stream) {
        hub_.accept(std::move(call), std::move(stream));
    });
}

void Appliance::open_link() {
    if (!settings_->ConnectedWorkspacesSettings.EnableSharedChannels) return;
    federation::LinkOptions options;
    if (const auto& listen = settings_->ConcordatSettings.FederationListenAddress; !listen.empty()) {
        const auto [host, port] = rules::split_host_port(listen);
        options.address = host.empty() ? "::" : host;
        options.port = static_cast<unsigned short>(port);
    }
    link_ =
        std::make_unique<federation::Link>(node_.database, node_.organisation, node_.partners, node_.shares,
                                           node_.inbox, node_.partner_files, node_.metrics, options);
    node_.key_rotation.on_change([this] { link_->keys_changed(); });
    node_.partners.on_change([this](const OrganisationId& id) {
        node_.shares.forget_revoked(id);
        node_.partner_files.forget_revoked(id);
        link_->partner_changed(id);
        link_->shares_changed();  // conversations with others, too
    });
    node_.shares.on_change([this] {
        node_.publisher.look_at_shares();
        link_->shares_changed();
    });
    node_.partner_files.on_change([this](const OrganisationId& id) { link_->files_changed(id); });
    node_.publisher.on_said([this] { link_->streams_changed(); });
    link_->on_delivery([this](const ChannelId& channel) {
        announcer_.delivered(channel, json_text(node_.deliveries.of_channel(channel)));
    });
    node_.publisher.on_begun([this] { link_->shares_changed(); });
    node_.inbox.on_taken([this] {
        node_.applier.wake();
        link_->streams_changed();
    });
    node_.applier.on_refused([this](const StoredEvent& event) { link_->refused(event); });
}

bool Appliance::is_setup_code(std::string_view code) {
    return !setup_code_.empty() && storage::constant_time_equal(code, setup_code_);
}

std::string Appliance::fingerprint() const {
    return tls_ ? tls_->fingerprint() : std::string();
}

web::PartnerConnection Appliance::connection_to(const OrganisationId& partner) {
    web::PartnerConnection out;
    if (!link_) return out;
    for (const auto& status : link_->status())
        if (status.partner == partner)
            out = {status.is_up, status.since, status.trouble, status.sent, status.received};
    return out;
}

void Appliance::plan_timetable() {
    timetable_.every(15s, "statuses", [this] { node_.statuses.tick(); });
    timetable_.every(30s, "reminders", [this] { node_.posts.send_reminders(); });
    timetable_.every(1s, "later posts", [this] { node_.integrations.later.tick(); });
    timetable_.every(1s, "scheduled posts", [this] { node_.scheduled_posts.send_due(); });
    timetable_.every(1s, "settings on trial", [this] { node_.trials.tick(); });
    timetable_.every(1s, "second factors", [this] { watch_factors(); });
    timetable_.every(5s, "announcement of second factors", [this] { node_.factor_announcement.tick(); });
    timetable_.every(1h, "scheduled posts not sent", [this] { node_.scheduled_posts.sweep(); });
    timetable_.every(1h, "this organisation's former key", [this] {
        if (settings_->ConnectedWorkspacesSettings.EnableSharedChannels) node_.key_rotation.settle();
    });
    timetable_.every(60s, "command answers", [this] { node_.integrations.command_runner.sweep(); });
    timetable_.every(60s, "sessions", [this] {
        node_.sessions.sweep();
        node_.sign_in_codes.sweep();
        node_.passkeys.sweep();
        node_.saml_sign_in.sweep();
        node_.oidc_sign_in.sweep();
        node_.oauth_grants.sweep();
    });
    timetable_.every(24h, "certificates",
                     [this] { node_.saml_providers.warn_of_certificates(node_.database.now()); });
    fetching_.every(5s, "saml metadata", [this] { node_.saml_metadata.tick(); });
    timetable_.every(10min, "provisioned groups", [this] { node_.provisioned_groups.settle(); });
    timetable_.every(60s, "held messages", [this] { node_.held_posts.sweep(); });
    timetable_.every(60s, "barriers", [this] { node_.barriers.reload(); });  // whatever no fact told
    timetable_.every(1h, "mail links", [this] { node_.mail_links.sweep(); });
    timetable_.every(1h, "files", [this] { node_.janitor.run(); });
}

void Appliance::note_settings(const Settings& now) {
    LogLevel level;
    if (log_level_from(now.LogSettings.ConsoleLevel, level)) set_log_level(level);
    server_->use(rate_limit_of(now));
    hub_.set_allowed_origins(split_words(now.ServiceSettings.AllowCorsFrom));
    tell_clients();
}

void Appliance::tell_clients() {
    hub_.recheck_sessions();
    std::lock_guard lock(telling_);
    auto told = client_.config(true);
    if (told_config_ && *told_config_ != *told) announcer_.config_changed(*told);
    told_config_ = std::move(told);
}

void Appliance::watch_factors() {
    const bool are_enforced = identity::are_factors_enforced(*node_.settings.current(), wall_clock());
    if (are_enforced && !are_factors_enforced_) tell_clients();
    are_factors_enforced_ = are_enforced;
}

void Appliance::reload() {
    node_.settings.request_reload();
    if (!tls_) return;
    try {
        tls_->reload();
        log_info("the certificate was read again", {{"expires_at", tls_->expires_at()}});
    } catch (const Error& e) {  // what was in force stays in force
        log_error("the certificate could not be read again", {{"reason", e.text()}});
    }
}

void Appliance::run() {
    node_.trials.resume();  // nobody is answered by settings whose trial is over
    std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards;
    std::vector<std::thread> threads;
    for (auto& context : contexts_) {
        guards.push_back(asio::make_work_guard(*context));
        threads.emplace_back([&context] {
            pthread_setname_np(pthread_self(), "network");
            context->run();
        });
    }
    node_.settings.watch();
    node_.integrations.hook_sender.start();
    node_.journal.start();
    node_.search_feed.start();
    node_.file_texts.start();
    timetable_.start();
    fetching_.start();
    node_.directory_keeper.start();
    node_.export_keeper.start();
    node_.reports.start();
    node_.post_office.start();
    node_.retention_keeper.start();
    node_.audit_streams.start();
    node_.ledger_keeper.start();
    if (link_) {
        node_.publisher.start();
        node_.applier.start();
        link_->start();
    }
    {
        std::unique_lock lock(stop_mutex_);
        stop_wanted_.wait(lock, [&] { return is_stopping_; });
    }
    log_info("stopping");
    control_.reset();
    timetable_.stop();
    node_.directory_keeper.stop();
    node_.post_office.stop();
    node_.reports.stop();
    node_.export_keeper.stop();
    node_.retention_keeper.stop();
    if (link_) {
        link_->stop();
        node_.publisher.stop();
        node_.applier.stop();
    }
    node_.outbound.stop();
    fetching_.stop();
    node_.integrations.hook_sender.stop();
    hub_.drain();
    server_->stop();
    node_.file_texts.stop();
    node_.journal.stop();
    node_.search_feed.stop();
    for (auto* workers : {&quick_, &password_, &bulk_}) workers->stop();
    guards.clear();
    for (auto& context : contexts_) context->stop();
    for (auto& thread : threads) thread.join();
    node_.audit_streams.stop();
    node_.ledger_keeper.stop();
    save_statuses();
}

// A database that is gone must not keep the node from ending well: what is lost is when people were last
// active.
void Appliance::save_statuses() {
    try {
        node_.statuses.tick();
    } catch (const Error& e) {
        log_warn("the last changes of statuses were not saved", {{"id", e.id()}, {"detail", e.detail()}});
    }
}

void Appliance::stop() {
    {
        std::lock_guard lock(stop_mutex_);
        is_stopping_ = true;
    }
    stop_wanted_.notify_all();
}

std::string Appliance::url() const {
    if (!settings_->ServiceSettings.SiteURL.empty()) return settings_->ServiceSettings.SiteURL;
    const auto [host, unused] = rules::split_host_port(settings_->ServiceSettings.ListenAddress);
    const auto name = host.empty() || host == "0.0.0.0" || host == "::" ? "localhost" : host;
    return (tls_ ? "https://" : "http://") + name + ":" + std::to_string(server_->port());
}

std::string Appliance::setup_code() {
    return !setup_code_.empty() && node_.accounts.has_none() ? setup_code_ : std::string();
}

void Appliance::on_first_account(std::function<void()> act) {
    if (!setup_code_.empty()) sink_.first_account = std::move(act);
}

}  // namespace concordat::appliance
