// All settings of a node, with their defaults. Plain data: reading, checking and writing them is in
// load.hpp, the settings in force are in live.hpp.
//
// Sections and keys are spelled as administrators of the reference product know them, so that its
// configuration file can be carried over; keys it has and we do not are reported and ignored. What
// only we have stands in ConcordatSettings, or at the end of a section. Defaults are the reference
// server's where it has the key, except that nothing points to another company's site and nothing
// is on that this node cannot do.
//
// To add a key: a member here, a line in keys.cpp. Numbers are int64; the unit is in the name or in the
// comment.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace concordat {

struct ServiceSection {
    std::string SiteURL;                  // where people reach us, "https://chat.example.org"; no final slash
    std::string ListenAddress = ":8065";  // HOST:PORT; no host is every address; IPv6 as [::1]:8065
    std::string ConnectionSecurity = "TLS";  // "" is plain HTTP, for a proxy on the same machine
    std::string TLSCertFile;                 // PEM, with the chain; both empty: the appliance makes its own
    std::string TLSKeyFile;
    std::string TLSMinVer = "1.2";
    bool TLSStrictTransport = false;                   // sends Strict-Transport-Security
    std::int64_t TLSStrictTransportMaxAge = 63072000;  // seconds
    bool Forward80To443 = false;
    // Headers that TrustedProxies may name the client in; empty: X-Forwarded-For
    std::vector<std::string> TrustedProxyIPHeader;
    std::int64_t ReadTimeout = 300;  // seconds, like the next two
    std::int64_t WriteTimeout = 300;
    std::int64_t IdleTimeout = 60;
    std::int64_t MaximumPayloadSizeBytes = 300000;  // of a request body that is not a file
    std::int64_t MaximumURLLength = 2048;
    std::int64_t MaximumLoginAttempts = 10;  // then the account is locked until its password is reset
    std::string AllowCorsFrom;               // origins separated by spaces, or "*"
    std::string CorsExposedHeaders;
    bool CorsAllowCredentials = false;
    bool AllowCookiesForSubdomains = false;
    std::string WebsocketURL;  // ws:// or wss://; empty: clients derive it from SiteURL and the ports
    std::int64_t WebsocketPort = 80;
    std::int64_t WebsocketSecurePort = 443;
    std::int64_t SessionLengthWebInHours = 720;
    std::int64_t SessionLengthMobileInHours = 720;
    std::int64_t SessionLengthSSOInHours = 720;
    // 0: none. Only without ExtendSessionLengthWithActivity
    std::int64_t SessionIdleTimeoutInMinutes = 43200;
    bool ExtendSessionLengthWithActivity = true;
    bool TerminateSessionsOnPasswordChange = true;
    bool EnableMultifactorAuthentication = false;
    bool EnforceMultifactorAuthentication = false;  // everybody; narrower rules are in ConcordatSettings
    bool EnableUserAccessTokens = false;
    bool EnableBotAccountCreation = false;
    bool DisableBotsWhenOwnerIsDeactivated = true;
    bool EnableEmailInvitations = false;
    bool ExperimentalStrictCSRFEnforcement = false;
    bool ExperimentalEnableHardenedMode = false;
    bool ExperimentalEnableAuthenticationTransfer = true;
    bool EnableInsecureOutgoingConnections = false;
    // Seconds; of a request to a hook, a command or an action
    std::int64_t OutgoingIntegrationRequestsTimeout = 30;
    // Hosts and networks that link previews and hooks may reach
    std::string AllowedUntrustedInternalConnections;

