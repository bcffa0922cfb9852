// Why connections end, counted by word.
#pragma once

namespace concordat::web {

enum class CloseReason {
    client,        // it said goodbye
    lost,          // end of stream, or a network error
    protocol,      // broken frames, or messages that cannot be read
    silent,        // nothing heard for too long
    stalled,       // a write did not move on
    slow,          // too much was waiting
    no_challenge,  // not signed in in time
    bad_token,
    bad_resume,  // malformed connection_id or sequence_number
    session_ended,
    replaced,  // the client came back by another connection
    limit,     // too many connections
    drained,   // this node is going down
    failed     // a fault here
};
constexpr int close_reasons = 14;

constexpr const char* close_word(CloseReason reason) {
    constexpr const char* words[close_reasons] = {
        "client",    "lost",       "protocol",      "silent",   "stalled", "slow",    "no_challenge",
        "bad_token", "bad_resume", "session_ended", "replaced", "limit",   "drained", "failed"};
    return words[static_cast<int>(reason)];
}

// May the client come back within a while and go on where it was?
constexpr bool may_return(CloseReason reason) {
    return reason == CloseReason::client || reason == CloseReason::lost || reason == CloseReason::protocol ||
           reason == CloseReason::silent || reason == CloseReason::stalled || reason == CloseReason::failed;
}

}  // namespace concordat::web
