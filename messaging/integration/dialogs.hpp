// Dialogs: forms that a program shows to a person who has just used a command or a button of it.
//
// open() needs no session: the signed trigger id is the right to it. submit() and look_up() ask the program
// and block as long as it may take: it needs a seat, seats.hpp. What the program answers goes to the client
// as it is. Thread-safe.
//
// Errors: those of TriggerIds; api.post.do_action.action_integration.app_error,
// app.submit_interactive_dialog.decode_json_error, app.lookup_interactive_dialog.decode_json_error (invalid:
// the program did not answer as it should); bad_body("url"); lacks_permission().
#pragma once
#include <functional>
#include <string>
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "identity/access/gate.hpp"
#include "messaging/integration/seats.hpp"
#include "messaging/integration/trigger_ids.hpp"

namespace concordat::web {
class OutboundClient;
struct OutboundAnswer;
}  // namespace concordat::web

namespace concordat::messaging {

struct DialogOpening {
    std::string trigger_id;
    std::string url;
    json::object dialog;
};
BOOST_DESCRIBE_STRUCT(DialogOpening, (), (trigger_id, url, dialog))

struct DialogSubmission {
    std::string type, url, callback_id, state;
    UserId user_id;
    ChannelId channel_id;
    TeamId team_id;
    Nullable<json::object> submission;
    bool cancelled = false;
};
BOOST_DESCRIBE_STRUCT(DialogSubmission, (),
                      (type, url, callback_id, state, user_id, channel_id, team_id, submission, cancelled))

class Dialogs {
public:
    static constexpr std::size_t longest_dialog = 256 * 1024;  // bytes of JSON

    // All must outlive this object.
    Dialogs(identity::Gate& gate, TriggerIds& triggers, const web::OutboundClient& outbound, Seats& seats,
            const LiveSettings& settings)
        : gate_(gate), triggers_(triggers), outbound_(outbound), seats_(seats), settings_(settings) {}
    // Shows a dialog (JSON, as clients take it) to one person. Called on the caller's thread.
    void set_teller(std::function<void(const UserId&, const std::string&)> tell) { tell_ = std::move(tell); }

    void open(const DialogOpening& opening);
    // The program's answer: an object, {} when it said nothing.
    json::object submit(const Actor& actor, DialogSubmission submission);
    json::object look_up(const Actor& actor, DialogSubmission submission);

private:
    json::object ask(const Actor& actor, DialogSubmission& submission, const char* undecoded);

    identity::Gate& gate_;
    TriggerIds& triggers_;
    const web::OutboundClient& outbound_;
    Seats& seats_;
    const LiveSettings& settings_;
    std::function<void(const UserId&, const std::string&)> tell_ = [](const UserId&, const std::string&) {};
};

}  // namespace concordat::messaging