    bool EnablePostUsernameOverride = false;
    bool EnablePostIconOverride = false;
    bool EnableLinkPreviews = true;
    std::string RestrictLinkPreviews;  // domains without previews, separated by commas
    bool EnablePermalinkPreviews = true;
    bool EnableCustomEmoji = true;
    bool EnableEmojiPicker = true;
    bool EnableGifPicker = false;
    bool EnableSVGs = false;
    bool EnableLatex = false;
    bool EnableInlineLatex = true;
    std::int64_t PostEditTimeLimit = -1;  // seconds; -1: no limit
    bool PostPriority = true;
    bool AllowPersistentNotifications = true;
    bool AllowPersistentNotificationsForGuests = false;
    std::int64_t PersistentNotificationIntervalMinutes = 5;
    std::int64_t PersistentNotificationMaxCount = 6;
    std::int64_t PersistentNotificationMaxRecipients = 5;
    bool AllowSyncedDrafts = true;
    bool ScheduledPosts = true;
    std::string CollapsedThreads = "always_on";  // disabled, default_off, default_on, always_on
    bool ThreadAutoFollow = true;
    std::int64_t UniqueEmojiReactionLimitPerPost = 50;
    std::int64_t MinimumHashtagLength = 3;
    bool EnableUserTypingMessages = true;
    std::int64_t TimeBetweenUserTypingUpdatesMilliseconds = 5000;
    bool EnableUserStatuses = true;
    bool EnableChannelViewedMessages = true;
    bool EnablePostSearch = true;
    bool EnableFileSearch = true;
    bool EnableCrossTeamSearch = true;
    bool EnableCustomGroups = true;
    bool EnableIncomingWebhooks = true;
    bool EnableOutgoingWebhooks = true;
    bool EnableCommands = true;
    bool EnableOAuthServiceProvider = true;
    bool EnableDynamicClientRegistration = false;  // applications register themselves (RFC 7591)
    std::vector<std::string>
        DCRRedirectURIAllowlist;  // with these callback addresses, "*" within; empty: any
    bool EnableOutgoingOAuthConnections = false;
    bool EnableAPITeamDeletion = false;  // the next four: whether permanent deletion is offered
    bool EnableAPIUserDeletion = false;
    bool EnableAPIChannelDeletion = false;
    bool EnableAPIPostDeletion = false;
    bool EnableDesktopLandingPage = true;
    bool EnableOnboardingFlow = false;
    bool EnableTutorial = true;
    bool ExperimentalEnableDefaultChannelLeaveJoinMessages = true;
    std::string ExperimentalGroupUnreadChannels = "disabled";  // disabled, default_off, default_on
    std::string ManagedResourcePaths;
    std::string DeleteAccountLink;
    std::string GoogleDeveloperKey;
    bool EnableDeveloper = false;  // errors then carry their detail
    bool EnableTesting = false;
    bool EnableClientPerformanceDebugging = false;

    std::string ClientDirectory = "/usr/share/concordat/client";  // the browser client's files
    // Addresses and networks (CIDR) whose word about the client's address counts
    std::vector<std::string> TrustedProxies;
    std::int64_t MaxConnections = 20000;
    std::int64_t MaxConnectionsPerAddress = 2000;  // trusted proxies are exempt
};

struct TeamSection {
    std::string SiteName = "Concordat";
    std::int64_t MaxUsersPerTeam = 50;
    std::int64_t MaxChannelsPerTeam = 2000;
    std::int64_t MaxNotificationsPerChannel = 1000;  // with more members @channel, @all and @here stay silent
    bool EnableUserCreation = true;
    bool EnableOpenServer = false;  // people may make an account without invitation
    bool EnableUserDeactivation = false;
    std::string RestrictCreationToDomains;         // of e-mail addresses, separated by commas
    std::string RestrictDirectMessage = "any";     // any, team
    std::string TeammateNameDisplay = "username";  // username, nickname_full_name, full_name
    bool LockTeammateNameDisplay = false;
    // Joined with the team, besides town-square; empty: off-topic
    std::vector<std::string> ExperimentalDefaultChannels;
    std::string ExperimentalPrimaryTeam;
    bool ExperimentalEnableAutomaticReplies = false;
    bool EnableCustomUserStatuses = true;
    bool EnableLastActiveTime = true;
    std::int64_t UserStatusAwayTimeout = 300;  // seconds
    bool EnableJoinLeaveMessageByDefault = true;
    bool EnableConfirmNotificationsToChannel = true;
    bool EnableCustomBrand = false;
    std::string CustomBrandText;
    std::string CustomDescriptionText;
};

