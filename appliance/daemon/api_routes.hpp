// The whole API, assembled: which routes there are and whom they call.
#pragma once
#include <functional>
#include <string>
#include <vector>
#include "core/model/ids.hpp"
#include "web/api/federation.hpp"
#include "web/api/login.hpp"
#include "web/api/users.hpp"

namespace concordat {
class LiveSettings;
class Metrics;
namespace identity {
class AccessTokens;
class Accounts;
class Admissions;
class Bots;
class CertificateFiles;
class Configuration;
class CustomStatuses;
class Decisions;
class Directories;
class DirectoryKeeper;
class DirectorySync;
class FactorCoverage;
class Factors;
class Passkeys;
class Gate;
class Installation;
class MailLinks;
class People;
class ProfileAttributes;
class Provisioning;
class Roles;
class Schemes;
class OAuthApps;
class OAuthGrants;
class OidcSignIn;
class MessageReaders;
class MetadataAddresses;
class SamlProviders;
class SamlSignIn;
class SamlSignOut;
class Sessions;
class SignIn;
class SignInCodes;
class Terms;
class Trials;
}  // namespace identity
namespace federation {
class Deliveries;
class Organisation;
class PartnerFiles;
class Partners;
class Shares;
}  // namespace federation
namespace storage {
class Database;
}
namespace messaging {
class Bookmarks;
class ChannelLists;
class ChannelMembers;
class Channels;
class CustomEmoji;
class DirectChannels;
class Drafts;
class Files;
class FollowedThreads;
class Invitations;
class Integrations;
class Pictures;
class PostPages;
class Posts;
class Preferences;
class Reactions;
class Reading;
class ScheduledPosts;
class Sidebar;
class Statuses;
class TeamMembers;
class Teams;
class Uploads;
class GroupMembership;
class ProvisionedGroups;
class UserGroups;
}  // namespace messaging
namespace compliance {
class EvidenceKey;
class LedgerReader;
class ContentRules;
class HeldPosts;
class InformationBarriers;
class LegalHolds;
class MessageExports;
class Reports;
class RetentionJobs;
class RetentionPolicies;
}  // namespace compliance
namespace web {
class ClientTexts;
class Router;
struct HealthChecks;
}  // namespace web
}  // namespace concordat

namespace concordat::appliance {

// Everything handlers refer to. All must outlive the router.
struct ApiServices {
    const LiveSettings& settings;
    Metrics& metrics;
    identity::AccessTokens& access_tokens;
    identity::Accounts& accounts;
    identity::Admissions& admissions;
    identity::Bots& bots;
    identity::Configuration& configuration;
    identity::CertificateFiles& certificate_files;
    identity::Trials& trials;
    identity::CustomStatuses& custom_statuses;
    identity::Decisions& decisions;
    identity::Directories& directories;
    identity::DirectoryKeeper& directory_keeper;
    identity::DirectorySync& directory_sync;
    identity::FactorCoverage& factor_coverage;
    identity::Factors& factors;
    identity::Passkeys& passkeys;
    identity::Gate& gate;
    identity::Installation& installation;
    identity::MailLinks& mail_links;
    identity::People& people;
    identity::ProfileAttributes& profile_attributes;
    identity::Terms& terms;
    identity::Provisioning& provisioning;
    identity::Roles& roles;
    identity::Schemes& schemes;
    identity::Sessions& sessions;
    identity::SignIn& sign_in;
    identity::SignInCodes& sign_in_codes;
    identity::SamlProviders& saml_providers;
    identity::MetadataAddresses& saml_addresses;
    identity::MessageReaders& saml_readers;
    identity::SamlSignIn& saml_sign_in;
    identity::SamlSignOut& saml_sign_out;
    identity::OidcSignIn& oidc_sign_in;
    identity::OAuthApps& oauth_apps;
    identity::OAuthGrants& oauth_grants;
    messaging::Bookmarks& bookmarks;
    messaging::ChannelLists& channel_lists;
    messaging::ChannelMembers& channel_members;
    messaging::Channels& channels;
    messaging::CustomEmoji& emoji;
    messaging::DirectChannels& direct_channels;
    messaging::Drafts& drafts;
    messaging::Files& files;
    messaging::FollowedThreads& threads;
    messaging::Invitations& invitations;
    messaging::Integrations& integrations;
    messaging::Pictures& pictures;
    messaging::PostPages& pages;
    messaging::Posts& posts;
    messaging::Preferences& preferences;
    messaging::Reactions& reactions;
    messaging::Reading& reading;
    messaging::ScheduledPosts& scheduled_posts;
    messaging::Sidebar& sidebar;
    messaging::Statuses& statuses;
    messaging::TeamMembers& team_members;
    messaging::Teams& teams;
    messaging::Uploads& uploads;
    messaging::UserGroups& user_groups;
    messaging::GroupMembership& group_membership;
    messaging::ProvisionedGroups& provisioned_groups;
    compliance::EvidenceKey& evidence_key;
    compliance::MessageExports& exports;
    compliance::Reports& reports;
    compliance::LegalHolds& holds;
    compliance::ContentRules& content_rules;
    compliance::HeldPosts& held_posts;
    compliance::InformationBarriers& information_barriers;
    compliance::RetentionJobs& retention_jobs;
    compliance::RetentionPolicies& retention_policies;
    compliance::LedgerReader& ledger_reader;
    federation::Organisation& organisation;
    federation::Partners& partners;
    federation::Shares& shares;
    federation::PartnerFiles& partner_files;
    federation::Deliveries& deliveries;
    web::ClientTexts& client_texts;
    storage::Database& database;
};

void add_api_routes(web::Router& router, const ApiServices& services, const web::HealthChecks& checks,
                    web::SetupCodeCheck is_setup_code, web::TypingTeller tell_typing,
                    web::ConnectionReader connection);

struct RouteLine {
    std::string method, path, rule;
};
// What add_api_routes() adds, and the socket: in the order of registration. Needs no node.
std::vector<RouteLine> route_table();

}  // namespace concordat::appliance
