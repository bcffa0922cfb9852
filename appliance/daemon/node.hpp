// Node: everything below the network, wired by hand: storage, identity, messaging.
//
// Reading the members is reading the architecture. They are built top to bottom and destroyed bottom to
// top; that is the whole lifetime story. The daemon adds the network to it (appliance.hpp); concordatctl
// uses it alone when the daemon does not run.
#pragma once
#include <memory>
#include <string>
#include "appliance/operations/managed_postgres.hpp"
#include "compliance/barrier/information_barriers.hpp"
#include "compliance/content/content_rules.hpp"
#include "compliance/content/held_posts.hpp"
#include "compliance/export/export_keeper.hpp"
#include "compliance/export/export_runner.hpp"
#include "compliance/export/message_exports.hpp"
#include "compliance/hold/legal_holds.hpp"
#include "compliance/ledger/ledger.hpp"
#include "compliance/ledger/ledger_keeper.hpp"
#include "compliance/ledger/ledger_reader.hpp"
#include "compliance/report/reports.hpp"
#include "compliance/retention/policies.hpp"
#include "compliance/retention/retention_keeper.hpp"
#include "compliance/siem/audit_streams.hpp"
#include "core/base/metrics.hpp"
#include "core/config/live.hpp"
#include "federation/command/partner_commands.hpp"
#include "federation/stream/applier.hpp"
#include "federation/stream/deliveries.hpp"
#include "federation/stream/inbox.hpp"
#include "federation/stream/partner_files.hpp"
#include "federation/stream/publisher.hpp"
#include "federation/stream/shares.hpp"
#include "federation/trust/key_rotation.hpp"
#include "identity/account/accounts.hpp"
#include "identity/account/admissions.hpp"
#include "identity/account/bots.hpp"
#include "identity/account/custom_statuses.hpp"
#include "identity/account/installation.hpp"
#include "identity/account/mail_links.hpp"
#include "identity/account/people.hpp"
#include "identity/account/profile_attributes.hpp"
#include "identity/account/terms.hpp"
#include "identity/barrier/barriers.hpp"
#include "identity/certificate/certificate_files.hpp"
#include "identity/configuration/configuration.hpp"
#include "identity/configuration/trials.hpp"
#include "identity/decision/decisions.hpp"
#include "identity/ldap/directories.hpp"
#include "identity/ldap/directory_keeper.hpp"
#include "identity/ldap/directory_sync.hpp"
#include "identity/mail/notices.hpp"
#include "identity/mail/post_office.hpp"
#include "identity/mfa/announcement.hpp"
#include "identity/mfa/coverage.hpp"
#include "identity/mfa/factors.hpp"
#include "identity/mfa/passkeys.hpp"
#include "identity/oauth/oauth_grants.hpp"
#include "identity/oidc/oidc_sign_in.hpp"
#include "identity/saml/metadata_refresh.hpp"
#include "identity/saml/saml_sign_in.hpp"
#include "identity/saml/saml_sign_out.hpp"
#include "identity/scheme/schemes.hpp"
#include "identity/scim/provisioning.hpp"
#include "identity/signin/sign_in.hpp"
#include "identity/signin/sign_in_codes.hpp"
#include "identity/token/access_tokens.hpp"
#include "messaging/conversation/audience.hpp"
#include "messaging/conversation/bookmarks.hpp"
#include "messaging/conversation/channel_lists.hpp"
#include "messaging/conversation/channel_members.hpp"
#include "messaging/conversation/channels.hpp"
#include "messaging/conversation/direct_channels.hpp"
#include "messaging/conversation/drafts.hpp"
#include "messaging/conversation/emoji.hpp"
#include "messaging/conversation/file_janitor.hpp"
#include "messaging/conversation/file_texts.hpp"
#include "messaging/conversation/files.hpp"
#include "messaging/conversation/group_book.hpp"
#include "messaging/conversation/invitations.hpp"
#include "messaging/conversation/malware_scanner.hpp"
#include "messaging/conversation/mention_book.hpp"
#include "messaging/conversation/pictures.hpp"
#include "messaging/conversation/post_pages.hpp"
#include "messaging/conversation/posts.hpp"
#include "messaging/conversation/preferences.hpp"
#include "messaging/conversation/reactions.hpp"
#include "messaging/conversation/reading.hpp"
#include "messaging/conversation/scheduled_posts.hpp"
#include "messaging/conversation/sidebar.hpp"
#include "messaging/conversation/statuses.hpp"
#include "messaging/conversation/team_members.hpp"
#include "messaging/conversation/teams.hpp"
#include "messaging/conversation/threads.hpp"
#include "messaging/conversation/uploads.hpp"
#include "messaging/group/group_membership.hpp"
#include "messaging/group/provisioned_groups.hpp"
#include "messaging/group/user_groups.hpp"
#include "messaging/integration/integrations.hpp"
#include "messaging/media/media.hpp"
#include "messaging/screening/screen.hpp"
#include "messaging/search/search_feed.hpp"
#include "storage/blob/local_blob_store.hpp"
#include "storage/crypto/keyring.hpp"
#include "storage/database/database.hpp"
#include "storage/journal/journal.hpp"
#include "storage/search/search_index.hpp"
#include "web/outbound/client.hpp"

