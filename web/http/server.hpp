// The listener: accepts connections, reads requests, has them answered on worker threads and writes the
// replies. HTTP/1.0 and HTTP/1.1, plain or TLS, with pipelining, chunked bodies and upgrades. It knows
// no chat: an Application answers.
//
// Every connection is pinned to one of the network threads; each io_context must be run by exactly one
// thread. What is answered here and never reaches the application: malformed requests (400), long URLs
// (414), long heads (431), foreign paths (404), rate limits (429), large bodies (413) and full worker
// queues (503).
#pragma once
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>
#include "web/http/rate_limit.hpp"
#include "web/http/request_reader.hpp"

namespace concordat {
class Metrics;
class Workers;
}  // namespace concordat

namespace concordat::web {
namespace asio = boost::asio;

class Application;
class TlsContext;
struct ServerState;

struct ServerOptions {
    std::string name = "web";           // label of this listener's series in the metrics
    std::string address = "127.0.0.1";  // "::" takes IPv4 as well
    unsigned short port = 0;            // 0: any free one
    const TlsContext* tls = nullptr;    // plain HTTP without; must outlive the server
    std::string sub_path;               // "/chat": taken off every path; other paths are 404
    // Networks whose X-Forwarded-For, X-Forwarded-Proto and X-Real-IP are believed.
    std::vector<std::string> trusted_proxies;

    std::size_t max_connections = 20000;
    std::size_t max_connections_per_address = 1000;  // not for loopback and trusted proxies
    ReadLimits limits;
    RateLimit rate_limit;

    std::chrono::milliseconds handshake_timeout{10000};
    std::chrono::milliseconds idle_timeout{60000};   // between requests
    std::chrono::milliseconds head_timeout{10000};   // from the first byte of a head to its last
    std::chrono::milliseconds body_timeout{30000};   // for every 4 KiB of a request body
    std::chrono::milliseconds write_timeout{30000};  // without the client taking a byte
    std::chrono::milliseconds stop_timeout{10000};
};

class Server {
public:
    // Listens at once and accepts as soon as the first io_context is run. Everything referred to must
    // outlive the io_contexts. Ignores SIGPIPE for the process: OpenSSL writes to sockets that may be
    // gone. Throws Error (invalid): "web.listen", "web.address_list".
    Server(const std::vector<asio::io_context*>& networks, const Application& app, Workers& quick,
           Workers& password, Workers& bulk, Metrics& metrics, ServerOptions options);
    // Stops.
    ~Server();
    Server(const Server&) = delete;

    // The port in use.
    unsigned short port() const;
    // Open connections, upgraded ones included.
    std::size_t connections() const;
    void use(RateLimit rate_limit);

    // Stops accepting, closes idle connections, lets running requests finish and cuts what is left after
    // stop_timeout. Upgraded connections belong to whoever took them. Call it from a thread that is
    // not a network thread, while those run; then stop the workers, then the io_contexts. False when
    // requests are still running on workers: then stop the workers and call it once more, so that what
    // waited for them ends before the workers are destroyed. Idempotent.
    bool stop();

private:
    std::shared_ptr<ServerState> state_;
};

}  // namespace concordat::web
