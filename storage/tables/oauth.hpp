// The tables oauth_apps, oauth_codes, oauth_consents and oauth_tokens.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>
#include "core/model/oauth.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

class OAuthAppTable {
public:
    explicit OAuthAppTable(Tx& tx) : tx_(tx) {}
    void insert(const OAuthApp& app);
    // All but who made it and when.
    void update(const OAuthApp& app);
    std::optional<OAuthApp> find(const OAuthAppId& id);
    std::optional<OAuthApp> lock(const OAuthAppId& id);
    // Newest first; `creator` empty: of all.
    std::vector<OAuthApp> list(const UserId& creator, std::int64_t offset, std::int64_t limit);
    // Those that this person allowed, newest first.
    std::vector<OAuthApp> allowed_by(const UserId& user, std::int64_t offset, std::int64_t limit);
    std::int64_t count();
    std::int64_t count_dynamic();
    bool remove(const OAuthAppId& id);

private:
    std::vector<OAuthApp> rows(const pqxx::result& result);
    OAuthApp row(const pqxx::row& row);
    Tx& tx_;
};

struct OAuthCode {
    OAuthAppId app_id;
    UserId user_id;
    Millis expires_at = 0;
    bool is_used = false;
    std::string redirect_uri, challenge, resource;
};

class OAuthCodeTable {
public:
    explicit OAuthCodeTable(Tx& tx) : tx_(tx) {}
    // Digests are SHA-256 of what the application is given, which is not stored.
    void insert(const OAuthCode& code, std::string_view hash);
    std::optional<OAuthCode> lock(std::string_view hash);
    void set_used(std::string_view hash);
    std::int64_t remove_expired(Millis now, std::int64_t limit);

private:
    Tx& tx_;
};

class OAuthConsentTable {
public:
    explicit OAuthConsentTable(Tx& tx) : tx_(tx) {}
    bool has(const UserId& user, const OAuthAppId& app);
    void put(const UserId& user, const OAuthAppId& app, Millis at);
    bool remove(const UserId& user, const OAuthAppId& app);

private:
    Tx& tx_;
};

struct OAuthToken {
    OAuthTokenId id;
    OAuthAppId app_id;
    UserId user_id;
    SessionId session_id;
    Millis create_at = 0, refresh_at = 0;
};

class OAuthTokenTable {
public:
    explicit OAuthTokenTable(Tx& tx) : tx_(tx) {}
    // An empty `refresh_hash`: it cannot be refreshed.
    void insert(const OAuthToken& token, std::string_view code_hash, std::string_view refresh_hash);
    // Locked until the end of the transaction.
    std::optional<OAuthToken> by_refresh(std::string_view refresh_hash);
    std::optional<OAuthToken> by_replaced(std::string_view refresh_hash);
    // A refreshed one: its session, its refresh token, the one before.
    void refresh(const OAuthToken& token, std::string_view refresh_hash);
    // Each removes, and returns what it removed.
    std::vector<OAuthToken> take(const OAuthTokenId& id);
    std::vector<OAuthToken> take_of_code(std::string_view code_hash);
    std::vector<OAuthToken> take_of_consent(const UserId& user, const OAuthAppId& app);
    std::vector<OAuthToken> take_of_app(const OAuthAppId& app);
    // All but the newest so many of this person for this application.
    std::vector<OAuthToken> take_oldest(const UserId& user, const OAuthAppId& app, std::int64_t kept);
    // Those that were refreshed last before then and whose session is gone.
    std::int64_t remove_stale(Millis before, std::int64_t limit);
    // Sessions that were ended take along what could renew them.
    void remove_of_session(const SessionId& session);
    void remove_of_user(const UserId& user, const SessionId& except);
    void remove_all();

private:
    Tx& tx_;
};

}  // namespace concordat::storage
