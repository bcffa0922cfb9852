// A server that speaks just enough LDAP to misbehave, for tests: on a free port of this machine, until the
// object ends. It counts what it was asked.
#pragma once
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace concordat::test {

class HostileLdap {
public:
    struct Manner {
        int bind = 0, search = 0, start_tls = 0;  // result codes; -1: no answer
        std::string dn_of_entry = {};             // what each search finds; "": nothing
        std::string attribute = {}, value = {};   // of that entry
        // What the first search finds of it instead, the second ...; the last stays.
        std::vector<std::pair<std::string, std::vector<std::string>>> parts = {};
    };
    explicit HostileLdap(Manner manner) : manner_(std::move(manner)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        ::bind(listener_, reinterpret_cast<sockaddr*>(&address), length);
        ::listen(listener_, 16);
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
        port = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~HostileLdap() {
        is_stopping_ = true;
        thread_.join();
        ::close(listener_);
    }
    HostileLdap(const HostileLdap&) = delete;

    int port = 0;
    std::atomic<int> connections{0}, binds{0}, searches{0};

private:
    static std::string tagged(unsigned char tag, const std::string& content) {
        std::string out(1, static_cast<char>(tag));
        out += static_cast<char>(0x82);
        out += static_cast<char>(content.size() >> 8);
        out += static_cast<char>(content.size() & 255);
        return out + content;
    }
    // Answers whole messages at the front of `in`, and takes them out.
    void answer(int socket, std::string& in) {
        for (;;) {
            if (in.size() < 2 || in[0] != 0x30) return;
            std::size_t length = static_cast<unsigned char>(in[1]), head = 2;
            if (length & 0x80) {
                const auto bytes = length & 0x7f;
                if (in.size() < 2 + bytes) return;
                length = 0;
                for (std::size_t i = 0; i < bytes; ++i)
                    length = length << 8 | static_cast<unsigned char>(in[head++]);
            }
            if (in.size() < head + length || length < 4) return;
            const auto id_size = static_cast<unsigned char>(in[head + 1]);
            const auto id = in.substr(head, 2 + id_size);
            const auto operation = static_cast<unsigned char>(in[head + 2 + id_size]);
            in.erase(0, head + length);
            reply(socket, id, operation);
        }
    }
    void reply(int socket, const std::string& id, unsigned char operation) {
        if (operation == 0x60) ++binds, say(socket, id, 0x61, manner_.bind);
        if (operation == 0x77) say(socket, id, 0x78, manner_.start_tls);
        if (operation != 0x63) return;
        const auto turn = static_cast<std::size_t>(searches++);
        if (!manner_.dn_of_entry.empty()) {
            auto name = manner_.attribute;
            std::vector<std::string> all{manner_.value};
            if (!manner_.parts.empty())
                std::tie(name, all) = manner_.parts[std::min(turn, manner_.parts.size() - 1)];
            std::string values;
            for (const auto& value : all) values += tagged(0x04, value);
            const auto attribute = tagged(0x30, tagged(0x04, name) + tagged(0x31, values));
            const auto entry = tagged(0x64, tagged(0x04, manner_.dn_of_entry) + tagged(0x30, attribute));
            send(socket, tagged(0x30, id + entry));
        }
        say(socket, id, 0x65, manner_.search);
    }
    void say(int socket, const std::string& id, unsigned char operation, int code) {
        if (code < 0) return;
        const auto result =
            std::string("\x0a\x01") + static_cast<char>(code) + std::string("\x04\x00\x04\x00", 4);
        send(socket, tagged(0x30, id + tagged(operation, result)));
    }
    static void send(int socket, const std::string& bytes) {
        (void)!::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    void serve() {
        std::map<int, std::string> open;
        while (!is_stopping_) {
            std::vector<pollfd> waits{{listener_, POLLIN, 0}};
            for (const auto& [socket, bytes] : open) waits.push_back({socket, POLLIN, 0});
            ::poll(waits.data(), waits.size(), 20);
            if (waits[0].revents) {
                open[::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)];
                ++connections;
            }
            for (std::size_t i = 1; i < waits.size(); ++i) {
                if (!waits[i].revents) continue;
                char bytes[4096];
                const auto got = ::recv(waits[i].fd, bytes, sizeof bytes, 0);
                if (got <= 0) {
                    ::close(waits[i].fd);
                    open.erase(waits[i].fd);
                    continue;
                }
                open[waits[i].fd].append(bytes, static_cast<std::size_t>(got));
                answer(waits[i].fd, open[waits[i].fd]);
            }
        }
        for (const auto& [socket, bytes] : open) ::close(socket);
    }

    const Manner manner_;
    int listener_ = -1;
    std::atomic<bool> is_stopping_{false};
    std::thread thread_;
};

}  // namespace concordat::test
