// What clients are told before they show anything: configuration, licence, version. Rendered again only when
// the settings change, the first account is made, or second factors begin to be demanded.
//
// Thread-safe; config() may ask the database as long as there is no account, so run it on a worker thread.
// version_header() never blocks on anything but a short mutex.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include "core/config/live.hpp"
#include "web/wire/client_config.hpp"
#include "web/wire/features.hpp"

namespace concordat::identity {
class Accounts;
class Installation;
}  // namespace concordat::identity

namespace concordat::web {

class ClientTexts {
public:
    // All must outlive this object; `installation` is prepared. `site_url` stands in when the setting is
    // empty.
    ClientTexts(const identity::Installation& installation, identity::Accounts& accounts,
                const LiveSettings& settings, Features features, std::string site_url = {});

    using Text = std::shared_ptr<const std::string>;
    Text config(bool signed_in);
    // `in_full` for those who may read licence information.
    Text licence(bool in_full);
    // X-Version-Id, and `server_version` of the socket's hello.
    std::string version_header();

private:
    struct Rendered {
        std::shared_ptr<const Settings> settings;
        bool no_accounts = false, factors_wait = false;
        Text config[2], licence[2];  // [0] for strangers
        std::string version;
    };
    std::shared_ptr<const Rendered> rendered();

    const identity::Installation& installation_;
    identity::Accounts& accounts_;
    const LiveSettings& settings_;
    const Features features_;
    const std::string site_url_;
    std::atomic<bool> has_accounts_{false};  // once true it stays so
    std::mutex mutex_;
    std::shared_ptr<const Rendered> last_;
};

}  // namespace concordat::web
