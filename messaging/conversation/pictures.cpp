#include "messaging/conversation/pictures.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "core/model/facts.hpp"
#include "messaging/conversation/picture_making.hpp"
#include "messaging/media/initials.hpp"
#include "storage/crypto/seal.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/teams.hpp"
#include "storage/tables/users.hpp"

namespace concordat::messaging {
namespace {

constexpr std::int64_t most_image_upload = 20 << 20;
constexpr std::uint64_t largest_picture = 4 << 20;  // a PNG of 128x128 is far smaller

bool is_known(std::string_view known, const std::string& tag) {
    return known == "*" || known.find(tag) != known.npos;
}

User user_in(storage::Tx& tx, const UserId& id) {
    return found(storage::UserTable(tx).find(id), "app.user.missing_account.const",
                 "Unable to find the user.");
}

Team team_in(storage::Tx& tx, const TeamId& id) {
    return found(storage::TeamTable(tx).find(id), "app.team.get.find.app_error",
                 "Unable to find the existing team.");
}

// "ada.lovelace" -> "al"
std::string initials_of(std::string username) {
    for (auto& c : username)
        if (c == '.' || c == '-' || c == '_') c = ' ';
    std::string out;
    for (const auto& word : split_words(username)) out += word[0];
    return out.substr(0, 2);
}

}  // namespace

std::uint64_t Pictures::most_bytes() const {
    return static_cast<std::uint64_t>(
        std::min(settings_.current()->FileSettings.MaxFileSize, most_image_upload));
}

User Pictures::visible(const Actor& actor, const UserId& user) {
    if (!gate_.may_see_user(actor, user)) throw lacks_permission("view_members");
    return db_.read([&](storage::Tx& tx) { return user_in(tx, user); });
}

Picture Pictures::drawn(const User& user, std::string_view known_etags) {
    Picture picture;
    picture.etag = "\"drawn." + user.id.text() + '.' + user.username + '"';
    if (!is_known(known_etags, picture.etag))
        picture.png = png_initials(initials_of(user.username), user.id.text());
    return picture;
}

Picture Pictures::stored(std::uint8_t kind, const AnyId& blob, std::string_view known_etags) {
    Picture picture;
    picture.etag = '"' + blob.text() + '"';
    if (!is_known(known_etags, picture.etag))
        picture.png = blobs_.get(kind, scopes::pictures, id_as<BlobId>(blob), largest_picture);
    return picture;
}

Picture Pictures::of_user(const Actor& actor, const UserId& id, std::string_view known_etags) {
    const auto user = visible(actor, id);
    const auto blob = db_.read([&](storage::Tx& tx) { return storage::UserTable(tx).picture(id); });
    return blob.empty() ? drawn(user, known_etags) : stored(storage::Kind::profile_image, blob, known_etags);
}

Picture Pictures::default_of_user(const Actor& actor, const UserId& user, std::string_view known_etags) {
    return drawn(visible(actor, user), known_etags);
}

void Pictures::set_user(const Actor& actor, const UserId& user, std::string_view image) {
    const auto picture = picture_from(media_, WorkerTask::profile_picture, image,
                                      "api.user.upload_profile_user.decode.app_error",
                                      "api.user.upload_profile_user.large_image.app_error");
    NewBlobs made(blobs_);
    change_user(actor, user,
                made.add(blobs_.put(storage::Kind::profile_image, scopes::pictures, picture.bytes)));
    made.keep();
}

void Pictures::reset_user(const Actor& actor, const UserId& user) {
    change_user(actor, user, {});
}

void Pictures::change_user(const Actor& actor, const UserId& id, const BlobId& blob) {
    const auto old = db_.transact([&](storage::Tx& tx) {
        storage::UserTable table(tx);
        const auto before = user_in(tx, id);
        const auto replaced = table.picture(id);
        table.set_picture(id, id_as<AnyId>(blob), tx.now());
        tx.emit(UserUpdated{user_in(tx, id), before, actor.user_id});
        return replaced;
    });
    blobs_.remove(id_as<BlobId>(old));
}

Picture Pictures::of_team(const TeamId& team, std::string_view known_etags) {
    const auto blob = db_.read([&](storage::Tx& tx) { return storage::TeamTable(tx).icon(team); });
    require(!blob.empty(), Fault::not_found, "api.team.get_team_icon.read_file.app_error",
            "The team has no icon.");
    return stored(storage::Kind::team_icon, blob, known_etags);
}

void Pictures::set_team(const Actor& actor, const TeamId& team, std::string_view image) {
    const auto picture =
        picture_from(media_, WorkerTask::profile_picture, image, "api.team.set_team_icon.decode.app_error",
                     "api.team.set_team_icon.large_image.app_error");
    NewBlobs made(blobs_);
    change_team(actor, team, made.add(blobs_.put(storage::Kind::team_icon, scopes::pictures, picture.bytes)));
    made.keep();
}

void Pictures::remove_team(const Actor& actor, const TeamId& team) {
    change_team(actor, team, {});
}

void Pictures::change_team(const Actor& actor, const TeamId& id, const BlobId& blob) {
    const auto old = db_.transact([&](storage::Tx& tx) {
        storage::TeamTable table(tx);
        const auto before = team_in(tx, id);
        const auto replaced = table.icon(id);
        table.set_icon(id, id_as<AnyId>(blob), tx.now());
        tx.emit(TeamUpdated{team_in(tx, id), before, actor.user_id});
        return replaced;
    });
    blobs_.remove(id_as<BlobId>(old));
}

}  // namespace concordat::messaging
