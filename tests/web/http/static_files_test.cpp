#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include "tests/support/temporary_directory.hpp"
#include "web/http/static_files.hpp"

namespace concordat::web {
namespace {

namespace fs = std::filesystem;

class StaticSiteTest : public ::testing::Test {
protected:
    void SetUp() override {
        write("root.html", "<html>page</html>");
        write("manifest.webmanifest", "{}");
        write("static/js/app.123.js", "console.log(1)");
        write("static/js/app.123.js.br", "BROTLI");
        write("static/js/app.123.js.gz", "GZIP");
        write("static/only.css", "a{}");
        write("static/only.css.gz", "GZIP");
        write("static/large.bin", std::string(300'000, 'l'));
        write("static/.hidden", "secret");
        std::ofstream(outside) << "secret";
        fs::create_symlink(outside, root / "static/link.txt");
        fs::create_directory_symlink(outside.parent_path(), root / "static/up");
    }
    void TearDown() override {
        for (const auto* made : {"static/link.txt", "static/up"})
            fs::remove(root / made);  // links, not what they lead to
    }
    void write(const std::string& name, const std::string& text) {
        fs::create_directories((root / name).parent_path());
        std::ofstream(root / name) << text;
    }
    std::optional<Reply> get(const std::string& path, const std::string& accept = {},
                             const std::string& known = {}, Verb verb = Verb::get) {
        Head head;
        head.verb = verb;
        head.path = path;
        if (!accept.empty()) head.headers.add("Accept-Encoding", accept);
        if (!known.empty()) head.headers.add("If-None-Match", known);
        return StaticSite(root).reply(head);
    }
    static std::string header(const std::optional<Reply>& reply, const std::string& name) {
        for (const auto& [key, value] : reply->headers)
            if (key == name) return value;
        return {};
    }

    const concordat::test::TemporaryDirectory inside_directory, outside_directory;
    const fs::path root = inside_directory.path();
    const fs::path outside = outside_directory.path("secret.txt");
};

TEST_F(StaticSiteTest, ServesThePageForEveryUnknownPath) {
    for (const auto* path : {"/", "/team/channels/town-square", "/root.html", "/index.html", "/nothing.js"}) {
        const auto reply = get(path);
        ASSERT_TRUE(reply) << path;
        EXPECT_EQ(reply->status, 200);
        EXPECT_EQ(reply->body, "<html>page</html>");
        EXPECT_EQ(reply->content_type, "text/html; charset=utf-8");
        EXPECT_EQ(header(reply, "Cache-Control"), "no-cache, max-age=31556926, public");
        EXPECT_EQ(header(reply, "X-Frame-Options"), "SAMEORIGIN");
        EXPECT_EQ(header(reply, "Content-Security-Policy"), "frame-ancestors 'self'; script-src 'self'");
    }
}

TEST_F(StaticSiteTest, FallsBackToIndexHtml) {
    fs::rename(root / "root.html", root / "index.html");
    EXPECT_EQ(get("/anything")->body, "<html>page</html>");
    fs::remove(root / "index.html");
    EXPECT_FALSE(get("/anything"));
}

TEST_F(StaticSiteTest, GuardsItsOwnPageAndPutsTheSubPathIntoIt) {
    fs::remove(root / "root.html");
    write("index.html", R"(<script src="./static/a.js"></script><a href="./icon.svg">.//"x"</a>)");
    Head head;
    head.path = "/team/channels/town-square";
    const auto reply = StaticSite(root, "/chat").reply(head);
    EXPECT_EQ(reply->body, R"(<script src="/chat/static/a.js"></script><a href="/chat/icon.svg">.//"x"</a>)");
    const auto policy = header(reply, "Content-Security-Policy");
    EXPECT_TRUE(policy.starts_with("default-src 'none'; script-src 'self';")) << policy;
    EXPECT_NE(policy.find("require-trusted-types-for 'script'; trusted-types 'none'"), policy.npos);
    EXPECT_EQ(policy.find("unsafe"), policy.npos);
    EXPECT_EQ(header(reply, "X-Frame-Options"), "DENY");
    EXPECT_EQ(header(reply, "Referrer-Policy"), "no-referrer");
    EXPECT_EQ(StaticSite(root).reply(head)->body,
              R"(<script src="/static/a.js"></script><a href="/icon.svg">.//"x"</a>)");
}

TEST_F(StaticSiteTest, LeavesTheApiAndOtherVerbsAlone) {
    EXPECT_FALSE(get("/api/v4/nothing"));
    EXPECT_FALSE(get("/", "", "", Verb::post));
    EXPECT_TRUE(get("/", "", "", Verb::head));
    Head head;
    head.path = "/";
    EXPECT_FALSE(StaticSite("").reply(head));
    EXPECT_FALSE(StaticSite("/nonexistent").reply(head));
}

TEST_F(StaticSiteTest, KeepsAssetsForAYearAndMissesUncached) {
    const auto asset = get("/static/js/app.123.js");
    EXPECT_EQ(asset->body, "console.log(1)");
    EXPECT_EQ(asset->content_type, "text/javascript; charset=utf-8");
    EXPECT_EQ(header(asset, "Cache-Control"), "max-age=31556926, public, immutable");
    for (const auto* path : {"/static/gone.js", "/static/js", "/static/js/", "/static/"}) {
        const auto missing = get(path);
        EXPECT_EQ(missing->status, 404) << path;
        EXPECT_EQ(header(missing, "Cache-Control"), "no-cache, no-store");
    }
    EXPECT_EQ(header(get("/manifest.webmanifest"), "Cache-Control"), "no-cache, public");
}

TEST_F(StaticSiteTest, NothingOutsideOrHiddenIsReachable) {
    for (const auto* path :
         {"/static/../../etc/passwd", "/static/link.txt", "/static/.hidden", "/static/./js/app.123.js"})
        EXPECT_EQ(get(path)->status, 404) << path;
    EXPECT_EQ(get("/static/up/" + outside.filename().string())->status, 404);
    EXPECT_EQ(get("/../" + outside.filename().string())->body, "<html>page</html>");
    EXPECT_EQ(get(std::string("/static/js/app.123.js\0.txt", 26))->status, 404);
}

TEST_F(StaticSiteTest, PrefersWhatIsCompressedAlready) {
    const auto brotli = get("/static/js/app.123.js", "gzip, br");
    EXPECT_EQ(brotli->body, "BROTLI");
    EXPECT_EQ(header(brotli, "Content-Encoding"), "br");
    EXPECT_EQ(header(brotli, "Vary"), "Accept-Encoding");
    EXPECT_FALSE(brotli->may_compress);
    EXPECT_EQ(brotli->content_type, "text/javascript; charset=utf-8");
    EXPECT_EQ(get("/static/js/app.123.js", "gzip")->body, "GZIP");
    EXPECT_EQ(get("/static/only.css", "gzip, br")->body, "GZIP");
    EXPECT_EQ(get("/static/only.css", "br")->body, "a{}");
    EXPECT_EQ(get("/static/only.css")->body, "a{}");
}

TEST_F(StaticSiteTest, AnswersAKnownTagWithoutABody) {
    const auto first = get("/");
    const auto tag = header(first, "ETag");
    EXPECT_TRUE(tag.size() > 4 && tag.front() == '"' && tag.back() == '"') << tag;
    EXPECT_EQ(get("/", "", tag)->status, 304);
    EXPECT_EQ(get("/", "", tag)->body, "");
    EXPECT_EQ(get("/", "", "\"x\", W/" + tag)->status, 304);
    EXPECT_EQ(get("/", "", "\"x\"")->status, 200);
    write("root.html", "<html>newer page</html>");
    EXPECT_EQ(get("/", "", tag)->status, 200);
}

TEST_F(StaticSiteTest, StreamsLargeFiles) {
    const auto reply = get("/static/large.bin");
    ASSERT_TRUE(reply->source);
    EXPECT_EQ(reply->source_size, 300'000u);
    std::string all, step(70'000, '\0');
    while (const auto length = reply->source->read(step)) all.append(step, 0, length);
    EXPECT_EQ(all, std::string(300'000, 'l'));
}

}  // namespace
}  // namespace concordat::web
