// What clients ask over a Connection: signing in, actions, presence.
#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "core/base/log.hpp"
#include "core/base/worker.hpp"
#include "web/http/stream.hpp"
#include "web/socket/connection.hpp"
#include "web/socket/shard.hpp"

namespace concordat::web {
namespace {

constexpr std::uint16_t no_close_code = 1005;

// Those with an effect elsewhere in the building.
bool is_known_action(std::string_view action) {
    constexpr std::array<std::string_view, 5> known{"user_typing", "user_update_active_status",
                                                    "get_statuses", "get_statuses_by_ids",
                                                    "posted_notify_ack"};
    return std::find(known.begin(), known.end(), action) != known.end();
}

int status_of(Fault fault) {
    constexpr int by_fault[] = {400, 401, 403, 404, 409, 413, 429, 503, 501, 500};
    return by_fault[static_cast<int>(fault)];
}

std::string text_of(const json::object& data, std::string_view key) {
    const auto* value = data.if_contains(key);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

void Connection::reply(std::int64_t seq, const json::object& data) {
    auto text = R"({"status":"OK","seq_reply":)" + std::to_string(seq);
    if (!data.empty()) text += ",\"data\":" + json::serialize(data);
    send(OutFrame::Kind::reply, std::move(text) + "}");
}

void Connection::refuse(std::int64_t seq, const Error& error) {
    send(OutFrame::Kind::reply, R"({"status":"FAIL","seq_reply":)" + std::to_string(seq) +
                                    R"(,"error":{"id":)" + json_text(error.id()) + R"(,"message":)" +
                                    json_text(error.text().empty() ? error.id() : error.text()) +
                                    R"(,"detailed_error":"","status_code":)" +
                                    std::to_string(status_of(error.fault())) + "}}");
}

// ---- messages

bool Connection::serve_at_once(Incoming& message, ClientFrame& frame) {
    switch (message.kind) {
        case Incoming::Kind::none:
        case Incoming::Kind::pong:
            return true;
        case Incoming::Kind::ping:
            send(OutFrame::Kind::pong, std::move(message.payload));
            return true;
        case Incoming::Kind::close:
            answer_close(message);
            return true;
        case Incoming::Kind::fault:
            end(CloseReason::protocol, static_cast<CloseCode>(message.code), "");
            return true;
        case Incoming::Kind::text:
        case Incoming::Kind::binary:
            break;
    }
    try {
        frame = message.kind == Incoming::Kind::text ? read_text_frame(message.payload)
                                                     : read_binary_frame(message.payload);
    } catch (const Error&) {
        end(CloseReason::protocol, CloseCode::bad_payload,
            "not a request");  // the edge: hostile bytes end here
        return true;
    }
    return serve_request(frame);
}

void Connection::answer_close(const Incoming& message) {
    const auto payload = message.code == no_close_code ? std::string() : close_payload(message.code, "");
    if (backlog().push(OutFrame::Kind::close, std::make_shared<FrameText>(payload))) flush();
    cut(CloseReason::client);
}

bool Connection::serve_request(ClientFrame& frame) {
    const auto& action = frame.action;
    auto fail = [&](Fault fault, const char* id, const char* text) {
        refuse(frame.seq, Error(fault, id, text));
        return true;
    };
    if (action.empty())
        return fail(Fault::invalid, "api.web_socket_router.no_action.app_error", "No action was given.");
    if (frame.seq <= 0)
        return fail(Fault::invalid, "api.web_socket_router.bad_seq.app_error",
                    "The sequence number is invalid.");
    if (action == "authentication_challenge") return is_signed_in();
    if (action.starts_with("custom_")) return true;
    if (!is_signed_in())
        return fail(Fault::unauthenticated, "api.web_socket_router.not_authenticated.app_error",
                    "The connection is not signed in.");
    if (action == "ping") {
        reply(frame.seq, {{"text", "pong"},
                          {"version", shard_.hub().settings_.version},
                          {"server_time", wall_clock()},
                          {"node_id", ""}});
        return true;
    }
    if (action == "presence") {
        note_presence(frame.data);
        reply(frame.seq, {});
        return true;
    }
    if (!is_known_action(action))
        return fail(Fault::internal, "api.web_socket_router.bad_action.app_error",
                    "The action is not known.");
    if (!subscriber_->session.is_mfa_done)
        return fail(Fault::forbidden, "api.context.mfa_required.app_error",
                    "A second factor has to be set up first.");
    return false;
}

void Connection::note_presence(const json::object& data) {
    auto note = [&](const char* key, ChannelId& into) {
        if (!data.contains(key)) return;
        const auto id = text_of(data, key);
        into = looks_like_id(id) ? ChannelId::from_text(id) : ChannelId();
    };
    note("channel_id", subscriber_->open_channel);
    note("thread_channel_id", subscriber_->open_thread_channel);
}

asio::awaitable<void> Connection::serve_slowly(ClientFrame frame) {
    if (frame.action == "authentication_challenge") {
        co_await answer_challenge(std::move(frame));
        co_return;
    }
    auto& hub = shard_.hub();
    const auto session = subscriber_->session;
    json::object data;
    std::optional<Error> error;
    try {
        data = co_await on_worker(
            hub.workers_, [&] { return hub.neighbours_.actions.run(frame.action, frame.data, session); });
    } catch (const Error& e) {
        error = e;  // the edge: becomes the reply
    } catch (const std::exception& e) {
        log_error("a socket action failed", {{"action", frame.action}, {"what", e.what()}});
        error.emplace(Fault::internal, "api.context.internal_error.app_error", "Something went wrong here.");
    }
    if (!is_open()) co_return;
    if (error)
        refuse(frame.seq, *error);
    else
        reply(frame.seq, data);
}

// ---- signing in

asio::awaitable<void> Connection::answer_challenge(ClientFrame frame) {
    const auto token = text_of(frame.data, "token");
    bool is_good = false;
    if (!token.empty()) is_good = co_await sign_in(token, false);
    if (!is_open()) co_return;
    if (is_good)
        reply(frame.seq, {});
    else
        end(CloseReason::bad_token, CloseCode::policy, "the token is not valid");
}

asio::awaitable<bool> Connection::sign_in(std::string token, bool is_from_query) {
    auto& hub = shard_.hub();
    is_signing_in_ = true;
    const auto address = opening_->address;
    auto session = co_await on_worker(
        hub.workers_, [&] { return hub.neighbours_.authenticator.by_token(token, is_from_query, address); });
    is_signing_in_ = false;
    if (!is_open() || !session) co_return false;
    if (!hub.admit(session->user_id)) {
        end(CloseReason::limit, CloseCode::policy, "too many connections");
        co_return false;
    }
    is_admitted_ = true;
    admitted_user_ = session->user_id;
    const auto opening = std::move(opening_);
    if (!opening->connection_id.empty()) {
        const auto id = ConnectionId::from_text(opening->connection_id);
        const auto seq = std::strtoull(opening->sequence_number.c_str(), nullptr, 10);
        const auto outcome = co_await shard_.resume(shared_from_this(), id, *session, seq);
        hub.counters_.resumes[static_cast<std::size_t>(outcome)]->add();
        if (!is_open()) co_return false;
        if (outcome != Backlog::Resume::lost) {
            hub.neighbours_.attendance.on_connected(session->user_id);
            co_await check_session();
            co_return is_open();
        }
    }
    shard_.enter(*this, std::move(*session));
    co_await load_and_greet();
    co_return is_open();
}

// Looks at the session again now that the shard knows it: whatever ended it between the first look
// and that moment is seen here, and whatever ends it later reaches the shard.
asio::awaitable<void> Connection::load_and_greet() {
    auto& hub = shard_.hub();
    const auto session = subscriber_->session;
    std::optional<SocketSession> current;
    Memberships loaded;
    co_await on_worker(hub.workers_, [&] {
        current = hub.neighbours_.authenticator.renewed(session);
        if (current) loaded = hub.neighbours_.directory.load(session.user_id);
    });
    if (!is_open()) co_return;
    if (!current) {
        end(CloseReason::session_ended, CloseCode::policy, "the session has ended");
        co_return;
    }
    if (subscriber_->is_mfa_told) current->is_mfa_done = subscriber_->session.is_mfa_done;
    subscriber_->session = std::move(*current);
    shard_.settle(*subscriber_, std::move(loaded));
    hub.neighbours_.attendance.on_connected(session.user_id);
}

asio::awaitable<void> Connection::check_session() {
    auto& hub = shard_.hub();
    const auto session = subscriber_->session;
    subscriber_->is_mfa_told = false;
    const auto current =
        co_await on_worker(hub.workers_, [&] { return hub.neighbours_.authenticator.renewed(session); });
    if (!is_open()) co_return;
    if (!current || (current->expires_at != 0 && current->expires_at <= wall_clock())) {
        end(CloseReason::session_ended, CloseCode::policy, "the session has ended");
        co_return;
    }
    const bool is_mfa_done =
        subscriber_->is_mfa_told ? subscriber_->session.is_mfa_done : current->is_mfa_done;
    subscriber_->session = *current;
    subscriber_->session.is_mfa_done = is_mfa_done;
}

asio::awaitable<void> Connection::recheck(std::shared_ptr<Connection> self) {
    try {
        co_await self->check_session();
    } catch (const std::exception& e) {
        log_warn("a session could not be checked, asking again", {{"what", e.what()}});  // at the next tick
    }
    self->is_rechecking_ = false;
}

}  // namespace concordat::web
