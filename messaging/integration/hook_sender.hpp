// HookSender: tells outgoing webhooks of new messages, and posts what they answer.
//
// A sink of the journal: it looks at what was posted after it was committed, so nobody who posts waits for a
// receiver. take() only queues; Deliveries does the rest, and nothing is tried twice: what was not delivered
// when the node stops, or when the receiver fails, is lost, and that is logged and counted.
#pragma once
#include "core/config/live.hpp"
#include "core/model/facts.hpp"
#include "identity/access/gate.hpp"
#include "messaging/integration/deliveries.hpp"
#include "messaging/integration/outgoing_hooks.hpp"
#include "messaging/integration/program_posts.hpp"
#include "storage/journal/journal.hpp"

namespace concordat::web {
class OutboundClient;
}

namespace concordat::messaging {

class HookSender : public storage::EventSink {
public:
    // All must outlive this object.
    HookSender(storage::Database& db, identity::Gate& gate, OutgoingHooks& hooks, ProgramPosts& posts,
               const web::OutboundClient& outbound, Metrics& metrics, const LiveSettings& settings);

    std::string name() const override { return "outgoing hooks"; }
    bool is_durable() const override { return false; }
    void take(const std::vector<storage::Fact>& facts) override;

    void start() { deliveries_.start(); }
    void stop() { deliveries_.stop(); }

private:
    struct Call {
        OutgoingHook hook;
        std::string url, word;
        Post post;
        std::string channel_name, user_name;
        TeamId team_id;
    };
    void deliver(const Call& call);
    void deliver_checked(const Call& call);
    void post_answer(const Actor& owner, const Call& call, const std::string& body);

    storage::Database& db_;
    identity::Gate& gate_;
    OutgoingHooks& hooks_;
    ProgramPosts& posts_;
    const web::OutboundClient& outbound_;
    const LiveSettings& settings_;
    Counter& delivered_;
    Counter& failed_;
    Deliveries deliveries_;  // last, so that what it runs ends before what that refers to
};

}  // namespace concordat::messaging
