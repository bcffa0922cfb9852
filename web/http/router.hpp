// The route table. A route is one line of data (verb, pattern, rule) and one handler whose parameter and
// result types are the request and response bodies:
//
//   routes.post("/reactions", on_post(Permission::add_reaction, &Reaction::post_id),
//               [&](Call& call, Reaction reaction) { return reactions.add(...); });
//
// Results: a struct or vector is 200, Created<T> is 201, void is {"status":"OK"}, RawJson is 200 as it
// stands, Reply is anything else. The router decodes, identifies, admits, calls, encodes, counts and logs.
// Literal segments are tried before parameters. A pattern that begins with "//" stands outside
// the prefix. Filled before the listener starts, then read by all threads.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>
#include "core/base/json.hpp"
#include "core/base/metrics.hpp"
#include "web/http/application.hpp"
#include "web/http/rule.hpp"

namespace concordat::web {

struct Route {
    Verb verb = Verb::get;
    std::string pattern;  // as written, with prefix
    std::vector<std::string> segments;
    Scope scope = Scope::anyone;
    Permission permission = Permission::none;
    std::string where;  // parameter, "body", or why it is checked inside
    std::function<Reply(Call&)> run;
    std::function<std::unique_ptr<BodySink>(Call&)> open;
    std::function<void(Call, std::shared_ptr<Stream>)> upgrade;
    Lane lane = Lane::quick;
    std::function<std::uint64_t()> body_limit;
    bool trusts_requester = false;   // no CSRF check: images, beacons, hooks
    bool needs_no_factor = false;    // also for those who have to set up a second factor first
    bool is_administrative = false;  // a change of the node, though its rule is not on_system()
    bool is_for_people = false;      // not for sessions that a person gave an application
    Histogram* seconds = nullptr;
    Counter* failures = nullptr;

    Route& on(Lane l) {
        lane = l;
        return *this;
    }
    Route& trusting() {
        trusts_requester = true;
        return *this;
    }
    Route& without_factor() {
        needs_no_factor = true;
        return *this;
    }
    Route& administrative() {
        is_administrative = true;
        return *this;
    }
    Route& for_people() {
        is_for_people = true;
        return *this;
    }
    Route& limit(std::function<std::uint64_t()> bytes) {
        body_limit = std::move(bytes);
        return *this;
    }
};

struct RouterOptions {
    std::string prefix = "/api/v4";
    std::function<std::string()> version_header;                   // X-Version-Id
    std::function<std::uint64_t()> body_limit;                     // of ordinary JSON bodies, in bytes
    std::function<std::optional<Reply>(const Head&)> static_site;  // whatever no route takes, GET and HEAD
};

class Router : public Application {
public:
    // `doorkeeper` and `metrics` must outlive the router.
    Router(Doorkeeper& doorkeeper, Metrics& metrics, RouterOptions options);

    template <class W, class H>
    Route& get(const char* p, Rule<W> r, H h) {
        return add(Verb::get, p, r, std::move(h));
    }
    template <class W, class H>
    Route& head(const char* p, Rule<W> r, H h) {
        return add(Verb::head, p, r, std::move(h));
    }
    template <class W, class H>
    Route& post(const char* p, Rule<W> r, H h) {
        return add(Verb::post, p, r, std::move(h));
    }
    template <class W, class H>
    Route& put(const char* p, Rule<W> r, H h) {
        return add(Verb::put, p, r, std::move(h));
    }
    template <class W, class H>
    Route& patch(const char* p, Rule<W> r, H h) {
        return add(Verb::patch, p, r, std::move(h));
    }
    template <class W, class H>
    Route& del(const char* p, Rule<W> r, H h) {
        return add(Verb::del, p, r, std::move(h));
    }
    // The body goes into the sink that `open` makes, on the bulk lane.
    Route& stream(Verb verb, const char* pattern, Rule<const char*> rule,
                  std::function<std::unique_ptr<BodySink>(Call&)> open);
    Route& upgrade(const char* pattern, std::function<void(Call, std::shared_ptr<Stream>)> take);

    const std::vector<std::unique_ptr<Route>>& routes() const { return routes_; }

