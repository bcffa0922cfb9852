#include "messaging/conversation/pictures.hpp"

#include "core/model/facts.hpp"
#include "tests/messaging/conversation/file_fixture.hpp"

namespace concordat::messaging {
namespace {

class PicturesTest : public FileFixture {
protected:
    Picture seen(const User& viewer, const User& user, const std::string& known = {}) {
        return pictures.of_user(store.actor(viewer), user.id, known);
    }
    static void expect_stored_size(const std::string& png) {
        const auto header = image_header(png);
        ASSERT_TRUE(header);
        EXPECT_EQ(header->format, ImageFormat::png);
        EXPECT_EQ(header->width, 128u);
        EXPECT_EQ(header->height, 128u);
    }

    Pictures pictures{store.db, blobs, store.gate, media_workers(), store.settings};
};

TEST_F(PicturesTest, WhoeverSetNoneHasInitials) {
    const auto picture = seen(bob, alice);
    expect_stored_size(picture.png);
    EXPECT_EQ(pictures.default_of_user(store.actor(bob), alice.id, "").png, picture.png);
    EXPECT_NE(seen(bob, bob).png, picture.png);
    EXPECT_EQ(refusal([&] { pictures.of_user(store.actor(bob), UserId::fresh(), ""); }),
              "app.user.missing_account.const");
}

TEST_F(PicturesTest, APictureIsSetReplacedAndTakenBack) {
    const auto initials = seen(bob, alice);
    pictures.set_user(store.actor(alice), alice.id, sample_png(300, 200));
    const auto set = seen(bob, alice);
    expect_stored_size(set.png);
    EXPECT_NE(set.png, initials.png);
    EXPECT_NE(set.etag, initials.etag);
    ASSERT_EQ(store.facts<UserUpdated>().size(), 1u);
    EXPECT_GT(store.facts<UserUpdated>()[0].user.last_picture_update.value_or(0), alice.create_at - 1);
    EXPECT_EQ(pictures.default_of_user(store.actor(bob), alice.id, "").png, initials.png);
    pictures.set_user(store.actor(alice), alice.id, sample_png(20, 20));
    EXPECT_EQ(blob_count(), 1u) << "the replaced picture is gone";
    EXPECT_NE(seen(bob, alice).etag, set.etag);
    pictures.reset_user(store.actor(alice), alice.id);
    EXPECT_EQ(seen(bob, alice).png, initials.png);
    EXPECT_EQ(blob_count(), 0u);
    EXPECT_EQ(store.facts<UserUpdated>().size(), 3u);
}

TEST_F(PicturesTest, AKnownPictureIsNotSentAgain) {
    EXPECT_EQ(seen(bob, alice, seen(bob, alice).etag).png, "");
    pictures.set_user(store.actor(alice), alice.id, sample_png(20, 20));
    const auto tag = seen(bob, alice).etag;
    EXPECT_EQ(seen(bob, alice, "\"other\", " + tag).png, "");
    EXPECT_NE(seen(bob, alice, "\"other\"").png, "");
}

TEST_F(PicturesTest, WhatIsNoPictureIsRefused) {
    EXPECT_EQ(refusal([&] { pictures.set_user(store.actor(alice), alice.id, "text"); }),
              "api.user.upload_profile_user.decode.app_error");
    EXPECT_EQ(refusal([&] { pictures.set_team(store.actor(alice), team.id, "text"); }),
              "api.team.set_team_icon.decode.app_error");
    EXPECT_TRUE(store.kinds().empty());
}

TEST_F(PicturesTest, GuestsSeePicturesOfPeopleTheyShareAChannelWithOnly) {
    const auto guest = store.guest("visitor");
    EXPECT_EQ(refusal([&] { seen(guest, alice); }), "api.context.permissions.app_error");
    store.add(guest, room);
    expect_stored_size(seen(guest, alice).png);
}

TEST_F(PicturesTest, ATeamHasAnIconWhenSomebodySetOne) {
    const auto none = "api.team.get_team_icon.read_file.app_error";
    EXPECT_EQ(refusal([&] { pictures.of_team(team.id, ""); }), none);
    pictures.set_team(store.actor(alice), team.id, sample_png(200, 100));
    const auto icon = pictures.of_team(team.id, "");
    expect_stored_size(icon.png);
    EXPECT_EQ(pictures.of_team(team.id, icon.etag).png, "");
    ASSERT_EQ(store.facts<TeamUpdated>().size(), 1u);
    EXPECT_TRUE(store.facts<TeamUpdated>()[0].team.last_team_icon_update);
    pictures.remove_team(store.actor(alice), team.id);
    EXPECT_EQ(refusal([&] { pictures.of_team(team.id, ""); }), none);
    EXPECT_FALSE(store.facts<TeamUpdated>()[1].team.last_team_icon_update);
    EXPECT_EQ(blob_count(), 0u);
}

}  // namespace
}  // namespace concordat::messaging