namespace concordat::appliance {

// What the command line says.
struct NodeOptions {
    std::string data;                // the data directory; everything of the node lies below it
    std::string config;              // settings file; "" is DATA/config.json when there is one
    std::string external_database;   // a DSN; "" is the node's own PostgreSQL
    std::string user = "concordat";  // whom the node's PostgreSQL runs as when the node is root
    std::string passphrase;          // when the master key comes from one
    std::string media_program;       // path of concordat-media; concordat-saml and -text are beside it
    Environment environment;         // overrides of settings
};

// Where things lie in the data directory.
struct Places {
    explicit Places(std::string data, std::string config = {})
        : root(std::move(data)), settings_file(config.empty() ? root + "/config.json" : std::move(config)) {}
    std::string root, settings_file;
    std::string postgres() const { return root + "/postgres"; }
    std::string files() const { return root + "/files"; }
    std::string certificates() const { return root + "/certificates"; }
    std::string exports() const { return root + "/exports"; }
    std::string reports() const { return root + "/reports"; }
    std::string search() const { return root + "/search"; }
    std::string keys() const { return root + "/keys"; }
    std::string tls() const { return root + "/tls"; }
    std::string run() const { return root + "/run"; }
    std::string audit_checkpoint() const { return root + "/audit-checkpoint"; }
    std::string control_socket() const { return run() + "/control"; }
};

class Node {
public:
    // Makes the data directory, starts PostgreSQL, opens the keys, brings the schema up. Throws Error with a
    // sentence for the operator.
    explicit Node(const NodeOptions& options);
    Node(const Node&) = delete;

    // Facts that another node wrote: forgets what they make stale. Facts of this node come by themselves.
    void on_facts(const std::vector<storage::Fact>& facts);
    // Where the master key comes from.
    enum class KeySource { file, credential, passphrase };
    KeySource key_source() const { return key_source_; }
    // Nothing, or why the node cannot serve.
    std::optional<std::string> unready();

private:
    void wake_auditors();
    // That settings changed while the node runs: which, not to what.
    void record_settings(const Settings& before, const Settings& now);
    void take_picture(const User& user, const ExternalIdentity& identity, identity::Trail& trail);
    LiveSettings open_settings(const NodeOptions& options);
    KeySource key_source_ = KeySource::file;

public:
    const Places places;
    LiveSettings settings;
    Metrics metrics;
    std::unique_ptr<ManagedPostgres> postgres;  // none with an external database
    std::unique_ptr<storage::Keyring> keyring;
    storage::Database database;
    storage::LocalBlobStore blobs;
    storage::LocalBlobStore export_blobs{places.exports()};
    storage::LocalBlobStore report_blobs{places.reports()};
    storage::Journal journal{database, metrics};

