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

MessageReaders::Reader MessageReaders::fork_one() {
    const std::lock_guard lock(mutex_);
    if (!parent_) parent_ = std::make_shared<ForkServer>(program_);
    Reader reader;
    reader.parent = parent_;
    try {
        reader.process = parent_->child();
    } catch (const Error&) {  // the next one starts it again
        parent_.reset();
        throw;
    }
    return reader;
}

// Those that it has forked go on.
void MessageReaders::replace(const std::shared_ptr<ForkServer>& parent) {
    const std::lock_guard lock(mutex_);
    if (parent_ == parent) parent_.reset();
}

// One that has locked itself in.
MessageReaders::Reader MessageReaders::start() {
    const auto deadline = std::chrono::steady_clock::now() + limits_.start_time;
    constexpr int attempts = 2;  // the program may have ended since the last message
    for (int attempt = 1;; ++attempt) {
        std::string detail;
        try {
            auto reader = fork_one();
            SamlFrame hello;
            if (reader.process->receive(&hello, sizeof hello, deadline) && hello.mark == worker_mark)
                return reader;
            detail =
                program_ + (reader.process->end() == ConfinedProcess::End::late ? " did not start in time"
                                                                                : " ended while starting");
            replace(reader.parent);
        } catch (const Error& e) {
            detail = e.detail();
        }
        if (attempt == attempts) throw no_worker(detail);
    }
}

std::optional<SamlAnswer> MessageReaders::read(const SamlTask& task) {
    const Turn turn(*this);
    Reader reader;
    try {
        reader = start();
    } catch (const Error& e) {
        log_error("the process for SAML messages does not start", {{"detail", e.detail()}});
        throw;
    }
    auto answer = conversation(*reader.process, task, std::chrono::steady_clock::now() + limits_.job_time);
    if (!answer) {
        const bool is_late = reader.process->end() == ConfinedProcess::End::late;
        log_warn(
            "the process for SAML messages was lost",
            {{"reason", is_late ? "late" : "died"}, {"kind", task.kind}, {"bytes", task.message.size()}});
        ++lost_;
        replace(reader.parent);
    }
    return answer;
}

}  // namespace concordat::identity
