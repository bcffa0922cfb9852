// Trigger ids: what gives a program the right to open a dialog for the person who has just used one of its
// commands or buttons.
//
//   base64( client part ":" user id ":" milliseconds ":" base64(HMAC-SHA256 of what stands before) )
//
// Programs see the whole, clients only the client part, 26 characters. Good for as long as programs may take
// to answer (ServiceSettings.OutgoingIntegrationRequestsTimeout).
//
// Thread-safe; calls may read the database. Errors (invalid): interactive_message.decode_trigger_id.*.
#pragma once
#include <string>
#include "core/config/live.hpp"
#include "core/model/ids.hpp"

namespace concordat::storage {
class Database;
}

namespace concordat::messaging {

struct Trigger {
    std::string client_part;
    UserId user_id;
};

struct NewTrigger {
    std::string client_part;
    std::string text;  // the whole
};

class TriggerIds {
public:
    // All must outlive this object.
    TriggerIds(storage::Database& db, const LiveSettings& settings) : db_(db), settings_(settings) {}
    NewTrigger make(const UserId& user);
    Trigger check(const std::string& text);

private:
    std::string mac(const std::string& signed_part, Millis time);

    storage::Database& db_;
    const LiveSettings& settings_;
};

}  // namespace concordat::messaging
