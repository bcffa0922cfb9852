// The routes of files, uploads, emoji and pictures, as the listener calls them.
#include <array>

#include "messaging/conversation/emoji.hpp"
#include "messaging/conversation/pictures.hpp"
#include "tests/messaging/conversation/file_fixture.hpp"
#include "web/api/emoji.hpp"
#include "web/api/file_reply.hpp"
#include "web/api/files.hpp"
#include "web/api/pictures.hpp"
#include "web/api/uploads.hpp"

namespace concordat::web {
namespace {

using messaging::sample_png;

// Whoever the test says is signed in.
class TestDoorkeeper : public Doorkeeper {
public:
    explicit TestDoorkeeper(identity::Gate& gate) : gate_(gate) {}
    void identify(Call& call, bool) override { call.actor = actor; }
    void admit(const Call& call, Scope scope, Permission permission, const std::string& id) override {
        if (scope == Scope::anyone) return;
        require(call.actor.signed_in(), Fault::unauthenticated, "api.context.session_expired.app_error");
        if (scope == Scope::team) gate_.require_in_team(call.actor, permission, TeamId::from_text(id));
        if (scope == Scope::self_or) gate_.require_self_or(call.actor, UserId::from_text(id), permission);
    }
    Actor actor;

private:
    identity::Gate& gate_;
};

std::string text_at(const json::value& object, const char* key) {
    return std::string(object.at(key).as_string());
}
std::int64_t number_at(const json::value& object, const char* key) {
    return object.at(key).to_number<std::int64_t>();
}

struct FormPart {
    std::string name, value, filename;
};

class FileRoutes : public messaging::FileFixture {
protected:
    FileRoutes() {
        add_file_routes(router, files, store.settings);
        add_upload_routes(router, uploads, store.settings);
        add_emoji_routes(router, emoji);
        add_picture_routes(router, pictures);
    }

    struct Answer {
        Reply reply;
        std::string body;
        std::string header(const std::string& name) const {
            for (const auto& [key, value] : reply.headers)
                if (key == name) return value;
            return {};
        }
        int status() const { return reply.status; }
        json::value parsed() const { return parse_json_value(body); }
        std::string error() const { return text_at(parsed(), "id"); }
    };

    Answer ask(const User* who, Verb verb, const std::string& path, const std::string& body = {},
               Headers headers = {}) {
        Call call;
        const auto question = path.find('?');
        call.head.verb = verb;
        call.head.path = path.substr(0, question);
        if (question != path.npos) call.head.query = path.substr(question + 1);
        call.head.headers = std::move(headers);
        if (verb == Verb::post) call.head.content_length = body.size();
        doorkeeper.actor = who ? store.actor(*who) : Actor();
        const auto plan = router.plan(call.head);
        if (body.size() > plan.body_limit)
            ADD_FAILURE() << "the listener would refuse " << body.size() << " bytes";
        Answer answer;
        if (plan.body == Plan::Body::streamed) {
            answer.reply = streamed(plan, call, body);
        } else {
            call.body = body;
            answer.reply = router.run(plan, call);
        }
        answer.body = answer.reply.body;
        if (answer.reply.source) {
            std::array<char, 1000> step;
            while (const auto length = answer.reply.source->read(step))
                answer.body.append(step.data(), length);
            EXPECT_EQ(answer.body.size(), answer.reply.source_size);
        }
        return answer;
    }
    Answer get(const User& who, const std::string& path, const std::string& header = {},
               const std::string& value = {}) {
        Headers headers;
        if (!header.empty()) headers.add(header, value);
        return ask(&who, Verb::get, "/api/v4" + path, {}, std::move(headers));
    }
    Answer post_form(const User& who, const std::string& path, const std::vector<FormPart>& parts) {
        std::string body;
        for (const auto& part : parts)
            body += "--x\r\nContent-Disposition: form-data; name=\"" + part.name + '"' +
                    (part.filename.empty() ? "" : "; filename=\"" + part.filename + '"') + "\r\n\r\n" +
                    part.value + "\r\n";
        Headers headers;
        headers.add("Content-Type", "multipart/form-data; boundary=x");
        return ask(&who, Verb::post, "/api/v4" + path, body + "--x--\r\n", std::move(headers));
    }
    Answer post_raw(const User& who, const std::string& path, const std::string& body) {
        Headers headers;
        headers.add("Content-Type", "application/octet-stream");
        return ask(&who, Verb::post, "/api/v4" + path, body, std::move(headers));
    }