    identity::Roles roles{database};
    identity::Gate gate{database, roles};
    identity::Sessions sessions{database, settings, roles};
    identity::Decisions decisions{database};
    identity::Configuration configuration{database, settings, gate, decisions};
    identity::CertificateFiles certificate_files{configuration, settings, places.certificates()};
    identity::Trials trials{database, settings, gate, configuration, decisions};
    identity::Schemes schemes{database, gate, decisions};
    identity::PostOffice post_office{database, metrics, settings};
    identity::Notices notices{database, post_office, settings};
    identity::Accounts accounts{database, gate, sessions, settings};
    identity::MailLinks mail_links{database, post_office, sessions, decisions, settings};
    identity::Bots bots{database, gate, sessions, decisions, settings};
    identity::AccessTokens access_tokens{database, gate, bots, decisions, settings};
    identity::Admissions admissions{database, sessions, decisions, settings};
    identity::SignIn sign_in{database, accounts, admissions, sessions, decisions, settings};
    identity::SignInCodes sign_in_codes{database, sessions, accounts, decisions};
    web::OutboundClient outbound{settings};
    identity::MessageReaders saml_readers, saml_logout_readers;
    identity::MetadataAddresses saml_addresses{database, outbound};
    identity::SamlProviders saml_providers{settings, saml_readers, saml_addresses};
    identity::MetadataRefresh saml_metadata{database, saml_providers, saml_addresses, decisions};
    identity::SamlSignIn saml_sign_in{database, saml_providers, saml_readers, sign_in, settings};
    identity::SamlSignOut saml_sign_out{database, saml_providers, saml_logout_readers, sessions, decisions};
    identity::OidcProviders oidc_providers{settings, outbound};
    identity::OidcSignIn oidc_sign_in{database, oidc_providers, sign_in};
    identity::OAuthApps oauth_apps{database, gate, sessions, decisions, settings};
    identity::OAuthGrants oauth_grants{database, oauth_apps, sessions, decisions};
    identity::Directories directories{settings};
    identity::DirectorySync directory_sync{database, admissions, decisions};
    identity::DirectoryKeeper directory_keeper{directories, directory_sync};
    identity::Passkeys passkeys{database, sessions, decisions, settings};
    identity::Factors factors{database, sessions, decisions, settings, passkeys};
    identity::FactorCoverage factor_coverage{database};
    identity::FactorAnnouncement factor_announcement{database, post_office, settings};
    identity::Provisioning provisioning{database, admissions, decisions, settings};
    identity::People people{database, gate, accounts, settings};
    identity::CustomStatuses custom_statuses{accounts, settings};
    identity::ProfileAttributes profile_attributes{database, gate, accounts, decisions};
    identity::Terms terms{database, decisions};
    identity::Installation installation{database};

    storage::SearchIndex search_index;
    messaging::SearchFeed search_feed{database, journal, search_index};