    Plan plan(const Head& head) const override;
    Reply run(const Plan& plan, Call& call) const override;
    std::unique_ptr<BodySink> open(const Plan& plan, Call& call, Reply& refused) const override;
    bool feed(BodySink& sink, std::span<const char> bytes, Call& call, Reply& refused) const override;
    Reply finish(const Plan& plan, BodySink& sink, Call& call) const override;
    void upgrade(const Plan& plan, Call call, std::shared_ptr<Stream> stream) const override;
    Reply wire_error(int status, const std::string& id, const std::string& text,
                     const Head& head) const override;

private:
    template <class>
    struct Parts;
    template <class C, class R>
    struct Parts<R (C::*)(Call&) const> {
        using Result = R;
        using Body = void;
    };
    template <class C, class R, class B>
    struct Parts<R (C::*)(Call&, B) const> {
        using Result = R;
        using Body = std::decay_t<B>;
    };

    template <class Where, class Handler>
    Route& add(Verb verb, const std::string& pattern, Rule<Where> rule, Handler handler) {
        using P = Parts<decltype(&Handler::operator())>;
        auto& route = make(verb, pattern, rule.scope, rule.permission, where_text(rule.where));
        route.run = [this, rule, handler](Call& call) -> Reply {
            if constexpr (std::is_void_v<typename P::Body>) {
                admit(rule, call);
                return encode<typename P::Result>([&] { return handler(call); });
            } else {
                if (rule.scope != Scope::anyone) require_session(call);  // before the body is looked at
                auto body = body_of<typename P::Body>(call);
                admit(rule, call, body);
                return encode<typename P::Result>([&] { return handler(call, std::move(body)); });
            }
        };
        return route;
    }

    // A body of "null" says nothing, so it is no body.
    template <class Body>
    static Body body_of(const Call& call) {
        const auto value = parse_json_value(call.body);
        if (value.is_null()) throw bad_body("body");
        Body body{};
        from_json(value, body);
        return body;
    }

    template <class Where>
    void admit(const Rule<Where>& rule, const Call& call) const {
        static_assert(std::is_same_v<Where, const char*>,
                      "a rule on the body needs a handler that takes the body");
        ask(call, rule.scope, rule.permission, rule.where);
    }
    template <class Where, class Body>
    void admit(const Rule<Where>& rule, const Call& call, const Body& body) const {
        if constexpr (std::is_member_object_pointer_v<Where>)
            ask_of_body(call, rule.scope, rule.permission, (body.*rule.where).text());
        else
            ask(call, rule.scope, rule.permission, rule.where);
    }

    template <class T>
    struct is_created : std::false_type {};
    template <class T>
    struct is_created<Created<T>> : std::true_type {};

    template <class Result, class Produce>
    static Reply encode(Produce produce) {
        Reply reply;
        if constexpr (std::is_void_v<Result>) {
            produce();
            reply.body = R"({"status":"OK"})";
        } else if constexpr (std::is_same_v<Result, Reply>) {
            return produce();
        } else if constexpr (is_created<Result>::value) {
            reply.status = 201;
            write_json(reply.body, produce().value);
        } else {
            write_json(reply.body, produce());
        }
        return reply;
    }

    static std::string where_text(const char* where) { return where; }
    template <class Member>
    static std::string where_text(Member) {
        return "body";
    }

    Route& make(Verb verb, const std::string& pattern, Scope scope, Permission permission, std::string where);
    void ask(const Call& call, Scope scope, Permission permission, const char* where) const;
    void ask_of_body(const Call& call, Scope scope, Permission permission, const std::string& id) const;
    void require_session(const Call& call) const;
    void bind(const Route& route, Call& call) const;
    void finish_head(const Head& head, Reply& reply) const;
    Reply error_reply(int status, const std::string& id, const std::string& text, const Head& head) const;
    Reply failure(const Call& call, const Route* route) const;
    const Route* find(const Head& head) const;

    Doorkeeper& doorkeeper_;
    Metrics& metrics_;
    RouterOptions options_;
    std::vector<std::unique_ptr<Route>> routes_;
    std::map<std::pair<Verb, std::size_t>, std::vector<const Route*>> by_shape_;  // verb, number of segments
};

}  // namespace concordat::web
