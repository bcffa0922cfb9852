// This organisation, and a partner, gamma, that shares a channel with it and may say whatever it likes.
#pragma once
#include <string>
#include <vector>

#include "core/base/metrics.hpp"
#include "federation/stream/applier.hpp"
#include "federation/stream/inbox.hpp"
#include "identity/decision/decisions.hpp"
#include "messaging/conversation/audience.hpp"
#include "messaging/conversation/mention_book.hpp"
#include "messaging/conversation/post_pages.hpp"
#include "storage/tables/federation.hpp"
#include "storage/tables/posts.hpp"
#include "tests/messaging/conversation/file_fixture.hpp"
#include "tests/support/store.hpp"

namespace concordat::federation {

struct Scene {
    explicit Scene(bool is_home_here = false) {
        Partner partner;
        partner.id = gamma;
        partner.name = "gamma";
        partner.public_key = key.public_key();
        partner.state = "active";
        store.add(ana, room);
        const auto home = is_home_here ? own.id() : gamma;
        store.db.transact([&](storage::Tx& tx) {
            storage::PartnerTable(tx).insert(partner);
            storage::ShareTable(tx).put({room.id, home, is_home_here, "joined", 1, {}});
        });
        const UserBody body{"s", cleo, "cleo", "Cleo", "", "", std::nullopt, false};
        say(kinds::user_upsert, {}, json_text(body));
        say(kinds::member_join, id_as<AnyId>(cleo), mark());
    }
    static std::string mark(std::optional<std::string> emoji = {}) {
        return json_text(MarkBody{"s", std::move(emoji), {}});
    }
    // What became of it: "" when it was applied, "waits", or why it was refused.
    std::string say(const char* kind, const AnyId& target, const std::string& body,
                    std::optional<UserId> actor = {}) {
        const auto seq = keep(kind, target, body, actor);
        applier.apply();
        return outcome(seq);
    }
    std::int64_t keep(const char* kind, const AnyId& target, const std::string& body,
                      std::optional<UserId> actor = {}) {
        const auto seq = chain.next_seq;
        const NewEvent event{kind, actor.value_or(cleo), target, store.db.now(), body};
        const auto header = chain.append(event);
        const auto seal = encode_seal(chain.seal_from(seq, event.at));
        inbox.take({seal, sign_seal(key, seal), header, body},
                   [](const OrganisationId&, const ChannelId&) { return true; });
        return seq;
    }
    std::string outcome(std::int64_t seq) {
        const auto kept = store.db.read(
            [&](storage::Tx& tx) { return *storage::StreamTable(tx).event(gamma, room.id, seq); });
        if (kept.state == EventState::waiting) return "waits";
        return kept.state == EventState::refused ? kept.reason : "";
    }
    std::string post_body(const PostId& id, const std::string& text, const PostId& root = {},
                          const std::vector<AttachedFile>& with = {}) {
        PostBody body;
        body.files = with;
        body.salt = "s";
        body.post = id;
        body.root = root;
        body.message = text;
        body.create_at = store.db.now();
        return json_text(body);
    }
    std::string say_post(const PostId& id, const std::string& text, const PostId& root = {}) {
        return say(kinds::post_create, id_as<AnyId>(root), post_body(id, text, root));
    }
    PostId fresh() { return PostId::fresh(store.db.now()); }
    Post local_post(const std::string& text) {
        Post post;
        post.channel_id = room.id;
        post.message = text;
        return posts.create(store.actor(ana), post);
    }
    std::optional<Post> post(const PostId& id) {
        return store.db.read([&](storage::Tx& tx) { return storage::PostTable(tx).find(id); });
    }
    User user(const UserId& id) {
        return store.db.read([&](storage::Tx& tx) { return *storage::UserTable(tx).find(id); });
    }

    test::Store store;
    User ana = store.user("ana");
    Channel room = store.channel(store.team(), "room");
    messaging::MentionBook book{store.db};
    messaging::GroupBook groups{store.db};
    messaging::Audience audience{store.db, store.gate, book, groups, store.settings};
    messaging::PostPages pages{store.db, store.gate, store.settings};
    messaging::Posts posts{store.db, store.gate, audience, pages, store.settings};
    messaging::Reactions reactions{store.db, store.gate, store.settings};
    Organisation own{store.db, store.settings};
    Inbox inbox{store.db, own};
    storage::LocalBlobStore blobs{store.directory.path("files")};
    messaging::Files local_files{store.db, blobs, store.gate, messaging::media_workers(), store.settings};
    identity::Decisions decisions{store.db};
    PartnerFiles files{store.db, blobs, own, local_files, posts, decisions, store.settings};
    Metrics metrics;
    storage::Journal journal{store.db, metrics};
    Conversations conversations{store.db, journal, own, store.gate, store.settings};
    messaging::CustomEmoji custom_emoji{store.db, blobs, store.gate, messaging::media_workers(),
                                        store.settings};
    PartnerEmoji emoji{store.db, own, custom_emoji};
    Applier applier{store.db, own, posts, reactions, files, conversations, emoji};
    storage::SigningKey key = storage::SigningKey::fresh();
    OrganisationId gamma = organisation_of(key.public_key());
    UserId cleo = UserId::fresh(1);
    Chain chain{gamma, room.id};
};

}  // namespace concordat::federation
