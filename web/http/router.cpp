#include "web/http/router.hpp"

#include <algorithm>
#include <chrono>

#include "core/base/log.hpp"
#include "web/http/stream.hpp"

namespace concordat::web {
namespace {

int status_of(Fault fault) {
    switch (fault) {
        case Fault::invalid:
            return 400;
        case Fault::unauthenticated:
            return 401;
        case Fault::forbidden:
            return 403;
        case Fault::not_found:
            return 404;
        case Fault::conflict:
            return 409;
        case Fault::too_large:
            return 413;
        case Fault::rate_limited:
            return 429;
        case Fault::unavailable:
            return 503;
        case Fault::unsupported:
            return 501;
        case Fault::internal:
            return 500;
    }
    return 500;
}

std::vector<std::string_view> segments_of(std::string_view path) {
    std::vector<std::string_view> parts;
    for (std::size_t from = 1; from < path.size();) {
        auto to = path.find('/', from);
        if (to == std::string_view::npos) to = path.size();
        parts.push_back(path.substr(from, to - from));
        from = to + 1;
    }
    return parts;
}

bool is_parameter(std::string_view segment) {
    return segment.starts_with('{');
}

bool matches(const Route& route, const std::vector<std::string_view>& path) {
    for (std::size_t i = 0; i < path.size(); ++i)
        if (!is_parameter(route.segments[i]) && route.segments[i] != path[i]) return false;
    return true;
}

// Literal segments first, from the left.
bool more_literal(const Route* a, const Route* b) {
    for (std::size_t i = 0; i < a->segments.size(); ++i) {
        const bool pa = is_parameter(a->segments[i]), pb = is_parameter(b->segments[i]);
        if (pa != pb) return pb;
    }
    return false;
}

std::string default_text(int status) {
    switch (status) {
        case 401:
            return "Invalid or expired session, please login again.";
        case 403:
            return "You do not have the appropriate permissions.";
        case 404:
            return "We could not find what you asked for.";
        case 409:
            return "This conflicts with something that already exists.";
        case 503:
            return "The server cannot do this right now. Try again in a moment.";
        default:
            return status >= 500 ? "An internal error has occurred. Its number is the request id."
                                 : "The request is not valid.";
    }
}

}  // namespace

Router::Router(Doorkeeper& doorkeeper, Metrics& metrics, RouterOptions options)
    : doorkeeper_(doorkeeper), metrics_(metrics), options_(std::move(options)) {}

Route& Router::make(Verb verb, const std::string& pattern, Scope scope, Permission permission,
                    std::string where) {
    auto route = std::make_unique<Route>();
    route->verb = verb;
    route->pattern = pattern.starts_with("//") ? pattern.substr(1) : options_.prefix + pattern;
    for (const auto part : segments_of(route->pattern)) route->segments.emplace_back(part);
    route->scope = scope;
    route->permission = permission;
    route->where = std::move(where);
    const auto label = std::string("route=\"") + verb_word(verb) + " " + route->pattern + "\"";
    route->seconds =
        &metrics_.histogram("concordat_http_request_seconds", "Time to answer, queue excluded.", label);
    route->failures =
        &metrics_.counter("concordat_http_failures_total", "Answers with status 500 and above.", label);
    auto& shape = by_shape_[{verb, route->segments.size()}];
    shape.push_back(route.get());
    std::stable_sort(shape.begin(), shape.end(), more_literal);
    return *routes_.emplace_back(std::move(route));
}

Route& Router::stream(Verb verb, const char* pattern, Rule<const char*> rule,
                      std::function<std::unique_ptr<BodySink>(Call&)> open) {
    auto& route = make(verb, pattern, rule.scope, rule.permission, rule.where);
    route.lane = Lane::bulk;
    route.open = [this, rule, open = std::move(open)](Call& call) {
        ask(call, rule.scope, rule.permission, rule.where);
        return open(call);
    };
    return route;
}

Route& Router::upgrade(const char* pattern, std::function<void(Call, std::shared_ptr<Stream>)> take) {
    auto& route = make(Verb::get, pattern, Scope::anyone, Permission::none, "");
    route.upgrade = std::move(take);
    route.run = [this](Call& call) {
        return error_reply(400, "api.web_socket.connect.upgrade.app_error",
                           "This address speaks WebSocket only.", call.head);
    };
    return route;
}

const Route* Router::find(const Head& head) const {
    const auto path = segments_of(head.path);
    auto verb = head.verb;
    for (;;) {
        const auto shape = by_shape_.find({verb, path.size()});
        if (shape != by_shape_.end())
            for (const auto* route : shape->second)
                if (matches(*route, path)) return route;
        if (verb != Verb::head) return nullptr;
        verb = Verb::get;  // every GET answers HEAD
    }
}

Plan Router::plan(const Head& head) const {
    Plan plan;
    const auto* route = find(head);
    plan.route = route;
    plan.body_limit = route && route->body_limit ? route->body_limit()
                      : options_.body_limit      ? options_.body_limit()
                                                 : plan.body_limit;
    if (!route) return plan;
    plan.lane = route->lane;
    if (route->upgrade && !head.headers.get("Upgrade").empty())
        plan.body = Plan::Body::upgrade;
    else if (route->open)
        plan.body = Plan::Body::streamed;
    return plan;
}

void Router::bind(const Route& route, Call& call) const {
    const auto path = segments_of(call.head.path);
    call.path.clear();
    for (std::size_t i = 0; i < path.size(); ++i) {
        const std::string_view segment = route.segments[i];
        if (is_parameter(segment))
            call.path.emplace_back(segment.substr(1, segment.size() - 2), std::string(path[i]));
    }
}

void Router::ask(const Call& call, Scope scope, Permission permission, const char* where) const {
    const bool has_id =
        scope == Scope::team || scope == Scope::channel || scope == Scope::post || scope == Scope::self_or;
    std::string id;
    if (has_id) {
        id = call.path_value(where);
        if (id == "me" && std::string_view(where) == "user_id")
            id = call.actor.user_id.text();
        else if (!looks_like_id(id) && call.actor.signed_in())
            throw bad_url(where);
    }
    doorkeeper_.admit(call, scope, permission, id);
}

// A body that does not say where is wrong in itself.
void Router::ask_of_body(const Call& call, Scope scope, Permission permission, const std::string& id) const {
    if (id.empty())
        throw bad_body(scope == Scope::channel ? "channel_id"
                       : scope == Scope::team  ? "team_id"
                       : scope == Scope::post  ? "post_id"
                                               : "user_id");
    doorkeeper_.admit(call, scope, permission, id);
}

void Router::require_session(const Call& call) const {
    doorkeeper_.admit(call, Scope::signed_in, Permission::none, "");
}

Reply Router::run(const Plan& plan, Call& call) const {
    const auto* route = static_cast<const Route*>(plan.route);
    Reply reply;
    const auto begun = std::chrono::steady_clock::now();
    try {
        if (!route) {
            const bool is_api =
                call.head.path.starts_with(options_.prefix + "/") || call.head.path == options_.prefix;
            if (!is_api && options_.static_site)
                if (auto page = options_.static_site(call.head)) return std::move(*page);
            reply = error_reply(404, "api.context.404.app_error", "Sorry, we could not find the page.",
                                call.head);
        } else {
            bind(*route, call);
            call.needs_no_factor = route->needs_no_factor;
            call.is_administrative = route->is_administrative;
            call.is_for_people = route->is_for_people;
            doorkeeper_.identify(
                call, !route->trusts_requester && route->verb != Verb::get && route->verb != Verb::head);
            reply = route->run(call);
        }
    } catch (...) {
        reply = failure(call, route);
    }
    if (route)
        route->seconds->record(
            std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
    finish_head(call.head, reply);
    return reply;
}

std::unique_ptr<BodySink> Router::open(const Plan& plan, Call& call, Reply& refused) const {
    const auto* route = static_cast<const Route*>(plan.route);
    try {
        bind(*route, call);
        call.needs_no_factor = route->needs_no_factor;
        call.is_administrative = route->is_administrative;
        call.is_for_people = route->is_for_people;
        doorkeeper_.identify(call, !route->trusts_requester);
        return route->open(call);
    } catch (...) {
        refused = failure(call, route);
        finish_head(call.head, refused);
        return nullptr;
    }
}

bool Router::feed(BodySink& sink, std::span<const char> bytes, Call& call, Reply& refused) const {
    try {
        sink.write(bytes);
        return true;
    } catch (...) {
        refused = failure(call, nullptr);
        finish_head(call.head, refused);
        return false;
    }
}

Reply Router::finish(const Plan& plan, BodySink& sink, Call& call) const {
    Reply reply;
    try {
        reply = sink.finish();
    } catch (...) {
        reply = failure(call, static_cast<const Route*>(plan.route));
    }
    finish_head(call.head, reply);
    return reply;
}

void Router::upgrade(const Plan& plan, Call call, std::shared_ptr<Stream> stream) const {
    const auto* route = static_cast<const Route*>(plan.route);
    bind(*route, call);
    route->upgrade(std::move(call), std::move(stream));
}

// The exception in flight as a reply; the operator's log gets what the client must not see.
Reply Router::failure(const Call& call, const Route* route) const {
    const auto where =
        route ? std::string(verb_word(route->verb)) + " " + route->pattern : std::string("body");
    try {
        throw;
    } catch (const Error& e) {
        const int status = status_of(e.fault());
        if (status >= 500 && e.fault() != Fault::unsupported) {  // a feature that is absent is no failure
            if (route) route->failures->add();
            log_error("a request failed", {{"request_id", call.head.request_id},
                                           {"route", where},
                                           {"id", e.id()},
                                           {"detail", e.detail()}});
        }
        auto reply = error_reply(status, e.id(), e.text(), call.head);
        if (status == 503) reply.set("Retry-After", "1");
        doorkeeper_.refused(call, e, reply);
        return reply;
    } catch (const std::exception& e) {
        if (route) route->failures->add();
        log_error("a request failed",
                  {{"request_id", call.head.request_id}, {"route", where}, {"what", e.what()}});
        return error_reply(500, "api.internal.app_error", "", call.head);
    }
}

Reply Router::wire_error(int status, const std::string& id, const std::string& text, const Head& head) const {
    auto reply = error_reply(status, id, text, head);
    finish_head(head, reply);
    return reply;
}

Reply Router::error_reply(int status, const std::string& id, const std::string& text,
                          const Head& head) const {
    Reply reply;
    reply.status = status;
    reply.body = R"({"id":)";
    write_json_string(reply.body, id);
    reply.body += R"(,"message":)";
    write_json_string(reply.body, text.empty() ? default_text(status) : text);
    reply.body += R"(,"detailed_error":"","request_id":)";
    write_json_string(reply.body, head.request_id);
    reply.body += ",\"status_code\":" + std::to_string(status) + "}";
    return reply;
}

void Router::finish_head(const Head& head, Reply& reply) const {
    reply.set("X-Request-Id", head.request_id);
    if (options_.version_header) reply.set("X-Version-Id", options_.version_header());
    reply.set("Permissions-Policy", "");
    reply.set("X-Content-Type-Options", "nosniff");
    reply.set("Referrer-Policy", "no-referrer");
    const bool cacheable = std::any_of(reply.headers.begin(), reply.headers.end(),
                                       [](const auto& h) { return h.first == "Cache-Control"; });
    if (head.verb == Verb::get && !cacheable) reply.set("Expires", "0");
}

}  // namespace concordat::web