    messaging::MediaWorkers media;
    identity::Barriers barriers{database, decisions};
    messaging::Screen screen{database, gate, decisions};
    messaging::MalwareScanner malware_scanner{decisions, settings};
    messaging::MentionBook mention_book{database};
    messaging::GroupBook group_book{database};
    messaging::Audience audience{database, gate, mention_book, group_book, settings};
    messaging::PostPages pages{database, gate, settings};
    messaging::Posts posts{database, gate, audience, pages, settings};
    messaging::FollowedThreads threads{database, gate, pages, audience};
    messaging::Reactions reactions{database, gate, settings};
    messaging::Drafts drafts{database, gate, settings};
    messaging::Statuses statuses{database, settings};
    messaging::Teams teams{database, gate, settings};
    messaging::TeamMembers team_members{database, gate, settings};
    messaging::Invitations invitations{database, gate, post_office, decisions, settings};
    messaging::Channels channels{database, gate, settings};
    messaging::Bookmarks bookmarks{database, gate};
    messaging::ChannelLists channel_lists{database, gate};
    messaging::ChannelMembers channel_members{database, gate};
    messaging::DirectChannels direct_channels{database, gate, settings};
    messaging::UserGroups user_groups{database, gate, directories, decisions, settings};
    messaging::GroupMembership group_membership{database, directories, decisions, settings};
    messaging::ProvisionedGroups provisioned_groups{database, group_membership, decisions};
    messaging::ScheduledPosts scheduled_posts{database, gate, posts, settings};
    messaging::Reading reading{database, gate, settings};
    messaging::Sidebar sidebar{database};
    messaging::Preferences preferences{database, gate};
    messaging::Files files{database, blobs, gate, media, settings};
    messaging::Uploads uploads{database, blobs, files};
    messaging::DocumentReader document_reader;
    messaging::FileTexts file_texts{database, blobs, document_reader, metrics, settings};
    messaging::CustomEmoji emoji{database, blobs, gate, media, settings};
    messaging::Pictures pictures{database, blobs, gate, media, settings};
    messaging::FileJanitor janitor{database, blobs};
    messaging::Integrations integrations{{database, gate, settings, metrics, outbound, custom_statuses,
                                          channels, channel_members, direct_channels, posts, preferences,
                                          statuses}};

    compliance::MessageExports exports{database, export_blobs, roles, decisions, settings};
    compliance::EvidenceKey evidence_key{database, decisions};
    compliance::ExportRunner export_runner{
        {database, journal, export_blobs, blobs, decisions, evidence_key, installation.diagnostic_id()}};
    compliance::ExportKeeper export_keeper{database, export_runner, exports.approvals(), settings};
    compliance::Reports reports{database, report_blobs, roles, decisions, settings};
    compliance::LegalHolds holds{database, decisions, settings};
    compliance::ContentRules content_rules{database, screen, decisions, settings};
    compliance::HeldPosts held_posts{database, gate, posts, decisions, settings};
    compliance::InformationBarriers information_barriers{database, barriers, decisions, settings};
    compliance::RetentionPolicies retention_policies{database, decisions, settings};
    compliance::RetentionJobs retention_jobs{database, *keyring, blobs, roles, decisions, settings};
    compliance::RetentionRunner retention_runner{
        {database, *keyring, blobs, decisions, evidence_key, settings, installation.diagnostic_id()}};
    compliance::RetentionKeeper retention_keeper{retention_jobs, retention_runner, settings};
    compliance::AuditStreams audit_streams{database, metrics, decisions, settings};
    compliance::Ledger ledger{
        {database, decisions, evidence_key, settings, metrics, places.audit_checkpoint()}};
    compliance::LedgerKeeper ledger_keeper{ledger};
    compliance::LedgerReader ledger_reader{database, decisions};

    federation::Organisation organisation{database, settings};
    federation::KeyRotation key_rotation{database, organisation, decisions};
    federation::Partners partners{database, organisation, decisions};
    federation::Conversations conversations{database, journal, organisation, gate, settings};
    federation::History history{database, organisation, gate};
    federation::Shares shares{database, journal, organisation, partners, conversations, history};
    federation::PartnerFiles partner_files{database, blobs, organisation, files, posts, decisions, settings};
    federation::PartnerEmoji partner_emoji{database, organisation, emoji};
    federation::Deliveries deliveries{database, organisation};
    federation::Publisher publisher{database, journal, organisation, partner_files, history, partner_emoji};
    federation::Inbox inbox{database, organisation};
    federation::PartnerCommands partner_commands{partners, shares, gate, settings};
    federation::Applier applier{database,      organisation,  posts,        reactions,
                                partner_files, conversations, partner_emoji};
};

}  // namespace concordat::appliance
