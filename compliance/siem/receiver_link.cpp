#include "compliance/siem/receiver_link.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include "core/base/error.hpp"

namespace concordat::compliance {
namespace {

constexpr std::size_t largest_piece = 16384;
constexpr auto between_looks = std::chrono::milliseconds(10);

Error failed(const char* id, std::string text, std::string detail = {}) {
    return {Fault::unavailable, id, std::move(text), std::move(detail)};
}
std::string system_reason(int code) {
    return std::generic_category().message(code);
}
std::string tls_reason() {
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return reason ? reason : "the receiver gave no reason";
}
Error cut(const std::string& detail) {
    return failed("compliance.siem.cut", "The receiver ended the connection while records were under way.",
                  detail);
}
Error silent() {
    return failed("compliance.siem.silent", "The receiver is connected but takes nothing and says nothing.");
}
bool is_address(const std::string& host) {
    unsigned char bytes[16];
    return ::inet_pton(AF_INET, host.c_str(), bytes) == 1 || ::inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

}  // namespace

ReceiverLink::ReceiverLink(const Receiver& receiver, const StopSignal& stop)
    : receiver_(receiver), stop_(stop), deadline_(std::chrono::steady_clock::now() + receiver.patience) {
    try {
        if (receiver_.is_tls) prepare_context();
        connect();
        if (receiver_.is_tls) start_tls();
    } catch (...) {  // the destructor of what was never made does not run
        if (socket_ >= 0) ::close(socket_);
        throw;
    }
}

ReceiverLink::~ReceiverLink() {
    if (socket_ >= 0) ::close(socket_);
}

bool ReceiverLink::wait(short events, Time until) {
    using std::chrono::milliseconds;
    for (;;) {
        const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now()).count();
        pollfd waits[2] = {{stop_.file(), POLLIN, 0}, {socket_, events, 0}};
        const int ready = ::poll(waits, 2, static_cast<int>(std::max<milliseconds::rep>(left, 0)));
        if (waits[0].revents) throw failed("compliance.siem.stopping", "The node ends.");
        if (ready > 0) return true;
        if (ready == 0 && left <= 0) return false;
    }
}

void ReceiverLink::connect() {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    if (const int wrong = ::getaddrinfo(receiver_.host.c_str(), receiver_.port.c_str(), &hints, &list))
        throw failed("compliance.siem.address", "The name of the receiver does not resolve.",
                     receiver_.host + ": " + ::gai_strerror(wrong));
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(list, &::freeaddrinfo);
    std::string reason;
    for (const auto* at = list; at; at = at->ai_next)
        if (connect_to(*at, reason)) return;
    throw failed("compliance.siem.unreachable", "No connection to the receiver.",
                 receiver_.host + ":" + receiver_.port + ": " + reason);
}

bool ReceiverLink::connect_to(const addrinfo& address, std::string& reason) {
    if (socket_ >= 0) ::close(socket_);
    socket_ = ::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int code = 0;
    if (socket_ < 0 ||
        (::connect(socket_, address.ai_addr, address.ai_addrlen) != 0 && errno != EINPROGRESS)) {
        reason = system_reason(errno);
        return false;
    }
    // One address that nobody answers at leaves time for the next.
    const auto now = std::chrono::steady_clock::now();
    if (!wait(POLLOUT, std::min(now + receiver_.patience / 3, deadline_))) code = ETIMEDOUT;
    socklen_t length = sizeof code;
    if (code == 0) ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &code, &length);
    reason = system_reason(code);
    return code == 0;
}

void ReceiverLink::prepare_context() {
    const auto unusable = [](const std::string& file) {
        return Error(Fault::invalid, "compliance.siem.own_certificate",
                     "A file for the connection to the receiver cannot be used.", file + ": " + tls_reason());
    };
    ERR_clear_error();
    context_.reset(SSL_CTX_new(TLS_client_method()));
    auto* context = context_.get();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    const auto& authorities = receiver_.authority_file;
    if (authorities.empty() ? SSL_CTX_set_default_verify_paths(context) != 1
                            : SSL_CTX_load_verify_file(context, authorities.c_str()) != 1)
        throw unusable(authorities.empty() ? "the system's authorities" : authorities);
    if (receiver_.certificate_file.empty()) return;
    if (SSL_CTX_use_certificate_chain_file(context, receiver_.certificate_file.c_str()) != 1)
        throw unusable(receiver_.certificate_file);
    if (SSL_CTX_use_PrivateKey_file(context, receiver_.key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context) != 1)
        throw unusable(receiver_.key_file);
}