struct SqlSection {
    std::string DriverName = "postgres";
    std::string DataSource = "postgresql:///concordat";  // secret: it may hold a password
    std::int64_t MaxOpenConns = 16;  // connections of this node; as many requests are worked on at a time
    std::int64_t QueryTimeout = 30;  // seconds; then the connection is cut
    std::int64_t ConnMaxLifetimeMilliseconds = 3600000;
};

struct FileSection {
    bool EnableFileAttachments = true;
    bool EnableMobileUpload = true;
    bool EnableMobileDownload = true;
    std::int64_t MaxFileSize = 100 * 1024 * 1024;        // bytes
    std::int64_t MaxImageResolution = 7680 * 4320;       // pixels; larger images get no preview
    std::int64_t MaxImageDecoderConcurrency = -1;        // -1: as many as the machine has cores
    std::string Directory = "/var/lib/concordat/files";  // sealed file bodies
    bool EnablePublicLink = false;
    std::string PublicLinkSalt;     // secret, at least 32 characters
    bool ExtractContent = true;     // words inside files are found
    bool ArchiveRecursion = false;  // those of files inside zip archives, too
};

struct EmailSection {
    bool EnableSignUpWithEmail = true;
    bool EnableSignInWithEmail = true;
    bool EnableSignInWithUsername = true;
    bool RequireEmailVerification = false;
    bool SendEmailNotifications = false;  // on needs SMTPServer
    bool EnableEmailBatching = false;
    bool EnablePreviewModeBanner = false;
    std::string EmailNotificationContentsType = "full";  // full, generic
    std::string FeedbackName;
    std::string FeedbackEmail;
    std::string ReplyToAddress;
    std::string SMTPServer;
    std::string SMTPPort = "587";
    bool EnableSMTPAuth = false;
    std::string SMTPUsername;
    std::string SMTPPassword;                     // secret
    std::int64_t SMTPServerTimeout = 10;          // seconds
    std::string ConnectionSecurity = "STARTTLS";  // "", TLS, STARTTLS
    bool SkipServerCertificateVerification = false;
    bool SendPushNotifications = false;
    std::string PushNotificationServer;
    std::string PushNotificationContents = "full";  // full, generic, generic_no_channel, id_loaded
    std::string LoginButtonColor = "#0000";
    std::string LoginButtonBorderColor = "#2389D7";
    std::string LoginButtonTextColor = "#2389D7";
};

struct PasswordSection {
    std::int64_t MinimumLength = 8;  // characters
    bool Lowercase = false;
    bool Uppercase = false;
    bool Number = false;
    bool Symbol = false;
    bool EnableForgotLink = true;
};

struct RateLimitSection {
    bool Enable = false;
    std::int64_t PerSec = 10;
    std::int64_t MaxBurst = 100;
    std::int64_t MemoryStoreSize = 10000;  // callers remembered
    bool VaryByRemoteAddr = true;
    bool VaryByUser = false;
    std::string VaryByHeader;
};

struct PrivacySection {
    bool ShowEmailAddress = true;
    bool ShowFullName = true;
};

struct LogSection {
    bool EnableConsole = true;
    std::string ConsoleLevel = "INFO";  // DEBUG, INFO, WARN, ERROR
};

struct SupportSection {
    bool CustomTermsOfServiceEnabled = false;  // people are asked to accept the terms that the node keeps
    std::int64_t CustomTermsOfServiceReAcceptancePeriod = 365;  // days
    std::string TermsOfServiceLink;
    std::string PrivacyPolicyLink;
    std::string AboutLink;
    std::string HelpLink;
    std::string ReportAProblemLink;
    std::string ReportAProblemMail;
    std::string ReportAProblemType = "hidden";  // default, link, email, hidden
    std::string ForgotPasswordLink;
    std::string SupportEmail;
    bool AllowDownloadLogs = true;
    bool EnableAskCommunityLink = false;
};

