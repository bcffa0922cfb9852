// The table oidc_requests: sign-ins that were begun at OpenID Connect providers.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include "storage/database/database.hpp"

namespace concordat::storage {

struct OidcRequest {
    std::string service, provider;
    std::string browser_hash;  // bytes
    std::string intent;        // JSON
    bool is_answered = false;
    std::string person;  // JSON; "" while nobody is known
    Millis expires_at = 0;
};

class OidcTable {
public:
    explicit OidcTable(Tx& tx) : tx_(tx) {}

    void put(std::string_view handle_hash, const OidcRequest& request);
    // Nothing when it has expired by `now`.
    std::optional<OidcRequest> find(std::string_view handle_hash, Millis now);
    // False when somebody has answered it already.
    bool answer(std::string_view handle_hash);
    void keep_person(std::string_view handle_hash, const std::string& person);
    // False when it is no longer there.
    bool remove(std::string_view handle_hash);

    // Removes up to `limit` that have expired; how many.
    std::int64_t sweep(Millis now, std::int64_t limit);
    std::int64_t open_requests();

private:
    Tx& tx_;
};

}  // namespace concordat::storage
