// How many requests one client may make: a token bucket per address, per session token, or per the
// value of a header.
//
// Thread-safe. Memory is bounded: past the limit of remembered clients those with full buckets are
// forgotten first, then any. Keys are kept as salted hashes, never as tokens.
#pragma once
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace concordat::web {

struct Head;

struct RateLimit {
    bool is_on = false;
    double per_sec = 10;
    int max_burst = 100;
    std::size_t remembered = 10000;  // clients
    bool vary_by_address = true;
    bool vary_by_user = false;        // by the session token; it is not checked here, so a client that makes
                                      // tokens up gets a bucket for each
    std::string vary_by_header = {};  // "" for none
    std::string session_cookie = "MMAUTHTOKEN";
};

class RateLimiter {
public:
    using Time = std::chrono::steady_clock::time_point;
    struct Answer {
        bool allowed = true;
        int limit = 0;      // X-RateLimit-Limit
        int remaining = 0;  // X-RateLimit-Remaining
        int reset = 0;      // X-RateLimit-Reset: seconds until the bucket is full again
    };

    explicit RateLimiter(RateLimit settings);
    // New settings from now on; what clients used up is kept.
    void use(RateLimit settings);
    bool is_on() const;
    // Takes one token of the client that sent `head`.
    Answer take(const Head& head, Time now);
    std::size_t remembered() const;

private:
    struct Bucket {
        double tokens;
        Time at;
    };
    std::uint64_t key_of(const Head& head) const;
    void make_room(Time now);

    mutable std::mutex mutex_;
    RateLimit settings_;
    std::string salt_;
    std::unordered_map<std::uint64_t, Bucket> buckets_;
    Time swept_at_{};
};

}  // namespace concordat::web
