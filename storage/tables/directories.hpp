// The tables directory_syncs and directory_pictures: what the nodes know together about directories.
#pragma once
#include <string>
#include <vector>
#include "core/model/identity.hpp"
#include "storage/database/database.hpp"

namespace concordat::storage {

class DirectoryTable {
public:
    explicit DirectoryTable(Tx& tx) : tx_(tx) {}

    // True when `holder` may sync until then: nobody else does, or whoever did has let the time pass.
    bool hold(const std::string& provider, const std::string& holder, Millis until);
    void release(const std::string& provider, const std::string& holder);
    // 0: never.
    Millis last_sync(const std::string& provider);
    void set_last_sync(const std::string& provider);

    // People of the source who have a session now.
    std::vector<IdentityLink> signed_in(const std::string& service, const std::string& provider);
    // Accounts of the source that are not deactivated.
    std::int64_t count_active(const std::string& service, const std::string& provider);

    bool has_picture(const UserId& user, std::string_view digest);
    void set_picture(const UserId& user, std::string_view digest);

private:
    Tx& tx_;
};

}  // namespace concordat::storage