struct LocalizationSection {
    std::string DefaultServerLocale = "en";
    std::string DefaultClientLocale = "en";
    std::string AvailableLocales;  // separated by commas; empty: all
    bool EnableExperimentalLocales = false;
};

struct MetricsSection {
    bool Enable = false;
    std::string ListenAddress = "127.0.0.1:8067";
    bool EnableClientMetrics = false;
};

struct DisplaySection {
    std::vector<std::string> CustomURLSchemes;
    std::int64_t MaxMarkdownNodes = 0;  // 0: the client's own limit
};

struct GuestAccountsSection {
    bool Enable = false;
    bool HideTags = false;
    bool AllowEmailAccounts = true;
    bool EnforceMultifactorAuthentication = false;
    std::string RestrictCreationToDomains;
    bool EnableGuestMagicLink = false;
};

// A directory that speaks LDAP. Further ones, with the same keys, are files:
// ConcordatSettings.DirectoryFiles.
struct LdapSection {
    bool Enable = false;      // people may sign in with it
    bool EnableSync = false;  // accounts follow it on a schedule
    std::string LdapServer;   // hosts separated by spaces, asked in this order
    std::int64_t LdapPort = 389;
    std::string ConnectionSecurity;  // "" only to this machine; TLS, STARTTLS
    std::string BaseDN;
    std::string BindUsername;
    std::string BindPassword;  // secret
    std::int64_t MaximumLoginAttempts = 10;
    std::string UserFilter;
    std::string GroupFilter;
    std::string GuestFilter;
    bool EnableAdminFilter = false;
    std::string AdminFilter;
    std::string GroupDisplayNameAttribute;
    std::string GroupIdAttribute;
    std::string FirstNameAttribute;
    std::string LastNameAttribute;
    std::string EmailAttribute;
    std::string UsernameAttribute;
    std::string NicknameAttribute;
    std::string IdAttribute;  // must never change nor be given again: entryUUID, objectGUID
    std::string PositionAttribute;
    std::string LoginIdAttribute;
    std::string PictureAttribute;
    std::int64_t SyncIntervalMinutes = 60;
    bool ReAddRemovedMembers = false;
    bool SkipCertificateVerification = false;  // known from elsewhere; true is refused
    std::string PublicCertificateFile;         // the node's own, for servers that ask for one
    std::string PrivateKeyFile;
    std::int64_t QueryTimeout = 60;  // seconds, of a whole question, connecting included
    std::int64_t MaxPageSize = 0;    // entries; 0: as many as the server likes
    std::string LoginFieldName;
    std::string LoginButtonColor = "#0000";
    std::string LoginButtonBorderColor = "#2389D7";
    std::string LoginButtonTextColor = "#2389D7";
    // What only we have.
    std::string CertificateAuthorityFile;        // PEM; empty: those of the system
    std::int64_t MostDeactivations = 50;         // a sync that would deactivate more stops;
    std::int64_t MostDeactivationsPercent = 10;  // so does one over this share. The larger bound counts
    std::int64_t ProbeSeconds = 30;              // how often people who are signed in are looked up; 0: never
};

