// How a session begins: who dials, the handshake, the hellos of both sides; and keys that change later.
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "core/config/rules.hpp"
#include "federation/link/protocol.hpp"
#include "federation/link/session.hpp"
#include "federation/trust/certificates.hpp"

namespace concordat::federation {

namespace {

using asio::use_awaitable;
using tcp = asio::ip::tcp;

}  // namespace

asio::awaitable<void> Session::connect() {
    const auto [host, port] = rules::split_host_port(partner_.address);
    set_deadline(longest_handshake, "it cannot be reached in 10 s");
    tcp::resolver resolver(*io_);
    const auto found = co_await resolver.async_resolve(host, std::to_string(port), use_awaitable);
    co_await asio::async_connect(stream_.next_layer(), found, use_awaitable);
}

asio::awaitable<Frame> Session::next_frame() {
    for (;;) {
        if (auto frame = reader_.next()) co_return std::move(*frame);
        char bytes[4096];
        const auto count = co_await stream_.async_read_some(asio::buffer(bytes), use_awaitable);
        reader_.feed({bytes, count});
    }
}

asio::awaitable<void> Session::send_now(std::string bytes) {
    co_await asio::async_write(stream_, asio::buffer(bytes), use_awaitable);
}

// Who is there, on both ends. Nothing else is read or said before. No aggregate is made inside a co_await
// expression: GCC 12 frees its members twice.
asio::awaitable<void> Session::introduce() {
    stream_.next_layer().set_option(tcp::no_delay(true));
    set_deadline(longest_handshake, "the TLS handshake took longer than 10 s");
    co_await stream_.async_handshake(
        is_dialled_ ? asio::ssl::stream_base::client : asio::ssl::stream_base::server, use_awaitable);
    auto peer = peer_of(stream_.native_handle());
    if (!peer)
        throw Error(Fault::forbidden, "federation.refused", "", "its certificate is not as it must be");
    caller_.peer = std::move(*peer);
    if (is_dialled_ && caller_.peer.organisation() != partner_.id)
        throw Error(Fault::forbidden, "federation.refused", "",
                    "another organisation answers at its address");
    const auto exporter = exporter_of(stream_.native_handle());
    set_deadline(longest_hello, "it did not say who it is in 5 s");
    const auto own_end = is_dialled_ ? End::dialler : End::listener;
    auto own_hello = link_.partners_.hello(caller_.peer, *certificate_.key, exporter, own_end);
    if (is_for_files_) own_hello.lane = lane_of_files;
    auto greeting = frame_of(FrameType::hello, own_hello);
    co_await send_now(std::move(greeting));
    const auto first = co_await next_frame();
    if (first.type == FrameType::error)
        throw Error(Fault::forbidden, "federation.refused", "",
                    "it refuses: " + message_in<Problem>(first).code);
    if (first.type != FrameType::hello) break_rule("the first frame is no hello");
    const auto hello = message_in<Hello>(first);
    caller_.own_key = certificate_.key->public_key();
    caller_.hello = hello;
    caller_.exporter = exporter;
    caller_.end = is_dialled_ ? End::listener : End::dialler;
    caller_.remote = remote_;
    std::optional<Error> refusal;
    try {
        partner_ = link_.partners_.admit(caller_);
    } catch (const Error& e) {
        refusal = e;
    }
    if (refusal) {
        const Problem problem{"refused", "", {}, {}};
        auto last = frame_of(FrameType::error, problem);
        co_await send_now(std::move(last));
        throw *refusal;
    }
    knows_files_ = hello.has_files.value_or(false);
    knows_keys_ = hello.has_keys.value_or(false);
    if (!is_dialled_) is_for_files_ = hello.lane.value_or("") == lane_of_files;
    const bool is_ready = partner_.state == "active";
    auto answer = frame_of(FrameType::hello_ok, HelloOk{is_ready});
    co_await send_now(std::move(answer));
    const auto second = co_await next_frame();
    if (second.type == FrameType::error)
        throw Error(Fault::forbidden, "federation.refused", "",
                    "it refuses: " + message_in<Problem>(second).code);
    if (second.type != FrameType::hello_ok) break_rule("the second frame is no answer to a hello");
    const bool is_other_ready = message_in<HelloOk>(second).is_ready;
    link_.partners_.seen(partner_.id);
    if (!is_ready || !is_other_ready)
        throw Error(Fault::unavailable, "federation.unconfirmed", "",
                    !is_ready ? "the check number waits to be confirmed here"
                              : "the check number waits to be confirmed by the other side");
    deadline_.cancel();
}

// Before anything that only the newest of them explains.
void Session::tell_keys(const KeyChain& keys) {
    if (!knows_keys_ || keys.empty()) return;
    auto& told = told_keys_[keys.organisation()];
    if (told >= keys.changes().size()) return;
    told = keys.changes().size();
    push(encode({FrameType::keys, {json_text(Keys{keys.organisation()}), keys.encode()}}));
}

// Of itself, or of somebody whom it has introduced.
void Session::take_keys(const Frame& frame) {
    if (frame.parts.size() != 2) break_rule("keys are two parts");
    const auto keys = KeyChain::decode(frame.parts[1]);
    if (keys.organisation() != message_in<Keys>(frame).organisation) break_rule("keys of somebody else");
    if (keys.organisation() == link_.own_.id()) return;
    try {
        if (link_.partners_.take_keys(keys, remote_)) link_.partner_changed(keys.organisation());
    } catch (const Error& e) {
        // Who passes it on need not be who made it.
        if (e.id() != "federation.key_conflict" || keys.organisation() == partner_.id) throw;
    }
}

}  // namespace concordat::federation
