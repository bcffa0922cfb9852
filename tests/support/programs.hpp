// What tests need to start programs of other people: free ports, certificates, files.
#pragma once
#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace concordat::test {

inline std::string file_text(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

inline void run_shell(const std::string& command) {
    if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

inline int free_port() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_ANY);
    socklen_t length = sizeof address;
    ::bind(socket, reinterpret_cast<sockaddr*>(&address), length);
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length);
    ::close(socket);
    return ntohs(address.sin_port);
}

// An authority, and a certificate for 127.0.0.1 that is in force for `days` from now.
inline void make_certificate(const std::string& directory, int days = 30) {
    run_shell(
        "cd " + directory +
        " && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "
        "'/CN=Test authority' -keyout ca.key -out ca.pem 2>/dev/null && openssl req -newkey ec -pkeyopt "
        "ec_paramgen_curve:P-256 -nodes -subj '/CN=directory' -keyout server.key -out server.csr "
        "2>/dev/null && echo subjectAltName=IP:127.0.0.1 > san && openssl x509 -req -in server.csr -CA "
        "ca.pem -CAkey ca.key -CAcreateserial -extfile san -days " +
        std::to_string(days) + " -out server.pem 2>/dev/null");
}

}  // namespace concordat::test
