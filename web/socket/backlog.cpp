#include "web/socket/backlog.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace concordat::web {
namespace {

constexpr std::string_view ack_member = R"("should_ack":true)";
constexpr std::size_t longest_copy = 4096;  // longer texts are pointed at, not copied
constexpr std::size_t idle_slots = 8;       // an emptied ring keeps no more than these

// ,"seq":n}
class Suffix {
public:
    explicit Suffix(std::uint64_t seq) {
        static constexpr std::string_view key = R"(,"seq":)";
        std::memcpy(text_, key.data(), key.size());
        auto* end = std::to_chars(text_ + key.size(), text_ + sizeof text_ - 1, seq).ptr;
        *end++ = '}';
        size_ = static_cast<std::size_t>(end - text_);
    }
    std::string_view text() const { return {text_, size_}; }

private:
    char text_[32];
    std::size_t size_;
};

Opcode opcode_of(OutFrame::Kind kind) {
    switch (kind) {
        case OutFrame::Kind::ping:
            return Opcode::ping;
        case OutFrame::Kind::pong:
            return Opcode::pong;
        case OutFrame::Kind::close:
            return Opcode::close;
        default:
            return Opcode::text;
    }
}

std::size_t digits(std::uint64_t n) {
    std::size_t count = 1;
    for (; n >= 10; n /= 10) ++count;
    return count;
}

}  // namespace

std::size_t OutFrame::payload_size() const {
    std::size_t size = body->text.size();
    if (kind() != Kind::event) return size;
    size += std::string_view(R"(,"seq":})").size() + digits(seq);
    const std::size_t members = extra ? extra->members.size() : 0;
    bool needs_comma = !body->is_data_empty;
    if (members > 0) {
        size += members + (needs_comma ? 1 : 0);
        needs_comma = true;
    }
    if (adds_ack) size += ack_member.size() + (needs_comma ? 1 : 0);
    return size;
}

std::size_t OutFrame::size() const {
    const auto payload = payload_size();
    return kind() == Kind::raw ? payload : frame_header_size(payload) + payload;
}

void FrameRing::grow() {
    std::vector<OutFrame> larger(std::max<std::size_t>(4, slots_.size() * 2));
    for (std::size_t i = 0; i < count_; ++i) larger[i] = std::move((*this)[i]);
    slots_ = std::move(larger);
    first_ = 0;
}

void FrameRing::push_back(OutFrame frame) {
    if (count_ == slots_.size()) grow();
    ++count_;
    (*this)[count_ - 1] = std::move(frame);
}

void FrameRing::push_front(OutFrame frame) {
    if (count_ == slots_.size()) grow();
    first_ = (first_ + slots_.size() - 1) & (slots_.size() - 1);
    ++count_;
    (*this)[0] = std::move(frame);
}

OutFrame FrameRing::pop_front() {
    OutFrame out = std::move(slots_[first_]);
    slots_[first_] = OutFrame{};
    first_ = (first_ + 1) & (slots_.size() - 1);
    if (--count_ == 0) clear();
    return out;
}

OutFrame FrameRing::pop_back() {
    auto& last = (*this)[count_ - 1];
    OutFrame out = std::move(last);
    last = OutFrame{};
    if (--count_ == 0) clear();
    return out;
}

void FrameRing::clear() {
    if (slots_.size() > idle_slots)
        std::vector<OutFrame>().swap(slots_);
    else
        std::fill(slots_.begin(), slots_.end(), OutFrame{});
    first_ = count_ = 0;
}

void Gather::start() {
    copied_size_ = size_ = frames_ = 0;
    buffers_.clear();
}

bool Gather::add_piece(std::string_view piece, std::size_t& skip) {
    if (skip >= piece.size()) {
        skip -= piece.size();
        return true;
    }
    piece.remove_prefix(skip);
    skip = 0;
    const auto room = most_bytes - size_;
    const bool fits = piece.size() <= room;
    if (!fits) piece = piece.substr(0, room);
    if (piece.empty()) return fits;
    size_ += piece.size();
    if (piece.size() > longest_copy) {
        buffers_.emplace_back(piece.data(), piece.size());
        return fits;
    }
    char* at = copied_.data() + copied_size_;
    std::memcpy(at, piece.data(), piece.size());
    copied_size_ += piece.size();
    const bool continues =
        !buffers_.empty() && static_cast<const char*>(buffers_.back().data()) + buffers_.back().size() == at;
    if (continues)
        buffers_.back() = asio::const_buffer(buffers_.back().data(), buffers_.back().size() + piece.size());
    else
        buffers_.emplace_back(at, piece.size());
    return fits;
}

