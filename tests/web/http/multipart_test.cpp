#include "web/http/multipart.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "core/base/error.hpp"

namespace concordat::web {
namespace {

struct Part {
    PartHead head;
    std::string body;
    bool is_complete = false;
};

class Collector : public PartTaker {
public:
    void begin(const PartHead& head) override { parts.push_back({head, {}, false}); }
    void take(std::string_view bytes) override {
        parts.back().body += bytes;
        longest = std::max(longest, bytes.size());
    }
    void end() override { parts.back().is_complete = true; }
    std::vector<Part> parts;
    std::size_t longest = 0;
};

std::string part(const std::string& head, const std::string& body) {
    return "--b\r\n" + head + "\r\n\r\n" + body + "\r\n";
}
std::string field(const std::string& name, const std::string& value) {
    return part("Content-Disposition: form-data; name=\"" + name + '"', value);
}

std::vector<Part> parsed(const std::string& text, std::size_t step = std::string::npos) {
    Collector collector;
    MultipartReader reader("b", collector);
    for (std::size_t at = 0; at < text.size(); at += std::min(step, text.size()))
        reader.write(std::string_view(text).substr(at, step));
    reader.finish();
    return collector.parts;
}

bool is_refused(const std::string& text, std::size_t step = std::string::npos) {
    try {
        parsed(text, step);
    } catch (const Error& e) {
        EXPECT_EQ(e.fault(), Fault::invalid);
        EXPECT_EQ(e.id(), "api.context.multipart.app_error");
        return true;
    }
    return false;
}

TEST(Multipart, FieldsAndFilesComeInOrderHoweverTheyAreCut) {
    const auto text =
        field("channel_id", "abc") +
        part("content-type: text/plain\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.txt\"",
             "line\r\n--c\r\nmore\r\n") +
        field("empty", "") + "--b--\r\n";
    for (std::size_t step = 1; step <= text.size(); ++step) {
        const auto parts = parsed(text, step);
        ASSERT_EQ(parts.size(), 3u) << step;
        EXPECT_EQ(parts[0].head.name, "channel_id");
        EXPECT_EQ(parts[0].body, "abc");
        EXPECT_FALSE(parts[0].head.filename);
        EXPECT_EQ(parts[1].head.filename, "a.txt");
        EXPECT_EQ(parts[1].head.content_type, "text/plain");
        EXPECT_EQ(parts[1].body, "line\r\n--c\r\nmore\r\n");
        EXPECT_EQ(parts[2].body, "");
        EXPECT_TRUE(parts[2].is_complete);
    }
}

TEST(Multipart, ABodyThatLooksLikeABoundaryIsABody) {
    for (const std::string body : {"\r\n--", "\r\n-", "\r", "--b", "\r\n--a", "x\r\n--", "\r\n\r\n--c--"}) {
        const auto parts = parsed(field("f", body) + "--b--", 3);
        ASSERT_EQ(parts.size(), 1u);
        EXPECT_EQ(parts[0].body, body);
    }
}

TEST(Multipart, ALongBodyIsHandedOnAsItComes) {
    Collector collector;
    MultipartReader reader("b", collector);
    reader.write("--b\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n");
    const std::string piece(10'000, '\r');
    for (int i = 0; i < 100; ++i) {
        reader.write(piece);
        EXPECT_GE(collector.parts[0].body.size() + 5, (i + 1) * piece.size());
    }
    EXPECT_LE(collector.longest, piece.size() + 5);
    EXPECT_FALSE(reader.is_complete());
    reader.write("\r\n--b--");
    EXPECT_TRUE(reader.is_complete());
    EXPECT_EQ(collector.parts[0].body.size(), 1'000'000u);
}

TEST(Multipart, TextBeforeTheFirstAndAfterTheLastBoundaryIsIgnored) {
    const auto parts = parsed("preamble\r\n" + field("f", "v") + "--b--\r\nepilogue --b\r\n", 2);
    ASSERT_EQ(parts.size(), 1u);
    EXPECT_EQ(parts[0].body, "v");
    EXPECT_TRUE(parsed("--b--\r\n").empty());
}

TEST(Multipart, NamesAreReadAsSendersWriteThem) {
    const auto filename = [](const std::string& parameter) {
        return parsed(part("Content-Disposition: form-data; name=f; " + parameter, "x") + "--b--")[0]
            .head.filename;
    };
    EXPECT_EQ(filename("filename=\"quo%22te.txt\""), "quo\"te.txt");
    EXPECT_EQ(filename("filename=\"quo\\\"te.txt\""), "quo\"te.txt");
    EXPECT_EQ(filename("filename=\"a\\b.txt\""), "a\\b.txt");
    EXPECT_EQ(filename("filename=\"100%.txt\""), "100%.txt");
    EXPECT_EQ(filename("filename=\"semi;colon.txt\""), "semi;colon.txt");
    EXPECT_EQ(filename("filename=plain.txt ; other=1"), "plain.txt");
    EXPECT_EQ(filename("filename=\"x.txt\"; filename*=UTF-8''na%C3%AFve.txt"), "naïve.txt");
    EXPECT_EQ(filename("filename=\"日本語.txt\""), "日本語.txt");
    EXPECT_EQ(filename("filename=\"\""), "");
    EXPECT_FALSE(filename("other=1"));
}

TEST(Multipart, NonsenseIsRefused) {
    const auto end = std::string("--b--\r\n");
    const std::vector<std::string> refused{
        "",
        "no boundary at all",
        field("f", "v"),                                           // no end
        "--b\r\nContent-Disposition: form-data; name=f\r\n\r\nv",  // cut
        part("Content-Type: text/plain", "v") + end,               // no name
        part("Content-Disposition: form-data", "v") + end,
        part("Content-Disposition: attachment; name=f", "v") + end,
        part("Content-Disposition: form-data; name=f; name=g", "v") + end,
        part("Content-Disposition: form-data; name=f; filename=a; filename=b", "v") + end,
        part("Content-Disposition: form-data; name=\"f", "v") + end,
        part("Content-Disposition: form-data; name", "v") + end,
        part("Content-Disposition: form-data; name=f\r\nContent-Disposition: form-data; name=g", "v") + end,
        part("Content-Disposition: form-data; name=f; filename*=latin1''x", "v") + end,
        part("Content-Disposition: form-data; name=f\r\n folded: yes", "v") + end,
        part("Content-Disposition: form-data; name=f\r\nno colon", "v") + end,
        part("Content-Disposition: form-data; name=f\r\nContent-Transfer-Encoding: base64", "v") + end,
        part(std::string("Content-Disposition: form-data; name=\"f\0\"", 40), "v") + end,
        "--bb\r\nContent-Disposition: form-data; name=f\r\n\r\nv\r\n--b--",
        "--b junk\r\nContent-Disposition: form-data; name=f\r\n\r\nv\r\n--b--",
    };
    for (const auto& text : refused) {
        EXPECT_TRUE(is_refused(text)) << text;
        EXPECT_TRUE(is_refused(text, 1)) << text;
    }
}

TEST(Multipart, LongHeadersManyPartsAndLongPreamblesAreRefused) {
    const std::string end = "--b--";
    const auto padded = [&](std::size_t size) {
        const std::string start = "Content-Disposition: form-data; name=f\r\nX: ";
        return part(start + std::string(size - start.size(), 'x'), "v") + end;
    };
    EXPECT_FALSE(is_refused(padded(MultipartReader::most_header_bytes)));
    EXPECT_TRUE(is_refused(padded(MultipartReader::most_header_bytes + 1)));
    std::string many;
    for (std::size_t i = 0; i < MultipartReader::most_parts; ++i) many += field("f", "v");
    EXPECT_FALSE(is_refused(many + end));
    EXPECT_TRUE(is_refused(many + field("f", "v") + end));
    EXPECT_FALSE(is_refused(std::string(8000, 'x') + "\r\n" + field("f", "v") + end, 100));
    EXPECT_TRUE(is_refused(std::string(9000, 'x') + "\r\n" + field("f", "v") + end, 100));
}

TEST(FormBoundary, IsReadFromTheContentType) {
    EXPECT_EQ(form_boundary("multipart/form-data; boundary=abc"), "abc");
    EXPECT_EQ(form_boundary("Multipart/Form-Data; charset=utf-8; Boundary=\"a b c\""), "a b c");
    EXPECT_EQ(form_boundary("application/octet-stream"), std::nullopt);
    EXPECT_EQ(form_boundary(""), std::nullopt);
    EXPECT_EQ(form_boundary("multipart/mixed; boundary=abc"), std::nullopt);
    for (const std::string type :
         {"multipart/form-data",
          "multipart/form-data; boundary=", "multipart/form-data; boundary=\"a\"; boundary=b",
          "multipart/form-data; boundary=\"a\tb\"", "multipart/form-data; boundary=\"a \""})
        EXPECT_THROW(form_boundary(type), Error) << type;
    EXPECT_THROW(form_boundary("multipart/form-data; boundary=" + std::string(71, 'x')), Error);
    EXPECT_EQ(form_boundary("multipart/form-data; boundary=" + std::string(70, 'x')), std::string(70, 'x'));
}

}  // namespace
}  // namespace concordat::web
