#include "web/socket/event.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/text.hpp"

namespace concordat::web {
namespace {

void add_id(std::string& out, std::string_view key, const std::string& id) {
    out += ",\"";
    out += key;
    out += "\":\"";
    out += id;
    out += '"';
}

void write_broadcast(std::string& out, const Broadcast& to) {
    out += R"("broadcast":{"omit_users":)";
    if (to.omit_users.empty())
        out += "null";
    else {
        char before = '{';
        for (const auto& user : to.omit_users) {
            out += before;
            out += '"' + user.text() + "\":true";
            before = ',';
        }
        out += '}';
    }
    add_id(out, "user_id", to.user_id.text());
    add_id(out, "channel_id", to.channel_id.text());
    add_id(out, "team_id", to.team_id.text());
    add_id(out, "connection_id", to.connection_id.text());
    add_id(out, "omit_connection_id", to.omit_connection_id.text());
    if (to.contains_sanitized_data) out += R"(,"contains_sanitized_data":true)";
    if (to.contains_sensitive_data) out += R"(,"contains_sensitive_data":true)";
    out += '}';
}

}  // namespace

// {"event":"x","data":{...<splice>},"broadcast":{...}  and later  ,"seq":n}
Announcement::Announcement(SocketEvent event)
    : broadcast(std::move(event.broadcast)),
      extras(std::move(event.extras)),
      is_droppable(event.is_droppable),
      is_only_where_open(event.is_only_where_open),
      guests_only_in(std::move(event.guests_only_in)),
      is_for_guests(event.is_for_guests) {
    const auto data = trimmed(event.data);
    if (data.size() < 2 || data.front() != '{' || data.back() != '}')
        throw Error(Fault::internal, "socket.event.data", "",
                    "the data of " + event.event + " is not an object");
    const auto members = trimmed(data.substr(1, data.size() - 2));
    auto& omitted = broadcast.omit_users;
    std::sort(omitted.begin(), omitted.end());
    omitted.erase(std::unique(omitted.begin(), omitted.end()), omitted.end());

    text.reserve(members.size() + event.event.size() + 260 + omitted.size() * 34);
    text += R"({"event":)";
    write_json_string(text, event.event);
    text += R"(,"data":{)";
    text += members;
    splice = text.size();
    is_data_empty = members.empty();
    text += "},";
    write_broadcast(text, broadcast);
}

bool Announcement::omits(const UserId& user) const {
    return std::binary_search(broadcast.omit_users.begin(), broadcast.omit_users.end(), user);
}

const RecipientExtra* Announcement::extra_of(const UserId& user) const {
    if (extras.empty()) return nullptr;
    const auto found = extras.find(user);
    return found == extras.end() ? nullptr : &found->second;
}

}  // namespace concordat::web
