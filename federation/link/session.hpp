// Session: one connection to a partner's node, from the handshake to the end. Private to the link.
//
// It is one of two lanes, as its dialler says in its hello: of events, or of files.
//
// It runs on its own thread. wake*(), tell() and close() may be called on any; everything else is its own.
#pragma once
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <deque>
#include <set>
#include "federation/link/file_lane.hpp"
#include "federation/link/link.hpp"
#include "federation/wire/frame.hpp"
#include "federation/wire/messages.hpp"

namespace concordat::federation {

class Session : public std::enable_shared_from_this<Session> {
public:
    // One that came in. `socket` belongs to `io`.
    Session(Link& link, std::shared_ptr<asio::io_context> io, asio::ip::tcp::socket socket,
            std::string remote);
    // One to be dialled.
    Session(Link& link, const Partner& partner, bool is_for_files);
    ~Session();

    void start();
    // Has the streams or the lists to look at.
    void wake(bool are_lists_changed);
    // Has files to look at; nothing for the lane of events.
    void wake_files();
    void tell(const Refused& refusal);
    void close(const std::string& why);
    void join();

    const OrganisationId& partner() const { return partner_.id; }
    bool is_dialled() const { return is_dialled_; }
    // Once it is proved; of a dialled one from the start.
    bool is_for_files() const { return is_for_files_; }
    // Whether the other side knows the lane for files.
    bool knows_files() const { return knows_files_; }
    // Whether it counted as a stranger until now; from now on it does not.
    bool was_stranger() { return is_stranger_.exchange(false); }
    const std::string& remote() const { return remote_; }
    LinkStatus status() const;

private:
    struct Outgoing {
        OrganisationId origin;
        ChannelId channel;
        std::int64_t next = 1;
        Millis history_from = 0;  // of what is older it gets no bodies
    };
    struct InFlight {
        OrganisationId origin;
        ChannelId channel;
        std::int64_t last = 0;
        std::size_t bytes = 0;
    };
    asio::awaitable<void> run();
    asio::awaitable<void> connect();
    asio::awaitable<void> introduce();
    asio::awaitable<Frame> next_frame();
    asio::awaitable<void> read();
    asio::awaitable<void> write();
    asio::awaitable<void> send_now(std::string bytes);
    void tick();
    void tick_files();
    void look_at_partner();
    void begin();
    void handle_of_events(const Frame& frame);
    void note_seen();
    void handle(const Frame& frame);
    void handle_all(const std::vector<Frame>& frames);
    void take_batch(const Frame& frame);
    void acknowledge(bool are_on_disk);
    void take_wants(const Wants& wants);
    void send_wanted(const Wants& wants);
    void take_ack(const Ack& ack);
    void look_at_lists();
    void tell_keys(const KeyChain& keys);
    void take_keys(const Frame& frame);
    void tell_refusals();
    void fill();
    bool fill_from(Outgoing& stream);
    bool may_send() const;
    void push(std::string frame);
    void end(const char* why);
    void finish(const std::string& why, bool is_refusal);
    void set_deadline(std::chrono::seconds time, const char* what);

    Link& link_;
    const bool is_dialled_;
    std::shared_ptr<asio::io_context> io_;
    const Link::Certificate certificate_;  // its context outlives what is made from it
    asio::ssl::context asio_context_;
    asio::ssl::stream<asio::ip::tcp::socket> stream_;
    asio::steady_timer deadline_, signal_, ticker_, file_ticker_;
    std::thread thread_;
    std::string remote_;
    std::string trouble_;  // what a deadline found

    Caller caller_;    // once it has said who it is
    Partner partner_;  // of a dialled session from the start; else once it is proved
    std::atomic<bool> is_for_files_ = false, knows_files_ = false, are_files_changed_ = false;
    std::unique_ptr<FileLane> files_;  // of such a lane, while it is up
    std::atomic<bool> is_proved_ = false, is_closed_ = false, is_stranger_;
    std::atomic<Millis> since_ = 0;
    std::atomic<std::int64_t> sent_ = 0, received_ = 0;
    bool is_up_ = false, is_writing_ = false;

    FrameReader reader_;
    std::chrono::steady_clock::time_point heard_at_{}, noted_at_{};
    std::deque<std::string> outbox_;
    std::size_t outbox_bytes_ = 0;
    std::optional<Wants> heard_wants_;  // the last that it said
    std::vector<Outgoing> outgoing_;
    std::deque<InFlight> in_flight_;
    std::size_t in_flight_bytes_ = 0;
    std::set<std::pair<OrganisationId, ChannelId>> wanted_;
    std::map<std::pair<OrganisationId, ChannelId>, std::int64_t> taken_;  // and not acknowledged
    std::string last_shares_, last_wants_;
    bool knows_keys_ = false;                          // the other side; frames of them
    std::map<OrganisationId, std::size_t> told_keys_;  // how many changes of whose
    bool is_again_ = false;
    std::atomic<bool> are_lists_changed_ = false;
};

}  // namespace concordat::federation
