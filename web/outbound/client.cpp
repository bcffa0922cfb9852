#include "web/outbound/client.hpp"

#include <Poco/Exception.h>
#include <Poco/URI.h>

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <mutex>
#include <optional>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "storage/crypto/digest.hpp"
#include "web/outbound/address_filter.hpp"
#include "web/outbound/url.hpp"

namespace concordat::web {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace ssl = boost::asio::ssl;
using tcp = asio::ip::tcp;
using Time = std::chrono::steady_clock::time_point;
using Failure = boost::system::error_code;

Error unreachable(std::string detail) {
    return {Fault::unavailable, "web.outbound.unreachable", "The address cannot be reached.",
            std::move(detail)};
}
Error late() {
    return {Fault::unavailable, "web.outbound.timeout", "The address did not answer in time."};
}
Error no_http(std::string detail) {
    return {Fault::unavailable, "web.outbound.protocol", "What the address answered is not HTTP.",
            std::move(detail)};
}

// Starts one operation and runs the context until it has ended; false when `until` comes first. `start` is
// given the handler, `cancel` makes the operation end.
template <class Start, class Cancel>
bool ended(asio::io_context& io, Time until, const std::atomic<bool>& is_stopping, Failure& failed,
           Start start, Cancel cancel) {
    constexpr std::chrono::milliseconds look_every{100};  // whether the node ends
    bool is_done = false;
    start([&](Failure result, const auto&...) {
        failed = result;
        is_done = true;
    });
    for (;;) {
        io.restart();
        const auto now = std::chrono::steady_clock::now();
        if (is_done || now >= until || is_stopping) break;
        io.run_one_until(std::min(until, now + look_every));
    }
    if (is_done) return true;
    cancel();
    io.restart();
    io.run();
    if (is_stopping) throw Error(Fault::unavailable, "web.outbound.stopping", "The server is stopping.");
    return false;
}

class Exchange {
public:
    Exchange(const OutboundUrl& url, Time until, const std::atomic<bool>& is_stopping)
        : url_(url), until_(until), is_stopping_(is_stopping) {}

    // A connection to an address of the host that may be dialled; each is tried in its turn.
    void dial(const AddressFilter& filter, bool is_trusted) {
        const bool is_checked = !is_trusted && !filter.lists_host(url_.host);
        const auto own = is_checked ? own_addresses() : std::vector<AddressBytes>();
        bool any_allowed = false;
        std::string why = "no address";
        for (const auto& entry : resolved()) {
            const auto endpoint = entry.endpoint();
            if (is_checked && !filter.allows(endpoint.address().to_string(), own)) continue;
            any_allowed = true;
            if (connected(endpoint, why)) return;
        }
        if (!any_allowed && is_checked)
            throw Error(Fault::forbidden, "web.outbound.forbidden",
                        "The address is in a network that may not be reached.");
        if (std::chrono::steady_clock::now() >= until_) throw late();
        throw unreachable(why);
    }

    OutboundAnswer plain(const http::request<http::string_body>& request, std::size_t longest,
                         std::string& location) {
        return talk(socket_, request, longest, location);
    }

    OutboundAnswer secret(ssl::context& context, bool is_verified,
                          const http::request<http::string_body>& request, std::size_t longest,
                          std::string& location) {
        ssl::stream<tcp::socket&> stream(socket_, context);
        if (!address_bytes(url_.host) && !SSL_set_tlsext_host_name(stream.native_handle(), url_.host.c_str()))
            throw unreachable("no server name");
        if (is_verified) {
            stream.set_verify_mode(ssl::verify_peer);
            stream.set_verify_callback(ssl::host_name_verification(url_.host));
        }
        Failure failed;
        const auto until =
            std::min(until_, std::chrono::steady_clock::now() + OutboundClient::handshake_timeout);
        if (!ended(
                io_, until, is_stopping_, failed,
                [&](auto handler) { stream.async_handshake(ssl::stream_base::client, std::move(handler)); },
                [&] { close(); }))
            throw late();
        if (failed) throw unreachable("tls: " + failed.message());
        return talk(stream, request, longest, location);
    }

private:
    tcp::resolver::results_type resolved() {
        tcp::resolver resolver(io_);
        tcp::resolver::results_type found;
        Failure failed;
        const bool in_time = ended(
            io_, until_, is_stopping_, failed,
            [&](auto handler) {
                resolver.async_resolve(url_.host, std::to_string(url_.port), tcp::resolver::numeric_service,
                                       [&found, handler](Failure result, const auto& results) mutable {
                                           found = results;
                                           handler(result);
                                       });
            },
            [&] { resolver.cancel(); });
        if (!in_time) throw late();
        if (failed) throw unreachable("name: " + failed.message());
        return found;
    }

    bool connected(const tcp::endpoint& endpoint, std::string& why) {
        Failure failed;
        close();
        socket_ = tcp::socket(io_);
        const auto until =
            std::min(until_, std::chrono::steady_clock::now() + OutboundClient::connect_timeout);
        const bool in_time = ended(
            io_, until, is_stopping_, failed,
            [&](auto handler) { socket_.async_connect(endpoint, std::move(handler)); }, [&] { close(); });
        if (in_time && !failed) return true;
        why = in_time ? failed.message() : "connect: late";
        return false;
    }

