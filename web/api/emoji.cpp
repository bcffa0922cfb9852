#include "web/api/emoji.hpp"

#include "messaging/media/media.hpp"
#include "web/api/file_reply.hpp"
#include "web/api/form.hpp"
#include "web/api/paging.hpp"
#include "web/http/byte_range.hpp"

namespace concordat::web {
namespace {

constexpr std::uint64_t emoji_overhead = 16 << 10;
constexpr const char* image_caching = "private, max-age=2592000";  // a picture of an id never changes

struct EmojiTerm {
    std::string term;
    bool prefix_only = false;
};
BOOST_DESCRIBE_STRUCT(EmojiTerm, (), (term, prefix_only))

std::unique_ptr<BodySink> open_creation(messaging::CustomEmoji& emoji, const Call& call) {
    emoji.require_enabled();
    return form_sink(call,
                     {messaging::most_emoji_bytes + emoji_overhead, "api.emoji.create.too_large.app_error"},
                     [&emoji, actor = call.actor](const Form& form) {
                         const auto at = form.fields.find("emoji");
                         if (at == form.fields.end()) throw bad_body("emoji");
                         Reply reply;
                         reply.body = json_text(emoji.create(actor, parse_json<Emoji>(at->second, "emoji"),
                                                             file_in(form, "image")));
                         return reply;
                     });
}

Reply image_reply(messaging::CustomEmoji& emoji, const Call& call) {
    const auto id = call.id<EmojiId>("emoji_id");
    const auto etag = '"' + id.text() + '"';
    auto image = emoji.image(id);
    if (is_known_tag(call.head.headers.get("If-None-Match"), etag)) image.bytes.clear();
    return picture_reply(std::move(image.bytes), image.mime_type, etag, image_caching);
}

std::vector<Emoji> listed(messaging::CustomEmoji& emoji, const Call& call) {
    const auto sort = call.head.query_value("sort");
    if (!sort.empty() && sort != "name") throw bad_url("sort");
    const auto paging = paging_of(call);
    return emoji.page(sort == "name", paging.offset(), paging.per_page);
}

}  // namespace

void add_emoji_routes(Router& routes, messaging::CustomEmoji& emoji) {
    routes
        .stream(Verb::post, "/emoji", checked_inside("create_emojis in the system or in one of the teams"),
                [&emoji](Call& call) { return open_creation(emoji, call); })
        .limit([] { return messaging::most_emoji_bytes + 2 * emoji_overhead; });
    routes.get("/emoji", signed_in(), [&emoji](Call& call) { return listed(emoji, call); });
    routes.get("/emoji/autocomplete", signed_in(), [&emoji](Call& call) {
        const auto name = call.head.query_value("name");
        if (name.empty()) throw bad_url("name");
        return emoji.search(name, true);
    });
    routes.get("/emoji/name/{emoji_name}", signed_in(),
               [&emoji](Call& call) { return emoji.by_name(call.path_value("emoji_name")); });
    routes.post("/emoji/names", signed_in(),
                [&emoji](Call&, std::vector<std::string> names) { return emoji.by_names(names); });
    routes.post("/emoji/search", signed_in(), [&emoji](Call&, EmojiTerm body) {
        if (body.term.empty()) throw bad_body("term");
        return emoji.search(body.term, body.prefix_only);
    });
    routes.get("/emoji/{emoji_id}", signed_in(),
               [&emoji](Call& call) { return emoji.get(call.id<EmojiId>("emoji_id")); });
    routes.del("/emoji/{emoji_id}", checked_inside("delete_emojis, and delete_others_emojis for others'"),
               [&emoji](Call& call) { emoji.remove(call.actor, call.id<EmojiId>("emoji_id")); });
    routes
        .get("/emoji/{emoji_id}/image", signed_in(),
             [&emoji](Call& call) { return image_reply(emoji, call); })
        .on(Lane::bulk)
        .trusting();
}

}  // namespace concordat::web