// A SAML 2.0 identity provider. Further ones, with the same keys, are files:
// ConcordatSettings.SamlProviderFiles.
struct SamlSection {
    bool Enable = false;
    bool EnableSyncWithLdap = false;
    bool EnableSyncWithLdapIncludeAuth = false;
    bool IgnoreGuestsLdapSync = false;
    bool Verify = true;   // known from elsewhere; false is refused
    bool Encrypt = true;  // a key for encryption is offered; encrypted and plain assertions are taken
    bool SignRequest = false;
    std::string IdpURL;            // where sign-in requests go
    std::string IdpDescriptorURL;  // the provider's entity id
    std::string IdpMetadataURL;    // where the provider's metadata is fetched when nothing else describes it
    std::string ServiceProviderIdentifier;  // our entity id; empty: the address of the metadata
    std::string AssertionConsumerServiceURL;
    std::string SignatureAlgorithm = "RSAwithSHA256";  // RSAwithSHA256, RSAwithSHA512
    std::string CanonicalAlgorithm = "Canonical1.0";
    std::string ScopingIDPProviderId;
    std::string ScopingIDPName;
    std::string IdpCertificateFile;
    std::string PublicCertificateFile;
    std::string PrivateKeyFile;
    std::string IdAttribute;     // empty: the NameID
    std::string GuestAttribute;  // NAME=VALUE
    bool EnableAdminAttribute = false;
    std::string AdminAttribute;  // NAME=VALUE
    std::string FirstNameAttribute;
    std::string LastNameAttribute;
    std::string EmailAttribute;
    std::string UsernameAttribute;
    std::string NicknameAttribute;
    std::string LocaleAttribute;
    std::string PositionAttribute;
    std::string LoginButtonText = "SAML";
    std::string LoginButtonColor = "#34a28b";
    std::string LoginButtonBorderColor = "#2389D7";
    std::string LoginButtonTextColor = "#ffffff";
    // What only we have.
    std::string IdpMetadataFile;             // instead of IdpURL, IdpDescriptorURL and IdpCertificateFile
    std::string IdpMetadataCertificateFile;  // PEM; metadata must be signed by one of these; empty: need not
    std::int64_t IdpMetadataRefreshMinutes = 60;  // of IdpMetadataURL; 0: only when nothing is known yet
    std::string IdpLogoutURL;                     // where requests to sign out go; metadata says it by itself
    bool EnableSingleLogout = true;               // signing out here signs out there, and the other way round
    std::string GroupsAttribute;     // names groups, for the mapping to teams, channels and roles
    bool AllowIdpInitiated = false;  // a response that nobody asked for may sign in
    std::int64_t ClockSkewSeconds = 60;
    std::int64_t MaximumMessageBytes = 262144;
};

// An OpenID Connect or OAuth 2.0 provider by which people sign in.
struct SsoSection {
    bool Enable = false;
    std::string Secret;  // secret
    std::string Id;
    std::string Scope;
    std::string AuthEndpoint;
    std::string TokenEndpoint;
    std::string UserAPIEndpoint;
    std::string DiscoveryEndpoint;
    std::string ButtonText;
    std::string ButtonColor;
    bool UsePreferredUsername = false;
};

struct ImageProxySection {
    bool Enable = false;
    std::string ImageProxyType = "local";  // local, atmos/camo
    std::string RemoteImageProxyURL;
    std::string RemoteImageProxyOptions;  // secret
};

struct AnnouncementSection {
    bool EnableBanner = false;
    std::string BannerText;
    std::string BannerColor = "#f2a93b";
    std::string BannerTextColor = "#333333";
    bool AllowBannerDismissal = true;
};

struct ThemeSection {
    bool EnableThemeSelection = true;
    std::string DefaultTheme = "default";
    bool AllowCustomThemes = true;
    std::vector<std::string> AllowedThemes;
};

struct ExperimentalSection {
    std::int64_t LinkMetadataTimeoutMilliseconds = 5000;
    bool DelayChannelAutocomplete = false;
    bool DisableAppBar = false;
    bool DisableRefetchingOnBrowserFocus = false;
    bool DisableWakeUpReconnectHandler = false;
    bool ExperimentalChannelCategorySorting = false;
    std::int64_t UsersStatusAndProfileFetchingPollIntervalMilliseconds = 3000;
    bool YoutubeReferrerPolicy = false;
};

// Records of decisions for a file; see docs/compliance/siem.md.
struct ExperimentalAuditSection {
    bool FileEnabled = false;
    std::string FileName;  // absolute path; lines of JSON are appended
};

struct NativeAppSection {
    std::string AppDownloadLink;
    std::string AndroidAppDownloadLink;
    std::string IosAppDownloadLink;
    // Where a mobile log-in may be sent back to
    std::vector<std::string> AppCustomURLSchemes = {"mmauth://", "mmauthbeta://"};
    bool MobileExternalBrowser = false;
    bool MobileEnableBiometrics = false;
    bool MobileJailbreakProtection = false;
    bool MobilePreventScreenCapture = false;
    bool MobileEnableSecureFilePreview = false;
    bool MobileAllowPdfLinkNavigation = false;
};