bool Gather::add(const OutFrame& frame, std::size_t skip) {
    if (frames_ == most_frames || size_ >= most_bytes) return false;
    ++frames_;
    const auto kind = frame.kind();
    const std::string_view text = frame.body->text;
    if (kind == OutFrame::Kind::raw) return add_piece(text, skip);
    char header[10];
    const auto header_size = write_frame_header(header, opcode_of(kind), frame.payload_size());
    if (!add_piece({header, header_size}, skip)) return false;
    if (kind != OutFrame::Kind::event) return add_piece(text, skip);
    const auto suffix = Suffix(frame.seq);
    const std::string_view members =
        frame.extra ? std::string_view(frame.extra->members) : std::string_view();
    if (members.empty() && !frame.adds_ack) return add_piece(text, skip) && add_piece(suffix.text(), skip);

    bool needs_comma = !frame.body->is_data_empty;
    if (!add_piece(text.substr(0, frame.body->splice), skip)) return false;
    if (!members.empty()) {
        if (needs_comma && !add_piece(",", skip)) return false;
        if (!add_piece(members, skip)) return false;
        needs_comma = true;
    }
    if (frame.adds_ack) {
        if (needs_comma && !add_piece(",", skip)) return false;
        if (!add_piece(ack_member, skip)) return false;
    }
    return add_piece(text.substr(frame.body->splice), skip) && add_piece(suffix.text(), skip);
}

Backlog::Offer Backlog::offer(const std::shared_ptr<const Announcement>& event, const RecipientExtra* extra,
                              bool adds_ack, bool is_away) {
    const auto most_frames = is_away ? limits_->away_frames : limits_->live_frames;
    const auto most_bytes = is_away ? limits_->away_bytes : limits_->live_bytes;
    if (event->is_droppable && (waiting_.size() * 2 > most_frames || waiting_bytes_ * 2 > most_bytes))
        return Offer::dropped;
    OutFrame frame;
    frame.body = event;
    frame.extra = extra;
    frame.seq = next_seq_;
    frame.adds_ack = adds_ack;
    const auto size = frame.size();
    // A single text longer than the limit still goes out when nothing else waits.
    const bool is_too_much =
        waiting_.size() >= most_frames || (!waiting_.empty() && waiting_bytes_ + size > most_bytes);
    if (is_too_much) return Offer::overflow;
    ++next_seq_;
    waiting_bytes_ += size;
    waiting_.push_back(std::move(frame));
    return Offer::taken;
}

bool Backlog::push(OutFrame::Kind kind, std::shared_ptr<const FrameText> body) {
    OutFrame frame;
    frame.body = std::move(body);
    frame.kind_bits = static_cast<std::uint8_t>(kind);
    const auto size = frame.size();
    if (waiting_.size() >= limits_->live_frames || waiting_bytes_ + size > limits_->live_bytes) return false;
    waiting_bytes_ += size;
    waiting_.push_back(std::move(frame));
    return true;
}

void Backlog::lay_out(Gather& gather) const {
    gather.start();
    for (std::size_t i = 0; i < waiting_.size(); ++i)
        if (!gather.add(waiting_[i], i == 0 ? offset_ : 0)) return;
}

std::size_t Backlog::sent(std::size_t bytes) {
    std::size_t complete = 0;
    offset_ += bytes;
    while (!waiting_.empty()) {
        const auto size = waiting_.front().size();
        if (offset_ < size) break;
        offset_ -= size;
        waiting_bytes_ -= size;
        auto frame = waiting_.pop_front();
        if (frame.kind() == OutFrame::Kind::event) keep(std::move(frame));
        ++complete;
    }
    return complete;
}

void Backlog::keep(OutFrame frame) {
    kept_bytes_ += frame.size();
    if (kept_.size() >= limits_->kept_frames) kept_bytes_ -= kept_.pop_front().size();
    kept_.push_back(std::move(frame));
    while (kept_.size() > 1 && kept_bytes_ > limits_->kept_bytes) kept_bytes_ -= kept_.pop_front().size();
}

bool Backlog::rewind() {
    FrameRing numbered;
    offset_ = 0;
    waiting_bytes_ = 0;
    while (!waiting_.empty()) {
        auto frame = waiting_.pop_front();
        if (frame.kind() != OutFrame::Kind::event) continue;
        waiting_bytes_ += frame.size();
        numbered.push_back(std::move(frame));
    }
    waiting_ = std::move(numbered);
    return waiting_.size() <= limits_->away_frames && waiting_bytes_ <= limits_->away_bytes;
}

Backlog::Resume Backlog::resume(std::uint64_t seq) {
    const std::uint64_t next_unsent = waiting_.empty() ? next_seq_ : std::uint64_t{waiting_.front().seq};
    if (seq == next_unsent) return Resume::continued;
    if (kept_.empty() || seq > next_unsent || seq < kept_.front().seq) return Resume::lost;
    while (!kept_.empty() && kept_[kept_.size() - 1].seq >= seq) {
        auto frame = kept_.pop_back();
        kept_bytes_ -= frame.size();
        waiting_bytes_ += frame.size();
        waiting_.push_front(std::move(frame));
    }
    return Resume::replayed;
}

void Backlog::take_over(Backlog& other) {
    if (other.waiting_.empty()) return;
    offset_ = other.offset_;
    waiting_bytes_ += other.waiting_bytes_;
    while (!other.waiting_.empty()) waiting_.push_front(other.waiting_.pop_back());
    other.waiting_bytes_ = other.offset_ = 0;
}

}  // namespace concordat::web
