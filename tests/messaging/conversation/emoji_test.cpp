#include "messaging/conversation/emoji.hpp"

#include "core/model/facts.hpp"
#include "tests/messaging/conversation/file_fixture.hpp"

namespace concordat::messaging {
namespace {

class EmojiTest : public FileFixture {
protected:
    Emoji make(const User& user, const std::string& name, const std::string& image) {
        Emoji wanted;
        wanted.name = name;
        wanted.creator_id = user.id;
        return emoji.create(store.actor(user), wanted, image);
    }
    Emoji make(const User& user, const std::string& name) { return make(user, name, sample_png(64, 64)); }
    static std::vector<std::string> names_of(const std::vector<Emoji>& list) {
        std::vector<std::string> out;
        for (const auto& one : list) out.push_back(one.name);
        return out;
    }
    using Names = std::vector<std::string>;

    CustomEmoji emoji{store.db, blobs, store.gate, media_workers(), store.settings};
};

TEST_F(EmojiTest, IsMadeAndFound) {
    const auto one = make(alice, "party_blob");
    const auto two = make(alice, "blob-wave");
    EXPECT_EQ(one.creator_id, alice.id);
    ASSERT_EQ(store.facts<EmojiAdded>().size(), 2u);
    EXPECT_EQ(store.facts<EmojiAdded>()[0].emoji.name, "party_blob");
    EXPECT_EQ(emoji.get(one.id).name, "party_blob");
    EXPECT_EQ(emoji.by_name("blob-wave").id, two.id);
    EXPECT_EQ(names_of(emoji.by_names({"party_blob", "none"})), Names{"party_blob"});
    EXPECT_EQ(names_of(emoji.page(true, 0, 10)), (Names{"blob-wave", "party_blob"}));
    EXPECT_EQ(names_of(emoji.page(false, 0, 1)), Names{"party_blob"});
    EXPECT_EQ(names_of(emoji.search("blob", false)), (Names{"blob-wave", "party_blob"}));
    EXPECT_EQ(names_of(emoji.search("blob", true)), Names{"blob-wave"});
    EXPECT_EQ(names_of(emoji.search("%", false)), Names{});
    EXPECT_EQ(refusal([&] { emoji.get(EmojiId::fresh()); }), "app.emoji.get.no_result");
    EXPECT_EQ(refusal([&] { emoji.by_name("none"); }), "app.emoji.get_by_name.no_result");
}

TEST_F(EmojiTest, ItsPictureFitsInto128Pixels) {
    const auto image = emoji.image(make(alice, "wide", sample_png(512, 256)).id);
    const auto header = image_header(image.bytes);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->width, 128u);
    EXPECT_EQ(header->height, 64u);
    EXPECT_EQ(image.mime_type, "image/png");
}

TEST_F(EmojiTest, NamesAreChecked) {
    for (const auto* name : {"", "a b", "a:b", "ü", "a/b"})
        EXPECT_EQ(refusal([&] { make(alice, name); }), "model.emoji.name.app_error") << name;
    EXPECT_EQ(refusal([&] { make(alice, std::string(65, 'a')); }), "model.emoji.name.app_error");
    EXPECT_EQ(refusal([&] { make(alice, "smile"); }), "model.emoji.system_emoji_name.app_error");
    make(alice, std::string(64, 'a'));
    make(alice, "taken");
    EXPECT_EQ(refusal([&] { make(bob, "taken"); }), "api.emoji.create.duplicate.app_error");
    EXPECT_EQ(blob_count(), 2u) << "a refused emoji leaves no picture";
}

TEST_F(EmojiTest, PicturesAreChecked) {
    EXPECT_EQ(refusal([&] { make(alice, "text", "text"); }), "api.emoji.upload.image.app_error");
    EXPECT_EQ(refusal([&] { make(alice, "cut", sample_png(50, 50).substr(0, 60)); }),
              "api.emoji.upload.image.app_error");
    EXPECT_EQ(refusal([&] { make(alice, "large", sample_png(1029, 10)); }),
              "api.emoji.upload.large_image.too_large.app_error");
    EXPECT_EQ(refusal([&] { make(alice, "heavy", std::string(most_emoji_bytes + 1, 'x')); }),
              "api.emoji.create.too_large.app_error");
}

TEST_F(EmojiTest, NobodyMakesOneInAnothersName) {
    Emoji wanted;
    wanted.name = "mine";
    wanted.creator_id = bob.id;
    EXPECT_EQ(refusal([&] { emoji.create(store.actor(alice), wanted, sample_png(8, 8)); }),
              "api.context.permissions.app_error");
    EXPECT_EQ(refusal([&] { make(store.guest("visitor"), "guests"); }), "api.context.permissions.app_error");
}

TEST_F(EmojiTest, IsDeletedByItsMakerOrAnAdministratorAndItsNameIsFreeAgain) {
    const auto one = make(alice, "first_one"), two = make(alice, "second_one");
    store.forget();
    EXPECT_EQ(refusal([&] { emoji.remove(store.actor(bob), one.id); }), "api.context.permissions.app_error");
    emoji.remove(store.actor(alice), one.id);
    emoji.remove(store.actor(store.admin()), two.id);
    ASSERT_EQ(store.facts<EmojiRemoved>().size(), 2u);
    EXPECT_EQ(store.facts<EmojiRemoved>()[0].emoji.id, one.id);
    EXPECT_EQ(blob_count(), 0u);
    EXPECT_EQ(refusal([&] { emoji.get(one.id); }), "app.emoji.get.no_result");
    EXPECT_EQ(refusal([&] { emoji.image(one.id); }), "app.emoji.get.no_result");
    EXPECT_EQ(refusal([&] { emoji.remove(store.actor(alice), one.id); }), "app.emoji.get.no_result");
    EXPECT_EQ(make(bob, "first_one").name, "first_one");
}

TEST_F(EmojiTest, NothingIsThereWhileCustomEmojiAreSwitchedOff) {
    const auto one = make(alice, "first_one");
    auto settings = settings_for_files();
    settings.ServiceSettings.EnableCustomEmoji = false;
    store.settings.replace(settings);
    EXPECT_EQ(refusal([&] { emoji.get(one.id); }), "api.emoji.disabled.app_error");
    EXPECT_EQ(refusal([&] { make(alice, "second_one"); }), "api.emoji.disabled.app_error");
}

}  // namespace
}  // namespace concordat::messaging