    template <class Stream>
    OutboundAnswer talk(Stream& stream, const http::request<http::string_body>& request, std::size_t longest,
                        std::string& location) {
        Failure failed;
        if (!ended(
                io_, until_, is_stopping_, failed,
                [&](auto handler) { http::async_write(stream, request, std::move(handler)); },
                [&] { close(); }))
            throw late();
        if (failed) throw unreachable("write: " + failed.message());
        http::response_parser<http::string_body> parser;
        parser.body_limit(longest);
        parser.header_limit(OutboundClient::longest_head);
        boost::beast::flat_buffer buffer;
        if (!ended(
                io_, until_, is_stopping_, failed,
                [&](auto handler) { http::async_read(stream, buffer, parser, std::move(handler)); },
                [&] { close(); }))
            throw late();
        if (failed == http::error::body_limit)
            throw Error(Fault::too_large, "web.outbound.too_large", "What the address answered is too long.");
        if (failed && failed.category() == http::make_error_code(http::error::bad_method).category())
            throw no_http(failed.message());
        if (failed) throw unreachable("read: " + failed.message());
        auto& message = parser.get();
        OutboundAnswer answer;
        answer.status = static_cast<int>(message.result_int());
        answer.content_type = std::string(message[http::field::content_type]);
        location = std::string(message[http::field::location]);
        answer.body = std::move(message.body());
        return answer;
    }

    void close() {
        Failure ignored;
        socket_.close(ignored);
    }

    const OutboundUrl& url_;
    const Time until_;
    const std::atomic<bool>& is_stopping_;
    asio::io_context io_{1};
    tcp::socket socket_{io_};
};

std::string decoded_user_info(const OutboundUrl& url) {
    std::string out;
    try {
        Poco::URI::decode(url.user_info, out);
    } catch (const Poco::Exception&) {  // a broken escape stands for itself
        return url.user_info;
    }
    return out;
}

http::request<http::string_body> message_of(const OutboundRequest& request, const OutboundUrl& url,
                                            bool is_same_place) {
    http::request<http::string_body> out;
    out.version(11);
    out.method(request.method == "POST" ? http::verb::post : http::verb::get);
    out.target(url.target);
    for (const auto& [name, value] : request.headers) {
        const auto lower = lower_ascii(name);
        if (!is_same_place && (lower == "authorization" || lower == "cookie")) continue;
        out.set(name, value);
    }
    if (!url.user_info.empty() && !out.count(http::field::authorization))
        out.set(http::field::authorization, "Basic " + storage::base64(decoded_user_info(url)));
    out.set(http::field::host, url.authority());
    out.set(http::field::user_agent, "Concordat-Bot/1.0");
    out.set(http::field::connection, "close");
    if (request.method == "POST") {
        if (!request.content_type.empty()) out.set(http::field::content_type, request.content_type);
        out.body() = request.body;
        out.prepare_payload();
    }
    return out;
}

}  // namespace

// The trust store takes milliseconds to read, so it is read once.
struct OutboundClient::Parts {
    Parts() : verified(ssl::context::tls_client), unverified(ssl::context::tls_client) {
        for (auto* context : {&verified, &unverified})
            context->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 |
                                 ssl::context::no_tlsv1_1);
        Failure failed;
        verified.set_default_verify_paths(failed);
        unverified.set_verify_mode(ssl::verify_none);
    }
    AddressFilter filter(const std::string& listed) {
        std::lock_guard guard(mutex);
        if (!made || listed != made_of) {
            made.emplace(listed);
            made_of = listed;
        }
        return *made;
    }

    ssl::context verified, unverified;
    std::mutex mutex;
    std::optional<AddressFilter> made;  // of what the settings list
    std::string made_of;
};

bool is_http_url(const std::string& url) {
    return outbound_url(url).has_value();
}

OutboundClient::OutboundClient(const LiveSettings& settings)
    : settings_(settings), parts_(std::make_unique<Parts>()) {}

OutboundClient::~OutboundClient() = default;

OutboundAnswer OutboundClient::send(const OutboundRequest& asked) const {
    const auto settings = settings_.current();
    const auto& service = settings->ServiceSettings;
    const auto filter = parts_->filter(service.AllowedUntrustedInternalConnections);
    const auto until = std::chrono::steady_clock::now() + asked.timeout;
    auto request = asked;
    std::string origin;
    for (int hops = 0; hops <= most_redirects; ++hops) {
        const auto url = outbound_url(request.url);
        if (!url)
            throw Error(Fault::invalid, "web.outbound.url", "This is no http or https address to call.");
        if (request.only_https && !url->is_tls && !is_this_machine(url->host))
            throw Error(Fault::forbidden, "web.outbound.plain",
                        "The address, or one that it leads to, is not https.");
        const auto place = (url->is_tls ? "s:" : "p:") + url->authority();
        if (hops == 0) origin = place;
        const auto message = message_of(request, *url, place == origin);
        Exchange exchange(*url, until, is_stopping_);
        exchange.dial(filter, request.is_trusted);
        std::string location;
        const bool is_verified = request.only_https || !service.EnableInsecureOutgoingConnections;
        auto answer = url->is_tls ? exchange.secret(is_verified ? parts_->verified : parts_->unverified,
                                                    is_verified, message, request.longest_answer, location)
                                  : exchange.plain(message, request.longest_answer, location);
        const bool changes_method = answer.status == 301 || answer.status == 302 || answer.status == 303;
        if (location.empty() || !(changes_method || answer.status == 307 || answer.status == 308))
            return answer;
        auto next = redirected(request.url, location);
        if (!next) throw no_http("a redirect to what is no address");
        request.url = std::move(*next);
        if (changes_method && request.method == "POST") {
            request.method = "GET";
            request.body.clear();
            request.content_type.clear();
        }
    }
    throw Error(Fault::unavailable, "web.outbound.redirects", "The address redirects too often.");
}

}  // namespace concordat::web
