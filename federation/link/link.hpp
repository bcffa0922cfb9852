// Link: the connections between this organisation's node and its partners' nodes.
//
// TLS 1.3 with certificates on both ends; either side may dial, one session is enough, and it carries both
// directions. Who dialled it dials a second one for files, which cannot delay what is said in the first; it
// is there only while the first is. Each session has a thread of its own, on which it also calls the
// database: a partner that is slow, silent or hostile holds up nobody else. What waits for a partner is the
// streams in the database, from which a session reads only as much as it may send; nothing is queued in
// memory beyond most_in_flight.
//
// A partner that is lost is dialled again at once, then after random pauses that grow to a minute (15 minutes
// when it was refused); any contact from its side, and any change of what is known of it, starts that anew.
//
// start() and stop() on one thread; everything else on any.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>
#include "core/base/metrics.hpp"
#include "federation/stream/applier.hpp"
#include "federation/stream/inbox.hpp"
#include "federation/stream/partner_files.hpp"
#include "federation/stream/publisher.hpp"
#include "federation/stream/shares.hpp"

namespace concordat::federation {

namespace asio = boost::asio;

inline constexpr std::size_t most_in_flight = 8 << 20;  // bytes sent to a partner and not acknowledged
inline constexpr std::size_t most_strangers = 64;       // connections that have not proved who they are
inline constexpr std::size_t most_strangers_per_address = 8;
inline constexpr std::chrono::seconds longest_handshake{10}, longest_hello{5}, ping_every{15},
    longest_silence{45}, longest_drain{2};

struct LinkOptions {
    std::string address;  // to listen on; "" is not at all
    unsigned short port = 0;
    int renew_after_days = 20;  // of the own certificate
};

// Of one partner, for operators.
struct LinkStatus {
    OrganisationId partner;
    bool is_up = false;
    bool was_dialled = false;             // by this side
    Millis since = 0;                     // up, or down
    std::string remote;                   // address
    std::string trouble;                  // why it is down
    std::int64_t sent = 0, received = 0;  // events, in this session
    bool are_files_up = false;            // the lane for files
};

class Session;

class Link {
public:
    // All must outlive this object. Binds the port; throws Error (unavailable, "federation.listen").
    Link(storage::Database& db, Organisation& own, Partners& partners, Shares& shares, Inbox& inbox,
         PartnerFiles& files, Metrics& metrics, const LinkOptions& options);
    ~Link();
    Link(const Link&) = delete;

    // Hears of channels in which something that was said here was acknowledged or refused; often together,
    // and not at once. On the link's thread. Set before start().
    void on_delivery(std::function<void(const ChannelId&)> act) { delivered_act_ = std::move(act); }
    void start();
    // Ends all sessions; waits for them.
    void stop();
    // 0 when it does not listen.
    unsigned short port() const { return port_; }
    std::vector<LinkStatus> status();

    // Something was said here, or taken from somebody.
    void streams_changed();
    void shares_changed();
    void partner_changed(const OrganisationId& partner);
    // This organisation has another key.
    void keys_changed();
    void refused(const StoredEvent& event);
    // There is something to ask this partner for, or to tell it.
    void files_changed(const OrganisationId& partner);

private:
    friend class Session;
    struct Peer {
        std::shared_ptr<Session> session, files;  // the two lanes
        bool is_dialling = false, is_dialling_files = false;
        int failures = 0, file_failures = 0;
        std::chrono::steady_clock::time_point dial_at{}, dial_files_at{};
        Millis since = 0;
        std::string trouble;
        Backlog backlog;  // as it was when it was last looked at
        bool is_measured = false;
    };
    void accept();
    void tick();
    bool acts();  // false once stop() was called
    void look_after_partners();
    void tell_delivered();
    void measure(const std::vector<Partner>& partners);
    void add_gauges(const Partner& partner);
    void renew_certificate();
    void dial(const Partner& partner, bool is_for_files);
    void add_session(const std::shared_ptr<Session>& session);
    // -- called by sessions, on their threads --
    // Whether the session may go on: a partner has one.
    bool come_up(const std::shared_ptr<Session>& session, const Partner& partner);
    bool files_come_up(const std::shared_ptr<Session>& session, const Partner& partner);
    void files_go_down(const std::shared_ptr<Session>& session, const std::string& why, bool is_refusal);
    std::chrono::milliseconds pause_after(int failures, bool was_up, bool is_refusal);
    void go_down(const std::shared_ptr<Session>& session, const std::string& why, bool is_refusal);
    void proved(Session& session);
    void delivered(const OrganisationId& origin, const ChannelId& channel);
    Counter& counter(const char* name, const char* help, const Partner& partner);
    Counter& sent_to(const Partner& partner);
    Counter& received_from(const Partner& partner);
    // By the partner, of what was said here; by this node, of what it said.
    Counter& refused_by(const Partner& partner);
    Counter& refused_of(const Partner& partner);
    Counter& file_bytes_to(const Partner& partner);
    Counter& file_bytes_from(const Partner& partner);
    // A certificate, and the organisation's key that signed it.
    struct Certificate {
        std::shared_ptr<SSL_CTX> context;
        std::optional<storage::SigningKey> key;
    };
    Certificate certificate();
    std::vector<std::shared_ptr<Session>> live();

    storage::Database& db_;
    Organisation& own_;
    Partners& partners_;
    Shares& shares_;
    Inbox& inbox_;
    PartnerFiles& files_;
    Metrics& metrics_;
    Counter& refused_connections_;
    const LinkOptions options_;

    asio::io_context io_{1};
    std::unique_ptr<asio::ip::tcp::acceptor> acceptor_;
    asio::steady_timer timer_{io_};
    unsigned short port_ = 0;
    std::thread thread_;

    std::function<void(const ChannelId&)> delivered_act_ = [](const ChannelId&) {};

    std::mutex mutex_;               // guards what follows
    std::set<ChannelId> delivered_;  // that are to be told of
    bool is_stopping_ = false;
    Certificate certificate_;
    std::chrono::steady_clock::time_point context_made_{};
    std::map<OrganisationId, Peer> peers_;
    std::vector<std::shared_ptr<Session>> sessions_;  // all that have a thread
    std::vector<std::shared_ptr<Session>> finished_;  // whose threads wait to be joined
    std::map<std::string, std::size_t> strangers_;    // by address
    std::mt19937 random_{std::random_device{}()};
    std::chrono::steady_clock::time_point measured_at_{};  // of its own thread
};

}  // namespace concordat::federation
