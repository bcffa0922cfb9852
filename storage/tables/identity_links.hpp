// The table identity_links: which person of a directory or identity provider an account is.
#pragma once
#include <optional>
#include <string>
#include <vector>
#include "core/model/identity.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

class IdentityLinkTable {
public:
    explicit IdentityLinkTable(Tx& tx) : tx_(tx) {}

    // In place of the account's link, if it has one. Throws Error (conflict, "storage.unique") when another
    // account is this person.
    void put(const IdentityLink& link);
    bool remove(const UserId& user);
    void set_off(const UserId& user, bool is_off);
    std::optional<IdentityLink> of_user(const UserId& user);
    std::optional<IdentityLink> of_subject(const std::string& service, const std::string& provider,
                                           const std::string& subject);
    // Ordered by subject, after `after`.
    std::vector<IdentityLink> of_source(const std::string& service, const std::string& provider,
                                        const std::string& after, std::int64_t limit);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
