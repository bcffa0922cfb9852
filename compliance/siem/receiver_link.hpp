// One connection to a syslog receiver, over TLS 1.2 or later, or plain.
//
// Syslog has no acknowledgement. So a connection is ended after what was sent, and the receiver's end is
// waited for: it closes when it has read everything, while one that goes with something unread answers with a
// reset. Only the former is a success.
//
// Belongs to one thread; blocks, all calls together at most `patience`. Ends early when `stop` is
// raised; only the resolver, asked for the receiver's name, takes the time it takes.
//
// Errors (unavailable unless said):
//   compliance.siem.address            the name of the receiver does not resolve
//   compliance.siem.unreachable        no connection: refused, or nobody answers
//   compliance.siem.own_certificate    a file named in the settings cannot be used (invalid)
//   compliance.siem.certificate        the receiver's certificate is not accepted
//   compliance.siem.tls                the receiver and this node do not agree, or it refuses the node's
//   certificate compliance.siem.cut                the connection ended while records were under way
//   compliance.siem.silent             the receiver takes nothing, or does not answer
//   compliance.siem.unconfirmed        it took everything and did not close its end
//   compliance.siem.stopping           the node ends
#pragma once
#include <openssl/ssl.h>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include "compliance/siem/stop_signal.hpp"

struct addrinfo;

namespace concordat::compliance {

struct Receiver {
    std::string host, port;
    bool is_tls = true;
    std::string authority_file;              // PEM; "": those of the system
    std::string certificate_file, key_file;  // the node's own, PEM; "": none
    std::chrono::milliseconds patience{30000};
};

class ReceiverLink {
public:
    // Connects and checks who is there. Both must outlive this object.
    ReceiverLink(const Receiver& receiver, const StopSignal& stop);
    ~ReceiverLink();
    ReceiverLink(const ReceiverLink&) = delete;

    void send(std::string_view bytes);
    // Returns when the receiver has read everything. The last call.
    void finish();

private:
    using Time = std::chrono::steady_clock::time_point;
    void connect();
    bool connect_to(const addrinfo& address, std::string& reason);
    void start_tls();
    void prepare_context();
    void flush();
    void put(std::string_view bytes);
    void take(std::string_view bytes);
    void await_close();
    // False when `until` passed.
    bool wait(short events, Time until);

    struct FreeTls {
        void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
        void operator()(SSL* tls) const { SSL_free(tls); }
    };
    const Receiver& receiver_;
    const StopSignal& stop_;
    const Time deadline_;
    int socket_ = -1;
    std::unique_ptr<SSL_CTX, FreeTls> context_;
    std::unique_ptr<SSL, FreeTls> tls_;
};

}  // namespace concordat::compliance