    Metrics metrics;
    TestDoorkeeper doorkeeper{store.gate};
    Router router{doorkeeper, metrics, {}};
    messaging::CustomEmoji emoji{store.db, blobs, store.gate, messaging::media_workers(), store.settings};
    messaging::Pictures pictures{store.db, blobs, store.gate, messaging::media_workers(), store.settings};

private:
    Reply streamed(const Plan& plan, Call& call, const std::string& body) {
        Reply refused;
        const auto sink = router.open(plan, call, refused);
        if (!sink) return refused;
        for (std::size_t at = 0; at < body.size(); at += 700)
            if (!router.feed(*sink, std::span(body).subspan(at, std::min<std::size_t>(700, body.size() - at)),
                             call, refused))
                return refused;
        return router.finish(plan, *sink, call);
    }
};

TEST_F(FileRoutes, AFormWithFilesIsAnswered201) {
    const auto answer = post_form(alice, "/files",
                                  {{"channel_id", room.id.text(), ""},
                                   {"files", "first", "first.txt"},
                                   {"client_ids", "c1", ""},
                                   {"files", sample_png(300, 200), "Zweites Bild.PNG"},
                                   {"client_ids", "c2", ""}});
    ASSERT_EQ(answer.status(), 201) << answer.body;
    const auto reply = answer.parsed();
    EXPECT_EQ(json::serialize(reply.at("client_ids")), R"(["c1","c2"])");
    EXPECT_EQ(text_at(reply.at("file_infos").at(0), "name"), "first.txt");
    EXPECT_EQ(text_at(reply.at("file_infos").at(1), "name"), "Zweites Bild.PNG");
    EXPECT_EQ(number_at(reply.at("file_infos").at(1), "width"), 300);
}

TEST_F(FileRoutes, AFormThatIsNotRightIsRefusedAndLeavesNothing) {
    const FormPart channel{"channel_id", room.id.text(), ""}, file{"files", "x", "x.txt"};
    EXPECT_EQ(post_form(alice, "/files", {channel}).error(), "api.file.upload_file.no_files.app_error");
    EXPECT_EQ(post_form(alice, "/files", {file, channel}).error(),
              "api.file.upload_file.incorrect_channelId_order.app_error");
    EXPECT_EQ(post_form(alice, "/files", {{"channel_id", "nonsense", ""}, file}).status(), 400);
    EXPECT_EQ(
        post_form(alice, "/files", {channel, file, {"client_ids", "1", ""}, {"client_ids", "2", ""}}).error(),
        "api.file.upload_file.incorrect_number_of_client_ids.app_error");
    EXPECT_EQ(post_form(carol, "/files", {channel, file}).status(), 403);
    EXPECT_EQ(
        post_form(alice, "/files", {channel, {"files", std::string((1 << 20) + 1, 'x'), "big"}}).status(),
        413);
    EXPECT_EQ(post_form(alice, "/files", std::vector<FormPart>(11, file)).status(), 400);
    Headers headers;
    headers.add("Content-Type", "multipart/form-data; boundary=x");
    EXPECT_EQ(ask(&alice, Verb::post, "/api/v4/files", "--x\r\nnonsense", headers).error(),
              "api.context.multipart.app_error");
    EXPECT_EQ(blob_count(), 0u);
}

TEST_F(FileRoutes, ARawBodyNamesChannelAndFileInTheQuery) {
    const auto answer = post_raw(
        alice, "/files?channel_id=" + room.id.text() + "&filename=raw%20%C3%BCn%C3%AF.bin&client_id=c9",
        std::string(70'000, 'r'));
    ASSERT_EQ(answer.status(), 201) << answer.body;
    const auto reply = answer.parsed();
    EXPECT_EQ(json::serialize(reply.at("client_ids")), R"(["c9"])");
    EXPECT_EQ(text_at(reply.at("file_infos").at(0), "name"), "raw ünï.bin");
    EXPECT_EQ(number_at(reply.at("file_infos").at(0), "size"), 70'000);
    EXPECT_EQ(post_raw(alice, "/files?channel_id=" + room.id.text(), "x").status(), 400);
    EXPECT_EQ(post_raw(alice, "/files?filename=x", "x").status(), 400);
    EXPECT_EQ(
        ask(nullptr, Verb::post, "/api/v4/files?channel_id=" + room.id.text() + "&filename=x", "x").status(),
        401);
    const auto large =
        post_raw(alice, "/files?filename=x&channel_id=" + room.id.text(), std::string((1 << 20) + 1, 'x'));
    EXPECT_EQ(large.status(), 413);
    EXPECT_EQ(large.error(), "api.file.upload_file.too_large_detailed.app_error");
}

TEST_F(FileRoutes, AFileIsServedWithItsGuards) {
    const auto file = add(alice, "note.txt", "hello");
    attach(file);
    const auto answer = get(bob, "/files/" + file.id.text());
    EXPECT_EQ(answer.status(), 200);
    EXPECT_EQ(answer.body, "hello");
    EXPECT_EQ(answer.reply.content_type, "text/plain");
    EXPECT_EQ(answer.header("Cache-Control"), "private, max-age=86400");
    EXPECT_EQ(answer.header("X-Frame-Options"), "DENY");
    EXPECT_EQ(answer.header("X-Content-Type-Options"), "nosniff");
    EXPECT_TRUE(answer.header("Content-Security-Policy").starts_with("default-src 'none'"));
    EXPECT_TRUE(answer.header("Content-Disposition").starts_with("attachment; "));
    EXPECT_EQ(ask(&bob, Verb::head, "/api/v4/files/" + file.id.text()).reply.source_size, 5u);
    EXPECT_EQ(get(bob, "/files/" + file.id.text(), "If-None-Match", answer.header("ETag")).status(), 304);
    EXPECT_EQ(get(carol, "/files/" + file.id.text()).status(), 403);
    EXPECT_EQ(ask(nullptr, Verb::get, "/api/v4/files/" + file.id.text()).status(), 401);
    EXPECT_EQ(get(bob, "/files/" + FileId::fresh().text()).status(), 404);
}

TEST_F(FileRoutes, PicturesAreShownInlineUnlessADownloadIsAskedFor) {
    const auto file = add(alice, "p.png", sample_png(10, 10));
    const auto path = "/files/" + file.id.text();
    EXPECT_TRUE(get(alice, path).header("Content-Disposition").starts_with("inline; "));
    EXPECT_TRUE(get(alice, path + "?download=1").header("Content-Disposition").starts_with("attachment; "));
    EXPECT_EQ(get(alice, path + "/thumbnail").status(), 200);
    EXPECT_TRUE(get(alice, path + "/preview").reply.content_type.starts_with("image/"));
    EXPECT_EQ(get(alice, "/files/" + add(alice, "a.txt", "x").id.text() + "/preview").status(), 400);
}

TEST_F(FileRoutes, ScriptsAndPagesAreNeverServedAsSuch) {
    for (const auto* name : {"x.html", "x.js", "x.svg", "x.xhtml", "x.xml"}) {
        const auto answer = get(alice, "/files/" + add(alice, name, "<script>alert(1)</script>").id.text());
        EXPECT_EQ(answer.reply.content_type, "text/plain") << name;
        EXPECT_TRUE(answer.header("Content-Disposition").starts_with("attachment; ")) << name;
    }
}

TEST_F(FileRoutes, RangesAreExact) {
    std::string bytes(200'000, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7 + i / 251);
    const auto path = "/files/" + add(alice, "video.mp4", bytes).id.text();
    const auto part = get(alice, path, "Range", "bytes=65530-131080");
    EXPECT_EQ(part.status(), 206);
    EXPECT_EQ(part.header("Content-Range"), "bytes 65530-131080/200000");
    EXPECT_EQ(part.body, bytes.substr(65530, 131081 - 65530));
    EXPECT_EQ(get(alice, path, "Range", "bytes=-1").body, bytes.substr(199'999));
    const auto beyond = get(alice, path, "Range", "bytes=200000-");
    EXPECT_EQ(beyond.status(), 416);
    EXPECT_EQ(beyond.header("Content-Range"), "bytes */200000");
    EXPECT_EQ(get(alice, path, "Range", "lines=1-2").body, bytes);
}

TEST_F(FileRoutes, APublicLinkNeedsNoSession) {
    const auto file = add(alice, "shared.txt", "for the world");
    attach(file);
    const auto link = text_at(get(bob, "/files/" + file.id.text() + "/link").parsed(), "link");
    const auto path = link.substr(link.find("/files/"));
    EXPECT_EQ(ask(nullptr, Verb::get, path).body, "for the world");
    EXPECT_EQ(ask(nullptr, Verb::get, "/files/" + file.id.text() + "/public?h=forged").status(), 400);
    EXPECT_EQ(ask(nullptr, Verb::get, "/files/" + file.id.text() + "/public").status(), 400);
}

TEST_F(FileRoutes, FilesAreFoundInOneTeamOrInAll) {
    const auto file = add(alice, "quarterly.txt", "x");
    attach(file);
    for (const auto* path : {"/api/v4/files/search", "team"}) {
        const auto answer =
            ask(&bob, Verb::post, path[0] == '/' ? path : "/api/v4/teams/" + team.id.text() + "/files/search",
                R"({"terms":"quarterly"})");
        ASSERT_EQ(answer.status(), 200) << answer.body;
        EXPECT_EQ(std::string(answer.parsed().at("order").at(0).as_string()), file.id.text());
        EXPECT_EQ(text_at(answer.parsed().at("file_infos").at(file.id.text()), "name"), "quarterly.txt");
    }
    EXPECT_EQ(ask(&carol, Verb::post, "/api/v4/teams/" + team.id.text() + "/files/search",
                  R"({"terms":"quarterly"})")
                  .status(),
              403);
}

TEST_F(FileRoutes, AnUploadGoesFrom201Over204To200) {
    const auto created = ask(&alice, Verb::post, "/api/v4/uploads",
                             R"({"channel_id":")" + room.id.text() +
                                 R"(","filename":"big.bin","file_size":10,"type":"attachment"})");
    ASSERT_EQ(created.status(), 201) << created.body;
    const auto path = "/uploads/" + text_at(created.parsed(), "id");
    EXPECT_EQ(post_raw(alice, path, "12345").status(), 204);
    EXPECT_EQ(number_at(get(alice, path).parsed(), "file_offset"), 5);
    EXPECT_EQ(get(alice, "/users/me/uploads").parsed().as_array().size(), 1u);
    EXPECT_EQ(get(bob, "/users/" + alice.id.text() + "/uploads").status(), 403);
    EXPECT_EQ(post_raw(bob, path, "67890").status(), 403);
    EXPECT_EQ(post_raw(alice, path, "678901").status(), 400);
    EXPECT_EQ(post_form(alice, path, {{"data", "678", "blob"}}).status(), 204);
    const auto done = post_raw(alice, path, "90");
    ASSERT_EQ(done.status(), 200) << done.body;
    EXPECT_EQ(content(alice, FileId::from_text(text_at(done.parsed(), "id"))), "1234567890");
}

TEST_F(FileRoutes, AnEmojiIsMadeWith200AndShown) {
    const auto made =
        post_form(alice, "/emoji",
                  {{"image", sample_png(64, 64), "e.png"},
                   {"emoji", R"({"name":"party_blob","creator_id":")" + alice.id.text() + "\"}", ""}});
    ASSERT_EQ(made.status(), 200) << made.body;
    const auto id = text_at(made.parsed(), "id");
    const auto image = get(bob, "/emoji/" + id + "/image");
    EXPECT_EQ(image.reply.content_type, "image/png");
    EXPECT_EQ(get(bob, "/emoji/" + id + "/image", "If-None-Match", image.header("ETag")).status(), 304);
    EXPECT_EQ(text_at(get(bob, "/emoji/name/party_blob").parsed(), "id"), id);
    EXPECT_EQ(get(bob, "/emoji?sort=name").parsed().as_array().size(), 1u);
    EXPECT_EQ(get(bob, "/emoji?sort=size").status(), 400);
    EXPECT_EQ(get(bob, "/emoji/autocomplete?name=party").parsed().as_array().size(), 1u);
    EXPECT_EQ(
        ask(&bob, Verb::post, "/api/v4/emoji/names", R"(["party_blob","none"])").parsed().as_array().size(),
        1u);
    EXPECT_EQ(ask(&bob, Verb::post, "/api/v4/emoji/search", R"({"term":"blob","prefix_only":"true"})")
                  .parsed()
                  .as_array()
                  .size(),
              0u);
    EXPECT_EQ(ask(&bob, Verb::del, "/api/v4/emoji/" + id).status(), 403);
    EXPECT_EQ(ask(&alice, Verb::del, "/api/v4/emoji/" + id).body, R"({"status":"OK"})");
    EXPECT_EQ(get(bob, "/emoji/" + id).status(), 404);
    EXPECT_EQ(post_form(alice, "/emoji", {{"emoji", "{}", ""}}).status(), 400);
    EXPECT_EQ(
        post_form(alice, "/emoji", {{"image", std::string(530 * 1024, 'x'), "e.png"}, {"emoji", "{}", ""}})
            .status(),
        413);
}

TEST_F(FileRoutes, PicturesOfPeopleAreAlwaysPng) {
    const auto initial = get(bob, "/users/" + alice.id.text() + "/image?_=0");
    EXPECT_EQ(initial.status(), 200);
    EXPECT_EQ(initial.reply.content_type, "image/png");
    EXPECT_EQ(initial.header("Cache-Control"), "private, max-age=86400");
    EXPECT_EQ(get(bob, "/users/" + alice.id.text() + "/image/default").body, initial.body);
    EXPECT_EQ(post_form(alice, "/users/me/image", {{"image", sample_png(300, 300), "me.png"}}).body,
              R"({"status":"OK"})");
    const auto set = get(bob, "/users/" + alice.id.text() + "/image");
    EXPECT_NE(set.body, initial.body);
    const auto again = get(bob, "/users/" + alice.id.text() + "/image", "If-None-Match", set.header("ETag"));
    EXPECT_EQ(again.status(), 304);
    EXPECT_EQ(again.body, "");
    EXPECT_EQ(post_form(bob, "/users/" + alice.id.text() + "/image", {{"image", sample_png(9, 9), "x.png"}})
                  .status(),
              403);
    EXPECT_EQ(post_form(alice, "/users/me/image", {{"image", "text", "x.png"}}).status(), 400);
    EXPECT_EQ(post_form(alice, "/users/me/image", {{"other", "text", "x.png"}}).status(), 400);
    EXPECT_EQ(post_raw(alice, "/users/me/image", "x").status(), 400);
    EXPECT_EQ(ask(&alice, Verb::del, "/api/v4/users/me/image").status(), 200);
    EXPECT_EQ(get(bob, "/users/" + alice.id.text() + "/image").body, initial.body);
    EXPECT_EQ(ask(nullptr, Verb::get, "/api/v4/users/" + alice.id.text() + "/image").status(), 401);
}

TEST_F(FileRoutes, ATeamIconIsForItsAdministratorsToSet) {
    const auto owner = store.user("owner");
    store.add(owner, team, true);
    const auto path = "/teams/" + team.id.text() + "/image";
    EXPECT_EQ(get(bob, path).status(), 404);
    EXPECT_EQ(post_form(bob, path, {{"image", sample_png(20, 10), "i.png"}}).status(), 403);
    EXPECT_EQ(post_form(owner, path, {{"image", sample_png(20, 10), "i.png"}}).status(), 200);
    EXPECT_EQ(get(bob, path).reply.content_type, "image/png");
    EXPECT_EQ(ask(&bob, Verb::del, "/api/v4" + path).status(), 403);
    EXPECT_EQ(ask(&owner, Verb::del, "/api/v4" + path).status(), 200);
    EXPECT_EQ(get(bob, path).status(), 404);
}

TEST_F(FileRoutes, ThereIsNoBrandImage) {
    EXPECT_EQ(ask(nullptr, Verb::get, "/api/v4/brand/image").status(), 404);
}

TEST(ContentDisposition, NamesAreSafeInBothForms) {
    EXPECT_EQ(content_disposition("inline", "plain.txt"),
              "inline; filename=\"plain.txt\"; filename*=UTF-8''plain.txt");
    EXPECT_EQ(content_disposition("attachment", "quo\"te\\ 100%.txt"),
              "attachment; filename=\"quo_te_ 100_.txt\"; filename*=UTF-8''quo%22te%5C%20100%25.txt");
    EXPECT_EQ(content_disposition("attachment", "ünï日.txt"),
              "attachment; filename=\"_n__.txt\"; filename*=UTF-8''%C3%BCn%C3%AF%E6%97%A5.txt");
    EXPECT_EQ(content_disposition("attachment", "a\r\nb"),
              "attachment; filename=\"a__b\"; filename*=UTF-8''a%0D%0Ab");
}

}  // namespace
}  // namespace concordat::web
