#include "web/http/session.hpp"

#include <boost/system/system_error.hpp>

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "core/model/ids.hpp"
#include "web/http/compression.hpp"
#include "web/http/patience.hpp"
#include "web/http/scratch.hpp"
#include "web/http/tls.hpp"

namespace concordat::web {
namespace {

constexpr std::chrono::milliseconds no_deadline{0};
constexpr std::size_t upload_step = 256 * 1024;
constexpr std::size_t progress_step = 4096;  // less than this in body_timeout is no progress

// The client's address as the nearest trusted proxy saw it: the last one in the list that is not
// itself a trusted proxy.
std::string forwarded_address(const Head& head, const AddressList& trusted) {
    std::string list;
    for (const auto& [name, value] : head.headers.all())
        if (lower_ascii(name) == "x-forwarded-for") list += "," + value;
    const auto hops = split_words(list, ',');
    std::string found;
    for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
        const std::string address(trimmed(*hop));
        if (!address_bytes(address)) break;
        found = address;
        if (!trusted.contains(address)) break;
    }
    if (!found.empty()) return found;
    const std::string real(trimmed(head.headers.get("X-Real-IP")));
    return address_bytes(real) ? real : std::string();
}

// Takes the sub-path off; false when the path lies outside it.
bool enter_sub_path(std::string& path, const std::string& sub_path) {
    if (sub_path.empty()) return true;
    if (!path.starts_with(sub_path)) return false;
    if (path.size() == sub_path.size()) {
        path = "/";
        return true;
    }
    if (path[sub_path.size()] != '/') return false;
    path.erase(0, sub_path.size());
    return true;
}

// A sink closes and deletes files, so it goes where those may block.
class SinkHolder {
public:
    explicit SinkHolder(Workers& workers) : workers_(workers) {}
    ~SinkHolder() { drop(); }
    void drop() {
        if (!sink) return;
        std::shared_ptr<BodySink> shared(std::move(sink));
        workers_.try_post([shared = std::move(shared)]() mutable { shared.reset(); });
    }
    SinkHolder(const SinkHolder&) = delete;
    std::unique_ptr<BodySink> sink;

private:
    Workers& workers_;
};

}  // namespace

Session::Session(std::shared_ptr<ServerState> state, Shard& shard, std::shared_ptr<SocketStream> stream)
    : state_(std::move(state)), shard_(shard), stream_(std::move(stream)) {
    shard_.sessions.insert(this);
    std::lock_guard lock(state_->mutex);
    ++state_->running;
}

Session::~Session() {
    shard_.sessions.erase(this);
    std::lock_guard lock(state_->mutex);
    --state_->running;
    state_->changed.notify_all();
}

void Session::end_if_idle() {
    if (is_idle_) stream_->close();
}

asio::awaitable<void> Session::run() {
    for (;;) {
        if (pending_.empty()) {
            if (state_->is_draining.load(std::memory_order_relaxed)) co_return;
            stream_->expires_after(state_->options.idle_timeout);
            is_idle_ = true;
            co_await stream_->readable();
            is_idle_ = false;
        }
        const bool goes_on = co_await serve_one();
        if (!goes_on) co_return;
    }
}

Session::Fed Session::feed(RequestReader& reader) {
    if (!pending_.empty()) {
        const auto taken = reader.put(pending_);
        if (taken == pending_.size())
            std::string().swap(pending_);
        else
            pending_.erase(0, taken);
        if (taken > 0 || reader.refusal()) return Fed::progressed;
    }
    const auto scratch = network_scratch();
    bool ended = false;
    const auto length = stream_->read_now(scratch, ended);
    if (length == 0) return ended ? Fed::ended : Fed::waiting;
    if (pending_.empty()) {
        const auto taken = reader.put({scratch.data(), length});
        pending_.assign(scratch.data() + taken, length - taken);
    } else {
        pending_.append(scratch.data(), length);
        pending_.erase(0, reader.put(pending_));
    }
    return Fed::progressed;
}

