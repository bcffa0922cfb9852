// concordat-text: finds the words of one file in a process that can do nothing else.
//
// Started by the node with one end of a socket as standard input and nothing else open. It serves one file
// and ends, so that a file made to do harm harms no other and learns nothing of one. Exit codes: 0 served, 1
// the sandbox or a library did not come up.
//
// This program links a library under the GNU GPL, version 2 or 3: as a whole it is under its terms.
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <exception>

#include "core/base/error.hpp"
#include "core/sandbox/node_socket.hpp"
#include "core/sandbox/sandbox.hpp"
#include "messaging/document/document.hpp"
#include "messaging/document/worker_protocol.hpp"
#include "messaging/document_worker/pdf_text.hpp"

namespace {

using namespace concordat;
using namespace concordat::messaging;

constexpr SandboxLimits limits{20, std::uint64_t{1} << 30, true};

TextOutcome outcome_of(const Error& error) {
    if (error.id() == "file_text.too_large") return TextOutcome::too_large;
    return error.id() == "file_text.locked" ? TextOutcome::locked : TextOutcome::damaged;
}

void serve() {
    TextAnswer answer;
    TextRequest request;
    if (!write_all(&answer, sizeof answer) || !read_all(&request, sizeof request)) return;
    if (request.mark != text_worker_mark || request.bytes > most_document) return;
    std::string bytes(request.bytes, '\0');
    if (!read_all(bytes.data(), bytes.size())) return;
    const std::string_view ending(request.ending.data(),
                                  strnlen(request.ending.data(), request.ending.size()));
    std::string text;
    try {  // what is wrong with a file is an answer here
        text = document_text(bytes, ending, {request.may_open_archives != 0, read_pdf});
        answer.bytes = text.size();
    } catch (const Error& error) {
        answer.outcome = outcome_of(error);
    }
    if (write_all(&answer, sizeof answer)) write_all(text.data(), text.size());
}

}  // namespace

int main() {
    try {
        start_pdf();
        enter_sandbox(limits);
        serve();
    } catch (const std::exception&) {
        _exit(1);
    }
    _exit(0);
}
