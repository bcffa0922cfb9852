// The tables scim_clients and scim_people: who provisions accounts, and what they call them.
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "core/model/ids.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

struct ScimClient {
    AnyId id;
    std::string name, service, provider;
    Millis create_at = 0, last_used_at = 0;
};

struct ScimPerson {
    UserId user_id;
    AnyId client_id;
    std::string user_name;
    Millis update_at = 0;
};

class ScimTable {
public:
    explicit ScimTable(Tx& tx) : tx_(tx) {}

    // Throws Error (conflict, "storage.unique") when the name is taken.
    void insert(const ScimClient& client, std::string_view token_hash);
    bool set_token(const AnyId& id, std::string_view token_hash);
    bool remove(const AnyId& id);
    std::vector<ScimClient> clients();
    std::optional<ScimClient> by_token(std::string_view token_hash);
    void set_used(const AnyId& id, Millis now);

    // Throws Error (conflict, "storage.unique") when the client calls another person so.
    void put(const ScimPerson& person);
    void remove_person(const UserId& user);
    std::optional<ScimPerson> person(const AnyId& client, const UserId& user);
    std::optional<ScimPerson> by_user_name(const AnyId& client, const std::string& user_name);
    std::vector<ScimPerson> people(const AnyId& client, std::int64_t offset, std::int64_t limit);
    std::int64_t count(const AnyId& client);
    // How many of these the client made.
    std::int64_t count_people(const AnyId& client, const std::vector<UserId>& among);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