asio::awaitable<bool> Session::read_head(RequestReader& reader) {
    bool is_timed = false;  // the whole head has one deadline, however its bytes trickle in
    for (;;) {
        const auto fed = feed(reader);
        if (reader.has_head() || reader.refusal()) break;
        if (fed == Fed::ended) co_return false;
        if (!is_timed && !pending_.empty()) {
            stream_->expires_after(state_->options.head_timeout);
            is_timed = true;
        }
        if (fed == Fed::waiting) co_await stream_->readable();
    }
    stream_->expires_after(no_deadline);
    co_return true;
}

asio::awaitable<bool> Session::read_body(Exchange& exchange, std::size_t enough) {
    auto& reader = exchange.reader;
    if (exchange.may_continue && !reader.is_done() && !reader.refusal()) {
        static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        const asio::const_buffer buffer(go_on.data(), go_on.size());
        exchange.may_continue = false;
        if (pending_.empty()) co_await stream_->write_rest({&buffer, 1}, 0, state_->options.write_timeout);
    }
    std::size_t mark = 0;  // body bytes at the last deadline
    bool is_timed = false;
    while (!reader.is_done() && !reader.refusal() && reader.body().size() < enough) {
        const auto fed = feed(reader);
        if (fed == Fed::ended) co_return false;
        if (fed != Fed::waiting) continue;
        if (!is_timed || reader.body().size() >= mark + progress_step) {
            stream_->expires_after(state_->options.body_timeout);
            mark = reader.body().size();
            is_timed = true;
        }
        co_await stream_->readable();
    }
    stream_->expires_after(no_deadline);
    co_return true;
}

void Session::complete_head(Head& head) const {
    head.request_id = AnyId::fresh().text();
    head.remote_address = stream_->peer_address();
    head.is_secure = stream_->is_secure();
    if (!state_->trusted.contains(head.remote_address)) return;
    auto client = forwarded_address(head, state_->trusted);
    if (!client.empty()) head.remote_address = std::move(client);
    const auto scheme = lower_ascii(trimmed(head.headers.get("X-Forwarded-Proto")));
    if (!scheme.empty()) head.is_secure = scheme == "https";
}

void Session::answer(Exchange& exchange, int status, const std::string& id, const std::string& text) {
    exchange.reply = state_->app.wire_error(status, id, text, exchange.call.head);
}

void Session::answer_busy(Exchange& exchange) {
    answer(exchange, 503, "api.context.server_busy.app_error", "The server is busy. Try again in a moment.");
    exchange.reply.set("Retry-After", "1");
}

bool Session::is_refused(Exchange& exchange) {
    const auto& refusal = exchange.reader.refusal();
    if (!refusal) return false;
    exchange.framing.keeps_alive = false;
    answer(exchange, refusal->status, refusal->id, refusal->text);
    return true;
}

bool Session::is_answered_here(Exchange& exchange) {
    auto& head = exchange.call.head;
    if (is_refused(exchange)) return true;
    if (!enter_sub_path(head.path, state_->options.sub_path)) {
        answer(exchange, 404, "api.context.404.app_error", "Sorry, we could not find the page.");
        return true;
    }
    exchange.framing.rate = state_->limiter.take(head, std::chrono::steady_clock::now());
    if (exchange.framing.rate.allowed) return false;
    state_->counters.rate_limited.add();
    answer(exchange, 429, "api.context.rate_limited.app_error", "");
    exchange.reply.content_type = "text/plain";
    exchange.reply.body = "limit exceeded";
    return true;
}

asio::awaitable<bool> Session::serve_one() {
    Exchange exchange(state_->options.limits);
    auto& reader = exchange.reader;
    const bool is_read = co_await read_head(reader);
    if (!is_read) co_return false;
    exchange.call.head = std::move(reader.head());
    complete_head(exchange.call.head);
    exchange.framing.is_http11 = reader.is_http11();
    exchange.framing.is_head = exchange.call.head.verb == Verb::head;
    exchange.framing.keeps_alive = reader.has_head() && reader.keeps_alive();
    exchange.may_continue = reader.expects_continue();
    if (is_answered_here(exchange)) co_return co_await refuse(exchange);

    exchange.plan = state_->app.plan(exchange.call.head);
    if (exchange.plan.body == Plan::Body::upgrade && reader.is_done()) co_return hand_over(exchange);
    reader.limit_body(exchange.plan.body == Plan::Body::upgrade ? 0 : exchange.plan.body_limit);
    if (exchange.plan.body == Plan::Body::streamed) co_return co_await serve_streamed(exchange);
    co_return co_await serve_buffered(exchange);
}

