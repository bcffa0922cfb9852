#include "appliance/daemon/api_routes.hpp"

#include <new>

#include "appliance/daemon/node.hpp"
#include "web/api/access_tokens.hpp"
#include "web/api/account_switch.hpp"
#include "web/api/actions.hpp"
#include "web/api/approvals.hpp"
#include "web/api/barriers.hpp"
#include "web/api/bookmarks.hpp"
#include "web/api/bots.hpp"
#include "web/api/certificates.hpp"
#include "web/api/channel_members.hpp"
#include "web/api/channels.hpp"
#include "web/api/client_facts.hpp"
#include "web/api/commands.hpp"
#include "web/api/configuration.hpp"
#include "web/api/content.hpp"
#include "web/api/decisions.hpp"
#include "web/api/emoji.hpp"
#include "web/api/factor_policy.hpp"
#include "web/api/factors.hpp"
#include "web/api/files.hpp"
#include "web/api/health.hpp"
#include "web/api/holds.hpp"
#include "web/api/incoming_hooks.hpp"
#include "web/api/jobs.hpp"
#include "web/api/ldap.hpp"
#include "web/api/ledger.hpp"
#include "web/api/logs.hpp"
#include "web/api/mail_links.hpp"
#include "web/api/oauth.hpp"
#include "web/api/oidc.hpp"
#include "web/api/outgoing_hooks.hpp"
#include "web/api/partners.hpp"
#include "web/api/passkeys.hpp"
#include "web/api/pictures.hpp"
#include "web/api/posts.hpp"
#include "web/api/preferences.hpp"
#include "web/api/profile_attributes.hpp"
#include "web/api/reports.hpp"
#include "web/api/retention.hpp"
#include "web/api/roles.hpp"
#include "web/api/saml.hpp"
#include "web/api/schemes.hpp"
#include "web/api/scim.hpp"
#include "web/api/sessions.hpp"
#include "web/api/settings_trial.hpp"
#include "web/api/sidebar.hpp"
#include "web/api/status.hpp"
#include "web/api/system.hpp"
#include "web/api/teams.hpp"
#include "web/api/terms.hpp"
#include "web/api/uploads.hpp"
#include "web/api/user_groups.hpp"
#include "web/api/user_reports.hpp"
#include "web/http/router.hpp"

