// A real mail server for tests: aiosmtpd on a free port of this machine, which keeps what it is given in a
// directory. It ends with the object.
#pragma once
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>
#include <vector>

#include "core/config/settings.hpp"
#include "tests/support/programs.hpp"
#include "tests/support/temporary_directory.hpp"

namespace concordat::test {

class SmtpServer {
public:
    // `security` as EmailSettings.ConnectionSecurity: "", TLS, STARTTLS.
    explicit SmtpServer(std::string security = "") : security_(std::move(security)) {
        if (!security_.empty()) make_certificate(directory_.path());
        start();
    }
    ~SmtpServer() { stop(); }
    SmtpServer(const SmtpServer&) = delete;

    void start() {
        const auto where = "127.0.0.1:" + std::to_string(port);
        const auto box = directory_.path("box"), log = directory_.path("log");
        const auto certificate = directory_.path("server.pem"), key = directory_.path("server.key");
        std::vector<const char*> args{"python3", "-m", "aiosmtpd", "-n", "-d", "-l", where.c_str()};
        if (security_ == "STARTTLS")
            args.insert(args.end(), {"--tlscert", certificate.c_str(), "--tlskey", key.c_str()});
        if (security_ == "TLS")
            args.insert(args.end(), {"--smtpscert", certificate.c_str(), "--smtpskey", key.c_str()});
        args.insert(args.end(), {"-c", "aiosmtpd.handlers.Mailbox", box.c_str(), nullptr});
        pid_ = ::fork();
        if (pid_ == 0) {
            const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
            ::dup2(out, 1);
            ::dup2(out, 2);
            ::execv("/usr/bin/python3", const_cast<char**>(args.data()));
            ::_exit(127);
        }
        const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!answers()) {
            if (::waitpid(pid_, nullptr, WNOHANG) == pid_ || std::chrono::steady_clock::now() > patience)
                throw std::runtime_error("the mail server does not start: " + file_text(log));
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    }
    void stop() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }

    // Letters as they came, in any order.
    std::vector<std::string> letters() const {
        std::vector<std::string> out;
        std::error_code none;
        for (const auto& file : std::filesystem::directory_iterator(directory_.path("box") + "/new", none))
            out.push_back(file_text(file.path().string()));
        return out;
    }
    std::string authority() const { return directory_.path("ca.pem"); }

    // Settings of a node that sends its mail here.
    Settings settings(Settings s = {}) const {
        s.ServiceSettings.SiteURL = "https://chat.example.org";
        s.EmailSettings.SMTPServer = "127.0.0.1";
        s.EmailSettings.SMTPPort = std::to_string(port);
        s.EmailSettings.ConnectionSecurity = security_;
        s.EmailSettings.SMTPServerTimeout = 5;
        return s;
    }

    const int port = free_port();

private:
    bool answers() const {
        const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const bool does = ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
        ::close(socket);
        return does;
    }

    const std::string security_;
    TemporaryDirectory directory_;
    pid_t pid_ = -1;
};

// The first link in a letter's plain text, soft line ends of quoted-printable removed.
inline std::string link_in(std::string letter) {
    for (auto at = letter.find("=\r\n"); at != letter.npos; at = letter.find("=\r\n")) letter.erase(at, 3);
    for (auto at = letter.find("=\n"); at != letter.npos; at = letter.find("=\n")) letter.erase(at, 2);
    for (auto at = letter.find("=3D"); at != letter.npos; at = letter.find("=3D")) letter.replace(at, 3, "=");
    const auto begin = letter.find("https://");
    return begin == letter.npos ? std::string()
                                : letter.substr(begin, letter.find_first_of(" \r\n\"<", begin) - begin);
}

}  // namespace concordat::test
