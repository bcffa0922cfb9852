// What events are made of: their JSON, and to whom they go. For the files of Announcer.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include "core/base/json.hpp"
#include "core/model/ids.hpp"
#include "web/socket/event.hpp"

namespace concordat::web {

// The text of an object, written member by member: {"a":"b","c":{...}}.
class Members {
public:
    Members& text(const char* key, std::string_view value) {
        begin(key);
        write_json_string(out_, value);
        return *this;
    }
    template <class Of>
    Members& id(const char* key, const Id<Of>& value) {
        return text(key, value.text());
    }
    template <class T>
    Members& value(const char* key, const T& v) {
        begin(key);
        write_json(out_, v);
        return *this;
    }
    // JSON inside a string, as clients expect nested objects.
    template <class T>
    Members& nested(const char* key, const T& v) {
        return text(key, json_text(v));
    }
    std::string object() { return '{' + out_ + '}'; }
    std::string bare() { return std::move(out_); }

private:
    void begin(const char* key) {
        if (!out_.empty()) out_ += ',';
        out_ += '"';
        out_ += key;
        out_ += "\":";
    }
    std::string out_;
};

inline Broadcast to_user(const UserId& user) {
    Broadcast b;
    b.user_id = user;
    return b;
}
inline Broadcast to_channel(const ChannelId& channel) {
    Broadcast b;
    b.channel_id = channel;
    return b;
}
inline Broadcast to_team(const TeamId& team) {
    Broadcast b;
    b.team_id = team;
    return b;
}

inline ConnectionId connection_named(const std::string& text) {
    return looks_like_id(text) ? ConnectionId::from_text(text) : ConnectionId();
}

}  // namespace concordat::web
