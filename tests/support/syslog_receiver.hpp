// A syslog receiver for tests: on a free port of this machine, over TLS or plain, until the object ends. It
// reads messages by octet counting, one connection at a time, and misbehaves when it is told to.
#pragma once
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace concordat::test {

namespace asio = boost::asio;

class SyslogReceiver {
public:
    enum class Manner {
        reads,    // everything, and closes when the sender has ended
        is_deaf,  // accepts, and does nothing
        stays,    // reads everything, and never closes
        leaves,   // closes as soon as there is a connection
        cuts,     // reads so many bytes, then closes with what comes after unread
    };
    struct Keys {
        std::string directory;  // as test::make_certificate made it; "": plain
        bool asks_for_certificate = false;
    };

    explicit SyslogReceiver(Keys keys, unsigned short port = 0)
        : keys_(std::move(keys)),
          acceptor_(context_, {asio::ip::address_v4::loopback(), port}),
          thread_([this] { serve(); }) {}
    ~SyslogReceiver() {
        is_stopping_ = true;
        thread_.join();
    }
    SyslogReceiver(const SyslogReceiver&) = delete;

    unsigned short port() const { return acceptor_.local_endpoint().port(); }
    std::string address() const { return "127.0.0.1:" + std::to_string(port()); }
    void be(Manner manner, std::size_t bytes = 0) {
        bytes_ = bytes;
        manner_ = manner;
    }
    // Whole messages, in the order of their coming.
    std::vector<std::string> messages() const {
        std::lock_guard guard(mutex_);
        return messages_;
    }

    std::atomic<int> connections{0};

private:
    using Socket = asio::ip::tcp::socket;

    void rest() {
        while (!is_stopping_ && manner_ != Manner::reads)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    // False when it is no message.
    bool take(std::string& in) {
        for (;;) {
            const auto blank = in.find(' ');
            if (!in.empty() && (in[0] < '0' || in[0] > '9')) return false;
            if (blank == in.npos) return true;
            const auto length = std::stoul(in.substr(0, blank));
            if (in.size() < blank + 1 + length) return true;
            {
                std::lock_guard guard(mutex_);
                messages_.push_back(in.substr(blank + 1, length));
            }
            in.erase(0, blank + 1 + length);
        }
    }
    template <class Stream>
    void read(Stream& stream, Socket& socket) {
        std::string in;
        std::size_t total = 0;
        boost::system::error_code ec;
        char bytes[4096];
        for (;;) {
            if (manner_ == Manner::cuts && total >= bytes_) return reset(socket);
            const auto most = manner_ == Manner::cuts ? std::min(sizeof bytes, bytes_ - total) : sizeof bytes;
            const auto got = stream.read_some(asio::buffer(bytes, most), ec);
            if (ec) break;
            total += got;
            in.append(bytes, got);
            if (!take(in)) return;
        }
        if (manner_ == Manner::stays) rest();
    }
    static void reset(Socket& socket) {
        socket.set_option(asio::socket_base::linger(true, 0));
        socket.close();  // the destructor would not linger
    }
    void talk(Socket socket) {
        ++connections;
        if (manner_ == Manner::is_deaf) return rest();
        if (manner_ == Manner::leaves) return;
        if (keys_.directory.empty()) return read(socket, socket);
        asio::ssl::context tls(asio::ssl::context::tls_server);
        tls.use_certificate_chain_file(keys_.directory + "/server.pem");
        tls.use_private_key_file(keys_.directory + "/server.key", asio::ssl::context::pem);
        if (keys_.asks_for_certificate) {
            tls.load_verify_file(keys_.directory + "/ca.pem");
            tls.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
        }
        asio::ssl::stream<Socket&> stream(socket, tls);
        boost::system::error_code ec;
        stream.handshake(asio::ssl::stream_base::server, ec);
        if (!ec) read(stream, socket);
    }
    void serve() {
        acceptor_.non_blocking(true);
        while (!is_stopping_) {
            boost::system::error_code ec;
            Socket socket(context_);
            acceptor_.accept(socket, ec);
            if (ec) {
                std::this_thread::sleep_for(std::chrono::milliseconds(2));
                continue;
            }
            socket.non_blocking(false);
            talk(std::move(socket));
        }
    }

    const Keys keys_;
    std::atomic<Manner> manner_{Manner::reads};
    std::atomic<std::size_t> bytes_{0};
    std::atomic<bool> is_stopping_{false};
    mutable std::mutex mutex_;
    std::vector<std::string> messages_;
    asio::io_context context_;
    asio::ip::tcp::acceptor acceptor_;
    std::thread thread_;
};

}  // namespace concordat::test
