// A little HTTP server of the test's own: it answers as it is told, byte by byte, and remembers what it was
// sent.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace concordat::test {

class Receiver {
public:
    // `answer` is given the whole request and the connection; what it returns is written.
    using Answer = std::function<std::string(const std::string& request, int connection)>;

    explicit Receiver(Answer answer) : answer_(std::move(answer)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
        ::listen(listener_, 16);
        socklen_t size = sizeof address;
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~Receiver() {
        is_stopping_ = true;
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }
    Receiver(const Receiver&) = delete;

    std::string url(const std::string& path = "/") const {
        return "http://127.0.0.1:" + std::to_string(port_) + path;
    }
    int port() const { return port_; }
    std::vector<std::string> requests() {
        std::lock_guard guard(mutex_);
        return requests_;
    }
    bool is_stopping() const { return is_stopping_; }

    static std::string reply(int status, const std::string& body, const std::string& headers = "") {
        return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size()) +
               "\r\n" + headers + "\r\n" + body;
    }

private:
    static std::string read_request(int connection) {
        std::string request;
        char buffer[4096];
        for (;;) {
            const auto head = request.find("\r\n\r\n");
            if (head != request.npos) {
                const auto at = request.find("Content-Length: ");
                const auto length = at < head ? std::stoul(request.substr(at + 16)) : 0;
                if (request.size() >= head + 4 + length) return request;
            }
            const auto count = ::recv(connection, buffer, sizeof buffer, 0);
            if (count <= 0) return request;
            request.append(buffer, static_cast<std::size_t>(count));
        }
    }
    void serve() {
        while (!is_stopping_) {
            const int connection = ::accept(listener_, nullptr, nullptr);
            if (connection < 0) continue;
            const auto request = read_request(connection);
            {
                std::lock_guard guard(mutex_);
                requests_.push_back(request);
            }
            const auto bytes = answer_(request, connection);
            for (std::size_t at = 0; at < bytes.size();) {
                const auto count = ::send(connection, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
                if (count <= 0) break;
                at += static_cast<std::size_t>(count);
            }
            ::close(connection);
        }
    }

    Answer answer_;
    int listener_ = -1;
    int port_ = 0;
    std::atomic<bool> is_stopping_{false};
    std::mutex mutex_;
    std::vector<std::string> requests_;
    std::thread thread_;
};

}  // namespace concordat::test
