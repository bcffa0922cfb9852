#include "federation/link/file_lane.hpp"

#include <gtest/gtest.h>

#include "core/base/text.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/tables/partner_files.hpp"
#include "tests/federation/stream/scene.hpp"
#include "tests/support/refusal.hpp"

namespace concordat::federation {
namespace {

using namespace std::chrono_literals;
using test::refusal;

std::string bytes_of(std::size_t size, unsigned seed = 7) {
    std::string out(size, '\0');
    for (auto& c : out) c = static_cast<char>((seed = seed * 1103515245 + 12345) >> 16);
    return out;
}

std::string digest(const std::string& bytes) {
    return hex_of(storage::text_of(storage::sha256(bytes)));
}

// The lane of this organisation's node; what it pushes is kept, and gamma answers as the test says.
struct LaneScene : Scene {
    explicit LaneScene(bool is_home_here = false) : Scene(is_home_here) {
        store.db.transact([&](storage::Tx& tx) {
            if (is_home_here) storage::ShareTable(tx).put_partner({room.id, gamma, "joined", 1, {}});
        });
        posts.set_whisper([this](const UserId&, const Post& post) { whispers.push_back(post.message); });
        begin();
    }
    void begin() {
        lane.reset();
        pushed.clear();
        lane = std::make_unique<FileLane>(
            files, partner(),
            [this](std::string bytes) {
                FrameReader reader;
                reader.set_limit(longest_file_frame);
                reader.feed(bytes);
                pushed.push_back(*reader.next());
            },
            metrics.counter("sent", "Sent."), metrics.counter("received", "Received."),
            [this] { return std::chrono::steady_clock::time_point() + 1h + time; });
        lane->look();
    }
    Partner partner() {
        return store.db.read([&](storage::Tx& tx) { return *storage::PartnerTable(tx).find(gamma); });
    }
    void set_policy(const PartnerPolicy& policy) {
        auto changed = partner();
        changed.policy = policy;
        store.db.transact([&](storage::Tx& tx) { storage::PartnerTable(tx).update(changed); });
        lane->set_partner(changed);
    }
    // A post of gamma's with this file.
    PostId say_file(const std::string& name, const std::string& bytes, const std::string& of = {}) {
        said = {name,
                "application/octet-stream",
                std::ssize(bytes),
                FileId::fresh(store.db.now()),
                digest(of.empty() ? bytes : of),
                {}};
        const auto id = fresh();
        EXPECT_EQ(say(kinds::post_create, {}, post_body(id, "look", {}, {said})), "");
        lane->look();
        return id;
    }
    // The last frame of the type that was pushed, taken away; fails the test when there is none.
    template <class T>
    T take(FrameType type) {
        for (auto at = pushed.rbegin(); at != pushed.rend(); ++at) {
            if (at->type != type) continue;
            const auto out = parse_json<T>(at->parts[0], "frame");
            pushed.erase(std::next(at).base());
            return out;
        }
        ADD_FAILURE() << "no frame of type " << static_cast<int>(type);
        return {};
    }
    bool has(FrameType type) const {
        return std::ranges::any_of(pushed, [&](const Frame& f) { return f.type == type; });
    }
    void data(std::int64_t number, std::int64_t offset, const std::string& bytes) {
        lane->handle({FrameType::file_data, {json_text(FileData{number, offset}), bytes}});
    }
    // Sends the wanted file as gamma would, up to `end`; how many bytes.
    std::int64_t feed(const std::string& bytes, std::int64_t end = std::int64_t{1} << 40) {
        const auto want = take<FileWant>(FrameType::file_want);
        EXPECT_EQ(want.file, *said.file);
        auto upto = want.upto;
        std::int64_t at = want.offset;
        end = std::min(end, std::ssize(bytes));
        while (at < end) {
            EXPECT_LT(at, upto);
            if (at >= upto) break;
            const auto count = std::min({upto - at, end - at, std::int64_t{64} << 10});
            data(want.number, at,
                 bytes.substr(static_cast<std::size_t>(at), static_cast<std::size_t>(count)));
            at += count;
            if (has(FrameType::file_credit)) upto = take<FileCredit>(FrameType::file_credit).upto;
        }
        return at - want.offset;
    }
    std::string note_of(const PostId& id) {
        const auto found = post(id);
        const auto* list = found->props.if_contains("attachments");
        if (!list || list->as_array().empty()) return {};
        return std::string(list->as_array()[0].as_object().at("text").as_string());
    }
    std::string body_of(const FileId& id) {
        auto body = local_files.body(store.actor(ana), id, messaging::FileView::original);
        std::string out(body.reader->size(), '\0');
        out.resize(body.reader->read_at(0, out));
        return out;
    }
    std::vector<PartnerFile> rows() { return files.of_partner(gamma, 100); }
    std::size_t blob_count() {
        std::size_t count = 0;
        blobs.each([&](const storage::BlobEntry&) { ++count; });
        blobs.each_partial([&](const storage::BlobEntry&) { ++count; });
        return count;
    }
    // A file of ana's in a post of hers, as the own stream tells of it.
    FileInfo own_file(const Channel& where, const std::string& name, const std::string& bytes,
                      bool is_told = true) {
        auto file = local_files.receive(store.actor(ana), where.id, name);
        file->write(bytes);
        std::vector<std::unique_ptr<messaging::IncomingFile>> all;
        all.push_back(std::move(file));
        const auto info = local_files.add(store.actor(ana), std::move(all))[0];
        Post post;
        post.channel_id = where.id;
        post.file_ids = {info.id};
        last_post = posts.create(store.actor(ana), post);
        if (is_told)
            store.db.transact([&](storage::Tx& tx) {
                PartnerFiles::KeptBack kept_back;
                announced = files.announce(tx, last_post, {partner()}, kept_back);
            });
        return info;
    }
    void want(std::int64_t number, const FileId& file, std::int64_t offset, std::int64_t upto,
              std::optional<OrganisationId> origin = {}) {
        lane->handle({FrameType::file_want,
                      {json_text(FileWant{number, origin.value_or(own.id()), room.id, file, offset, upto})}});
    }
    std::string refusal_of(std::int64_t number, const FileId& file) {
        want(number, file, 0, 100);
        return take<FileNo>(FrameType::file_no).code;
    }
    std::string fill() {
        pushed.clear();
        for (std::size_t before = 1; before != pushed.size();) {
            before = pushed.size();
            lane->fill();
        }
        std::string out;
        for (const auto& frame : pushed) out += frame.parts.at(1);
        return out;
    }

