#include "web/api/replies.hpp"

#include "core/base/text.hpp"
#include "core/model/version.hpp"
#include "storage/crypto/digest.hpp"

namespace concordat::web {

Reply tagged_by_content(const Call& call, Reply reply) {
    const auto digest = storage::sha256(reply.body);
    const auto tag = std::string(compatible_version) + '.' + std::to_string(reply.body.size()) + '.' +
                     hex_of(storage::text_of(digest).substr(0, 16));
    reply.set("ETag", tag);
    if (call.head.headers.get("If-None-Match") == tag) {
        reply.status = 304;
        reply.body.clear();
    }
    return reply;
}

}  // namespace concordat::web
