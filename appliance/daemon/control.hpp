// The control socket: how concordatctl reaches a running daemon.
//
// A unix socket in the data directory, closed to everybody but the owner and root. One request a connection:
// a line of JSON {"command": "...", "arguments": {...}}; the answer is lines {"progress": "..."}, then one
// {"result": ...} or {"error": {"id", "text", "detail"}}. At most 64 KiB a request, one at a time.
#pragma once
#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include "core/base/json.hpp"

namespace concordat::appliance {

class Operator;

class ControlSocket {
public:
    // Serves on a thread of its own until destroyed. `op` must outlive this object.
    ControlSocket(std::string path, Operator& op);
    ~ControlSocket();
    ControlSocket(const ControlSocket&) = delete;

private:
    void serve();
    void answer(int connection);

    std::string path_;
    Operator& operator_;
    int listener_ = -1;
    std::atomic<bool> is_stopping_{false};
    std::thread thread_;
};

// The client's side. Nothing when no daemon listens there; else the result. Throws the Error the daemon
// answered.
std::optional<json::value> ask_daemon(const std::string& path, const std::string& command,
                                      const json::object& arguments,
                                      const std::function<void(const std::string&)>& progress);

}  // namespace concordat::appliance