    Metrics metrics;
    std::chrono::seconds time{0};
    AttachedFile said;
    std::vector<Frame> pushed;
    std::vector<std::string> whispers;
    std::vector<AttachedFile> announced;
    Post last_post;
    std::unique_ptr<FileLane> lane;
};

TEST(FileLane, AFileComesAndIsOneOfThePostWithoutAnEdit) {
    LaneScene s;
    const auto bytes = bytes_of(700'001);
    const auto id = s.say_file("report.bin", bytes);
    EXPECT_EQ(s.note_of(id), "report.bin (684 KiB): not here yet.");
    EXPECT_TRUE(s.post(id)->file_ids.empty());
    s.store.forget();
    EXPECT_EQ(s.feed(bytes), std::ssize(bytes));
    const auto post = *s.post(id);
    ASSERT_EQ(post.file_ids.size(), 1u);
    EXPECT_NE(post.file_ids[0], *s.said.file);
    EXPECT_EQ(s.body_of(post.file_ids[0]), bytes);
    EXPECT_EQ(s.note_of(id), "");
    EXPECT_EQ(post.edit_at, 0);
    const auto info = s.local_files.info(s.store.actor(s.ana), post.file_ids[0]);
    EXPECT_EQ(info.name, "report.bin");
    EXPECT_EQ(info.user_id, s.cleo);
    EXPECT_EQ(info.size, std::ssize(bytes));
    const auto told = s.store.facts<PostTouched>();
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].what, "got_file");
    ASSERT_TRUE(told[0].post.metadata && told[0].post.metadata->files);
    EXPECT_EQ(told[0].post.metadata->files->at(0).name, "report.bin");
    EXPECT_EQ(info.create_at, told[0].post.update_at);
    EXPECT_EQ(s.store.facts<FileAdded>().size(), 1u);
    EXPECT_EQ(s.rows()[0].state, "here");
}

TEST(FileLane, AnEmptyFileNeedsNothingFromTheOtherSide) {
    LaneScene s;
    const auto id = s.say_file("empty.txt", "");
    EXPECT_FALSE(s.has(FrameType::file_want));
    EXPECT_EQ(s.post(id)->file_ids.size(), 1u);
}

TEST(FileLane, APictureGetsItsPreviews) {
    LaneScene s;
    const auto bytes = messaging::sample_png(300, 200);
    const auto id = s.say_file("view.png", bytes);
    s.feed(bytes);
    const auto file = s.post(id)->file_ids.at(0);
    const auto info = s.local_files.info(s.store.actor(s.ana), file);
    EXPECT_EQ(info.mime_type, "image/png");
    EXPECT_EQ(info.width, 300);
    EXPECT_TRUE(info.has_preview_image.value_or(false));
    EXPECT_GT(s.local_files.body(s.store.actor(s.ana), file, messaging::FileView::thumbnail).reader->size(),
              0u);
}

TEST(FileLane, ACutCostsOnlyWhatWasUnderWay) {
    LaneScene s;
    const auto bytes = bytes_of(3'000'000);
    const auto id = s.say_file("long.bin", bytes);
    std::int64_t sent = s.feed(bytes, 1'000'000);
    s.begin();
    sent += s.feed(bytes, 2'345'678);
    s.begin();
    sent += s.feed(bytes);
    EXPECT_EQ(sent, std::ssize(bytes));
    EXPECT_EQ(s.body_of(s.post(id)->file_ids.at(0)), bytes);
}

TEST(FileLane, OtherBytesThanWereAnnouncedAreNotShown) {
    LaneScene s;
    const auto bytes = bytes_of(100'000);
    const auto id = s.say_file("trick.bin", bytes, "something else");
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(s.rows()[0].state, "wanted");
        s.feed(bytes);
        s.store.wait(600'000);
        s.time += 11s;
        s.lane->tick();
    }
    EXPECT_TRUE(s.post(id)->file_ids.empty());
    EXPECT_EQ(s.rows()[0].state, "refused");
    EXPECT_EQ(s.rows()[0].reason, "hash");
    EXPECT_EQ(s.note_of(id), "trick.bin (98 KiB): what came was not what was announced.");
    EXPECT_EQ(s.blob_count(), 0u);
    s.lane->look();
    EXPECT_EQ(s.take<FileRefused>(FrameType::file_refused).code, "hash");
    s.lane->look();
    EXPECT_FALSE(s.has(FrameType::file_refused));
    EXPECT_FALSE(s.has(FrameType::file_want));
}

TEST(FileLane, WhatWasNotAskedForEndsTheLane) {
    LaneScene s;
    const auto bytes = bytes_of(400'000);
    s.say_file("a.bin", bytes);
    const auto want = s.take<FileWant>(FrameType::file_want);
    EXPECT_EQ(want.upto, 128 << 10);
    const auto id = "federation.protocol";
    EXPECT_EQ(refusal([&] { s.data(want.number, 1, "x"); }), id);      // elsewhere
    EXPECT_EQ(refusal([&] { s.data(want.number + 1, 0, "x"); }), id);  // another
    EXPECT_EQ(refusal([&] { s.data(want.number, 0, ""); }), id);       // nothing
    EXPECT_EQ(refusal([&] { s.data(want.number, 0, bytes.substr(0, 65537)); }), id);
    s.data(want.number, 0, bytes.substr(0, 65536));
    EXPECT_EQ(s.take<FileCredit>(FrameType::file_credit).upto, 65536 + (128 << 10));
    s.data(want.number, 65536, bytes.substr(65536, 65536));
    EXPECT_EQ(refusal([&] { s.lane->handle({FrameType::batch, {"{}"}}); }), id);
    EXPECT_EQ(refusal([&] { s.lane->handle({FrameType::file_data, {"{}"}}); }), id);
}

TEST(FileLane, MoreThanWasAnnouncedIsNeverTaken) {
    LaneScene s;
    const auto bytes = bytes_of(1000);
    s.say_file("a.bin", bytes);
    const auto want = s.take<FileWant>(FrameType::file_want);
    EXPECT_EQ(want.upto, 1000);
    EXPECT_EQ(refusal([&] { s.data(want.number, 0, bytes + "more"); }), "federation.protocol");
}

TEST(FileLane, WhoNeverSendsIsAskedAgainLaterAndHoldsUpNobody) {
    LaneScene s;
    const auto bytes = bytes_of(300'000);
    const auto id = s.say_file("slow.bin", bytes);
    const auto want = s.take<FileWant>(FrameType::file_want);
    s.data(want.number, 0, bytes.substr(0, 50'000));
    s.time += 61s;
    s.lane->tick();
    EXPECT_EQ(s.take<FileStop>(FrameType::file_stop).number, want.number);
    EXPECT_EQ(s.rows()[0].attempts, 1);
    EXPECT_EQ(s.rows()[0].reason, "silent");
    s.data(want.number, 50'000, "late");  // was on its way, and is passed over
    s.lane->tick();
    EXPECT_FALSE(s.has(FrameType::file_want));
    s.store.wait(4000);
    s.time += 4s;
    s.lane->tick();
    EXPECT_EQ(s.feed(bytes), 250'000);
    EXPECT_EQ(s.post(id)->file_ids.size(), 1u);
}

TEST(FileLane, ASmallFileDoesNotWaitForLargeOnes) {
    LaneScene s;
    for (int i = 0; i < 5; ++i) s.say_file("large" + std::to_string(i), bytes_of(1'000'000 + i));
    EXPECT_EQ(std::ranges::count(s.pushed, FrameType::file_want, &Frame::type), 4);
    s.pushed.clear();
    const auto bytes = bytes_of(1000);
    s.say_file("small", bytes);
    EXPECT_FALSE(s.has(FrameType::file_want));  // four are under way
    s.begin();
    std::vector<std::int64_t> sizes;
    for (const auto& frame : s.pushed)
        if (frame.type == FrameType::file_want)
            sizes.push_back(parse_json<FileWant>(frame.parts[0], "").upto);
    EXPECT_EQ(sizes.size(), 4u);
    EXPECT_EQ(sizes[0], 1000);
}

TEST(FileLane, ThePolicyHereIsAskedBeforeAnythingIsFetched) {
    LaneScene s;
    PartnerPolicy policy;
    policy.largest_file = 5 << 20;
    policy.refused_file_types = {"exe"};
    s.set_policy(policy);
    const auto id = s.say_file("Tool.EXE", "MZ");
    EXPECT_FALSE(s.has(FrameType::file_want));
    EXPECT_EQ(s.note_of(id), "Tool.EXE (1 KiB): files of this type are not accepted here.");
    EXPECT_EQ(s.take<FileRefused>(FrameType::file_refused).code, "type");
    EXPECT_EQ(s.say(kinds::post_create, {},
                    s.post_body(s.fresh(), "x", {},
                                {{"big.bin", "", (5 << 20) + 1, FileId::fresh(1), digest(""), {}}})),
              "");
    EXPECT_EQ(s.rows()[0].reason, "too_large");
    policy.files = false;
    s.set_policy(policy);
    s.say_file("note.txt", "x");
    EXPECT_EQ(s.rows()[0].reason, "files_off");
    auto settings = *s.store.settings.current();
    settings.FileSettings.MaxFileSize = 10;
    s.store.settings.replace(settings);
    s.set_policy({});
    s.say_file("note.txt", bytes_of(11));
    EXPECT_EQ(s.rows()[0].reason, "too_large");
    EXPECT_FALSE(s.has(FrameType::file_want));
    EXPECT_EQ(s.decisions.list({.act = "federation"}).size(), 4u);
}

TEST(FileLane, WhatTheOtherSideDoesNotGiveIsSaidInThePost) {
    LaneScene s;
    const auto id = s.say_file("a.bin", "abc");
    auto want = s.take<FileWant>(FrameType::file_want);
    s.lane->handle({FrameType::file_no, {json_text(FileNo{want.number, "later"})}});
    EXPECT_EQ(s.rows()[0].state, "wanted");
    s.store.wait(5000);
    s.lane->look();
    want = s.take<FileWant>(FrameType::file_want);
    s.lane->handle({FrameType::file_no, {json_text(FileNo{want.number, "<b>"})}});
    EXPECT_EQ(s.rows()[0].reason, "origin.gone");
    EXPECT_EQ(s.note_of(id), "a.bin (1 KiB): it cannot be had any more.");
    s.lane->look();
    EXPECT_FALSE(s.has(FrameType::file_refused));  // it said so itself
}

TEST(FileLane, OfADeletedPostNothingMoreIsFetchedOrKept) {
    LaneScene s;
    const auto bytes = bytes_of(200'000);
    const auto id = s.say_file("a.bin", bytes);
    const auto want = s.take<FileWant>(FrameType::file_want);
    s.data(want.number, 0, bytes.substr(0, 50'000));
    EXPECT_EQ(s.say(kinds::post_delete, id_as<AnyId>(id), Scene::mark()), "");
    s.lane->tick();
    EXPECT_EQ(s.take<FileStop>(FrameType::file_stop).number, want.number);
    s.lane->tick();
    EXPECT_FALSE(s.has(FrameType::file_want));
    s.store.wait(2 * messaging::FileJanitor::day);
    messaging::FileJanitor(s.store.db, s.blobs).run();
    EXPECT_EQ(s.blob_count(), 0u);
}

TEST(FileLane, WhatWasFetchedGoesWithThePost) {
    LaneScene s;
    const auto id = s.say_file("a.bin", "abc");
    s.feed("abc");
    const auto file = s.post(id)->file_ids.at(0);
    EXPECT_EQ(s.say(kinds::post_delete, id_as<AnyId>(id), Scene::mark()), "");
    EXPECT_EQ(refusal([&] { s.body_of(file); }), "app.file_info.get.app_error");
}

TEST(FileLane, AnEditTakesFilesAndBringsOthers) {
    LaneScene s;
    const auto id = s.say_file("a.bin", "abc");
    s.feed("abc");
    const auto first = s.post(id)->file_ids.at(0);
    s.said = {"b.bin", "", 2, FileId::fresh(s.store.db.now()), digest("de"), {}};
    EXPECT_EQ(s.say(kinds::post_edit, id_as<AnyId>(id), s.post_body(id, "another", {}, {s.said})), "");
    EXPECT_TRUE(s.post(id)->file_ids.empty());
    EXPECT_EQ(refusal([&] { s.body_of(first); }), "app.file_info.get.app_error");
    EXPECT_EQ(s.note_of(id), "b.bin (1 KiB): not here yet.");
    s.lane->look();
    s.feed("de");
    ASSERT_EQ(s.post(id)->file_ids.size(), 1u);
    EXPECT_EQ(s.body_of(s.post(id)->file_ids[0]), "de");
    // An edit of the text alone leaves them.
    EXPECT_EQ(s.say(kinds::post_edit, id_as<AnyId>(id), s.post_body(id, "third", {}, {s.said})), "");
    EXPECT_EQ(s.post(id)->message, "third");
    EXPECT_EQ(s.post(id)->file_ids.size(), 1u);
    EXPECT_EQ(s.note_of(id), "");
}

TEST(FileLane, FilesThatCannotBeAreRefusedWithTheirPost) {
    LaneScene s;
    const auto outcome = [&](const AttachedFile& file, std::size_t times = 1) {
        return s.say(kinds::post_create, {},
                     s.post_body(s.fresh(), "x", {}, std::vector<AttachedFile>(times, file)));
    };
    const auto id = FileId::fresh(1);
    EXPECT_EQ(outcome({"a", "", -1, id, digest(""), {}}), "body");
    EXPECT_EQ(outcome({"a", "", 1, id, "abc", {}}), "body");
    EXPECT_EQ(outcome({"a", "", 1, id, std::string(64, 'X'), {}}), "body");
    EXPECT_EQ(outcome({"a", std::string(256, 'm'), 1, id, digest(""), {}}), "body");
    EXPECT_EQ(outcome({"a", "", 1, id, digest(""), {}}, 11), "body");
    EXPECT_TRUE(s.rows().empty());
    // From a node that does not give files away, and by the policy there.
    EXPECT_EQ(outcome({"old.txt", "", 1024, {}, {}, {}}), "");
    EXPECT_EQ(s.rows()[0].reason, "origin.not_offered");
    EXPECT_EQ(outcome({"", "", 0, {}, {}, "type"}), "");
    EXPECT_EQ(s.rows()[0].reason, "origin.type");
    // A path is no name.
    EXPECT_EQ(outcome({"../../etc/passwd", "", 1, id, digest("x"), {}}), "");
    EXPECT_EQ(s.rows()[0].name, "passwd");
}

TEST(FileLane, GivesWhatWasToldOfAsFarAsItIsGranted) {
    LaneScene s(true);
    const auto bytes = bytes_of(300'000);
    const auto file = s.own_file(s.room, "plan.bin", bytes);
    ASSERT_EQ(s.announced.size(), 1u);
    EXPECT_EQ(s.announced[0].file, file.id);
    EXPECT_EQ(s.announced[0].sha256, digest(bytes));
    s.want(1, file.id, 100, 100'100);
    EXPECT_EQ(s.fill(), bytes.substr(100, 100'000));
    EXPECT_EQ(s.fill(), "");
    s.lane->handle({FrameType::file_credit, {json_text(FileCredit{1, 300'000})}});
    EXPECT_EQ(s.fill(), bytes.substr(100'100));
    s.want(2, file.id, 0, 1 << 30);  // more than there is
    EXPECT_EQ(s.fill(), bytes);
    s.want(3, file.id, 0, 300'000);
    s.lane->handle({FrameType::file_stop, {json_text(FileStop{3})}});
    EXPECT_EQ(s.fill(), "");
}

TEST(FileLane, GivesNothingElseAndWritesDownWhoAsks) {
    LaneScene s(true);
    const auto elsewhere = s.store.channel(s.store.team(), "private-talk");
    s.store.add(s.ana, elsewhere);
    const auto before = s.own_file(s.room, "before.txt", "said before it was shared", false);
    const auto other = s.own_file(elsewhere, "secret.txt", "secret");
    EXPECT_EQ(s.refusal_of(1, before.id), "not_told");
    EXPECT_EQ(s.refusal_of(2, other.id), "not_told");
    EXPECT_EQ(s.refusal_of(3, FileId::fresh(1)), "not_told");
    const auto kept = s.files.refusals_of(s.gamma, 10);
    EXPECT_EQ(kept.size(), 3u);
    EXPECT_EQ(kept[0].code, "not_told");
    EXPECT_EQ(s.decisions.list({.act = "federation"}).size(), 3u);
    EXPECT_TRUE(s.whispers.empty());
    EXPECT_EQ(refusal([&] {
                  for (int i = 4; i < 30; ++i) s.want(i, FileId::fresh(i), 0, 1);
              }),
              "federation.protocol");
    EXPECT_LE(s.files.refusals_of(s.gamma, 100).size(), 17u);
    // Of a channel that is shared with it no more.
    const auto file = s.own_file(s.room, "plan.txt", "plan");
    s.store.db.transact([&](storage::Tx& tx) {
        storage::ShareTable(tx).put_partner({s.room.id, s.gamma, "ended", 1, {}});
    });
    s.begin();
    EXPECT_EQ(s.refusal_of(1, file.id), "not_told");
}

TEST(FileLane, GivesNothingOfADeletedPost) {
    LaneScene s(true);
    const auto file = s.own_file(s.room, "plan.txt", "plan");
    s.posts.remove(s.store.actor(s.ana), s.last_post.id);
    EXPECT_EQ(s.refusal_of(1, file.id), "gone");
    EXPECT_TRUE(s.files.refusals_of(s.gamma, 10).empty());
}

TEST(FileLane, ThePolicyHereHoldsBackWhatLeavesAndItsAuthorIsTold) {
    LaneScene s(true);
    const auto file = s.own_file(s.room, "tool.exe", "MZ");
    PartnerPolicy policy;
    policy.refused_file_types = {"exe"};
    s.set_policy(policy);
    EXPECT_EQ(s.refusal_of(1, file.id), "type");
    EXPECT_EQ(s.refusal_of(2, file.id), "type");
    EXPECT_EQ(s.files.refusals_of(s.gamma, 10).size(), 1u);
    ASSERT_EQ(s.whispers.size(), 1u);
    EXPECT_EQ(s.whispers[0],
              "\"tool.exe\" is not shown at gamma: files of this type are not allowed to pass.");
    // Said after the policy was made, it is not even named.
    s.own_file(s.room, "another.exe", "MZ");
    ASSERT_EQ(s.announced.size(), 1u);
    EXPECT_EQ(s.announced[0].name, "");
    EXPECT_FALSE(s.announced[0].file);
    EXPECT_EQ(s.announced[0].refused, "type");
    EXPECT_EQ(s.files.refusals_of(s.gamma, 10).size(), 2u);
}

TEST(FileLane, WhatThePartnerDoesNotTakeIsToldOnceToItsAuthor) {
    LaneScene s(true);
    const auto file = s.own_file(s.room, "big.bin", "big");
    const auto tell = [&](const FileId& id, const char* code) {
        s.lane->handle({FrameType::file_refused, {json_text(FileRefused{s.own.id(), s.room.id, id, code})}});
    };
    tell(file.id, "too_large");
    tell(file.id, "too_large");
    tell(FileId::fresh(1), "too_large");
    EXPECT_EQ(s.files.refusals_of(s.gamma, 10).size(), 1u);
    ASSERT_EQ(s.whispers.size(), 1u);
    EXPECT_EQ(s.whispers[0], "\"big.bin\" is not shown at gamma: it is larger than is accepted there.");
}

TEST(FileLane, AsksAboveTheLimitsEndTheLane) {
    LaneScene s(true);
    const auto file = s.own_file(s.room, "plan.txt", bytes_of(1000));
    for (int i = 1; i <= 4; ++i) s.want(i, file.id, 0, 10);
    EXPECT_EQ(refusal([&] { s.want(5, file.id, 0, 10); }), "federation.protocol");
    s.begin();
    s.want(1, file.id, 0, 10);
    EXPECT_EQ(refusal([&] { s.want(1, file.id, 0, 10); }), "federation.protocol");
    EXPECT_EQ(refusal([&] { s.want(2, file.id, 10, 9); }), "federation.protocol");
    EXPECT_EQ(refusal([&] { s.want(3, file.id, -1, 9); }), "federation.protocol");
    s.want(4, file.id, 1000, 1001);
    EXPECT_EQ(s.take<FileNo>(FrameType::file_no).code, "gone");
}

TEST(FileLane, TheHomePassesOnWhatItHas) {
    LaneScene s(true);
    const auto bytes = bytes_of(70'000);
    s.say_file("from gamma.bin", bytes);
    // Another partner of the same channel.
    const auto key = storage::SigningKey::fresh();
    Partner delta;
    delta.id = organisation_of(key.public_key());
    delta.name = "delta";
    delta.public_key = key.public_key();
    delta.state = "active";
    s.store.db.transact([&](storage::Tx& tx) {
        storage::PartnerTable(tx).insert(delta);
        storage::ShareTable(tx).put_partner({s.room.id, delta.id, "joined", 1, {}});
    });
    const FileWant want{1, s.gamma, s.room.id, *s.said.file, 0, 70'000};
    EXPECT_EQ(s.files.offer(delta, want).refusal, "later");
    s.feed(bytes);
    auto offer = s.files.offer(delta, want);
    EXPECT_EQ(offer.refusal, "");
    ASSERT_TRUE(offer.reader);
    EXPECT_EQ(messaging::digest_of(*offer.reader), digest(bytes));
    // Not to whom it came from.
    EXPECT_EQ(s.files.offer(s.partner(), want).refusal, "not_told");
}

TEST(FileLane, FromARevokedPartnerNothingIsExpected) {
    LaneScene s;
    const auto id = s.say_file("a.bin", "abc");
    auto gamma = s.partner();
    gamma.state = "revoked";
    s.store.db.transact([&](storage::Tx& tx) { storage::PartnerTable(tx).update(gamma); });
    s.files.forget_revoked(s.gamma);
    EXPECT_EQ(s.rows()[0].reason, "revoked");
    EXPECT_EQ(s.note_of(id), "a.bin (1 KiB): it cannot be had any more.");
    EXPECT_EQ(s.files.offer(gamma, {1, s.own.id(), s.room.id, FileId::fresh(1), 0, 1}).refusal, "not_told");
}

}  // namespace
}  // namespace concordat::federation
