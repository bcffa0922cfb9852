// A real clamd for tests, with a database of one signature, that of the test file that scanners agreed upon.
// On a socket in a temporary directory; it ends with the object.
#pragma once
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "core/base/text.hpp"
#include "tests/support/programs.hpp"
#include "tests/support/temporary_directory.hpp"

namespace concordat::test {

// In two halves, so that this source is not taken for it.
inline const std::string eicar =
    std::string("X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-") + "STANDARD-ANTIVIRUS-TEST-FILE!$H+H*";

class Clamd {
public:
    Clamd() {
        ::mkdir(directory_.path("db").c_str(), 0755);
        std::ofstream(directory_.path("db/own.hdb")) << "44d88612fea8a8f36de82e1278abb02f:68:Test.Eicar\n";
        std::ofstream(directory_.path("clamd.conf"))
            << "DatabaseDirectory " << directory_.path("db") << "\nLocalSocket " << socket()
            << "\nForeground yes\nStreamMaxLength 1M\nUser " << user_name() << "\n";
        start();
    }
    ~Clamd() { stop(); }
    Clamd(const Clamd&) = delete;

    void start() {
        pid_ = ::fork();
        if (pid_ == 0) {
            const int log = ::open(directory_.path("log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
            ::dup2(log, 1);
            ::dup2(log, 2);
            ::execl("/usr/sbin/clamd", "clamd", "-c", directory_.path("clamd.conf").c_str(), nullptr);
            ::_exit(127);
        }
        const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        struct stat found {};
        while (::stat(socket().c_str(), &found) != 0) {
            if (::waitpid(pid_, nullptr, WNOHANG) == pid_ || std::chrono::steady_clock::now() > patience)
                throw std::runtime_error("clamd does not start: " + file_text(directory_.path("log")));
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    }
    void stop() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        ::unlink(socket().c_str());
        pid_ = -1;
    }
    std::string socket() const { return directory_.path("clamd.sock"); }

private:
    static std::string user_name() { return ::geteuid() == 0 ? "root" : std::string(::getlogin()); }

    TemporaryDirectory directory_;
    pid_t pid_ = -1;
};

}  // namespace concordat::test
