// The tables saml_requests, saml_assertions, saml_sessions, saml_logouts and saml_metadata: sign-ins that
// were begun, assertions and requests that were used, whom a provider meant by a session, sign-outs that go
// on there, metadata that was fetched.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include "core/model/ids.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

struct SamlRequest {
    std::string request_id, provider;
    std::string browser_hash;  // bytes
    std::string intent;        // JSON
    Millis expires_at = 0;
};

// A session that was begun on a provider's word. It stays here for a while after it has ended, so that
// somebody who is signed out already is not a stranger.
struct SamlSession {
    SessionId session_id;
    UserId user_id;
    std::string provider;
    std::string name_hash;  // bytes
    std::string name;       // JSON; sealed in the row
    Millis create_at = 0;
};

class SamlTable {
public:
    explicit SamlTable(Tx& tx) : tx_(tx) {}

    void put(std::string_view handle_hash, const SamlRequest& request);
    // Nothing when it has expired by `now`.
    std::optional<SamlRequest> find(std::string_view handle_hash, Millis now);
    // False when it is no longer there.
    bool remove(std::string_view handle_hash);

    // False when it was used before.
    bool use(const std::string& provider, std::string_view assertion_hash, Millis expires_at);
    void forget(const std::string& provider, std::string_view assertion_hash);

    void remember(const SamlSession& session);
    std::optional<SamlSession> session(const SessionId& id);
    // Newest first, at most `limit`.
    std::vector<SamlSession> sessions_of(const std::string& provider, std::string_view name_hash,
                                         std::int64_t limit);
    void put_logout(std::string_view handle_hash, const SessionId& session, Millis expires_at);
    // The session that ended; nothing when the logout has expired by `now`.
    std::optional<SamlSession> find_logout(std::string_view handle_hash, Millis now);
    bool remove_logout(std::string_view handle_hash);

    // Metadata of a provider as it was fetched from an address; "" and nothing when it was not.
    std::string metadata(const std::string& provider, const std::string& address);
    std::optional<Millis> metadata_fetched_at(const std::string& provider, const std::string& address);
    void put_metadata(const std::string& provider, const std::string& address, const std::string& body,
                      Millis now);

    // Sessions that have ended are forgotten when they began this long ago.
    static constexpr Millis remembered_for = Millis{30} * 86'400'000;
    // Removes up to `limit` rows of each table that have expired; how many.
    std::int64_t sweep(Millis now, std::int64_t limit);
    std::int64_t open_requests();

private:
    Tx& tx_;
};

}  // namespace concordat::storage