bool Session::hand_over(Exchange& exchange) {
    stream_->put_back(std::move(pending_));
    state_->app.upgrade(exchange.plan, std::move(exchange.call), stream_);
    is_taken_over_ = true;
    return false;
}

void Session::finish_reply(Exchange& exchange) const {
    if (state_->is_draining.load(std::memory_order_relaxed)) exchange.framing.keeps_alive = false;
    compress(exchange.reply, exchange.call.head.headers.get("Accept-Encoding"));
    exchange.head_text = reply_head(exchange.reply, exchange.framing);
}

asio::awaitable<bool> Session::serve_buffered(Exchange& exchange) {
    auto& reader = exchange.reader;
    if (!reader.is_done()) {
        const bool is_here = co_await read_body(exchange, SIZE_MAX);
        if (!is_here) co_return false;
    }
    if (is_refused(exchange)) co_return co_await refuse(exchange);
    if (exchange.plan.body == Plan::Body::buffered) exchange.call.body = std::move(reader.body());
    const bool has_run = co_await try_on_worker(state_->workers(exchange.plan.lane), [this, &exchange] {
        exchange.reply = state_->app.run(exchange.plan, exchange.call);
        finish_reply(exchange);
    });
    if (!has_run) answer_busy(exchange);
    co_return co_await send(exchange);
}

asio::awaitable<bool> Session::serve_streamed(Exchange& exchange) {
    auto& reader = exchange.reader;
    auto& workers = state_->workers(exchange.plan.lane);
    if (is_refused(exchange)) co_return co_await refuse(exchange);
    SinkHolder holder(workers);
    const bool has_run = co_await try_on_worker(workers, [this, &exchange, &holder] {
        holder.sink = state_->app.open(exchange.plan, exchange.call, exchange.reply);
    });
    if (!has_run) answer_busy(exchange);
    if (!holder.sink) co_return co_await refuse(exchange);
    while (!reader.is_done()) {
        const bool is_here = co_await read_body(exchange, upload_step);
        if (!is_here) co_return false;
        if (is_refused(exchange)) {
            holder.drop();
            co_return co_await refuse(exchange);
        }
        bool is_taken = true;
        co_await patiently_on_worker(workers, [this, &exchange, &holder, &is_taken] {
            is_taken = state_->app.feed(*holder.sink, exchange.reader.body(), exchange.call, exchange.reply);
        });
        if (!is_taken) {
            holder.drop();
            co_return co_await refuse(exchange);
        }
        reader.body().clear();
    }
    co_await patiently_on_worker(workers, [this, &exchange, &holder] {
        exchange.reply = state_->app.finish(exchange.plan, *holder.sink, exchange.call);
        holder.sink.reset();
        finish_reply(exchange);
    });
    co_return co_await send(exchange);
}

asio::awaitable<bool> Session::shake_hands() {
    if (!state_->options.tls) co_return true;
    stream_->expires_after(state_->options.handshake_timeout);
    try {
        co_await stream_->handshake(state_->options.tls->current());
    } catch (const boost::system::system_error&) {
        state_->counters.handshake_failures.add();  // counted, and the connection ends
        co_return false;
    }
    co_return true;
}

asio::awaitable<void> converse(std::shared_ptr<ServerState> state, Shard& shard,
                               std::shared_ptr<SocketStream> stream) {
    Session session(state, shard, stream);
    try {
        const bool is_shaken = co_await session.shake_hands();
        if (is_shaken) co_await session.run();
    } catch (const boost::system::system_error&) {
        if (stream->timed_out()) state->counters.timed_out.add();  // else the client went: nothing to tell
    } catch (const std::exception& e) {
        log_warn("a connection ended with an exception",
                 {{"peer", stream->peer_address()}, {"what", e.what()}});
    }
    if (!session.was_taken_over()) stream->close();
}

}  // namespace concordat::web
