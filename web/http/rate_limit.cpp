#include "web/http/rate_limit.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include "core/base/addresses.hpp"
#include "core/base/text.hpp"
#include "core/model/ids.hpp"
#include "web/http/call.hpp"

namespace concordat::web {
namespace {

double seconds_between(RateLimiter::Time from, RateLimiter::Time to) {
    return std::chrono::duration<double>(to - from).count();
}

std::string session_token(const Head& head, const std::string& cookie) {
    auto token = head.cookie(cookie);
    if (!token.empty()) return token;
    const auto field = head.headers.get("Authorization");
    const auto space = field.find(' ');
    return space == field.npos ? std::string() : std::string(trimmed(field.substr(space + 1)));
}

}  // namespace

RateLimiter::RateLimiter(RateLimit settings) : salt_(new_token()) {
    use(std::move(settings));
}

void RateLimiter::use(RateLimit settings) {
    std::lock_guard lock(mutex_);
    settings_ = std::move(settings);
    settings_.per_sec = std::max(settings_.per_sec, 0.001);
    settings_.max_burst = std::max(settings_.max_burst, 1);
    settings_.remembered = std::max<std::size_t>(settings_.remembered, 1);
}

bool RateLimiter::is_on() const {
    std::lock_guard lock(mutex_);
    return settings_.is_on;
}

std::size_t RateLimiter::remembered() const {
    std::lock_guard lock(mutex_);
    return buckets_.size();
}

std::uint64_t RateLimiter::key_of(const Head& head) const {
    std::string key = salt_;
    const auto token = settings_.vary_by_user ? session_token(head, settings_.session_cookie) : std::string();
    key += token;
    // Those who are not signed in are told apart by address even when only users are counted.
    if (settings_.vary_by_address || token.empty()) (key += '\n') += owner_of(head.remote_address);
    if (!settings_.vary_by_header.empty()) (key += '\n') += head.headers.get(settings_.vary_by_header);
    return std::hash<std::string>{}(key);
}

RateLimiter::Answer RateLimiter::take(const Head& head, Time now) {
    std::lock_guard lock(mutex_);
    if (!settings_.is_on) return {};
    const auto key = key_of(head);
    const auto burst = static_cast<double>(settings_.max_burst);
    auto found = buckets_.find(key);
    if (found == buckets_.end()) {
        make_room(now);
        found = buckets_.emplace(key, Bucket{burst, now}).first;
    }
    auto& bucket = found->second;
    bucket.tokens =
        std::min(burst, bucket.tokens + std::max(0.0, seconds_between(bucket.at, now)) * settings_.per_sec);
    bucket.at = now;
    Answer answer;
    answer.allowed = bucket.tokens >= 1;
    if (answer.allowed) bucket.tokens -= 1;
    answer.limit = settings_.max_burst;
    answer.remaining = static_cast<int>(bucket.tokens);
    answer.reset = static_cast<int>(std::ceil((burst - bucket.tokens) / settings_.per_sec));
    return answer;
}

void RateLimiter::make_room(Time now) {
    if (buckets_.size() < settings_.remembered) return;
    if (now - swept_at_ >= std::chrono::seconds(1)) {  // a sweep looks at all of them: once a second at most
        swept_at_ = now;
        const auto burst = static_cast<double>(settings_.max_burst);
        std::erase_if(buckets_, [&](const auto& entry) {
            return entry.second.tokens + seconds_between(entry.second.at, now) * settings_.per_sec >= burst;
        });
    }
    while (buckets_.size() >= settings_.remembered) buckets_.erase(buckets_.begin());
}

}  // namespace concordat::web
