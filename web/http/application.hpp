// What the listener asks of whoever answers requests. web/http knows no chat; the router in the same
// room implements this, and tests use small ones of their own.
#pragma once
#include <memory>
#include "web/http/call.hpp"

namespace concordat::web {

class Stream;

// Which pool runs a request. `quick` is the default; `password` hashes passwords, so that a log-in
// storm slows log-ins only; `bulk` moves file bodies.
enum class Lane { quick, password, bulk };

struct Plan {
    enum class Body { none, buffered, streamed, upgrade };
    Lane lane = Lane::quick;
    Body body = Body::buffered;
    std::uint64_t body_limit = 300000;  // bytes; more is a 413
    const void* route = nullptr;        // the application's own
};

class Application {
public:
    virtual ~Application() = default;

    // Decides from the head alone. Network thread: must not block or throw.
    virtual Plan plan(const Head& head) const = 0;

    // Answers. Worker thread of the plan's lane. Never throws.
    virtual Reply run(const Plan& plan, Call& call) const = 0;

    // For Plan::Body::streamed: opens the sink, or answers at once (refused) with a Reply.
    // Worker thread. Never throws.
    virtual std::unique_ptr<BodySink> open(const Plan& plan, Call& call, Reply& refused) const = 0;
    // Feeds and finishes with errors turned into replies. Worker thread. Never throws;
    // false from feed() means `refused` is to be sent and the rest of the body dropped.
    virtual bool feed(BodySink& sink, std::span<const char> bytes, Call& call, Reply& refused) const = 0;
    virtual Reply finish(const Plan& plan, BodySink& sink, Call& call) const = 0;

    // For Plan::Body::upgrade: takes the connection over. Network thread, on the stream's strand;
    // must not block. `head` is complete and unanswered.
    virtual void upgrade(const Plan& plan, Call call, std::shared_ptr<Stream> stream) const = 0;

    // Wire form of an error that the listener itself found (413, 431, 408, 503, ...), with the headers that
    // every reply has. Must not block or throw.
    virtual Reply wire_error(int status, const std::string& id, const std::string& text,
                             const Head& head) const = 0;
};

}  // namespace concordat::web
