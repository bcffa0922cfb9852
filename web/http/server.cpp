#include "web/http/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>

#include "core/base/log.hpp"
#include "web/http/server_state.hpp"
#include "web/http/session.hpp"

namespace concordat::web {
namespace {

using boost::system::error_code;
using boost::system::system_error;
using tcp = asio::ip::tcp;

constexpr int backlog = 4096;

std::string listener_label(const std::string& listener, const std::string& more = "") {
    return "listener=\"" + listener + "\"" + (more.empty() ? "" : "," + more);
}

std::shared_ptr<tcp::acceptor> listening(ServerState& state) {
    const auto& options = state.options;
    auto acceptor = std::make_shared<tcp::acceptor>(state.shards.front()->context);
    try {
        const tcp::endpoint endpoint(asio::ip::make_address(options.address), options.port);
        acceptor->open(endpoint.protocol());
        acceptor->set_option(tcp::acceptor::reuse_address(true));
        if (endpoint.address().is_v6()) acceptor->set_option(asio::ip::v6_only(false));
        acceptor->bind(endpoint);
        acceptor->listen(backlog);
        state.port = acceptor->local_endpoint().port();
    } catch (const system_error& e) {  // in the operator's words
        throw Error(Fault::invalid, "web.listen",
                    "Cannot listen on " + options.address + " port " + std::to_string(options.port) + ": " +
                        e.code().message() + ".");
    }
    state.acceptor = acceptor;
    return acceptor;
}

std::string text_of(const asio::ip::address& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
    return address.to_string();
}

// Counts the connection and starts its conversation on the next shard.
void welcome(const std::shared_ptr<ServerState>& state, Shard& shard, tcp::socket socket) {
    error_code gone;
    const auto peer = socket.remote_endpoint(gone);
    if (gone) return;
    auto address = text_of(peer.address());
    const bool is_exempt = is_loopback(address) || state->trusted.contains(address);
    std::shared_ptr<void> held;
    const auto verdict = state->bounds->admit(is_exempt ? "" : owner_of(address), held);
    if (verdict != ConnectionBounds::Verdict::admitted) {
        const bool in_all = verdict == ConnectionBounds::Verdict::too_many;
        (in_all ? state->counters.refused_total : state->counters.refused_per_address).add();
        return;  // the socket closes here
    }
    state->counters.accepted.add();
    const ByteCounters bytes{state->counters.received, state->counters.sent};
    auto stream =
        std::make_shared<SocketStream>(std::move(socket), std::move(address), bytes, std::move(held));
    asio::co_spawn(shard.context, converse(state, shard, std::move(stream)), asio::detached);
}

asio::awaitable<void> accept_all(std::shared_ptr<ServerState> state,
                                 std::shared_ptr<tcp::acceptor> acceptor) {
    std::size_t next = 0;
    while (acceptor->is_open()) {
        auto& shard = *state->shards[next++ % state->shards.size()];
        error_code failed;
        auto socket =
            co_await acceptor->async_accept(shard.context, asio::redirect_error(asio::use_awaitable, failed));
        if (failed == asio::error::operation_aborted || !acceptor->is_open()) co_return;
        if (!failed) {
            welcome(state, shard, std::move(socket));
        } else if (failed != asio::error::connection_aborted) {
            // Out of descriptors or memory: connections that end make room.
            log_warn("a connection could not be accepted", {{"reason", failed.message()}});
            asio::steady_timer pause(acceptor->get_executor(), std::chrono::milliseconds(100));
            co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, failed));
        }
    }
}

void on_every_shard(const std::shared_ptr<ServerState>& state, void (Session::*what)()) {
    for (auto& shard : state->shards)
        asio::post(shard->context, [state, what, &sessions = shard->sessions] {
            for (auto* session : sessions) (session->*what)();
        });
}

std::string clean_sub_path(std::string path) {
    while (path.ends_with('/')) path.pop_back();
    if (!path.empty() && path.front() != '/') path.insert(0, "/");
    return path;
}

ServerOptions tidied(ServerOptions options) {
    options.sub_path = clean_sub_path(std::move(options.sub_path));
    return options;
}

}  // namespace

