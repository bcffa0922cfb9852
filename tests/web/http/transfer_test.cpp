#include <gtest/gtest.h>
#include <sys/resource.h>
#include <zlib.h>

#include "tests/web/http/listener.hpp"

namespace concordat::web::test {
namespace {

std::uint64_t sum_of(std::string_view text) {
    std::uint64_t sum = 0;
    for (const char c : text) sum = sum * 31 + static_cast<unsigned char>(c);
    return sum;
}

std::string pattern(std::size_t size) {
    std::string out(size, '\0');
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>('a' + i % 26);
    return out;
}

long peak_kilobytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

std::string gunzipped(const std::string& in) {
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
    std::string out(10'000'000, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
}

TEST(Upload, ArrivesWholeInBoundedPieces) {
    Listener listener;
    HttpClient client(listener.port());
    const auto body = pattern(3'000'001);
    const auto reply = client.post("/upload", body);
    EXPECT_EQ(reply.status, 201);
    std::istringstream words(reply.body);
    std::uint64_t total = 0, sum = 0, largest = 0;
    words >> total >> sum >> largest;
    EXPECT_EQ(total, body.size());
    EXPECT_EQ(sum, sum_of(body));
    EXPECT_LE(largest, 320u * 1024);
    EXPECT_EQ(listener.app.sinks, 0);
    EXPECT_EQ(client.get("/echo").status, 200);
}

TEST(Upload, ArrivesInChunksToo) {
    Listener listener;
    HttpClient client(listener.port());
    const auto piece = pattern(10000);
    client.send("POST /upload HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
    std::string whole;
    for (int i = 0; i < 100; ++i) {
        client.send("2710\r\n" + piece + "\r\n");
        whole += piece;
    }
    client.send("0\r\n\r\n");
    const auto reply = client.read_reply();
    EXPECT_TRUE(reply.body.starts_with("1000000 " + std::to_string(sum_of(whole)) + " ")) << reply.body;
}

TEST(Upload, OfNothingIsStillAnUpload) {
    Listener listener;
    EXPECT_EQ(HttpClient(listener.port()).post("/upload", "").body, "0 0 0");
}

TEST(Upload, TakesConstantMemory) {
    Listener listener;
    HttpClient client(listener.port());
    client.post("/upload", pattern(1'000'000));
    const auto before = peak_kilobytes();
    const auto piece = pattern(1 << 20);
    client.send("POST /upload HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(100u << 20) +
                "\r\n\r\n");
    for (int i = 0; i < 100; ++i) client.send(piece);
    EXPECT_EQ(client.read_reply().status, 201);
    EXPECT_LT(peak_kilobytes() - before, 8 * 1024);
}

TEST(Upload, RefusedAtTheDoorIsAnsweredBeforeTheBodyIsSent) {
    Listener listener;
    HttpClient client(listener.port());
    client.send(
        "POST /upload?refuse=1 HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: "
        "100000000\r\n\r\n");
    const auto reply = client.read_reply();
    EXPECT_EQ(reply.status, 403);
    EXPECT_EQ(reply.header("Connection"), "close");
    EXPECT_EQ(listener.app.fed, 0u);
}

TEST(Upload, RefusedOnTheWayStillShowsItsReplyToAClientThatGoesOnSending) {
    Listener listener;
    HttpClient client(listener.port());
    client.send("POST /upload?refuse_at=500000 HTTP/1.1\r\nHost: h\r\nContent-Length: 4000000\r\n\r\n");
    client.send(pattern(4'000'000));
    EXPECT_EQ(client.read_reply().status, 507);
    EXPECT_LT(listener.app.fed, 2'000'000u);
    EXPECT_TRUE(eventually([&] { return listener.app.sinks == 0; }));
}

TEST(Upload, OverTheLimitIs413) {
    Listener listener;
    listener.app.upload_limit = 1'000'000;
    HttpClient known(listener.port());
    known.send("POST /upload HTTP/1.1\r\nHost: h\r\nContent-Length: 1000001\r\n\r\n");
    EXPECT_EQ(known.read_reply().status, 413);
    HttpClient unknown(listener.port());
    unknown.send("POST /upload HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 11; ++i) unknown.send("186A0\r\n" + pattern(100'000) + "\r\n");
    EXPECT_EQ(unknown.read_reply().status, 413);
    EXPECT_TRUE(eventually([&] { return listener.app.sinks == 0; }));
}

TEST(Upload, ThatTheClientGivesUpIsDestroyedUnfinished) {
    Listener listener;
    {
        HttpClient client(listener.port());
        client.send("POST /upload HTTP/1.1\r\nHost: h\r\nContent-Length: 10000000\r\n\r\n" +
                    pattern(1'000'000));
        ASSERT_TRUE(eventually([&] { return listener.app.sinks == 1; }));
    }
    EXPECT_TRUE(eventually([&] { return listener.app.sinks == 0; }));
}

TEST(Download, ArrivesWhole) {
    Listener listener;
    HttpClient client(listener.port());
    const auto reply = client.get("/file?n=5000003");
    EXPECT_EQ(reply.header("Content-Length"), "5000003");
    EXPECT_TRUE(reply.body == pattern(5'000'003));
    EXPECT_EQ(client.get("/file?n=0").header("Content-Length"), "0");
    EXPECT_EQ(client.get("/echo").status, 200);
}

TEST(Download, ThatIsDamagedIsCutShort) {
    Listener listener;
    HttpClient client(listener.port());
    client.send("GET /file?n=1000000&good=600000 HTTP/1.1\r\nHost: h\r\n\r\n");
    std::string all;
    for (std::string more; !(more = client.receive()).empty();) all += more;
    EXPECT_TRUE(all.starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_LT(all.size(), 700'000u);
    EXPECT_TRUE(eventually([&] { return listener.server->connections() == 0; }));
}

TEST(Compression, FollowsTheClientsWishes) {
    Listener listener;
    HttpClient client(listener.port());
    const auto plain = client.get("/size?n=5000");
    EXPECT_EQ(plain.body.size(), 5002u);
    EXPECT_EQ(plain.header("Vary"), "Accept-Encoding");
    EXPECT_EQ(plain.header("Content-Encoding"), "");

    const auto zipped = client.get("/size?n=5000", {{"Accept-Encoding", "gzip, deflate"}});
    EXPECT_EQ(zipped.header("Content-Encoding"), "gzip");
    EXPECT_LT(zipped.body.size(), 500u);
    EXPECT_EQ(gunzipped(zipped.body), plain.body);

    EXPECT_EQ(client.get("/size?n=5000", {{"Accept-Encoding", "gzip, br"}}).header("Content-Encoding"), "br");
    EXPECT_EQ(client.get("/size?n=1000", {{"Accept-Encoding", "gzip, br"}}).header("Content-Encoding"), "");
    EXPECT_EQ(client.get("/file?n=5000", {{"Accept-Encoding", "gzip, br"}}).header("Content-Encoding"), "");
}

}  // namespace
}  // namespace concordat::web::test
