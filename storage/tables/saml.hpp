// The tables saml_requests and saml_assertions: sign-ins that were begun, and assertions that were used.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include "storage/database/database.hpp"

namespace concordat::storage {

struct SamlRequest {
    std::string request_id, provider;
    std::string browser_hash;  // bytes
    std::string intent;        // JSON
    Millis expires_at = 0;
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

    // Removes up to `limit` rows of each table that have expired; how many.
    std::int64_t sweep(Millis now, std::int64_t limit);
    std::int64_t open_requests();

private:
    Tx& tx_;
};

}  // namespace concordat::storage
