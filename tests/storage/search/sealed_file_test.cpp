#include "storage/search/sealed_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "tests/support/refusal.hpp"
#include "tests/support/temporary_directory.hpp"

namespace concordat::storage {
namespace {

using test::refusal;

std::string noise(std::mt19937& random, std::size_t size) {
    std::string out(size, '\0');
    for (auto& c : out) c = static_cast<char>(random());
    return out;
}

struct Sealed {
    test::TemporaryDirectory directory;
    Secret key = Secret::random();
    BlockCache cache{1 << 20};

    AnyId write(const std::string& text) {
        const auto id = AnyId::fresh();
        SealedFileWriter writer(directory.path(), id, key);
        writer.write_at(0, text);
        writer.finish();
        return id;
    }
    std::string read(const AnyId& id, std::uint64_t bytes) {
        const SealedFile file(directory.path(), id, key, bytes, cache);
        std::string out;
        for (std::uint64_t at = 0; at < bytes; at += index_block) {
            const auto block = file.block(at / index_block);
            out.append(reinterpret_cast<const char*>(block->data()),
                       std::min<std::size_t>(index_block, bytes - at));
        }
        return out;
    }
    std::string path(const AnyId& id) { return index_file_path(directory.path(), id); }
};

TEST(SealedFiles, WhatIsWrittenInAnyOrderIsReadBack) {
    Sealed sealed;
    std::mt19937 random(7);
    for (int round = 0; round < 60; ++round) {
        const auto id = AnyId::fresh();
        SealedFileWriter writer(sealed.directory.path(), id, sealed.key);
        std::string model;
        for (int step = 0; step < 40; ++step) {
            const auto at = random() % 3 ? model.size() : random() % (model.size() + 1);
            const auto bytes = noise(random, random() % (round % 2 ? 9000 : 300));
            writer.write_at(at, bytes);
            if (at + bytes.size() > model.size()) model.resize(at + bytes.size());
            model.replace(at, bytes.size(), bytes);
        }
        writer.finish();
        ASSERT_EQ(writer.size(), model.size());
        ASSERT_EQ(sealed.read(id, model.size()), model) << "round " << round;
    }
}

TEST(SealedFiles, EveryChangeOfAByteIsNoticed) {
    Sealed sealed;
    std::mt19937 random(1);
    const auto text = noise(random, 9000);
    const auto id = sealed.write(text);
    const auto size = std::filesystem::file_size(sealed.path(id));
    for (std::uintmax_t at = 0; at < size; at += 97) {
        std::fstream file(sealed.path(id), std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(static_cast<std::streamoff>(at));
        const auto was = static_cast<char>(file.get());
        file.seekp(static_cast<std::streamoff>(at));
        file.put(static_cast<char>(was ^ 1));
        file.flush();
        EXPECT_EQ(refusal([&] { sealed.read(id, text.size()); }), "search.index.damaged") << at;
        file.seekp(static_cast<std::streamoff>(at));
        file.put(was);
    }
    EXPECT_EQ(sealed.read(id, text.size()), text);
}

TEST(SealedFiles, AFileThatIsCutLongerGoneOrAnotherIsNoticed) {
    Sealed sealed;
    std::mt19937 random(2);
    const auto one = noise(random, 9000), two = noise(random, 9000);
    const auto first = sealed.write(one), second = sealed.write(two);
    const auto sealed_size = std::filesystem::file_size(sealed.path(first));
    std::filesystem::resize_file(sealed.path(first), sealed_size - index_stride);
    EXPECT_EQ(refusal([&] { sealed.read(first, one.size()); }), "search.index.damaged");
    std::filesystem::resize_file(sealed.path(first), sealed_size + 1);
    EXPECT_EQ(refusal([&] { sealed.read(first, one.size()); }), "search.index.damaged");
    std::filesystem::copy_file(sealed.path(second), sealed.path(first),
                               std::filesystem::copy_options::overwrite_existing);
    EXPECT_EQ(refusal([&] { sealed.read(first, one.size()); }), "search.index.damaged") << "another file";
    std::filesystem::remove(sealed.path(first));
    EXPECT_EQ(refusal([&] { sealed.read(first, one.size()); }), "search.index.damaged");
    EXPECT_EQ(sealed.read(second, two.size()), two);
    const auto key = Secret::random();
    EXPECT_EQ(refusal([&] {
                  const SealedFile file(sealed.directory.path(), second, key, two.size(), sealed.cache);
                  file.block(0);
              }),
              "search.index.damaged")
        << "another key";
}

TEST(SealedFiles, BlocksCannotChangePlaces) {
    Sealed sealed;
    const auto id = sealed.write(std::string(index_block, 'a') + std::string(index_block, 'b'));
    std::string raw(2 * index_stride, '\0');
    std::fstream file(sealed.path(id), std::ios::in | std::ios::out | std::ios::binary);
    file.read(raw.data(), static_cast<std::streamsize>(raw.size()));
    file.seekp(0);
    file << raw.substr(index_stride) << raw.substr(0, index_stride);
    file.close();
    EXPECT_EQ(refusal([&] { sealed.read(id, 2 * index_block); }), "search.index.damaged");
}

}  // namespace
}  // namespace concordat::storage
