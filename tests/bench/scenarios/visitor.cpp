#include "tests/bench/scenarios/visitor.hpp"

#include <algorithm>
#include "core/base/clock.hpp"
#include "core/base/json.hpp"

namespace concordat::bench {
namespace {

constexpr std::size_t remembered = 50;
const std::string api = "/api/v4/";
const std::string thread_flags =
    "skipFetchThreads=false&collapsedThreads=true&collapsedThreadsExtended=false";

std::string quoted_list(const std::vector<std::string>& ids) {
    json::array list;
    for (const auto& id : ids) list.emplace_back(id);
    return json::serialize(list);
}

}  // namespace

Visitor::Visitor(Stage& stage, std::size_t place)
    : stage_(stage),
      person_(stage.people[place]),
      place_(place),
      client_(stage.context.loop, stage.context.target),
      socket_(stage.context.loop, stage.context.target, &stage.deliveries),
      team_(stage.context.world.team_id()) {
    client_.set_token(person_.token);
    client_.set_compressed(stage.context.settings.is_compressed);
    for (const auto& channel : stage.channels)
        if (std::find(channel.members.begin(), channel.members.end(), place) != channel.members.end())
            channels_.push_back(channel.id);
    current_ = channels_[place % channels_.size()];
}

const std::vector<Visitor::Deed>& Visitor::deeds() {
    static const std::vector<Deed> all = {{"switch channel", 6.52, &Visitor::switch_channel},
                                          {"scroll", 1.99, &Visitor::scroll},
                                          {"delete draft", 1.41, &Visitor::delete_draft},
                                          {"post", 1, &Visitor::post},
                                          {"unread check", 1, &Visitor::check_unreads},
                                          {"open direct channel", 0.98, &Visitor::open_direct},
                                          {"view threads", 0.60, &Visitor::view_threads},
                                          {"save draft", 0.50, &Visitor::save_draft},
                                          {"mark thread read", 0.32, &Visitor::read_thread},
                                          {"open permalink", 0.30, &Visitor::open_permalink},
                                          {"view thread", 0.28, &Visitor::view_thread},
                                          {"reconnect socket", 0.14, &Visitor::reconnect},
                                          {"react", 0.13, &Visitor::react},
                                          {"edit", 0.04, &Visitor::edit},
                                          {"list drafts", 0.037, &Visitor::list_drafts},
                                          {"search users", 0.032, &Visitor::search_users},
                                          {"view profile", 0.03, &Visitor::view_profile},
                                          {"search posts", 0.033, &Visitor::search_posts},
                                          {"search channels", 0.035, &Visitor::search_channels},
                                          {"create direct channel", 0.0055, &Visitor::create_direct},
                                          {"join channel", 0.005, &Visitor::join_channel},
                                          {"delete post", 0.005, &Visitor::delete_post},
                                          {"log out and in", 0.0006, &Visitor::sign_out_and_in},
                                          {"full reload", 0.0008, &Visitor::reload}};
    return all;
}

Task<> Visitor::act(Pacer* pacer) {
    const auto& all = deeds();
    double sum = 0;
    for (const auto& deed : all) sum += deed.weight;
    auto& tally = *stage_.tally;
    while (tally.window().is_open()) {
        Nanos due = now();
        if (pacer) {
            due = pacer->take();
            if (due >= tally.window().to) break;
            co_await stage_.context.loop.until(due);
        }
        double point = std::uniform_real_distribution<double>(0, sum)(stage_.context.world.random());
        std::size_t chosen = 0;
        while (chosen + 1 < all.size() && point >= all[chosen].weight) point -= all[chosen++].weight;
        is_sound_ = true;
        sound_calls_ = 0;
        co_await (this->*all[chosen].run)();
        // What had nothing to act on, an edit before the first post, is not an action.
        if (!is_sound_ || sound_calls_ > 0) tally.add_whole(all[chosen].name, is_sound_, due);
        if (!is_sound_) co_await stage_.context.loop.pause(50);
    }
}

Task<Response> Visitor::call(const char* label, std::string_view verb, std::string path, std::string body,
                             Body keep) {
    auto response = co_await client_.exchange(verb, api + path, body, keep);
    if (stage_.tally)
        stage_.tally->add(std::string("call ") + label, response);
    else
        must(response, label);
    if (response.ok())
        ++sound_calls_;
    else
        is_sound_ = false;
    co_return response;
}

Task<> Visitor::arrive() {
    co_await load();
    co_await open_socket(false);
    if (!is_sound_)
        throw Error(Fault::unavailable, "bench.setup", "A WebSocket was refused: " + socket_.failure());
    co_await create_direct();
    co_await create_direct();
    co_await publish(current_, {});
    co_await publish(current_, any_of(stage_.roots[current_]));
}

Task<> Visitor::open_socket(bool resumes) {
    bool opened = false;
    if (resumes)
        opened = co_await socket_.reopen(person_.token);
    else
        opened = co_await socket_.open(person_.token);
    if (opened)
        ++sound_calls_;
    else
        is_sound_ = false;
}

Task<> Visitor::load() {
    const auto& me = person_.id;
    const auto totals =
        "users/" + me + "/teams/" + team_ +
        "/threads?before=&after=&per_page=20&extended=false&deleted=false&unread=false&since=0"
        "&totalsOnly=true&threadsOnly=false";
    std::vector<std::string> visible;
    for (int i = 0; i < 10; ++i) visible.push_back(stage_.people[someone_else()].id);
    co_await call("config", "GET", "config/client?format=old");
    co_await call("licence", "GET", "license/client?format=old");
    co_await call("me", "GET", "users/me");
    co_await call("preferences", "GET", "users/me/preferences");
    co_await call("teams", "GET", "users/me/teams");
    co_await call("team members", "GET", "users/me/teams/members");
    co_await call("roles", "POST", "roles/names", R"(["system_user","team_user","channel_user"])");
    co_await call("team unreads", "GET", "users/me/teams/unread?include_collapsed_threads=true");
    co_await call("limits", "GET", "limits/server");
    co_await call("joinable teams", "GET",
                  "teams?page=0&per_page=200&include_total_count=false&exclude_policy_constrained=false");
    co_await call("channel members", "GET", "users/" + me + "/channel_members?page=-1&per_page=60");
    co_await call("channels", "GET", "users/me/channels");
    co_await call("statuses", "POST", "users/status/ids", quoted_list(visible));
    co_await call("profiles", "POST", "users/ids", quoted_list(visible));
    co_await call("categories", "GET", "users/" + me + "/teams/" + team_ + "/channels/categories");
    co_await call("notices", "GET", "system/notices/" + team_ + "?client=web&clientVersion=11.6.0");
    co_await call("thread totals", "GET", totals);
    co_await call("drafts", "GET", "users/me/teams/" + team_ + "/drafts");
    co_await view_channel(current_);
}

Task<> Visitor::view_channel(std::string channel_id) {
    const auto window = "users/" + person_.id + "/channels/" + channel_id +
                        "/posts/unread?limit_after=30&limit_before=30&" + thread_flags;
    const auto view = json_text(json::object{
        {"channel_id", channel_id}, {"prev_channel_id", current_}, {"collapsed_threads_supported", true}});
    co_await call("channel stats", "GET", "channels/" + channel_id + "/stats?exclude_files_count=true");
    co_await call("posts round unread", "GET", window);
    co_await call("view channel", "POST", "channels/members/me/view", view);
    current_ = channel_id;
    socket_.act("presence", json_text(json::object{{"channel_id", channel_id}}));
}

Task<> Visitor::publish(std::string channel_id, std::string root_id) {
    socket_.act("user_typing", json_text(json::object{{"channel_id", channel_id}, {"parent_id", root_id}}));
    const auto text = words(stage_.context.world.random(), Deliveries::stamp());
    const auto body = post_body(person_, channel_id, text, root_id);
    const auto response = co_await call("create post", "POST", "posts", body, Body::keep);
    if (!response.ok()) co_return;
    const auto id = id_in(response.body);
    if (root_id.empty()) {
        own_posts_.push_back(id);
        if (own_posts_.size() > remembered) own_posts_.pop_front();
        auto& roots = stage_.roots[channel_id];
        roots.push_back(id);
        if (roots.size() > remembered) roots.pop_front();
    } else {
        stage_.answered.insert(root_id);
        threads_.push_back(root_id);
    }
}

Task<> Visitor::switch_channel() {
    co_await view_channel(any_of(channels_));
}

std::string Visitor::some_post() {
    const auto found = stage_.roots.find(current_);
    return found == stage_.roots.end() || found->second.empty() ? std::string() : any_of(found->second);
}

std::size_t Visitor::someone_else() {
    const auto count = stage_.people.size();
    return (place_ + 1 + stage_.context.world.random()() % (count - 1)) % count;
}

Task<> Visitor::scroll() {
    const auto from = some_post();
    if (from.empty()) co_return;
    co_await call("posts before", "GET",
                  "channels/" + current_ + "/posts?before=" + from + "&page=0&per_page=30&" + thread_flags);
}

Task<> Visitor::delete_draft() {
    co_await call("delete draft", "DELETE", "users/me/channels/" + current_ + "/drafts");
}

// One in five is a reply.
Task<> Visitor::post() {
    std::string root;
    if (stage_.context.world.random()() % 5 == 0) root = some_post();
    co_await publish(current_, root);
}

Task<> Visitor::check_unreads() {
    co_await call("team unreads", "GET", "users/me/teams/unread?include_collapsed_threads=true");
}

Task<> Visitor::open_direct() {
    const auto statuses = quoted_list({stage_.people[someone_else()].id});
    co_await call("statuses", "POST", "users/status/ids", statuses);
    co_await view_channel(any_of(directs_));
}

Task<> Visitor::view_threads() {
    const auto path = "users/" + person_.id + "/teams/" + team_ +
                      "/threads?before=&after=&deleted=false&unread=false&since=0";
    co_await call("thread totals", "GET",
                  path + "&per_page=20&extended=false&totalsOnly=true&threadsOnly=false");
    co_await call("threads", "GET", path + "&per_page=25&extended=true&totalsOnly=false&threadsOnly=true");
}

Task<> Visitor::save_draft() {
    const auto text = words(stage_.context.world.random());
    const auto body = json_text(json::object{{"user_id", person_.id},
                                             {"channel_id", current_},
                                             {"root_id", ""},
                                             {"message", text},
                                             {"file_ids", json::array()},
                                             {"props", json::object()}});
    co_await call("save draft", "POST", "drafts", body);
}

Task<> Visitor::read_thread() {
    if (threads_.empty()) co_return;
    const auto path = "users/" + person_.id + "/teams/" + team_ + "/threads/" + any_of(threads_) + "/read/";
    co_await call("mark thread read", "PUT", path + std::to_string(wall_clock()));
}

Task<> Visitor::open_permalink() {
    const auto id = some_post();
    if (id.empty()) co_return;
    const auto around = "channels/" + current_ + "/posts?page=0&per_page=30&" + thread_flags;
    co_await call("post", "GET", "posts/" + id);
    co_await call("thread", "GET", "posts/" + id + "/thread?" + thread_flags + "&direction=down&perPage=60");
    co_await call("posts before", "GET", around + "&before=" + id);
    co_await call("posts after", "GET", around + "&after=" + id);
}

Task<> Visitor::view_thread() {
    if (threads_.empty()) co_return;
    const auto root = any_of(threads_);
    co_await call("thread", "GET",
                  "posts/" + root + "/thread?" + thread_flags + "&direction=down&perPage=60");
    co_await call("one thread", "GET",
                  "users/" + person_.id + "/teams/" + team_ + "/threads/" + root + "?extended=false");
}

Task<> Visitor::reconnect() {
    co_await open_socket(true);
}

Task<> Visitor::react() {
    const auto id = some_post();
    if (id.empty()) co_return;
    const auto body = json_text(json::object{{"user_id", person_.id}, {"post_id", id}, {"emoji_name", "+1"}});
    co_await call("react", "POST", "reactions", body);
}

Task<> Visitor::edit() {
    if (own_posts_.empty()) co_return;
    const auto text = words(stage_.context.world.random());
    const auto body = json_text(json::object{{"message", text}});
    co_await call("edit post", "PUT", "posts/" + own_posts_.back() + "/patch", body);
}

Task<> Visitor::list_drafts() {
    co_await call("drafts", "GET", "users/me/teams/" + team_ + "/drafts");
}

Task<> Visitor::search_users() {
    const auto body = json_text(json::object{{"term", "bench-p00"}, {"team_id", team_}, {"limit", 25}});
    co_await call("search users", "POST", "users/search", body);
}

Task<> Visitor::view_profile() {
    const auto other = stage_.people[someone_else()].id;
    const auto list = quoted_list({other});
    co_await call("profile", "GET", "users/" + other);
    co_await call("statuses", "POST", "users/status/ids", list);
    co_await call("profile image", "GET", "users/" + other + "/image?_=0");
}

Task<> Visitor::search_posts() {
    const auto text = words(stage_.context.world.random());
    const auto first = text.substr(0, text.find(' ', 12));
    const auto body = json_text(json::object{{"terms", first},
                                             {"is_or_search", false},
                                             {"include_deleted_channels", false},
                                             {"time_zone_offset", 0},
                                             {"page", 0},
                                             {"per_page", 20}});
    co_await call("search posts", "POST", "teams/" + team_ + "/posts/search", body);
}

Task<> Visitor::search_channels() {
    co_await call("search channels", "GET", "teams/" + team_ + "/channels/search_autocomplete?name=mix");
}

Task<> Visitor::create_direct() {
    const auto body = quoted_list({person_.id, stage_.people[someone_else()].id});
    const auto response = co_await call("create direct", "POST", "channels/direct", body, Body::keep);
    if (response.ok()) directs_.push_back(id_in(response.body));
}

Task<> Visitor::join_channel() {
    const auto channel_id = any_of(stage_.channels).id;
    const auto body = json_text(json::object{{"user_id", person_.id}});
    co_await call("join channel", "POST", "channels/" + channel_id + "/members", body);
    if (!is_sound_) co_return;
    if (std::find(channels_.begin(), channels_.end(), channel_id) == channels_.end())
        channels_.push_back(channel_id);
    co_await view_channel(channel_id);
}

Task<> Visitor::delete_post() {
    const auto found = std::find_if(own_posts_.begin(), own_posts_.end(),
                                    [this](const std::string& id) { return !stage_.answered.contains(id); });
    if (found == own_posts_.end()) co_return;
    const auto id = *found;
    own_posts_.erase(found);
    for (auto& [channel_id, roots] : stage_.roots) std::erase(roots, id);  // nobody goes there any more
    co_await call("delete post", "DELETE", "posts/" + id);
}

Task<> Visitor::sign_out_and_in() {
    const auto body = json_text(json::object{{"login_id", person_.name}, {"password", people_password}});
    co_await call("log out", "POST", "users/logout");
    client_.set_token({});
    const auto response = co_await call("log in", "POST", "users/login", body);
    if (!response.ok()) co_return;
    person_.token = response.token;
    client_.set_token(person_.token);
    co_await load();
    co_await open_socket(false);
}

Task<> Visitor::reload() {
    co_await load();
    co_await open_socket(false);
}

}  // namespace concordat::bench
