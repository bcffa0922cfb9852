// Who asks something of compliance, and from where: what is noted of every such request.
#pragma once
#include "compliance/export/requests.hpp"
#include "web/http/call.hpp"

namespace concordat::web {

inline compliance::Request request_of(const Call& call) {
    return {call.actor, call.head.request_id, call.head.remote_address};
}

}  // namespace concordat::web