// TLS talks to memory, so that no write of its can end the process with a signal.
void ReceiverLink::start_tls() {
    tls_.reset(SSL_new(context_.get()));
    SSL_set_bio(tls_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_hostflags(tls_.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    const auto& host = receiver_.host;
    if (is_address(host)) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls_.get()), host.c_str());
    } else {
        SSL_set1_host(tls_.get(), host.c_str());
        SSL_set_tlsext_host_name(tls_.get(), host.c_str());
    }
    ERR_clear_error();
    for (;;) {
        const int done = SSL_connect(tls_.get());
        const int state = SSL_get_error(tls_.get(), done);
        flush();
        if (done == 1) return;
        if (state != SSL_ERROR_WANT_READ) {
            if (const auto result = SSL_get_verify_result(tls_.get()); result != X509_V_OK)
                throw failed("compliance.siem.certificate", "The receiver's certificate is not accepted.",
                             host + ": " + X509_verify_cert_error_string(result));
            throw failed("compliance.siem.tls", "No TLS connection to the receiver.", tls_reason());
        }
        char bytes[largest_piece];
        if (!wait(POLLIN, deadline_)) throw silent();
        const auto got = ::recv(socket_, bytes, sizeof bytes, 0);
        if (got > 0) {
            BIO_write(SSL_get_rbio(tls_.get()), bytes, static_cast<int>(got));
        } else if (got == 0 || errno != EAGAIN) {
            throw failed("compliance.siem.tls", "The receiver ended the connection before TLS was agreed on.",
                         got == 0 ? "end of connection" : system_reason(errno));
        }
    }
}

void ReceiverLink::put(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent > 0)
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        else if (errno != EAGAIN && errno != EINTR)
            throw cut(system_reason(errno));
        else if (!wait(POLLOUT, deadline_))
            throw silent();
    }
}

void ReceiverLink::flush() {
    char bytes[largest_piece];
    for (int got; (got = BIO_read(SSL_get_wbio(tls_.get()), bytes, sizeof bytes)) > 0;)
        put({bytes, static_cast<std::size_t>(got)});
}

void ReceiverLink::send(std::string_view bytes) {
    if (!tls_) return put(bytes);
    for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), largest_piece))) {
        const auto piece = bytes.substr(0, largest_piece);
        ERR_clear_error();
        if (SSL_write(tls_.get(), piece.data(), static_cast<int>(piece.size())) <= 0)
            throw failed("compliance.siem.tls", "What was to be sent cannot be encrypted.", tls_reason());
        flush();
    }
}

// What the receiver says is of no interest, unless it is an alert: that it does not know the node's
// certificate.
void ReceiverLink::take(std::string_view bytes) {
    if (!tls_) return;
    BIO_write(SSL_get_rbio(tls_.get()), bytes.data(), static_cast<int>(bytes.size()));
    char ignored[largest_piece];
    int got;
    ERR_clear_error();
    do got = SSL_read(tls_.get(), ignored, sizeof ignored);
    while (got > 0);
    if (const int state = SSL_get_error(tls_.get(), got); state == SSL_ERROR_SSL)
        throw failed("compliance.siem.tls", "The receiver refuses what this node sends.", tls_reason());
}

void ReceiverLink::finish() {
    if (tls_) {
        SSL_shutdown(tls_.get());
        flush();
    }
    ::shutdown(socket_, SHUT_WR);
    char bytes[largest_piece];
    for (;;) {
        const auto got = ::recv(socket_, bytes, sizeof bytes, 0);
        if (got == 0) break;
        if (got > 0) {
            take({bytes, static_cast<std::size_t>(got)});
        } else if (errno != EAGAIN && errno != EINTR) {
            throw cut(system_reason(errno));
        } else if (!wait(POLLIN, deadline_)) {
            throw failed("compliance.siem.unconfirmed",
                         "The receiver did not close its end, so it is not known whether it has read the "
                         "records.");
        }
    }
    await_close();
}

// The receiver may have gone before what was sent reached it: its machine answers that with a reset, which
// comes after its end of the connection.
void ReceiverLink::await_close() {
    for (;;) {
        tcp_info info{};
        socklen_t length = sizeof info;
        ::getsockopt(socket_, IPPROTO_TCP, TCP_INFO, &info, &length);
        if (info.tcpi_state == TCP_CLOSE || info.tcpi_state == TCP_TIME_WAIT) break;
        if (std::chrono::steady_clock::now() >= deadline_)
            throw cut("what was sent last is not acknowledged");
        pollfd stop{stop_.file(), POLLIN, 0};
        if (::poll(&stop, 1, static_cast<int>(between_looks.count())) > 0)
            throw failed("compliance.siem.stopping", "The node ends.");
    }
    int code = 0;
    socklen_t length = sizeof code;
    ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &code, &length);
    if (code != 0) throw cut(system_reason(code));
}

}  // namespace concordat::compliance
