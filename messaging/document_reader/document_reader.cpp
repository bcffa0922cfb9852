#include "messaging/document_reader/document_reader.hpp"

#include <signal.h>

#include <algorithm>
#include <optional>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/process/confined_process.hpp"
#include "messaging/document/charset.hpp"
#include "messaging/document/text_sink.hpp"
#include "messaging/document/worker_protocol.hpp"

namespace concordat::messaging {
namespace {

DocumentEnd end_of(TextOutcome outcome) {
    switch (outcome) {
        case TextOutcome::read:
            return DocumentEnd::read;
        case TextOutcome::too_large:
            return DocumentEnd::too_large;
        case TextOutcome::locked:
            return DocumentEnd::locked;
        default:
            return DocumentEnd::damaged;
    }
}

// Nothing when the process is lost.
std::optional<DocumentText> conversation(ConfinedProcess& process, const DocumentTask& task,
                                         ConfinedProcess::Deadline deadline) {
    TextRequest request;
    request.may_open_archives = task.may_open_archives ? 1 : 0;
    request.bytes = task.size;
    if (task.ending.size() <= request.ending.size()) std::ranges::copy(task.ending, request.ending.begin());
    if (!process.send({reinterpret_cast<const char*>(&request), sizeof request}, deadline))
        return std::nullopt;
    for (auto left = task.size; left > 0;) {
        const auto part = task.next_part().substr(0, left);
        if (part.empty() || !process.send(part, deadline)) return std::nullopt;
        left -= part.size();
    }
    TextAnswer answer;
    if (!process.receive(&answer, sizeof answer, deadline) || answer.mark != text_worker_mark ||
        answer.bytes > most_text)
        return std::nullopt;
    DocumentText out{end_of(answer.outcome), std::string(answer.bytes, '\0')};
    if (!process.receive(out.text.data(), out.text.size(), deadline) || !is_utf8(out.text))
        return std::nullopt;
    return out;
}

}  // namespace

std::string_view text_of(DocumentEnd end) {
    switch (end) {
        case DocumentEnd::read:
            return "read";
        case DocumentEnd::damaged:
            return "damaged";
        case DocumentEnd::too_large:
            return "too_large";
        case DocumentEnd::locked:
            return "locked";
        case DocumentEnd::died:
            return "died";
        case DocumentEnd::late:
            return "late";
        case DocumentEnd::unavailable:
            return "unavailable";
    }
    return "";
}

bool may_pass(DocumentEnd end) {
    return end == DocumentEnd::died || end == DocumentEnd::late || end == DocumentEnd::unavailable;
}

// A process that abort() may end. It is not reaped before this goes, so its number is its own.
class DocumentReader::AtWork {
public:
    AtWork(DocumentReader& reader, pid_t pid) : reader_(reader), pid_(pid) {
        std::lock_guard lock(reader_.mutex_);
        reader_.at_work_.insert(pid_);
    }
    ~AtWork() {
        std::lock_guard lock(reader_.mutex_);
        reader_.at_work_.erase(pid_);
    }
    AtWork(const AtWork&) = delete;

private:
    DocumentReader& reader_;
    const pid_t pid_;
};

void DocumentReader::abort() {
    std::lock_guard lock(mutex_);
    for (const auto pid : at_work_) ::kill(pid, SIGKILL);
}

DocumentText DocumentReader::read(const DocumentTask& task) {
    if (task.size > most_document) return {DocumentEnd::too_large, {}};
    std::optional<ConfinedProcess> process;
    try {  // a process that does not start is an answer here
        process.emplace(program_);
    } catch (const Error& error) {
        log_error("the process for texts of files does not start", {{"detail", error.detail()}});
        return {DocumentEnd::unavailable, {}};
    }
    const AtWork at_work(*this, process->pid());
    TextAnswer hello;
    const auto now = std::chrono::steady_clock::now();
    if (!process->receive(&hello, sizeof hello, now + limits_.start_time) || hello.mark != text_worker_mark) {
        log_error("the process for texts of files does not come up", {{"program", program_}});
        return {DocumentEnd::unavailable, {}};
    }
    if (auto text = conversation(*process, task, std::chrono::steady_clock::now() + limits_.job_time))
        return *std::move(text);
    return {process->end() == ConfinedProcess::End::late ? DocumentEnd::late : DocumentEnd::died, {}};
}

}  // namespace concordat::messaging
