// concordat-saml: reads messages of identity providers, each in a process that can do nothing else.
//
// Started by the node with one end of a socket as standard input and nothing else open. Bringing up the
// libraries takes longer than a message, so it does that once, sees that their signature checks work, and
// forks a child for each message, which ends with it: a message made to do harm harms no other. Exit codes:
// 0 the node has gone, 1 the sandbox or the library did not come up, or the checks do not work.
//
// This program links a library under the GNU GPL, version 2 or later: as a whole it is under its terms.
#include <unistd.h>
#include <chrono>
#include <exception>
#include <stdexcept>
#include "core/base/json.hpp"
#include "core/sandbox/children.hpp"
#include "core/sandbox/node_socket.hpp"
#include "core/sandbox/sandbox.hpp"
#include "identity/saml_message/worker_protocol.hpp"
#include "identity/saml_worker/library.hpp"
#include "identity/saml_worker/reader.hpp"
#include "identity/saml_worker/self_test.hpp"

namespace {

using namespace concordat;
using namespace concordat::identity::saml;

constexpr SandboxLimits limits{2, std::uint64_t{256} << 20, true};
// The node gives a message up after two seconds. Its process may compute for as long, and wait for this.
#if defined(__SANITIZE_ADDRESS__)
constexpr std::chrono::seconds life{60};
#else
constexpr std::chrono::seconds life{5};
#endif

SamlAnswer work(const SamlTask& task) {
    SamlAnswer answer;
    const auto document = parsed(task.message);
    if (!document) {
        answer.problem = "It is not well-formed XML.";
    } else if (task.kind == "response") {
        const bool is_sealed = read_response(document.get(), answer);
        if (!answer.problem.empty()) return answer;
        Document decrypted;
        answer.library = library_verdict(task, decrypted);
        if (is_sealed && decrypted) read_assertion(decrypted.get(), answer);
    } else if (task.kind == "logout") {
        read_logout(document.get(), answer);
        if (answer.problem.empty() && is_logout_request(document.get()))
            answer.library = library_logout_verdict(task);
    } else if (task.kind == "metadata") {
        read_metadata(document.get(), answer);
    } else {
        answer.problem = "The task is not known.";
    }
    return answer;
}

void serve() {
    enter_sandbox(limits);
    SamlFrame frame;
    if (!write_all(&frame, sizeof frame) || !read_all(&frame, sizeof frame)) return;
    if (frame.mark != worker_mark || frame.bytes > most_task_bytes) return;
    std::string text(frame.bytes, '\0');
    if (!read_all(text.data(), text.size())) return;
    const auto answer = json_text(work(parse_json<SamlTask>(text)));
    frame = {worker_mark, 0, answer.size()};
    if (write_all(&frame, sizeof frame)) write_all(answer.data(), answer.size());
}

}  // namespace

int main() {
    try {
        start_library();
        test_library();
        serve_children(life, serve);
    } catch (const std::exception&) {
        _exit(1);
    }
    _exit(0);
}
