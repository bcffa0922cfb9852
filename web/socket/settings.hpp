// What an operator may change about sockets.
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include "web/socket/backlog.hpp"

namespace concordat::web {

struct SocketSettings {
    using Time = std::chrono::milliseconds;

    std::string version = CONCORDAT_VERSION;  // in the reply to ping
    std::string hostname;                     // in hello
    // In hello: the text of X-Version-Id, which changes with the configuration. Network threads: must
    // not block.
    std::function<std::string()> server_version;

    std::size_t most_connections = 30000;  // on this node, signed in or not
    std::size_t most_per_user = 100;       // connected at once
    std::size_t most_away_per_user = 16;   // kept for clients that may come back, for each network thread
    std::size_t longest_message = 8192;    // bytes a client may send at once
    BacklogLimits backlog;

    Time challenge_time{5'000};  // to sign in after connecting without a token
    Time ping_every{60'000};
    Time silence{100'000};    // without a frame or pong from the client
    Time write_time{30'000};  // in which a waiting write must move on
    Time away_time{300'000};  // a client may stay away and still lose nothing
    Time close_time{2'000};   // for the client to answer a close
    Time tick{1'000};         // how often all these are looked at
};

}  // namespace concordat::web