ServerCounters::ServerCounters(Metrics& metrics, const std::string& listener)
    : accepted(metrics.counter("concordat_http_connections_total", "Connections accepted.",
                               listener_label(listener))),
      refused_total(metrics.counter("concordat_http_connections_refused_total",
                                    "Connections closed at once because a bound was reached.",
                                    listener_label(listener, "bound=\"total\""))),
      refused_per_address(metrics.counter("concordat_http_connections_refused_total",
                                          "Connections closed at once because a bound was reached.",
                                          listener_label(listener, "bound=\"address\""))),
      handshake_failures(metrics.counter("concordat_tls_handshake_failures_total",
                                         "TLS handshakes that failed.", listener_label(listener))),
      rate_limited(metrics.counter("concordat_http_rate_limited_total", "Requests refused by the rate limit.",
                                   listener_label(listener))),
      timed_out(metrics.counter("concordat_http_connections_timed_out_total",
                                "Connections cut because the client was idle or slow.",
                                listener_label(listener))),
      received(metrics.counter("concordat_http_received_bytes_total", "Bytes received, without TLS.",
                               listener_label(listener))),
      sent(metrics.counter("concordat_http_sent_bytes_total", "Bytes sent, without TLS.",
                           listener_label(listener))) {
    for (std::size_t hundreds = 0; hundreds < by_class.size(); ++hundreds)
        by_class[hundreds] = &metrics.counter(
            "concordat_http_requests_total", "Requests answered, by class of status.",
            listener_label(listener,
                           "class=\"" + std::to_string(std::max<std::size_t>(hundreds, 1)) + "xx\""));
}

ServerState::ServerState(const std::vector<asio::io_context*>& networks, const Application& application,
                         Workers& quick, Workers& password, Workers& bulk, Metrics& metrics,
                         ServerOptions chosen)
    : app(application),
      lanes{&quick, &password, &bulk},
      options(tidied(std::move(chosen))),
      trusted(options.trusted_proxies),
      counters(metrics, options.name),
      limiter(options.rate_limit),
      bounds(
          std::make_shared<ConnectionBounds>(options.max_connections, options.max_connections_per_address)) {
    for (auto* network : networks) shards.push_back(std::make_unique<Shard>(Shard{*network, {}}));
    metrics.gauge(
        "concordat_http_connections_open", "Open connections, WebSockets included.",
        [counted = bounds] { return static_cast<double>(counted->open()); }, listener_label(options.name));
}

Server::Server(const std::vector<asio::io_context*>& networks, const Application& app, Workers& quick,
               Workers& password, Workers& bulk, Metrics& metrics, ServerOptions options)
    : state_(
          std::make_shared<ServerState>(networks, app, quick, password, bulk, metrics, std::move(options))) {
    std::signal(SIGPIPE, SIG_IGN);
    asio::co_spawn(*networks.front(), accept_all(state_, listening(*state_)), asio::detached);
}

Server::~Server() {
    stop();
}

unsigned short Server::port() const {
    return state_->port;
}

std::size_t Server::connections() const {
    return state_->bounds->open();
}

void Server::use(RateLimit rate_limit) {
    state_->limiter.use(std::move(rate_limit));
}

bool Server::stop() {
    const auto state = state_;
    const auto is_quiet = [&] { return state->running == 0; };
    if (state->is_draining.exchange(true)) {
        std::unique_lock lock(state->mutex);
        return state->changed.wait_for(lock, std::chrono::seconds(1), is_quiet);
    }
    asio::post(state->shards.front()->context, [state] {
        error_code ignored;  // a listening socket has nothing to lose
        if (const auto acceptor = state->acceptor.lock()) acceptor->close(ignored);
    });
    on_every_shard(state, &Session::end_if_idle);
    std::unique_lock lock(state->mutex);
    if (state->changed.wait_for(lock, state->options.stop_timeout, is_quiet)) return true;
    lock.unlock();
    on_every_shard(state, &Session::cut);
    lock.lock();
    const bool is_done = state->changed.wait_for(lock, std::chrono::seconds(1), is_quiet);
    if (!is_done) log_warn("the listener stopped while requests still run", {{"requests", state->running}});
    return is_done;
}

}  // namespace concordat::web
