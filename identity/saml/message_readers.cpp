#include "identity/saml/message_readers.hpp"

#include "core/base/error.hpp"
#include "core/base/log.hpp"

namespace concordat::identity {
namespace {

using namespace saml;

Error no_worker(const std::string& detail) {
    return {Fault::unavailable, "saml.worker", "Sign-in by SAML does not work at the moment.", detail};
}

std::string_view bytes_of(const SamlFrame& frame) {
    return {reinterpret_cast<const char*>(&frame), sizeof frame};
}

// Nothing when the process is lost.
std::optional<SamlAnswer> conversation(ConfinedProcess& process, const SamlTask& task,
                                       ConfinedProcess::Deadline deadline) {
    const auto text = json_text(task);
    SamlFrame frame;
    frame.bytes = text.size();
    if (!process.send(bytes_of(frame), deadline) || !process.send(text, deadline) ||
        !process.receive(&frame, sizeof frame, deadline))
        return std::nullopt;
    if (frame.mark != worker_mark || frame.bytes > most_answer_bytes) return std::nullopt;
    std::string answer(frame.bytes, '\0');
    if (!process.receive(answer.data(), answer.size(), deadline)) return std::nullopt;
    try {  // of a process that may have been taken over
        return parse_json<SamlAnswer>(answer);
    } catch (const Error&) {
        return std::nullopt;
    }
}

}  // namespace

MessageReaders::MessageReaders(std::string program, Limits limits)
    : program_(std::move(program)), limits_(limits) {}

class MessageReaders::Turn {
public:
    explicit Turn(MessageReaders& readers) : readers_(readers) { readers_.wait_for_turn(); }
    ~Turn() {
        const std::lock_guard lock(readers_.mutex_);
        --readers_.busy_;
        readers_.has_room_.notify_one();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

private:
    MessageReaders& readers_;
};

void MessageReaders::wait_for_turn() {
    std::unique_lock lock(mutex_);
    if (!has_room_.wait_for(lock, limits_.turn_time, [&] { return busy_ < limits_.most; }))
        throw Error(Fault::unavailable, "saml.busy",
                    "Too many people sign in at the moment. Try again in a while.");
    ++busy_;
}

// The one that waits, or a new one; it has locked itself in.
MessageReaders::Process MessageReaders::ready_one() {
    Process process;
    {
        const std::lock_guard lock(mutex_);
        process = std::move(next_);
    }
    const auto deadline = std::chrono::steady_clock::now() + limits_.start_time;
    for (const bool is_fresh : {process == nullptr, true}) {
        if (!process) process = std::make_unique<ConfinedProcess>(program_);
        SamlFrame hello;
        if (process->receive(&hello, sizeof hello, deadline) && hello.mark == worker_mark) return process;
        const bool is_late = process->end() == ConfinedProcess::End::late;
        process.reset();
        if (is_fresh)
            throw no_worker(program_ + (is_late ? " did not start in time" : " ended while starting"));
    }
    throw no_worker(program_);
}

void MessageReaders::start_next() {
    try {  // the next message tries again, and says so then
        auto process = std::make_unique<ConfinedProcess>(program_);
        const std::lock_guard lock(mutex_);
        if (!next_) next_ = std::move(process);
    } catch (const Error& e) {
        log_warn("the process for SAML messages does not start", {{"detail", e.detail()}});
    }
}

std::optional<SamlAnswer> MessageReaders::read(const SamlTask& task) {
    const Turn turn(*this);
    Process process;
    try {  // in the words of this room
        process = ready_one();
    } catch (const Error& e) {
        log_error("the process for SAML messages does not start", {{"detail", e.detail()}});
        throw no_worker(e.detail());
    }
    auto answer = conversation(*process, task, std::chrono::steady_clock::now() + limits_.job_time);
    if (!answer) {
        const bool is_late = process->end() == ConfinedProcess::End::late;
        log_warn(
            "the process for SAML messages was lost",
            {{"reason", is_late ? "late" : "died"}, {"kind", task.kind}, {"bytes", task.message.size()}});
        ++lost_;
    }
    process.reset();
    start_next();
    return answer;
}

}  // namespace concordat::identity
