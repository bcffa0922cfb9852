#include "messaging/integration/dialogs.hpp"

#include "core/base/text.hpp"
#include "web/outbound/client.hpp"

namespace concordat::messaging {
namespace {

// What clients are told of a dialog.
struct ShownDialog {
    std::string trigger_id, url;
    json::object dialog;
};
BOOST_DESCRIBE_STRUCT(ShownDialog, (), (trigger_id, url, dialog))

Error dialog_failed(std::string detail) {
    return {Fault::invalid, "api.post.do_action.action_integration.app_error",
            "The program behind this dialog did not answer as it should.", std::move(detail)};
}

}  // namespace

void Dialogs::open(const DialogOpening& opening) {
    if (opening.trigger_id.empty()) throw bad_body("trigger_id");
    const auto trigger = triggers_.check(opening.trigger_id);
    if (!web::is_http_url(opening.url)) throw bad_body("url");
    ShownDialog shown;
    shown.trigger_id = trigger.client_part;
    shown.url = opening.url;
    shown.dialog = opening.dialog;
    const auto text = json_text(shown);
    if (text.size() > longest_dialog) throw bad_body("dialog");
    tell_(trigger.user_id, text);
}

json::object Dialogs::submit(const Actor& actor, DialogSubmission submission) {
    submission.type = submission.type == "refresh" ? "refresh" : "dialog_submission";
    return ask(actor, submission, "app.submit_interactive_dialog.decode_json_error");
}

json::object Dialogs::look_up(const Actor& actor, DialogSubmission submission) {
    submission.type = "dialog_lookup";
    return ask(actor, submission, "app.lookup_interactive_dialog.decode_json_error");
}

json::object Dialogs::ask(const Actor& actor, DialogSubmission& submission, const char* undecoded) {
    if (!web::is_http_url(submission.url)) throw bad_body("url");
    if (submission.channel_id.empty()) throw bad_body("channel_id");
    gate_.require_read(actor, submission.channel_id);
    if (!submission.team_id.empty()) gate_.require_in_team(actor, Permission::view_team, submission.team_id);
    submission.user_id = actor.user_id;
    web::OutboundRequest request;
    request.method = "POST";
    request.url = std::exchange(submission.url, "");
    request.content_type = "application/json";
    request.headers = {{"Accept", "application/json"}};
    request.body = json_text(submission);
    request.timeout =
        std::chrono::seconds(settings_.current()->ServiceSettings.OutgoingIntegrationRequestsTimeout);
    const Seats::Seat seat(seats_);
    web::OutboundAnswer answer;
    try {
        answer = outbound_.send(request);
    } catch (const Error& e) {  // whatever kept the program from answering, the person is told the same
        throw dialog_failed(e.id());
    }
    if (answer.status != 200) throw dialog_failed("status " + std::to_string(answer.status));
    if (trimmed(answer.body).empty()) return {};
    try {
        return parse_json<json::object>(answer.body, "answer");
    } catch (const Error&) {  // the program's mistake
        throw Error(Fault::invalid, undecoded,
                    "The program behind this dialog answered what is no JSON object.");
    }
}

}  // namespace concordat::messaging