struct ClientRequirementsSection {
    std::string AndroidLatestVersion;
    std::string AndroidMinVersion;
    std::string IosLatestVersion;
    std::string IosMinVersion;
};

// Exports of messages for archives.
struct MessageExportSection {
    bool EnableExport = false;
    std::string ExportFormat = "actiance";  // actiance, csv, native
    std::string DailyRunTime = "01:00";     // of the machine's time zone
    std::int64_t ExportFromTimestamp = 0;   // milliseconds; the first export begins there
    std::int64_t BatchSize = 10000;         // posts in one archive of an export
    bool DownloadExportResults = false;
};

// How long messages and files are kept. Policies of teams and channels go before these.
struct DataRetentionSection {
    bool EnableMessageDeletion = false;
    bool EnableFileDeletion = false;
    std::int64_t MessageRetentionHours = 8760;
    std::int64_t FileRetentionHours = 8760;
    std::string DeletionJobStartTime = "02:00";  // of the machine's time zone
    std::int64_t BatchSize = 3000;               // rows of one transaction
    std::int64_t TimeBetweenBatchesMilliseconds = 100;
    bool PreservePinnedPosts = false;
};

// Reports of messages for an auditor, by words and people.
struct ComplianceSection {
    bool Enable = false;
    std::int64_t BatchSize = 30000;  // posts read at a time
};

// Sharing channels with other organisations.
struct ConnectedWorkspacesSection {
    bool EnableSharedChannels = false;
};

struct JobSection {
    bool RunJobs = true;
};

// What the reference product has no name for.
struct ConcordatSection {
    std::string NodeName;  // in logs and between nodes; empty: the host name
    std::string DataDirectory = "/var/lib/concordat";
    std::string MasterKeyFile = "/var/lib/concordat/keys/master.key";
    std::string KeyStoreFile = "/var/lib/concordat/keys/store.json";
    std::int64_t NetworkThreads = 1;   // for sockets; one serves tens of thousands
    std::int64_t Workers = 16;         // threads for requests; more than SqlSettings.MaxOpenConns would wait
    std::int64_t BulkWorkers = 4;      // threads for file bodies
    std::int64_t PasswordHashers = 2;  // threads for passwords, so that a log-in storm slows log-ins only
    std::int64_t QueueLength = 1024;   // requests waiting for a worker; more are refused with 503
    std::int64_t Argon2MemoryKiB = 19456;
    std::int64_t Argon2Iterations = 2;
    std::int64_t MaxSocketsPerUser = 50;  // WebSocket connections

    // From where people and programs may use the node: see allowed_networks.hpp. Empty: from anywhere.
    std::vector<std::string> AllowedNetworks;

    // Identity. Each file is JSON with the keys of LdapSettings, SamlSettings or OpenIdSettings; its name
    // without ".json" names the directory or provider.
    std::vector<std::string> DirectoryFiles;
    std::vector<std::string> SamlProviderFiles;
    std::vector<std::string> OpenIdProviderFiles;
    // Who needs a second factor besides those whom EnforceMultifactorAuthentication names: holders of
    // these roles; accounts of these services ("ldap", "saml", "openid", "email"); everybody who does not
    // come from one of these networks (empty: no such rule).
    std::vector<std::string> MfaForRoles;
    std::vector<std::string> MfaForServices;
    std::vector<std::string> MfaOutsideNetworks;
    // Milliseconds; until then people whom these rules ask for a factor are told so and may still do
    // without. 0: the rules hold at once.
    std::int64_t MfaEnforcedFrom = 0;
    std::int64_t StepUpMinutes = 0;  // administrative acts need a factor this fresh; 0: no such rule
    bool EnablePasskeys = true;      // where SiteURL is https, or http on localhost
    // Accounts of these services (as MfaForServices) may sign in with a passkey alone; empty: nobody may.
    std::vector<std::string> PasskeySignInForServices = {"email"};
    std::int64_t FirstDelaySeconds =
        30;  // after MaximumLoginAttempts failures; doubles with each further one
    std::int64_t LongestDelaySeconds = 3600;
    std::int64_t AbsoluteSessionHours = 0;  // a session ends then whatever its activity; 0: no such rule
    bool EnableScim = false;
    // Roles that a directory or provider may give; whatever else it says, no more.
    std::vector<std::string> RolesFromProviders = {"system_user", "system_guest"};
    std::vector<std::string> ProviderFetchNetworks;  // private networks that metadata and keys may come from

