// The program concordat-saml: a process of it reads one message and ends.
//
// It is started when the first message comes, and again after one at which a process was lost; it forks the
// others. At most `most` read at a time. Thread-safe; calls block for at most turn_time, start_time and
// job_time together.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include "core/process/fork_server.hpp"
#include "identity/saml_message/worker_protocol.hpp"

namespace concordat::identity {

// A build for tests is slow.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr int reader_patience = 10;
#else
inline constexpr int reader_patience = 1;
#endif

class MessageReaders {
public:
    struct Limits {
        int most = 2;
        std::chrono::milliseconds job_time{2000 * reader_patience};
        std::chrono::milliseconds start_time{5000 * reader_patience};
        std::chrono::milliseconds turn_time{2000 * reader_patience};
    };

    // `program` is the path of concordat-saml. Starts nothing.
    MessageReaders(std::string program, Limits limits);
    explicit MessageReaders(std::string program) : MessageReaders(std::move(program), Limits{}) {}

    // What the process made of it, or nothing when it was killed, was too slow or talked nonsense: then the
    // message is to blame. Throws Error unavailable: saml.busy, saml.worker (none can be started).
    std::optional<saml::SamlAnswer> read(const saml::SamlTask& task);
    // Messages at which a process was lost.
    std::uint64_t lost() const { return lost_; }

private:
    class Turn;
    // A process, and the one that forked it: it ends when nobody has it any more.
    struct Reader {
        std::shared_ptr<ForkServer> parent;
        std::unique_ptr<ConfinedProcess> process;
    };
    void wait_for_turn();
    Reader start();
    Reader fork_one();
    void replace(const std::shared_ptr<ForkServer>& parent);

    const std::string program_;
    const Limits limits_;
    std::atomic<std::uint64_t> lost_{0};
    std::mutex mutex_;  // guards the next three
    std::condition_variable has_room_;
    int busy_ = 0;
    std::shared_ptr<ForkServer> parent_;
};

}  // namespace concordat::identity
