#include "compliance/ledger/ledger_keeper.hpp"

#include <pthread.h>

#include <algorithm>
#include <exception>

#include "core/base/error.hpp"
#include "core/base/log.hpp"

namespace concordat::compliance {

using std::chrono::steady_clock;

void LedgerKeeper::start() {
    {
        std::lock_guard guard(mutex_);
        is_stopping_ = false;
    }
    thread_ = std::thread([this] { serve(); });
}

void LedgerKeeper::stop() {
    {
        std::lock_guard guard(mutex_);
        is_stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void LedgerKeeper::wake() {
    {
        std::lock_guard guard(mutex_);
        is_woken_ = true;
    }
    wake_.notify_all();
}

bool LedgerKeeper::look() {
    const auto appended = ledger_.append();
    if (appended > 0) is_unsigned_ = true;
    const auto now = steady_clock::now();
    if (is_unsigned_ && now - signed_at_ >= pace_.sign_every) {
        ledger_.sign();
        signed_at_ = now;
        is_unsigned_ = false;
    }
    const bool is_more = appended == static_cast<std::size_t>(Ledger::most_at_a_time);
    if (!is_more) look_through(now);
    return is_more;
}

void LedgerKeeper::look_through(Time now) {
    if (!is_in_pass_) {
        if (now - pass_ended_at_ < pace_.pass_every) return;
        is_in_pass_ = true;
        next_tile_ = 0;
    }
    if (now - checked_at_ < pace_.check_every) return;
    checked_at_ = now;
    const auto tiles = ledger_.tiles();
    for (std::int64_t i = 0; i < tiles_at_a_time && next_tile_ < tiles; ++i) ledger_.check(next_tile_++);
    if (next_tile_ < tiles) return;
    is_in_pass_ = false;
    pass_ended_at_ = now;
}

void LedgerKeeper::note_failure(const std::string& id, const std::string& what) {
    // The ledger itself says loudly that a tree is not the one signed last.
    if (id != failure_ && id != "compliance.ledger.forked")
        log_error("audit records could not become leaves, or be signed; it is tried again",
                  {{"id", id}, {"what", what}});
    failure_ = id;
}

std::chrono::milliseconds LedgerKeeper::pause(Time now) const {
    const auto until = [&](Time at, std::chrono::milliseconds length) {
        return std::max(std::chrono::duration_cast<std::chrono::milliseconds>(at + length - now),
                        std::chrono::milliseconds(1));
    };
    if (!failure_.empty()) return pace_.look_every;
    auto out = pace_.look_every;
    if (is_unsigned_) out = std::min(out, until(signed_at_, pace_.sign_every));
    if (is_in_pass_) out = std::min(out, until(checked_at_, pace_.check_every));
    return out;
}

void LedgerKeeper::serve() {
    pthread_setname_np(pthread_self(), "audit-ledger");
    for (bool is_last = false;;) {
        bool is_more = false;
        try {
            if (is_last)
                ledger_.bring_up_to_date();
            else
                is_more = look();
            if (!failure_.empty()) log_info("audit records become leaves and are signed again");
            failure_.clear();
        } catch (const Error& e) {  // comes again
            note_failure(e.id(), e.text() + (e.detail().empty() ? "" : " (" + e.detail() + ")"));
        } catch (const std::exception& e) {
            note_failure("compliance.ledger.failed", e.what());
        }
        if (is_last) return;
        std::unique_lock lock(mutex_);
        const bool is_failing = !failure_.empty();
        if (!is_more)
            wake_.wait_for(lock, pause(steady_clock::now()),
                           [&] { return is_stopping_ || (is_woken_ && !is_failing); });
        if (is_woken_ && !is_failing) wake_.wait_for(lock, pace_.gather, [&] { return is_stopping_; });
        is_woken_ = false;
        is_last = is_stopping_;
        if (is_last && is_failing) return;  // a database that is gone must not keep the node from ending
    }
}

}  // namespace concordat::compliance