namespace concordat::appliance {
namespace {

// Room for a T that is never made: routes keep references, and listing them calls none.
template <class T>
class Unborn {
public:
    T& reference() { return *std::launder(reinterpret_cast<T*>(room_)); }

private:
    alignas(T) std::byte room_[sizeof(T)];
};

class NoDoorkeeper : public web::Doorkeeper {
public:
    void identify(web::Call&, bool) override {}
    void admit(const web::Call&, web::Scope, Permission, const std::string&) override {
        throw lacks_permission();
    }
};

std::string rule_text(const web::Route& route) {
    const auto permission =
        route.permission == Permission::none ? std::string() : std::string(name_of(route.permission));
    switch (route.scope) {
        case web::Scope::anyone:
            return "anyone";
        case web::Scope::signed_in:
            return "signed in";
        case web::Scope::system:
            return permission;
        case web::Scope::team:
            return permission + " in team " + route.where;
        case web::Scope::channel:
            return permission + " in channel " + route.where;
        case web::Scope::post:
            return permission + " in the channel of " + route.where;
        case web::Scope::self_or:
            return route.where + " is oneself, or " + permission;
        case web::Scope::checked_inside:
            return "checked inside: " + route.where;
    }
    return {};
}

}  // namespace

void add_api_routes(web::Router& router, const ApiServices& s, const web::HealthChecks& checks,
                    web::SetupCodeCheck is_setup_code, web::TypingTeller tell_typing,
                    web::ConnectionReader connection) {
    web::add_login_routes(router, s.sign_in, s.accounts, s.passkeys, s.saml_sign_out, s.settings);
    web::add_passkey_routes(router, s.passkeys, s.sign_in, s.sessions, s.accounts, s.settings);
    const web::SamlRooms saml{s.saml_providers, s.saml_addresses, s.saml_readers, s.saml_sign_in,
                              s.saml_sign_out,  s.sign_in_codes,  s.passkeys,     s.accounts,
                              s.admissions,     s.database,       s.settings};
    web::add_saml_routes(router, saml);
    web::add_saml_logout_routes(router, saml);
    web::add_saml_administration_routes(router, saml);
    web::add_sign_in_code_routes(router, saml);
    web::add_oidc_routes(router, {s.oidc_sign_in, s.sign_in_codes, s.passkeys, s.settings});
    web::add_oauth_routes(router, s.oauth_apps, s.oauth_grants, s.settings);
    web::add_account_switch_routes(
        router, {s.sign_in, saml, {s.oidc_sign_in, s.sign_in_codes, s.passkeys, s.settings}});
    web::add_decision_routes(router, s.decisions);
    web::add_ledger_routes(router, s.ledger_reader, s.evidence_key);
    web::add_scim_routes(router, s.provisioning, s.settings);
    web::add_scim_group_routes(router, s.provisioning, s.provisioned_groups, s.settings);
    web::add_job_routes(router, s.exports, s.retention_jobs);
    web::add_approval_routes(router, s.exports);
    web::add_retention_routes(router, s.retention_policies, s.retention_jobs);
    web::add_hold_routes(router, s.holds);
    web::add_content_routes(router, s.content_rules, s.held_posts);
    web::add_barrier_routes(router, s.information_barriers);
    web::add_compliance_report_routes(router, s.reports);
    web::add_certificate_routes(router, s.certificate_files);
    web::add_ldap_routes(
        router, {s.directories, s.directory_sync, [&keeper = s.directory_keeper] { keeper.ask_for_sync(); },
                 s.settings, s.gate, s.configuration, s.admissions, s.accounts, s.database});
    web::add_user_group_routes(
        router, s.user_groups, s.directories, s.people,
        {[&keeper = s.directory_keeper] { keeper.ask_for_sync(); },
         [&groups = s.provisioned_groups](const GroupId& group, const std::string& attempt) {
             groups.follow(group, attempt);
         },
         [&membership = s.group_membership](const UserId& user, const std::string& attempt) {
             membership.follow({user}, "", attempt, true);
         }});
    web::add_factor_routes(router, s.factors, s.sign_in, s.sessions, s.gate, s.database, s.settings);
    web::add_factor_policy_routes(router, s.factor_coverage, s.gate, s.settings);
    web::add_sign_up_routes(router, s.accounts, s.people, s.team_members, s.invitations,
                            std::move(is_setup_code));
    web::add_mail_link_routes(router, s.mail_links);
    web::add_user_routes(router, s.people, s.terms, s.settings);
    web::add_people_routes(router, s.people, s.accounts, s.user_groups);
    web::add_user_report_routes(router, s.database);
    web::add_profile_attribute_routes(router, s.profile_attributes);
    web::add_terms_routes(router, s.terms);
    web::add_typing_route(router, std::move(tell_typing));
    web::add_session_routes(router, s.sessions);
    web::add_access_token_routes(router, s.access_tokens);
    web::add_bot_routes(router, s.bots, s.accounts);
    web::add_status_routes(router, s.statuses, s.accounts);
    web::add_custom_status_routes(router, s.custom_statuses);
    web::add_role_routes(router, s.roles);
    web::add_scheme_routes(router, s.schemes);
    web::add_configuration_routes(router, s.configuration, s.settings);
    web::add_settings_trial_routes(router, s.trials);
    web::add_preference_routes(router, s.preferences);
    web::add_team_routes(router, s.teams, s.user_groups);
    web::add_team_member_routes(router, s.team_members, s.invitations, s.reading);
    web::add_invitation_routes(router, s.invitations);
    web::add_channel_routes(router, s.channels, s.direct_channels, s.user_groups);
    web::add_bookmark_routes(router, s.bookmarks);
    web::add_channel_list_routes(router, s.channel_lists, s.settings);
    web::add_channel_member_routes(router, s.channel_members);
    web::add_reading_routes(router, s.reading);
    web::add_sidebar_routes(router, s.sidebar, s.gate);
    web::add_post_routes(router, s.posts, s.pages, s.gate);
    web::add_post_list_routes(router, s.pages, s.gate);
    web::add_thread_routes(router, s.threads);
    web::add_reaction_routes(router, s.reactions);
    web::add_draft_routes(router, s.drafts);
    web::add_scheduled_post_routes(router, s.scheduled_posts);
    web::add_file_routes(router, s.files, s.settings);
    web::add_upload_routes(router, s.uploads, s.settings);
    web::add_emoji_routes(router, s.emoji);
    web::add_picture_routes(router, s.pictures);
    web::add_client_fact_routes(router, s.client_texts, s.gate);
    web::add_log_routes(router);
    web::add_system_routes(router, s.installation, s.people, s.gate, checks, s.settings);
    web::add_report_routes(router, s.metrics, s.settings);
    web::add_outgoing_hook_routes(router, s.integrations.outgoing_hooks);
    web::add_action_routes(router, s.integrations.actions, s.integrations.dialogs);
    web::add_incoming_hook_routes(router, s.integrations.incoming_hooks);
    web::add_command_routes(router, s.integrations.commands, s.integrations.command_runner);
    web::add_partner_routes(router, s.partners, s.shares, s.gate, s.people, s.settings);
    web::add_federation_routes(router, s.partners, s.shares, s.partner_files, s.deliveries, s.organisation,
                               s.gate, s.settings, std::move(connection));
    web::add_absent_feature_routes(router);
    web::add_health_routes(router, checks, s.metrics, s.settings);
}

std::vector<RouteLine> route_table() {
    struct Rooms {
        Unborn<LiveSettings> settings;
        Unborn<identity::AccessTokens> access_tokens;
        Unborn<identity::Accounts> accounts;
        Unborn<identity::Admissions> admissions;
        Unborn<identity::Bots> bots;
        Unborn<identity::Configuration> configuration;
        Unborn<identity::CertificateFiles> certificate_files;
        Unborn<identity::Trials> trials;
        Unborn<identity::CustomStatuses> custom_statuses;
        Unborn<identity::Decisions> decisions;
        Unborn<identity::Directories> directories;
        Unborn<identity::DirectoryKeeper> directory_keeper;
        Unborn<identity::DirectorySync> directory_sync;
        Unborn<identity::FactorCoverage> factor_coverage;
        Unborn<identity::Factors> factors;
        Unborn<identity::Passkeys> passkeys;
        Unborn<identity::Gate> gate;
        Unborn<identity::Installation> installation;
        Unborn<identity::MailLinks> mail_links;
        Unborn<identity::People> people;
        Unborn<identity::ProfileAttributes> profile_attributes;
        Unborn<identity::Terms> terms;
        Unborn<identity::Provisioning> provisioning;
        Unborn<identity::Roles> roles;
        Unborn<identity::Schemes> schemes;
        Unborn<identity::Sessions> sessions;
        Unborn<identity::SignIn> sign_in;
        Unborn<identity::SignInCodes> sign_in_codes;
        Unborn<identity::SamlProviders> saml_providers;
        Unborn<identity::MetadataAddresses> saml_addresses;
        Unborn<identity::MessageReaders> saml_readers;
        Unborn<identity::SamlSignIn> saml_sign_in;
        Unborn<identity::SamlSignOut> saml_sign_out;
        Unborn<identity::OidcSignIn> oidc_sign_in;
        Unborn<identity::OAuthApps> oauth_apps;
        Unborn<identity::OAuthGrants> oauth_grants;
        Unborn<messaging::Bookmarks> bookmarks;
        Unborn<messaging::ChannelLists> channel_lists;
        Unborn<messaging::ChannelMembers> channel_members;
        Unborn<messaging::Channels> channels;
        Unborn<messaging::CustomEmoji> emoji;
        Unborn<messaging::DirectChannels> direct_channels;
        Unborn<messaging::Drafts> drafts;
        Unborn<messaging::Files> files;
        Unborn<messaging::FollowedThreads> threads;
        Unborn<messaging::Invitations> invitations;
        Unborn<messaging::Integrations> integrations;
        Unborn<messaging::Pictures> pictures;
        Unborn<messaging::PostPages> pages;
        Unborn<messaging::Posts> posts;
        Unborn<messaging::Preferences> preferences;
        Unborn<messaging::Reactions> reactions;
        Unborn<messaging::Reading> reading;
        Unborn<messaging::ScheduledPosts> scheduled_posts;
        Unborn<messaging::Sidebar> sidebar;
        Unborn<messaging::Statuses> statuses;
        Unborn<messaging::TeamMembers> team_members;
        Unborn<messaging::Teams> teams;
        Unborn<messaging::Uploads> uploads;
        Unborn<messaging::UserGroups> user_groups;
        Unborn<messaging::GroupMembership> group_membership;
        Unborn<messaging::ProvisionedGroups> provisioned_groups;
        Unborn<compliance::EvidenceKey> evidence_key;
        Unborn<compliance::MessageExports> exports;
        Unborn<compliance::Reports> reports;
        Unborn<compliance::LegalHolds> holds;
        Unborn<compliance::ContentRules> content_rules;
        Unborn<compliance::HeldPosts> held_posts;
        Unborn<compliance::InformationBarriers> information_barriers;
        Unborn<compliance::RetentionJobs> retention_jobs;
        Unborn<compliance::RetentionPolicies> retention_policies;
        Unborn<compliance::LedgerReader> ledger_reader;
        Unborn<federation::Organisation> organisation;
        Unborn<federation::Partners> partners;
        Unborn<federation::Shares> shares;
        Unborn<federation::PartnerFiles> partner_files;
        Unborn<federation::Deliveries> deliveries;
        Unborn<web::ClientTexts> client_texts;
        Unborn<storage::Database> database;
    };
    const auto rooms = std::make_unique<Rooms>();
    auto& r = *rooms;
    Metrics metrics;
    NoDoorkeeper doorkeeper;
    web::Router router(doorkeeper, metrics, {});
    const ApiServices services{r.settings.reference(),
                               metrics,
                               r.access_tokens.reference(),
                               r.accounts.reference(),
                               r.admissions.reference(),
                               r.bots.reference(),
                               r.configuration.reference(),
                               r.certificate_files.reference(),
                               r.trials.reference(),
                               r.custom_statuses.reference(),
                               r.decisions.reference(),
                               r.directories.reference(),
                               r.directory_keeper.reference(),
                               r.directory_sync.reference(),
                               r.factor_coverage.reference(),
                               r.factors.reference(),
                               r.passkeys.reference(),
                               r.gate.reference(),
                               r.installation.reference(),
                               r.mail_links.reference(),
                               r.people.reference(),
                               r.profile_attributes.reference(),
                               r.terms.reference(),
                               r.provisioning.reference(),
                               r.roles.reference(),
                               r.schemes.reference(),
                               r.sessions.reference(),
                               r.sign_in.reference(),
                               r.sign_in_codes.reference(),
                               r.saml_providers.reference(),
                               r.saml_addresses.reference(),
                               r.saml_readers.reference(),
                               r.saml_sign_in.reference(),
                               r.saml_sign_out.reference(),
                               r.oidc_sign_in.reference(),
                               r.oauth_apps.reference(),
                               r.oauth_grants.reference(),
                               r.bookmarks.reference(),
                               r.channel_lists.reference(),
                               r.channel_members.reference(),
                               r.channels.reference(),
                               r.emoji.reference(),
                               r.direct_channels.reference(),
                               r.drafts.reference(),
                               r.files.reference(),
                               r.threads.reference(),
                               r.invitations.reference(),
                               r.integrations.reference(),
                               r.pictures.reference(),
                               r.pages.reference(),
                               r.posts.reference(),
                               r.preferences.reference(),
                               r.reactions.reference(),
                               r.reading.reference(),
                               r.scheduled_posts.reference(),
                               r.sidebar.reference(),
                               r.statuses.reference(),
                               r.team_members.reference(),
                               r.teams.reference(),
                               r.uploads.reference(),
                               r.user_groups.reference(),
                               r.group_membership.reference(),
                               r.provisioned_groups.reference(),
                               r.evidence_key.reference(),
                               r.exports.reference(),
                               r.reports.reference(),
                               r.holds.reference(),
                               r.content_rules.reference(),
                               r.held_posts.reference(),
                               r.information_barriers.reference(),
                               r.retention_jobs.reference(),
                               r.retention_policies.reference(),
                               r.ledger_reader.reference(),
                               r.organisation.reference(),
                               r.partners.reference(),
                               r.shares.reference(),
                               r.partner_files.reference(),
                               r.deliveries.reference(),
                               r.client_texts.reference(),
                               r.database.reference()};
    add_api_routes(
        router, services, {}, [](std::string_view) { return false; },
        [](const UserId&, const ChannelId&, const PostId&) {},
        [](const OrganisationId&) { return web::PartnerConnection(); });
    router.upgrade("/websocket", [](web::Call, std::shared_ptr<web::Stream>) {});
    std::vector<RouteLine> lines;
    for (const auto& route : router.routes()) {
        std::string method = web::verb_word(route->verb);
        lines.push_back({method, route->pattern, rule_text(*route)});
    }
    return lines;
}

}  // namespace concordat::appliance
