// Actions: what happens when somebody uses a button or a menu on a message.
//
// The program behind it is asked over HTTP, and may change its message or say something to the one who used
// it. press() blocks for as long as a program may take to answer: that needs a seat (seats.hpp). Thread-safe.
//
// Errors: api.post.do_action.action_id.app_error (not_found); api.post.do_action.action_integration.app_error
// (invalid: the program did not answer as it should, or the cookie is none); lacks_permission().
#pragma once
#include <string>
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/integration.hpp"
#include "identity/access/gate.hpp"
#include "messaging/conversation/posts.hpp"
#include "messaging/integration/seats.hpp"
#include "messaging/integration/trigger_ids.hpp"

namespace concordat::web {
class OutboundClient;
}

namespace concordat::messaging {

struct ActionPress {
    std::string selected_option;
    std::string cookie;  // for messages that are not stored
};
BOOST_DESCRIBE_STRUCT(ActionPress, (), (selected_option, cookie))

struct ActionOutcome {
    std::string status = "OK";
    std::string trigger_id;
};
BOOST_DESCRIBE_STRUCT(ActionOutcome, (), (status, trigger_id))

class Actions {
public:
    // All must outlive this object.
    Actions(storage::Database& db, identity::Gate& gate, Posts& posts, TriggerIds& triggers,
            const web::OutboundClient& outbound, Seats& seats, const LiveSettings& settings)
        : db_(db),
          gate_(gate),
          posts_(posts),
          triggers_(triggers),
          outbound_(outbound),
          seats_(seats),
          settings_(settings) {}

    ActionOutcome press(const Actor& actor, const PostId& post, const std::string& action,
                        const ActionPress& press);

private:
    // The message and the action, wherever they are kept.
    struct Pressed {
        PostAction action;
        Post post;
        bool is_stored = true;
    };
    Pressed find(const Actor& actor, const PostId& post, const std::string& action,
                 const std::string& cookie);
    std::string ask(const Actor& actor, const Pressed& pressed, const std::string& selected,
                    const std::string& trigger_id);
    void carry_out(const Actor& actor, const Pressed& pressed, const std::string& answer);

    storage::Database& db_;
    identity::Gate& gate_;
    Posts& posts_;
    TriggerIds& triggers_;
    const web::OutboundClient& outbound_;
    Seats& seats_;
    const LiveSettings& settings_;
};

}  // namespace concordat::messaging