    // Federation, when ConnectedWorkspacesSettings.EnableSharedChannels is true.
    std::string OrganisationName;         // what partners are shown; empty: TeamSettings.SiteName
    std::string FederationListenAddress;  // where partners' nodes connect; empty: this node only dials
    std::string FederationPublicAddress;  // HOST:PORT that partners dial; empty: they cannot
    // Authorities of a public key infrastructure that partners' certificates must come from as well, and
    // lists of what they revoked; PEM files. Empty: the organisation's own key suffices.
    std::string FederationAuthorityFile;
    std::string FederationRevocationFile;
    std::string FederationCertificateFile;  // the node's own of that infrastructure, PEM, with its key
    std::string FederationKeyFile;

    // Evidence.
    std::int64_t ExportApprovals = 0;  // other people who have to approve an export before it is made

    // A clamd that looks at files before anybody may fetch them: HOST:PORT or the path of its socket; empty:
    // none.
    std::string ClamdAddress;
    std::int64_t ClamdTimeout = 30;  // seconds, of one file

    // Destruction.
    bool DestroyOnlyExported = true;           // with exports on: nothing goes that no export has covered
    std::int64_t HoldReleaseGraceHours = 720;  // between the release of a hold and what that lets go

    std::string SearchDirectory = "/var/lib/concordat/search";  // the sealed index of posts

    // Where records of decisions are sent: a syslog receiver. A file is in ExperimentalAuditSettings.
    std::string AuditSyslogAddress;           // HOST:PORT; empty: nowhere
    std::string AuditSyslogSecurity = "TLS";  // TLS, plain
    std::string AuditSyslogAuthorityFile;     // PEM: who vouches for the receiver; empty: those of the system
    std::string AuditSyslogCertificateFile;   // the node's own, PEM, for receivers that ask for one
    std::string AuditSyslogKeyFile;
    bool AuditFileGroupReadable = false;  // a new file has mode 0640, not 0600
    std::string AuditWitnessFile;  // signed checkpoints of the audit are appended to it; empty: to none
};

struct Settings {
    ServiceSection ServiceSettings;
    TeamSection TeamSettings;
    SqlSection SqlSettings;
    FileSection FileSettings;
    EmailSection EmailSettings;
    PasswordSection PasswordSettings;
    RateLimitSection RateLimitSettings;
    PrivacySection PrivacySettings;
    LogSection LogSettings;
    SupportSection SupportSettings;
    LocalizationSection LocalizationSettings;
    MetricsSection MetricsSettings;
    DisplaySection DisplaySettings;
    GuestAccountsSection GuestAccountsSettings;
    LdapSection LdapSettings;
    SamlSection SamlSettings;
    SsoSection GitLabSettings;
    SsoSection GoogleSettings;
    SsoSection Office365Settings;
    SsoSection OpenIdSettings;
    ImageProxySection ImageProxySettings;
    AnnouncementSection AnnouncementSettings;
    ThemeSection ThemeSettings;
    ExperimentalSection ExperimentalSettings;
    ExperimentalAuditSection ExperimentalAuditSettings;
    NativeAppSection NativeAppSettings;
    ClientRequirementsSection ClientRequirements;
    MessageExportSection MessageExportSettings;
    DataRetentionSection DataRetentionSettings;
    ComplianceSection ComplianceSettings;
    ConnectedWorkspacesSection ConnectedWorkspacesSettings;
    JobSection JobSettings;
    ConcordatSection ConcordatSettings;
};

}  // namespace concordat
