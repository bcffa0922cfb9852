// FileLane: files between two nodes, on a connection of its own, so that a large one delays no message.
//
// Who wants a file asks for it from where it has it to, and grants so many bytes; nothing is sent that was
// not granted. What is granted at once follows how fast it comes, a quarter of a second of it, so that little
// is lost when the connection is. Up to four files come at a time, small ones first; of each there is one
// piece of 64 KiB in memory. Every 4 MiB, and when the connection ends, what has come is made durable, and
// the next session goes on behind it.
//
// Private to the link. Belongs to a session, and to its thread; calls block.
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include "core/base/metrics.hpp"
#include "federation/stream/partner_files.hpp"
#include "federation/wire/frame.hpp"
#include "federation/wire/messages.hpp"

namespace concordat::federation {

inline constexpr std::size_t most_files_at_once = 4;  // in each direction
inline constexpr std::int64_t least_file_window = 128 << 10,
                              most_file_window = 4 << 20;  // bytes of all files
inline constexpr std::int64_t file_checkpoint = 4 << 20;   // bytes of one file
inline constexpr std::chrono::seconds longest_file_silence{60};
inline constexpr int most_foreign_asks_of_session = 16;

class FileLane {
public:
    using Clock = std::function<std::chrono::steady_clock::time_point()>;
    // All must outlive this object. `push` sends a frame to the other side; `sent` and `received` count bytes
    // of files.
    FileLane(PartnerFiles& files, const Partner& partner, std::function<void(std::string)> push,
             Counter& sent, Counter& received, Clock clock = std::chrono::steady_clock::now)
        : files_(files),
          partner_(partner),
          push_(std::move(push)),
          sent_(sent),
          received_(received),
          clock_(std::move(clock)) {}
    // Makes durable what has come.
    ~FileLane();
    FileLane(const FileLane&) = delete;

    // Asks for what there is to ask for, and tells what is refused here: when the session begins, and when
    // there is something new.
    void look();
    // Every second: what is silent, what is wanted no more, what is to be asked for again.
    void tick();
    // Throws Error (invalid, "federation.protocol") for what is not allowed.
    void handle(const Frame& frame);
    // One piece of each file that may go on; when nothing else waits to be sent.
    void fill();
    // Its policy may be another now.
    void set_partner(const Partner& partner) { partner_ = partner; }

private:
    struct Coming {
        PartnerFile file;
        std::unique_ptr<storage::BlobWriter> writer;
        std::int64_t upto = 0;   // granted
        std::int64_t saved = 0;  // durable
        std::chrono::steady_clock::time_point heard_at{}, begun_at{};
        std::int64_t from = 0;  // what was there in the beginning
        std::int64_t got() const { return static_cast<std::int64_t>(writer->size()); }
    };
    struct Going {
        std::unique_ptr<storage::BlobReader> reader;
        std::int64_t next = 0, upto = 0;
    };
    void measure();
    void drop_unwanted();
    void ask();
    bool ask_for(const PartnerFile& file);
    void postpone(const PartnerFile& file, const std::string& why);
    void tell_refused();
    std::int64_t window() const;
    void finish(std::map<std::int64_t, Coming>::iterator at);
    void take_data(const Frame& frame);
    void take_want(const FileWant& want);
    void take_no(const FileNo& no);

    PartnerFiles& files_;
    Partner partner_;
    const std::function<void(std::string)> push_;
    Counter& sent_;
    Counter& received_;
    const Clock clock_;

    std::map<std::int64_t, Coming> coming_;  // by the number that this side gave
    std::map<std::int64_t, Going> going_;    // by the number that the other side gave
    std::int64_t next_number_ = 1, last_of_theirs_ = 0;
    std::int64_t window_ = least_file_window, came_ = 0;  // bytes since it was measured
    std::chrono::steady_clock::time_point measured_at_{};
    std::chrono::steady_clock::time_point asked_at_{};
    bool may_be_more_ = true;  // to ask for, when a second has passed
    int foreign_asks_ = 0;
    std::map<FileId, std::string> told_refused_;  // in this session
};

}  // namespace concordat::federation
