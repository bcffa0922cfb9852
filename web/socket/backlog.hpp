// What one connection still has to send, and the last of what it sent.
//
// Numbers events 0, 1, 2, ... as they are taken in, keeps those sent for a client that comes back,
// and lays frames out for one gathered write. Frames share their text; while idle a backlog owns the
// kept frames and nothing else. Not thread-safe. No I/O.
#pragma once
#include <boost/asio/buffer.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>
#include "web/socket/event.hpp"
#include "web/socket/frame.hpp"

namespace concordat::web {
namespace asio = boost::asio;

// One thing to send.
struct OutFrame {
    enum class Kind : std::uint8_t {
        event,  // numbered
        reply,  // text without a number
        ping,
        pong,
        close,
        raw  // not framed at all: the answer to the upgrade
    };
    std::shared_ptr<const FrameText> body;
    const RecipientExtra* extra = nullptr;  // owned by body
    std::uint64_t seq : 56 = 0;             // of an event
    std::uint64_t adds_ack : 1 = 0;
    std::uint64_t kind_bits : 4 = 0;

    Kind kind() const { return static_cast<Kind>(kind_bits); }
    std::size_t payload_size() const;
    // On the wire, header included.
    std::size_t size() const;
};

// A ring that grows up to what it is asked to hold and can be emptied to nothing.
class FrameRing {
public:
    bool empty() const { return count_ == 0; }
    std::size_t size() const { return count_; }
    OutFrame& operator[](std::size_t i) { return slots_[(first_ + i) & (slots_.size() - 1)]; }
    const OutFrame& operator[](std::size_t i) const { return slots_[(first_ + i) & (slots_.size() - 1)]; }
    OutFrame& front() { return (*this)[0]; }
    void push_back(OutFrame frame);
    void push_front(OutFrame frame);
    OutFrame pop_front();
    OutFrame pop_back();
    void clear();

private:
    void grow();

    std::vector<OutFrame> slots_;  // a power of two, or empty
    std::size_t first_ = 0;
    std::size_t count_ = 0;
};

// Memory for one gathered write, shared by all connections of a network thread: short texts are put
// side by side, long ones are pointed at.
class Gather {
public:
    static constexpr std::size_t most_bytes = 64 * 1024;
    static constexpr std::size_t most_frames = 64;

    void start();
    // False when no more fits; what was added is sent first.
    bool add(const OutFrame& frame, std::size_t skip);
    std::span<const asio::const_buffer> buffers() const { return buffers_; }
    std::size_t size() const { return size_; }

private:
    bool add_piece(std::string_view piece, std::size_t& skip);

    std::vector<char> copied_ = std::vector<char>(most_bytes);
    std::size_t copied_size_ = 0;
    std::size_t size_ = 0;
    std::size_t frames_ = 0;
    std::vector<asio::const_buffer> buffers_;
};

struct BacklogLimits {
    std::size_t live_frames = 4096;  // waiting, while the client is connected
    std::size_t live_bytes = 4u << 20;
    std::size_t away_frames = 256;  // waiting, while it is away
    std::size_t away_bytes = 4u << 20;
    std::size_t kept_frames = 128;  // sent, kept for a client that comes back
    std::size_t kept_bytes = 1u << 20;
};

class Backlog {
public:
    enum class Offer { taken, dropped, overflow };
    enum class Resume { continued, replayed, lost };

    // `limits` must outlive the backlog.
    explicit Backlog(const BacklogLimits& limits) : limits_(&limits) {}

    // Takes an event and numbers it, unless it is droppable and the backlog over half full. Overflow:
    // it did not fit, and the connection has to end, because a number must not be missing.
    Offer offer(const std::shared_ptr<const Announcement>& event, const RecipientExtra* extra, bool adds_ack,
                bool is_away);
    // Anything without a number. False when it does not fit.
    bool push(OutFrame::Kind kind, std::shared_ptr<const FrameText> body);

    bool empty() const { return waiting_.empty(); }
    std::size_t waiting() const { return waiting_.size(); }
    std::size_t waiting_bytes() const { return waiting_bytes_; }
    std::uint64_t next_seq() const { return next_seq_; }

    void lay_out(Gather& gather) const;
    // `bytes` of what lay_out() gave are sent. Returns the frames that are thereby complete.
    std::size_t sent(std::size_t bytes);

    // The connection is gone: what has no number is forgotten, a half-sent frame counts as not sent.
    // False when what waits exceeds the limits for a client that is away.
    bool rewind();
    // The client is back and wants `seq` next. `replayed`: kept frames wait again. `lost`: it cannot be
    // served without a gap; nothing is changed.
    Resume resume(std::uint64_t seq);
    // Puts what `other` still has to send, half-sent frame included, in front.
    void take_over(Backlog& other);

private:
    void keep(OutFrame frame);

    const BacklogLimits* limits_;
    FrameRing waiting_;
    FrameRing kept_;
    std::size_t waiting_bytes_ = 0;
    std::size_t kept_bytes_ = 0;
    std::size_t offset_ = 0;  // bytes of the first waiting frame that are sent
    std::uint64_t next_seq_ = 0;
};

}  // namespace concordat::web
