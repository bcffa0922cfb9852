// Files between two nodes that are connected.
#include <gtest/gtest.h>

#include "core/base/text.hpp"
#include "storage/crypto/digest.hpp"
#include "tests/federation/link/organisations.hpp"

namespace concordat::federation {
namespace {

std::string noise(std::size_t size) {
    std::string out;
    out.reserve(size + 32);
    for (std::uint64_t i = 0; out.size() < size; ++i)
        out += storage::text_of(storage::sha256("noise " + std::to_string(i)));
    out.resize(size);
    return out;
}

Post say_with_file(Org& org, const User& who, const ChannelId& where, const std::string& name,
                   const std::string& bytes) {
    auto file = org.local_files.receive(org.store.actor(who), where, name);
    file->write(bytes);
    std::vector<std::unique_ptr<messaging::IncomingFile>> all;
    all.push_back(std::move(file));
    Post post;
    post.channel_id = where;
    post.file_ids = {org.local_files.add(org.store.actor(who), std::move(all))[0].id};
    return org.posts.create(org.store.actor(who), post);
}

std::string content(Org& org, const User& who, const FileId& id) {
    auto body = org.local_files.body(org.store.actor(who), id, messaging::FileView::original);
    std::string out(body.reader->size(), '\0');
    out.resize(body.reader->read_at(0, out));
    return out;
}

std::vector<FileId> files_at(Org& org, const PostId& id) {
    const auto post = org.post(id);
    return post ? post->file_ids : std::vector<FileId>();
}

std::uint64_t bytes_sent(Org& org, const char* to) {
    return org.metrics
        .counter("concordat_federation_file_bytes_sent_total", "Bytes of files sent to a partner.",
                 std::string("partner=\"") + to + "\"")
        .value();
}

TEST(LinkFiles, GoBothWaysOnALaneOfTheirOwn) {
    Pair p;
    p.share();
    EXPECT_TRUE(
        becomes([&] { return p.a.link.status()[0].are_files_up && p.b.link.status()[0].are_files_up; }));
    const auto large = noise(9'000'000), small = noise(2000);
    const auto from_a = say_with_file(p.a, p.ana, p.room.id, "large.bin", large);
    const auto from_b = say_with_file(p.b, p.bob, p.room.id, "small.bin", small);
    ASSERT_TRUE(becomes([&] { return files_at(p.b, from_a.id).size() == 1; }, 30s));
    ASSERT_TRUE(becomes([&] { return files_at(p.a, from_b.id).size() == 1; }, 30s));
    EXPECT_EQ(content(p.b, p.bob, files_at(p.b, from_a.id)[0]), large);
    EXPECT_EQ(content(p.a, p.ana, files_at(p.a, from_b.id)[0]), small);
    EXPECT_EQ(bytes_sent(p.a, "beta"), large.size());
}

TEST(LinkFiles, GoOnAfterCutsAndLittleIsSentTwice) {
    Pair p;
    p.share();
    const auto bytes = noise(24'000'000);
    const auto post = say_with_file(p.a, p.ana, p.room.id, "long.bin", bytes);
    int cuts = 0;
    auto cut_at = bytes.size() / 6;
    ASSERT_TRUE(becomes(
        [&] {
            if (cuts < 4 && bytes_sent(p.a, "beta") > cut_at) {
                ++cuts;
                cut_at += bytes.size() / 6;
                p.a.partners.suspend("beta", "a cut");
                EXPECT_TRUE(becomes([&] { return !Pair::is_up(p.a) && !Pair::is_up(p.b); }));
                EXPECT_TRUE(becomes([&] { return !p.a.link.status()[0].are_files_up; }));
                p.a.partners.resume("beta");
                p.b.link.partner_changed(p.a.own.id());
            }
            return files_at(p.b, post.id).size() == 1;
        },
        120s));
    EXPECT_GE(cuts, 2);
    EXPECT_EQ(content(p.b, p.bob, files_at(p.b, post.id)[0]), bytes);
    // Cuts in a quick network cost a full window each, 4 MiB at most.
    EXPECT_LE(bytes_sent(p.a, "beta"), bytes.size() + static_cast<std::size_t>(cuts) * (4 << 20));
}

TEST(LinkFiles, ARefusalReachesTheAuthorsSide) {
    Pair p;
    p.share();
    PartnerPolicy policy;
    policy.refused_file_types = {"exe"};
    p.b.partners.set_policy("alpha", policy);
    const auto post = say_with_file(p.a, p.ana, p.room.id, "tool.exe", "MZ");
    EXPECT_TRUE(becomes([&] { return p.a.files.refusals_of(p.b.own.id(), 10).size() == 1; }));
    EXPECT_EQ(p.a.files.refusals_of(p.b.own.id(), 10).at(0).code, "type");
    EXPECT_TRUE(files_at(p.b, post.id).empty());
    EXPECT_EQ(bytes_sent(p.a, "beta"), 0u);
    const auto after = p.a.say(p.ana, p.room.id, "and text goes on");
    EXPECT_TRUE(becomes([&] { return p.b.post(after.id).has_value(); }));
}

TEST(LinkFiles, ALaneWithoutASessionIsRefused) {
    Rude r;
    r.node.connect("files");
    EXPECT_FALSE(becomes([&] { return r.a.link.status()[0].are_files_up; }, 1s));
}

TEST(LinkFiles, FramesOfTheOtherLaneEndASession) {
    Rude r;
    r.node.connect();
    ASSERT_TRUE(becomes([&] { return Pair::is_up(r.a); }));
    r.node.send(frame_of(FrameType::file_stop, FileStop{1}));
    EXPECT_TRUE(r.ends_with("a frame in the middle of a session that does not belong there"));
}

}  // namespace
}  // namespace concordat::federation
