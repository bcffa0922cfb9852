// Replies that the router's result types do not cover: a status of one's own, one JSON object a line, and a
// tag for whatever the body is.
#pragma once
#include <vector>
#include "core/base/json.hpp"
#include "web/http/call.hpp"

namespace concordat::web {

template <class T>
Reply json_reply(const T& value, int status = 200) {
    Reply reply;
    reply.status = status;
    write_json(reply.body, value);
    return reply;
}

// One JSON object a line, each line ended.
template <class T>
Reply json_lines(const std::vector<T>& values) {
    Reply reply;
    reply.content_type = "application/x-ndjson";
    for (const auto& value : values) {
        write_json(reply.body, value);
        reply.body += '\n';
    }
    return reply;
}

// Adds a tag made from the body; 304 when the client has it already. For lists whose parts change
// independently.
Reply tagged_by_content(const Call& call, Reply reply);

}  // namespace concordat::web
