#include "compliance/proof/checkpoint.hpp"

#include <gtest/gtest.h>

#include "storage/crypto/signing.hpp"

namespace concordat::compliance {
namespace {

const Checkpoint tree{"concordat-audit/abc", 4711, storage::sha256("root")};

std::string signed_by(const storage::SigningKey& key, const Checkpoint& checkpoint = tree) {
    return signed_note(checkpoint, key.public_key(), key.sign(checkpoint_text(checkpoint)));
}

TEST(CheckpointNotes, HaveThreeLinesAnEmptyOneAndASignature) {
    const auto key = storage::SigningKey::fresh();
    const auto note = signed_by(key);
    EXPECT_TRUE(
        note.starts_with("concordat-audit/abc\n4711\nSBNJTRN+FjG7owHVrKtue7eqdM4RhdRWVl71HXN2d7I=\n\n"
                         "\xE2\x80\x94 concordat-audit/abc "));
    EXPECT_EQ(note.back(), '\n');
    EXPECT_EQ(checkpoint_in(note), tree);
    EXPECT_TRUE(is_signed_note(note, {key.public_key()}));
    EXPECT_TRUE(is_signed_note(note, {storage::SigningKey::fresh().public_key(), key.public_key()}));
}

TEST(CheckpointNotes, AreNotSignedByAnotherKeyOrOverSomethingElse) {
    const auto key = storage::SigningKey::fresh(), other = storage::SigningKey::fresh();
    const auto note = signed_by(key);
    EXPECT_FALSE(is_signed_note(note, {other.public_key()}));
    EXPECT_FALSE(is_signed_note(note, {}));
    for (std::size_t at = 0; at < note.size(); ++at) {
        auto changed = note;
        changed[at] = changed[at] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(is_signed_note(changed, {key.public_key()})) << at;
        EXPECT_FALSE(is_signed_note(note.substr(0, at), {key.public_key()})) << at;
    }
    // A signature by the key, over another text, under the key's id.
    EXPECT_FALSE(
        is_signed_note(signed_note(tree, key.public_key(), key.sign("something else")), {key.public_key()}));
    auto renamed = tree;
    renamed.origin = "another";
    EXPECT_FALSE(is_signed_note(signed_note(renamed, key.public_key(), key.sign(checkpoint_text(tree))),
                                {key.public_key()}));
}

TEST(CheckpointNotes, MayHaveSignaturesOfOthersBesides) {
    const auto key = storage::SigningKey::fresh();
    const auto of_witness = "\xE2\x80\x94 witness.example " + storage::base64(std::string(68, 'x')) + "\n";
    EXPECT_TRUE(is_signed_note(signed_by(key) + of_witness, {key.public_key()}));
    std::string many;
    for (std::size_t i = 0; i < most_signatures; ++i) many += of_witness;
    EXPECT_FALSE(is_signed_note(signed_by(key) + many, {key.public_key()}));
    EXPECT_FALSE(is_signed_note(signed_by(key) + "and more\n", {key.public_key()}));
}

TEST(CheckpointNotes, HaveOneSpelling) {
    const auto root = storage::base64(storage::text_of(tree.root));
    const auto note = [](const std::string& origin, const std::string& size, const std::string& root_text) {
        return checkpoint_in(origin + '\n' + size + '\n' + root_text + "\n\n");
    };
    EXPECT_TRUE(note("a/b", "0", root));
    EXPECT_FALSE(note("", "1", root));
    EXPECT_FALSE(note("a b", "1", root));
    EXPECT_FALSE(note("a+b", "1", root));
    EXPECT_FALSE(note("a\xC3\xA4", "1", root));
    EXPECT_FALSE(note(std::string(201, 'a'), "1", root));
    for (const auto* size : {"", "01", "+1", "-1", " 1", "1 ", "0x1", "18446744073709551616"})
        EXPECT_FALSE(note("a", size, root)) << size;
    EXPECT_TRUE(note("a", "18446744073709551615", root));
    EXPECT_FALSE(note("a", "1", ""));
    EXPECT_FALSE(note("a", "1", root.substr(0, 43)));
    EXPECT_FALSE(note("a", "1", storage::base64("short")));
    EXPECT_FALSE(checkpoint_in("a\n1\n" + root + "\n"));
    EXPECT_FALSE(checkpoint_in("a\n1\n" + root + "\nmore\n\n"));
    EXPECT_FALSE(checkpoint_in("a\n1\n" + root + "\n\n" + std::string(longest_note, 'x')));
    EXPECT_FALSE(checkpoint_in(""));
}

}  // namespace
}  // namespace concordat::compliance
