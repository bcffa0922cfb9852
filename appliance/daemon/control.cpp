#include "appliance/daemon/control.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "appliance/daemon/launch.hpp"
#include "appliance/daemon/operator.hpp"
#include "core/base/log.hpp"

namespace concordat::appliance {
namespace {

constexpr std::size_t longest_request = 64 * 1024;
constexpr int read_patience_ms = 5000, stop_check_ms = 200;

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        throw Error(Fault::invalid, "appliance.control.path",
                    "The path " + path + " is too long for a socket; use a shorter data directory.");
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return address;
}

bool write_line(int fd, const json::value& value) {
    const auto line = json::serialize(value) + "\n";
    for (std::size_t sent = 0; sent < line.size();) {
        const auto n = ::send(fd, line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
        if (n <= 0) return false;
        sent += static_cast<std::size_t>(n);
    }
    return true;
}

// One line; "" when the other side has gone, is too slow or says too much.
std::string read_line(int fd, std::string& rest, int patience_ms, std::size_t longest) {
    for (;;) {
        if (const auto end = rest.find('\n'); end != std::string::npos) {
            auto line = rest.substr(0, end);
            rest.erase(0, end + 1);
            return line;
        }
        pollfd waiting{fd, POLLIN, 0};
        if (rest.size() > longest || ::poll(&waiting, 1, patience_ms) <= 0) return {};
        char buffer[4096];
        const auto n = ::recv(fd, buffer, sizeof buffer, 0);
        if (n <= 0) return {};
        rest.append(buffer, static_cast<std::size_t>(n));
    }
}

json::value error_line(std::string_view id, std::string_view text, std::string_view detail = "") {
    return json::object{{"error", json::object{{"id", id}, {"text", text}, {"detail", detail}}}};
}

std::string text_at(const json::object& object, const char* name) {
    return std::string(object.at(name).as_string());
}

}  // namespace

ControlSocket::ControlSocket(std::string path, Operator& op) : path_(std::move(path)), operator_(op) {
    const auto address = address_of(path_);
    ::unlink(path_.c_str());
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto old = ::umask(0177);
    const bool is_bound = ::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::umask(old);
    if (!is_bound || ::listen(listener_, 8) != 0)
        throw Error(Fault::invalid, "appliance.control",
                    "The control socket " + path_ +
                        " cannot be made: " + std::generic_category().message(errno) + ".");
    thread_ = std::thread([this] { serve(); });
}

ControlSocket::~ControlSocket() {
    is_stopping_ = true;
    thread_.join();
    ::close(listener_);
    ::unlink(path_.c_str());
}

void ControlSocket::serve() {
    while (!is_stopping_) {
        pollfd waiting{listener_, POLLIN, 0};
        if (::poll(&waiting, 1, stop_check_ms) <= 0) continue;
        const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection < 0) continue;
        answer(connection);
        ::close(connection);
    }
}

void ControlSocket::answer(int connection) {
    std::string rest;
    const auto line = read_line(connection, rest, read_patience_ms, longest_request);
    if (rest.size() > longest_request)
        write_line(connection, error_line("operator.too_long", "The command is longer than 64 KiB."));
    if (line.empty()) return;
    try {
        const auto request = parse_json_value(line, "request").as_object();
        const auto command = std::string(request.at("command").as_string());
        const auto result =
            operator_.run(command, request.at("arguments").as_object(), [&](const std::string& text) {
                write_line(connection, json::object{{"progress", text}});
            });
        log_info("an operator's command was carried out", {{"command", command}});
        write_line(connection, json::object{{"result", result}});
    } catch (const Error& e) {  // an edge: errors become answers
        write_line(connection, error_line(e.id(), reason_of(e), e.detail()));
    } catch (const std::exception& e) {
        write_line(connection, error_line("operator.failed", e.what()));
    }
}

std::optional<json::value> ask_daemon(const std::string& path, const std::string& command,
                                      const json::object& arguments,
                                      const std::function<void(const std::string&)>& progress) {
    const auto address = address_of(path);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct Closer {
        int fd;
        ~Closer() { ::close(fd); }
    } closer{fd};
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        if (errno == EACCES)
            throw Error(Fault::forbidden, "operator.access",
                        "Only the server's user and root may use " + path + ".");
        return std::nullopt;
    }
    write_line(fd, json::object{{"command", command}, {"arguments", arguments}});
    std::string rest;
    for (;;) {
        const auto line = read_line(fd, rest, -1, std::string::npos - 1);
        if (line.empty())
            throw Error(Fault::unavailable, "operator.lost", "The daemon went away before it answered.");
        const auto answer = json::parse(line).as_object();
        if (const auto* text = answer.if_contains("progress"))
            progress(std::string(text->as_string()));
        else if (const auto* result = answer.if_contains("result"))
            return *result;
        else if (const auto* error = answer.if_contains("error"))
            throw Error(Fault::invalid, text_at(error->as_object(), "id"),
                        text_at(error->as_object(), "text"), text_at(error->as_object(), "detail"));
    }
}

}  // namespace concordat::appliance
