#include "federation/link/link.hpp"

#include <pthread.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "core/base/log.hpp"
#include "federation/link/session.hpp"
#include "federation/trust/certificates.hpp"
#include "storage/tables/federation.hpp"

namespace concordat::federation {
namespace {

using tcp = asio::ip::tcp;
using namespace std::chrono_literals;

constexpr std::size_t most_delivered_told = 1000;  // channels at a time; windows ask for the others
constexpr auto look_after_every = 200ms, measure_every = 5000ms;
constexpr std::chrono::milliseconds first_pause{500}, longest_pause{60000}, longest_refused_pause{15 * 60000},
    unconfirmed_pause{2000}, later_dialler{1500};

std::string label_of(const Partner& partner) {
    return "partner=\"" + partner.name + "\"";
}

}  // namespace

Link::Link(storage::Database& db, Organisation& own, Partners& partners, Shares& shares, Inbox& inbox,
           PartnerFiles& files, Metrics& metrics, const LinkOptions& options)
    : db_(db),
      own_(own),
      partners_(partners),
      shares_(shares),
      inbox_(inbox),
      files_(files),
      metrics_(metrics),
      refused_connections_(metrics.counter("concordat_federation_refused_total",
                                           "Connections between nodes that were refused.")),
      options_(options) {
    metrics.gauge("concordat_federation_sessions", "Sessions with partners that are up.", [this] {
        std::lock_guard guard(mutex_);
        return static_cast<double>(
            std::ranges::count_if(peers_, [](const auto& p) { return p.second.session != nullptr; }));
    });
    if (options.address.empty()) return;
    boost::system::error_code failed;
    const auto address = asio::ip::make_address(options.address, failed);
    if (!failed) {
        acceptor_ = std::make_unique<tcp::acceptor>(io_);
        const tcp::endpoint endpoint(address, options.port);
        acceptor_->open(endpoint.protocol(), failed);
        if (!failed) acceptor_->set_option(tcp::acceptor::reuse_address(true), failed);
        if (!failed) acceptor_->bind(endpoint, failed);
        if (!failed) acceptor_->listen(asio::socket_base::max_listen_connections, failed);
        if (!failed) port_ = acceptor_->local_endpoint(failed).port();
    }
    if (failed)
        throw Error(Fault::unavailable, "federation.listen",
                    "Partners cannot be listened for at " + options.address + ":" +
                        std::to_string(options.port) + ": " + failed.message() + ".");
}

Link::~Link() {
    stop();
}

void Link::start() {
    renew_certificate();
    if (acceptor_) accept();
    tick();
    thread_ = std::thread([this] {
        pthread_setname_np(pthread_self(), "federation");
        io_.run();
    });
}

void Link::stop() {
    {
        std::lock_guard guard(mutex_);
        is_stopping_ = true;
    }
    if (!thread_.joinable()) return;
    asio::post(io_, [this] {
        boost::system::error_code ignored;
        if (acceptor_) acceptor_->close(ignored);
        timer_.cancel();
    });
    thread_.join();
    for (const auto& session : live()) session->close("the node stops");
    for (const auto& session : live()) session->join();
    std::lock_guard guard(mutex_);
    for (const auto& session : finished_) session->join();
    finished_.clear();
    sessions_.clear();
    peers_.clear();
}

std::vector<std::shared_ptr<Session>> Link::live() {
    std::lock_guard guard(mutex_);
    return sessions_;
}

Link::Certificate Link::certificate() {
    std::lock_guard guard(mutex_);
    return certificate_;
}

// Partners know the organisation, not the certificate: they do not notice.
void Link::renew_certificate() {
    const auto [key, keys] = own_.known();
    const auto accepts = [this](const federation::Peer& peer) { return partners_.may_speak(peer); };
    Certificate made{node_context(key, keys, accepts), key};
    std::lock_guard guard(mutex_);
    certificate_ = std::move(made);
    context_made_ = std::chrono::steady_clock::now();
}

void Link::add_session(const std::shared_ptr<Session>& session) {
    std::lock_guard guard(mutex_);
    sessions_.push_back(session);
}

void Link::accept() {
    auto io = std::make_shared<asio::io_context>(1);
    auto socket = std::make_shared<tcp::socket>(*io);
    acceptor_->async_accept(*socket, [this, io, socket](const boost::system::error_code& failed) {
        if (!acceptor_->is_open()) return;
        if (!failed) {
            boost::system::error_code gone;
            const auto remote = socket->remote_endpoint(gone).address().to_string();
            bool is_one_too_many = gone.failed();
            {
                std::lock_guard guard(mutex_);
                std::size_t all = 0;
                for (const auto& [address, count] : strangers_) all += count;
                is_one_too_many |=
                    is_stopping_ || all >= most_strangers || strangers_[remote] >= most_strangers_per_address;
                if (!is_one_too_many) ++strangers_[remote];
            }
            if (is_one_too_many) {
                refused_connections_.add();
            } else {
                const auto session = std::make_shared<Session>(*this, io, std::move(*socket), remote);
                add_session(session);
                session->start();
            }
        }
        accept();
    });
}

void Link::proved(Session& session) {
    if (!session.was_stranger()) return;
    std::lock_guard guard(mutex_);
    if (const auto at = strangers_.find(session.remote()); at != strangers_.end() && --at->second == 0)
        strangers_.erase(at);
}

bool Link::acts() {
    std::lock_guard guard(mutex_);
    return !is_stopping_;
}

void Link::tick() {
    if (!acts()) return;
    timer_.expires_after(look_after_every);
    timer_.async_wait([this](const boost::system::error_code& failed) {
        // The time may have been up just before stop() cancelled it.
        if (failed || !acts()) return;
        try {
            look_after_partners();
            tell_delivered();
        } catch (const Error& e) {  // looked at again
            log_error("partners could not be looked after", {{"id", e.id()}, {"detail", e.detail()}});
        }
        tick();
    });
}

void Link::delivered(const OrganisationId& origin, const ChannelId& channel) {
    if (origin != own_.id()) return;
    std::lock_guard guard(mutex_);
    if (delivered_.size() < most_delivered_told) delivered_.insert(channel);
}

void Link::tell_delivered() {
    std::set<ChannelId> channels;
    {
        std::lock_guard guard(mutex_);
        channels.swap(delivered_);
    }
    for (const auto& channel : channels) delivered_act_(channel);
}

void Link::look_after_partners() {
    std::vector<std::shared_ptr<Session>> finished;
    bool is_old = false;
    {
        std::lock_guard guard(mutex_);
        finished.swap(finished_);
        is_old = std::chrono::steady_clock::now() - context_made_ >
                 std::chrono::hours(24 * options_.renew_after_days);
    }
    for (const auto& session : finished) session->join();
    finished.clear();
    if (is_old) renew_certificate();
    std::vector<Partner> due, due_for_files;
    const auto partners = partners_.all();
    measure(partners);
    for (const auto& partner : partners) {
        if (partner.address.empty() || (partner.state != "active" && partner.state != "pending")) continue;
        std::lock_guard guard(mutex_);
        auto& peer = peers_[partner.id];
        if (peer.session && peer.session->is_dialled() && peer.session->knows_files() && !peer.files &&
            !peer.is_dialling_files && peer.dial_files_at <= std::chrono::steady_clock::now()) {
            peer.is_dialling_files = true;
            due_for_files.push_back(partner);
        }
        if (peer.session || peer.is_dialling || peer.dial_at > std::chrono::steady_clock::now()) continue;
        // Who can be dialled waits a little when it is the other one's turn: the smaller id dials first.
        if (peer.dial_at == std::chrono::steady_clock::time_point() && own_.id() > partner.id &&
            !own_.address().empty()) {
            peer.dial_at = std::chrono::steady_clock::now() + later_dialler;
            continue;
        }
        peer.is_dialling = true;
        due.push_back(partner);
    }
    for (const auto& partner : due) dial(partner, false);
    for (const auto& partner : due_for_files) dial(partner, true);
}

Counter& Link::counter(const char* name, const char* help, const Partner& partner) {
    return metrics_.counter(name, help, label_of(partner));
}

Counter& Link::sent_to(const Partner& partner) {
    return counter("concordat_federation_sent_total", "Events sent to a partner.", partner);
}

Counter& Link::received_from(const Partner& partner) {
    return counter("concordat_federation_received_total", "Events taken from a partner.", partner);
}

Counter& Link::refused_by(const Partner& partner) {
    return counter("concordat_federation_refused_by_partner_total",
                   "Events said here that a partner does not show.", partner);
}

Counter& Link::refused_of(const Partner& partner) {
    return counter("concordat_federation_refused_of_partner_total",
                   "Events that came from a partner and are not shown here.", partner);
}

Counter& Link::file_bytes_to(const Partner& partner) {
    return counter("concordat_federation_file_bytes_sent_total", "Bytes of files sent to a partner.",
                   partner);
}

Counter& Link::file_bytes_from(const Partner& partner) {
    return counter("concordat_federation_file_bytes_received_total", "Bytes of files taken from a partner.",
                   partner);
}

// How far behind each partner is.
void Link::measure(const std::vector<Partner>& partners) {
    if (std::chrono::steady_clock::now() - measured_at_ < measure_every) return;
    measured_at_ = std::chrono::steady_clock::now();
    for (const auto& partner : partners) {
        const auto backlog = partner.state == "revoked" ? Backlog() : shares_.backlog_of(partner.id);
        bool is_new = false;
        {
            std::lock_guard guard(mutex_);
            auto& peer = peers_[partner.id];
            peer.backlog = backlog;
            is_new = !std::exchange(peer.is_measured, true);
        }
        if (is_new) add_gauges(partner);
    }
}

void Link::add_gauges(const Partner& partner) {
    const auto add = [&](const char* name, const char* help, std::function<double(const Peer&)> read) {
        metrics_.gauge(
            name, help,
            [this, id = partner.id, read] {
                std::lock_guard guard(mutex_);
                return read(peers_[id]);
            },
            label_of(partner));
    };
    add("concordat_federation_up", "Whether there is a session with a partner.",
        [](const Peer& peer) { return peer.session ? 1.0 : 0.0; });
    add("concordat_federation_backlog_events", "Events that a partner is to have and has not acknowledged.",
        [](const Peer& peer) { return static_cast<double>(peer.backlog.events); });
    add("concordat_federation_lag_seconds", "Age of the oldest event that a partner has not acknowledged.",
        [this](const Peer& peer) {
            const auto oldest = peer.backlog.oldest_at;
            return oldest == 0 ? 0.0 : static_cast<double>(std::max<Millis>(0, db_.now() - oldest)) / 1000;
        });
}

void Link::dial(const Partner& partner, bool is_for_files) {
    const auto session = std::make_shared<Session>(*this, partner, is_for_files);
    add_session(session);
    session->start();
}

// The lane for files, which is nothing without the one for events.
bool Link::files_come_up(const std::shared_ptr<Session>& session, const Partner& partner) {
    std::shared_ptr<Session> other;
    {
        std::lock_guard guard(mutex_);
        auto& peer = peers_[partner.id];
        if (is_stopping_ || !peer.session) return false;
        other = std::exchange(peer.files, session);
        peer.is_dialling_files = false;
        peer.file_failures = 0;
    }
    if (other && other != session) other->close("a newer session takes its place");
    return true;
}

void Link::files_go_down(const std::shared_ptr<Session>& session, const std::string& why, bool is_refusal) {
    auto& peer = peers_[session->partner()];
    const bool was_up = peer.files == session;
    if (was_up) peer.files = nullptr;
    if (session->is_dialled()) peer.is_dialling_files = false;
    if (peer.files || is_stopping_) return;
    peer.dial_files_at =
        std::chrono::steady_clock::now() + pause_after(peer.file_failures++, was_up, is_refusal);
    log_info("the lane for a partner's files is down",
             {{"partner", session->partner().text()}, {"reason", why}, {"was_up", was_up}});
}

// Anywhere in the pause, so that partners who lost each other do not meet in step.
std::chrono::milliseconds Link::pause_after(int failures, bool was_up, bool is_refusal) {
    const auto grown = first_pause * (1 << std::min(failures, 12));
    auto pause = was_up ? 0ms : std::min<std::chrono::milliseconds>(grown, longest_pause);
    if (is_refusal) pause = std::min<std::chrono::milliseconds>(grown, longest_refused_pause);
    std::uniform_int_distribution<std::int64_t> within(pause.count() / 4, pause.count());
    return std::chrono::milliseconds(within(random_));
}

bool Link::come_up(const std::shared_ptr<Session>& session, const Partner& partner) {
    if (session->is_for_files()) return files_come_up(session, partner);
    std::shared_ptr<Session> other;
    {
        std::lock_guard guard(mutex_);
        if (is_stopping_) return false;
        auto& peer = peers_[partner.id];
        other = peer.session;
        // Both ends decide alike: the session that the smaller id dialled stays.
        const bool is_own_turn = own_.id() < partner.id;
        if (other && other != session && other->is_dialled() != session->is_dialled() &&
            other->is_dialled() == is_own_turn)
            return false;
        peer.session = session;
        peer.is_dialling = false;
        peer.failures = 0;
        peer.trouble.clear();
        peer.since = db_.now();
    }
    if (other && other != session) other->close("a newer session takes its place");
    log_info("a partner is connected", {{"partner", partner.name}, {"remote", session->remote()}});
    return true;
}

void Link::go_down(const std::shared_ptr<Session>& session, const std::string& why, bool is_refusal) {
    proved(*session);
    if (is_refusal) refused_connections_.add();
    std::lock_guard guard(mutex_);
    std::erase(sessions_, session);
    finished_.push_back(session);
    if (session->partner().empty()) {
        log_warn("a connection between nodes ended before it was one",
                 {{"remote", session->remote()}, {"reason", why}});
        return;
    }
    if (session->is_for_files()) return files_go_down(session, why, is_refusal);
    auto& peer = peers_[session->partner()];
    const bool was_up = peer.session == session;
    if (was_up) peer.session = nullptr;
    if (was_up && peer.files) peer.files->close("the lane for events is down");
    if (session->is_dialled()) peer.is_dialling = false;
    if (peer.session || is_stopping_) return;
    peer.trouble = why;
    if (was_up) peer.since = db_.now();
    auto pause = pause_after(peer.failures, was_up, is_refusal);
    if (why.find("confirmed") != std::string::npos) {
        std::uniform_int_distribution<std::int64_t> within(unconfirmed_pause.count() / 4,
                                                           unconfirmed_pause.count());
        pause = std::chrono::milliseconds(within(random_));
        peer.failures = 0;
    } else {
        ++peer.failures;
    }
    peer.dial_at = std::chrono::steady_clock::now() + pause;
    log_info("a partner is not connected", {{"partner", session->partner().text()},
                                            {"remote", session->remote()},
                                            {"reason", why},
                                            {"was_up", was_up}});
}

std::vector<LinkStatus> Link::status() {
    std::lock_guard guard(mutex_);
    std::vector<LinkStatus> out;
    for (const auto& [id, peer] : peers_) {
        LinkStatus one;
        if (peer.session) one = peer.session->status();
        one.partner = id;
        one.is_up = peer.session != nullptr;
        one.since = peer.since;
        one.trouble = peer.trouble;
        one.are_files_up = peer.files != nullptr;
        out.push_back(std::move(one));
    }
    return out;
}

void Link::streams_changed() {
    for (const auto& session : live())
        if (!session->is_for_files()) session->wake(false);
}

void Link::shares_changed() {
    for (const auto& session : live()) session->wake(true);
}

void Link::partner_changed(const OrganisationId& partner) {
    std::shared_ptr<Session> session, files;
    {
        std::lock_guard guard(mutex_);
        auto& peer = peers_[partner];
        peer.failures = peer.file_failures = 0;
        peer.dial_at = peer.dial_files_at = std::chrono::steady_clock::now();
        session = peer.session;
        files = peer.files;
    }
    if (session) session->wake(true);
    if (files) files->wake(true);
}

void Link::keys_changed() {
    renew_certificate();
    shares_changed();
}

void Link::files_changed(const OrganisationId& partner) {
    std::shared_ptr<Session> files;
    {
        std::lock_guard guard(mutex_);
        if (const auto at = peers_.find(partner); at != peers_.end()) files = at->second.files;
    }
    if (files) files->wake_files();
}

void Link::refused(const StoredEvent& event) {
    const auto share =
        db_.read([&](storage::Tx& tx) { return storage::ShareTable(tx).find(event.channel_id); });
    if (!share) return;
    const auto whom = share->is_home ? event.origin : share->home;
    if (const auto partner = partners_.find(whom)) refused_of(*partner).add();
    std::shared_ptr<Session> session;
    {
        std::lock_guard guard(mutex_);
        if (const auto at = peers_.find(whom); at != peers_.end()) session = at->second.session;
    }
    if (session) session->tell({event.origin, event.channel_id, event.seq, event.reason});
}

}  // namespace concordat::federation
