// Pictures: of people, and the icons of teams. Stored as PNG of 128x128.
//
// Thread-safe; calls block, those that set a picture for seconds: use the bulk lane. Who may set one is the
// route's rule. Errors, as clients know them:
//   invalid    api.user.upload_profile_user.decode.app_error,
//   api.user.upload_profile_user.large_image.app_error,
//              api.team.set_team_icon.decode.app_error, api.team.set_team_icon.large_image.app_error
//   not_found  app.user.missing_account.const, app.team.get.find.app_error,
//   api.team.get_team_icon.read_file.app_error
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include "core/config/live.hpp"
#include "core/model/actor.hpp"
#include "core/model/user.hpp"
#include "identity/access/gate.hpp"
#include "messaging/conversation/sealed_blobs.hpp"

namespace concordat::messaging {

class MediaWorkers;

struct Picture {
    std::string png;   // empty when the client knows the tag
    std::string etag;  // quoted
};

class Pictures {
public:
    // All must outlive this object.
    Pictures(storage::Database& db, storage::BlobStore& store, identity::Gate& gate, MediaWorkers& media,
             const LiveSettings& settings)
        : db_(db), blobs_(db, store), gate_(gate), media_(media), settings_(settings) {}

    // The person's own picture, else the default one. `known_etags` is what If-None-Match says.
    Picture of_user(const Actor& actor, const UserId& user, std::string_view known_etags);
    // Drawn from the initials of the user name.
    Picture default_of_user(const Actor& actor, const UserId& user, std::string_view known_etags);
    void set_user(const Actor& actor, const UserId& user, std::string_view image);
    void reset_user(const Actor& actor, const UserId& user);

    Picture of_team(const TeamId& team, std::string_view known_etags);
    void set_team(const Actor& actor, const TeamId& team, std::string_view image);
    void remove_team(const Actor& actor, const TeamId& team);

    // Of an image that is sent in.
    std::uint64_t most_bytes() const;

private:
    User visible(const Actor& actor, const UserId& user);
    Picture drawn(const User& user, std::string_view known_etags);
    Picture stored(std::uint8_t kind, const AnyId& blob, std::string_view known_etags);
    void change_user(const Actor& actor, const UserId& user, const BlobId& blob);
    void change_team(const Actor& actor, const TeamId& team, const BlobId& blob);

    storage::Database& db_;
    SealedBlobs blobs_;
    identity::Gate& gate_;
    MediaWorkers& media_;
    const LiveSettings& settings_;
};

}  // namespace concordat::messaging
