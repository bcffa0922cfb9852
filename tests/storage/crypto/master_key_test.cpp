#include "storage/crypto/master_key.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/base/text.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/crypto/keyring.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/temporary_directory.hpp"

namespace concordat::storage {
namespace {

using test::refusal;

class MasterKeyTest : public testing::Test {
protected:
    void write(const std::string& name, const std::string& content, mode_t mode = 0600) {
        std::ofstream(directory.path(name)) << content;
        chmod(directory.path(name).c_str(), mode);
    }
    std::string read_refusal(const std::string& name) {
        return refusal([&] { MasterKey::read_file(directory.path(name)); });
    }
    std::size_t files() const {
        return static_cast<std::size_t>(
            std::distance(std::filesystem::directory_iterator(directory.path()), {}));
    }

    test::TemporaryDirectory directory;
};

TEST_F(MasterKeyTest, AFileIsMadeOnceAndReadAgain) {
    const auto path = directory.path("master.key");
    const auto made = MasterKey::create_file(path);
    EXPECT_TRUE(MasterKey::read_file(path).secret() == made.secret());
    struct stat status {};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    EXPECT_EQ(refusal([&] { MasterKey::create_file(path); }), "storage.master_key.exists");
    EXPECT_TRUE(MasterKey::read_file(path).secret() == made.secret());
    EXPECT_EQ(files(), 1u);
}

TEST_F(MasterKeyTest, HexadecimalAndBase64AreUnderstood) {
    const auto key = Secret::random();
    write("hex", "  " + hex_of(text_of(key.bytes())) + "\n");
    write("base64", base64(text_of(key.bytes())) + "\n", 0400);
    EXPECT_TRUE(MasterKey::read_file(directory.path("hex")).secret() == key);
    EXPECT_TRUE(MasterKey::read_file(directory.path("base64")).secret() == key);
}

TEST_F(MasterKeyTest, AnythingElseIsRefused) {
    const auto hex = hex_of(random_bytes(32));
    write("empty", "");
    write("short", hex.substr(2));
    write("long", hex + "00");
    write("wrong", "g" + hex.substr(1));
    write("words", "correct horse battery staple");
    for (const char* name : {"empty", "short", "long", "wrong", "words"})
        EXPECT_EQ(read_refusal(name), "storage.master_key.malformed") << name;
    EXPECT_EQ(read_refusal("absent"), "storage.master_key.missing");
}

TEST_F(MasterKeyTest, AFileThatOthersCanReachIsRefused) {
    const auto hex = hex_of(random_bytes(32));
    for (const mode_t mode : {0640, 0604, 0620, 0602, 0610, 0601, 0666}) {
        write("key", hex, mode);
        EXPECT_EQ(read_refusal("key"), "storage.master_key.permissions") << std::oct << mode;
    }
    try {
        MasterKey::read_file(directory.path("key"));
        FAIL();
    } catch (const Error& error) {
        EXPECT_NE(error.text().find("chmod 600"), std::string::npos);
        EXPECT_EQ(error.text().find(hex), std::string::npos);
    }
    write("key", hex, 0600);
    EXPECT_EQ(read_refusal("key"), "");
}

TEST_F(MasterKeyTest, LinksDirectoriesAndForeignFilesAreRefused) {
    write("key", hex_of(random_bytes(32)));
    ASSERT_EQ(symlink("key", directory.path("link").c_str()), 0);
    EXPECT_EQ(read_refusal("link"), "storage.master_key.permissions");
    ASSERT_EQ(mkdir(directory.path("directory").c_str(), 0700), 0);
    EXPECT_EQ(read_refusal("directory"), "storage.master_key.permissions");
    ASSERT_EQ(mkfifo(directory.path("pipe").c_str(), 0600), 0);
    EXPECT_EQ(read_refusal("pipe"), "storage.master_key.permissions");
    if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
    ASSERT_EQ(chown(directory.path("key").c_str(), 12345, static_cast<gid_t>(-1)), 0);
    EXPECT_EQ(read_refusal("key"), "storage.master_key.permissions");
}

TEST_F(MasterKeyTest, ACredentialMayBeTextOrRawBytes) {
    unsetenv("CREDENTIALS_DIRECTORY");
    EXPECT_FALSE(MasterKey::from_credential());
    setenv("CREDENTIALS_DIRECTORY", directory.path().c_str(), 1);
    EXPECT_FALSE(MasterKey::from_credential());
    const auto key = Secret::random();
    write("concordat-master-key", std::string(text_of(key.bytes())), 0440);
    EXPECT_TRUE(MasterKey::from_credential()->secret() == key);
    write("concordat-master-key", base64(text_of(key.bytes())), 0440);
    EXPECT_TRUE(MasterKey::from_credential()->secret() == key);
    write("concordat-master-key", "nonsense", 0440);
    EXPECT_EQ(refusal([] { MasterKey::from_credential(); }), "storage.master_key.malformed");
    unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_F(MasterKeyTest, APassphraseOpensTheStoreItMade) {
    auto recipe = PassphraseRecipe::fresh();
    EXPECT_NE(recipe.salt, PassphraseRecipe::fresh().salt);
    recipe.memory_kib = 1024;
    recipe.passes = 1;
    const auto path = directory.path("keystore.json");
    Keyring::create(path, MasterKey::from_passphrase("correct horse battery", recipe));
    const auto kept = Keyring::recipe_of(path);
    ASSERT_TRUE(kept);
    Keyring(path, MasterKey::from_passphrase("correct horse battery", *kept));
    EXPECT_EQ(refusal([&] { Keyring(path, MasterKey::from_passphrase("correct horse batterz", *kept)); }),
              "storage.master_key.wrong");
    EXPECT_EQ(refusal([&] { MasterKey::from_passphrase("too short", *kept); }),
              "storage.master_key.malformed");

    Keyring(path, MasterKey::from_passphrase("correct horse battery", *kept))
        .rotate_master(MasterKey::random());
    EXPECT_FALSE(Keyring::recipe_of(path)) << "a store under a random key has no passphrase";
}

TEST_F(MasterKeyTest, TheFirstStartMakesKeyAndStore) {
    const auto store = directory.path("keystore.json"), key = directory.path("master.key");
    const auto bucket = open_keyring(store, key)->bucket_for("messages", 1);
    EXPECT_EQ(open_keyring(store, key)->bucket_for("messages", 1), bucket);
    remove_file(key);
    EXPECT_EQ(refusal([&] { open_keyring(store, key); }), "storage.master_key.missing");
    EXPECT_FALSE(file_exists(key)) << "a new key would only hide the loss";
}

TEST_F(MasterKeyTest, AFirstStartInterruptedAfterTheKeyGoesOn) {
    const auto store = directory.path("keystore.json"), key = directory.path("master.key");
    const auto made = MasterKey::create_file(key);
    EXPECT_TRUE(open_keyring(store, key)->is_opened_by(made));
}

TEST_F(MasterKeyTest, RotatingTheFileReplacesKeyAndStoreTogether) {
    const auto store = directory.path("keystore.json"), key = directory.path("master.key");
    auto keyring = open_keyring(store, key);
    const auto bucket = keyring->bucket_for("messages", 1);
    const auto before = MasterKey::read_file(key);
    rotate_key_file(*keyring, key);
    EXPECT_FALSE(keyring->is_opened_by(before));
    EXPECT_TRUE(keyring->is_opened_by(MasterKey::read_file(key)));
    EXPECT_FALSE(file_exists(key + ".next"));
    keyring.reset();
    EXPECT_EQ(open_keyring(store, key)->bucket_for("messages", 1), bucket);
}

TEST_F(MasterKeyTest, ARotationCutOffBeforeTheStoreChangedIsForgotten) {
    const auto store = directory.path("keystore.json"), key = directory.path("master.key");
    open_keyring(store, key);
    MasterKey::create_file(key + ".next");
    auto keyring = open_keyring(store, key);
    EXPECT_TRUE(keyring->is_opened_by(MasterKey::read_file(key)));
    rotate_key_file(*keyring, key);
    EXPECT_TRUE(keyring->is_opened_by(MasterKey::read_file(key)));
}

TEST_F(MasterKeyTest, ARotationCutOffAfterTheStoreChangedIsFinished) {
    const auto store = directory.path("keystore.json"), key = directory.path("master.key");
    {
        const auto keyring = open_keyring(store, key);
        keyring->rotate_master(MasterKey::create_file(key + ".next"));
    }
    {
        const auto keyring = open_keyring(store, key);
        EXPECT_TRUE(keyring->is_opened_by(MasterKey::read_file(key)));
        EXPECT_FALSE(file_exists(key + ".next"));
        keyring->rotate_master(MasterKey::create_file(key + ".next"));  // cut off again, then asked once more
        rotate_key_file(*keyring, key);
        EXPECT_TRUE(keyring->is_opened_by(MasterKey::read_file(key)));
    }
    EXPECT_EQ(refusal([&] { open_keyring(store, key); }), "");
}

}  // namespace
}  // namespace concordat::storage
