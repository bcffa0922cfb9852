#include "federation/link/file_lane.hpp"

#include <algorithm>

#include "core/base/log.hpp"
#include "federation/link/protocol.hpp"

namespace concordat::federation {
namespace {

constexpr std::chrono::milliseconds measure_window_every{1000};
constexpr std::chrono::seconds ask_again_after{3};
constexpr std::int64_t most_told_refused = 10000;

bool is_offset(std::int64_t number) {
    return number >= 0 && number <= largest_number;
}

}  // namespace

FileLane::~FileLane() {
    for (auto& [number, one] : coming_) {
        try {
            one.writer->checkpoint();
        } catch (const std::exception& e) {  // a little comes twice
            log_warn("a partner's file lost its last bytes",
                     {{"file", one.file.id.text()}, {"what", e.what()}});
        }
    }
}

void FileLane::look() {
    ask();
    tell_refused();
}

void FileLane::tick() {
    measure();
    drop_unwanted();
    if (may_be_more_ || clock_() - asked_at_ > ask_again_after) ask();
}

// What comes in a quarter of a second may be under way.
void FileLane::measure() {
    const auto now = clock_();
    const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(now - measured_at_);
    if (time < measure_window_every) return;
    if (measured_at_ != std::chrono::steady_clock::time_point() && came_ > 0)
        window_ = std::clamp(came_ * 250 / time.count(), least_file_window, most_file_window);
    measured_at_ = now;
    came_ = 0;
}

std::int64_t FileLane::window() const {
    const auto all = std::max<std::int64_t>(1, std::ssize(coming_));
    return std::max<std::int64_t>(window_ / all, most_file_bytes);
}

// Its post was deleted or changed; or nothing comes.
void FileLane::drop_unwanted() {
    if (coming_.empty()) return;
    std::vector<FileId> ids;
    for (const auto& [number, one] : coming_) ids.push_back(one.file.id);
    const auto wanted = files_.still_wanted(ids);
    for (auto at = coming_.begin(); at != coming_.end();) {
        const auto& one = at->second;
        const bool is_wanted = std::ranges::find(wanted, one.file.id) != wanted.end();
        const bool is_silent = clock_() - one.heard_at > longest_file_silence;
        if (is_wanted && !is_silent) {
            ++at;
            continue;
        }
        push_(frame_of(FrameType::file_stop, FileStop{at->first}));
        auto file = one.file;
        if (is_silent) at->second.writer->checkpoint();
        at = coming_.erase(at);
        if (is_wanted) postpone(file, "silent");
    }
}

void FileLane::ask() {
    asked_at_ = clock_();
    if (coming_.size() >= most_files_at_once) return;
    const auto wanted = files_.wanted(partner_.id, 2 * most_files_at_once);
    may_be_more_ = !wanted.empty();
    for (const auto& file : wanted) {
        if (coming_.size() >= most_files_at_once) return;
        const bool is_coming =
            std::ranges::any_of(coming_, [&](const auto& each) { return each.second.file.id == file.id; });
        if (!is_coming) ask_for(file);
    }
}

void FileLane::postpone(const PartnerFile& file, const std::string& why) {
    may_be_more_ = true;
    files_.postpone(file, why);
}

bool FileLane::ask_for(const PartnerFile& file) {
    // What is wrong here and now is no reason to end the session: it is asked for again later.
    try {
        auto writer = files_.writer_of(file);
        const auto size = file.size;
        if (!writer || static_cast<std::int64_t>(writer->size()) == size) {
            files_.take(file, std::move(writer));
            return true;
        }
        Coming one{file, std::move(writer), 0, 0, clock_(), clock_(), 0};
        one.saved = one.from = one.got();
        const auto number = next_number_++;
        auto& kept = coming_.emplace(number, std::move(one)).first->second;
        kept.upto = std::min(size, kept.got() + window());
        push_(frame_of(FrameType::file_want,
                       FileWant{number, file.origin, file.channel_id, file.file_id, kept.got(), kept.upto}));
        return true;
    } catch (const Error& e) {
        if (e.id() == "storage.blob.in_use") return false;  // the session before has not ended yet
        log_warn("a partner's file cannot be taken yet",
                 {{"file", file.id.text()}, {"id", e.id()}, {"detail", e.detail()}});
        postpone(file, e.id());
        return false;
    }
}

void FileLane::tell_refused() {
    for (const auto& refusal : files_.refused_here(partner_.id)) {
        if (std::ssize(told_refused_) >= most_told_refused) told_refused_.clear();
        auto& told = told_refused_[refusal.file];
        if (told == refusal.code) continue;
        told = refusal.code;
        push_(frame_of(FrameType::file_refused, refusal));
    }
}

void FileLane::finish(std::map<std::int64_t, Coming>::iterator at) {
    auto one = std::move(at->second);
    coming_.erase(at);
    const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(clock_() - one.begun_at);
    try {
        files_.take(one.file, std::move(one.writer));
        log_info("a partner's file has come", {{"file", one.file.id.text()},
                                               {"bytes", one.file.size - one.from},
                                               {"milliseconds", static_cast<std::int64_t>(time.count())}});
    } catch (const Error& e) {
        log_warn("a partner's file cannot be taken yet",
                 {{"file", one.file.id.text()}, {"id", e.id()}, {"detail", e.detail()}});
        postpone(one.file, e.id());
    }
    ask();
}

void FileLane::take_data(const Frame& frame) {
    const auto data = message_in<FileData>(frame);
    if (frame.parts.size() != 2 || frame.parts[1].empty() || frame.parts[1].size() > most_file_bytes)
        break_rule("a piece of a file is not of the size that it may be");
    const auto& bytes = frame.parts[1];
    const auto at = coming_.find(data.number);
    if (at == coming_.end()) {
        if (data.number < 1 || data.number >= next_number_)
            break_rule("a piece of a file that was not asked for");
        return;  // it was stopped while this was on its way
    }
    auto& one = at->second;
    const auto count = static_cast<std::int64_t>(bytes.size());
    if (data.offset != one.got() || count > one.upto - data.offset)
        break_rule("a piece of a file that is not the one that was asked for");
    try {
        one.writer->write(bytes);
        one.heard_at = clock_();
        came_ += count;
        received_.add(bytes.size());
        if (one.got() == one.file.size) return finish(at);
        if (one.got() - one.saved >= file_checkpoint) {
            one.writer->checkpoint();
            one.saved = one.got();
        }
    } catch (const Error& e) {  // the disk is full
        log_error("a partner's file cannot be written",
                  {{"file", one.file.id.text()}, {"id", e.id()}, {"detail", e.detail()}});
        push_(frame_of(FrameType::file_stop, FileStop{data.number}));
        const auto file = one.file;
        coming_.erase(at);
        return postpone(file, e.id());
    }
    const auto size = window();
    if (one.upto == one.file.size || one.upto - one.got() > size / 2) return;
    one.upto = std::min(one.file.size, one.got() + size);
    push_(frame_of(FrameType::file_credit, FileCredit{data.number, one.upto}));
}

void FileLane::take_want(const FileWant& want) {
    if (want.number <= last_of_theirs_ || !is_offset(want.number))
        break_rule("a number of a file is used again");
    if (!is_offset(want.offset) || !is_offset(want.upto) || want.upto < want.offset)
        break_rule("a range of a file cannot be");
    if (going_.size() >= most_files_at_once) break_rule("more files are asked for than may be at once");
    last_of_theirs_ = want.number;
    auto offer = files_.offer(partner_, want);
    if (offer.refusal == "not_told" && ++foreign_asks_ > most_foreign_asks_of_session)
        break_rule("it asks for files that it was not told of");
    if (offer.refusal.empty() && want.offset >= static_cast<std::int64_t>(offer.reader->size()))
        offer.refusal = "gone";
    if (!offer.refusal.empty()) {
        push_(frame_of(FrameType::file_no, FileNo{want.number, offer.refusal}));
        return;
    }
    Going one{std::move(offer.reader), want.offset, want.upto};
    going_.emplace(want.number, std::move(one));
}

void FileLane::take_no(const FileNo& no) {
    const auto at = coming_.find(no.number);
    if (at == coming_.end()) return;
    const auto file = at->second.file;
    at->second.writer->checkpoint();
    coming_.erase(at);
    const bool is_code = !no.code.empty() && no.code.size() <= 40 &&
                         no.code.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == no.code.npos;
    if (no.code == "later")
        postpone(file, "later");
    else
        files_.refuse(file, "origin." + (is_code ? no.code : std::string("gone")));
    ask();
}

void FileLane::handle(const Frame& frame) {
    switch (frame.type) {
        case FrameType::file_want:
            return take_want(message_in<FileWant>(frame));
        case FrameType::file_data:
            return take_data(frame);
        case FrameType::file_credit: {
            const auto credit = message_in<FileCredit>(frame);
            if (!is_offset(credit.upto)) break_rule("a range of a file cannot be");
            if (const auto at = going_.find(credit.number); at != going_.end())
                at->second.upto = std::max(at->second.upto, credit.upto);
            return;
        }
        case FrameType::file_stop:
            going_.erase(message_in<FileStop>(frame).number);
            return;
        case FrameType::file_no:
            return take_no(message_in<FileNo>(frame));
        case FrameType::file_refused:
            files_.refused_by(partner_, message_in<FileRefused>(frame));
            return;
        default:
            break_rule("a frame of another lane");
    }
}

void FileLane::fill() {
    std::string bytes;
    for (auto at = going_.begin(); at != going_.end();) {
        auto& one = at->second;
        const auto size = static_cast<std::int64_t>(one.reader->size());
        const auto count = std::min({one.upto, size}) - one.next;
        if (count > 0) {
            bytes.resize(static_cast<std::size_t>(std::min<std::int64_t>(count, most_file_bytes)));
            bytes.resize(one.reader->read_at(static_cast<std::uint64_t>(one.next), bytes));
            push_(encode({FrameType::file_data, {json_text(FileData{at->first, one.next}), bytes}}));
            sent_.add(bytes.size());
            one.next += std::ssize(bytes);
        }
        at = one.next >= size ? going_.erase(at) : std::next(at);
    }
}

}  // namespace concordat::federation
