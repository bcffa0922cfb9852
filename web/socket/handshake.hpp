// The HTTP side of opening a WebSocket: is the request an upgrade we take, and what is answered.
// Pure functions. No subprotocol and no extension is ever accepted.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace concordat::web {

struct Head;

// Sec-WebSocket-Accept for a client's Sec-WebSocket-Key.
std::string websocket_accept(std::string_view key);

// May a page from `origin` (the header's value) open a socket to `host` (the Host header)? An absent
// origin passes: only browsers send it. So does the same host, and what `allowed` names: "*", an
// origin ("https://chat.example.org"), or a host ("chat.example.org:8065").
bool is_origin_allowed(std::string_view origin, std::string_view host,
                       const std::vector<std::string>& allowed);

struct SocketHandshake {
    int status = 101;      // else the request is refused with it: 400, 403 or 426
    std::string response;  // complete HTTP text, either way
};

SocketHandshake shake_hands(const Head& head, const std::vector<std::string>& allowed_origins);
// Any other refusal in the same form, for example 503.
std::string refusal(int status, const std::string& id, const std::string& text, const Head& head);

}  // namespace concordat::web
