// The concordat-text processes: each finds the words of one file and ends.
//
// A file made to do harm ends such a process and never this one; what comes back is text and nothing more,
// whoever sent it. Thread-safe; every call has a process of its own and blocks for at most start_time and
// job_time.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace concordat::messaging {

// A build for tests is slow.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr int document_patience = 5;
#else
inline constexpr int document_patience = 1;
#endif

enum class DocumentEnd {
    read,        // the text may be empty: nothing that has words
    damaged,     // not what its beginning says
    too_large,   // itself, or what would have to be unpacked
    locked,      // encrypted
    died,        // the process ended while working on it
    late,        // it took too long
    unavailable  // no process could be started
};
// "read", "damaged" and so on: for records, logs and metrics.
std::string_view text_of(DocumentEnd end);
// Whether it might go better another time.
bool may_pass(DocumentEnd end);

struct DocumentText {
    DocumentEnd end = DocumentEnd::read;
    std::string text;  // UTF-8
};

struct DocumentTask {
    std::string_view ending;  // of the file's name, in lower case, without the dot
    std::uint64_t size = 0;
    bool may_open_archives = false;
    // The bytes, part by part: the next ones, valid until the next call. What it throws goes through.
    std::function<std::string_view()> next_part;
};

class DocumentReader {
public:
    struct Limits {
        std::chrono::milliseconds job_time{30'000 * document_patience};
        std::chrono::milliseconds start_time{10'000 * document_patience};
    };
    // `program` is the path of concordat-text. Starts nothing.
    DocumentReader(std::string program, Limits limits) : program_(std::move(program)), limits_(limits) {}
    explicit DocumentReader(std::string program) : DocumentReader(std::move(program), Limits{}) {}

    // Whatever the file is, the answer is a value and not an exception.
    DocumentText read(const DocumentTask& task);
    // Ends the processes that are at work: their calls answer that they died.
    void abort();

private:
    class AtWork;
    const std::string program_;
    const Limits limits_;
    std::mutex mutex_;  // guards what follows
    std::set<pid_t> at_work_;
};

}  // namespace concordat::messaging
