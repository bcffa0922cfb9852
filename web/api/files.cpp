#include "web/api/files.hpp"

#include "web/api/file_reply.hpp"
#include "web/api/paging.hpp"
#include "web/http/multipart.hpp"

namespace concordat::web {
namespace {

using messaging::FileView;

constexpr std::size_t most_files = 10;            // in one request, as in one post
constexpr std::size_t longest_field = 4096;       // bytes of a form field that is not a file
constexpr std::uint64_t form_overhead = 1 << 20;  // bytes around the files of a form

struct Uploaded {
    std::vector<FileInfo> file_infos;
    std::vector<std::string> client_ids;
};
BOOST_DESCRIBE_STRUCT(Uploaded, (), (file_infos, client_ids))

struct SearchBody {
    std::string terms;
    bool is_or_search = false;
    int time_zone_offset = 0;
    bool include_deleted_channels = false;
    std::int64_t page = 0, per_page = 60;
};
BOOST_DESCRIBE_STRUCT(SearchBody, (),
                      (terms, is_or_search, time_zone_offset, include_deleted_channels, page, per_page))

struct Link {
    std::string link;
};
BOOST_DESCRIBE_STRUCT(Link, (), (link))

ChannelId channel_in(const std::string& text, Error refusal) {
    if (!looks_like_id(text)) throw refusal;
    return ChannelId::from_text(text);
}

Reply created(Uploaded uploaded) {
    Reply reply;
    reply.status = 201;
    reply.body = json_text(uploaded);
    return reply;
}

// The body is one file; channel, name and the client's id stand in the query.
class RawUpload : public BodySink {
public:
    RawUpload(messaging::Files& files, const Call& call)
        : files_(files), actor_(call.actor), client_id_(call.head.query_value("client_id")) {
        const auto channel = channel_in(call.head.query_value("channel_id"), bad_url("channel_id"));
        const auto name = call.head.query_value("filename");
        if (name.empty()) throw bad_url("filename");
        files_.require_may_add(actor_, channel, call.head.content_length.value_or(0));
        file_ = files_.receive(actor_, channel, name);
    }
    void write(std::span<const char> bytes) override { file_->write({bytes.data(), bytes.size()}); }
    Reply finish() override {
        std::vector<std::unique_ptr<messaging::IncomingFile>> all;
        all.push_back(std::move(file_));
        Uploaded uploaded{files_.add(actor_, std::move(all)), {}};
        if (!client_id_.empty()) uploaded.client_ids.push_back(client_id_);
        return created(std::move(uploaded));
    }

private:
    messaging::Files& files_;
    const Actor actor_;
    const std::string client_id_;
    std::unique_ptr<messaging::IncomingFile> file_;
};

// A form: channel_id before the first file, then files and client_ids in any order.
class FormUpload : public BodySink, private PartTaker {
public:
    FormUpload(messaging::Files& files, const Call& call, const std::string& boundary)
        : files_(files),
          actor_(call.actor),
          channel_(call.head.query_value("channel_id")),
          reader_(boundary, *this) {}

    void write(std::span<const char> bytes) override { reader_.write({bytes.data(), bytes.size()}); }
    Reply finish() override {
        reader_.finish();
        require(!received_.empty(), Fault::invalid, "api.file.upload_file.no_files.app_error",
                "The form has no files.");
        require(client_ids_.empty() || client_ids_.size() == received_.size(), Fault::invalid,
                "api.file.upload_file.incorrect_number_of_client_ids.app_error",
                "There must be as many client_ids as files, or none.");
        return created({files_.add(actor_, std::move(received_)), std::move(client_ids_)});
    }

private:
    void begin(const PartHead& head) override {
        field_ = head.name;
        value_.clear();
        if (!head.filename) return;
        require(!channel_.empty(), Fault::invalid, "api.file.upload_file.incorrect_channelId_order.app_error",
                "channel_id must come before the files.");
        require(received_.size() < most_files, Fault::invalid,
                "api.file.upload_file.too_many_files.app_error", "At most 10 files can be sent at once.");
        file_ = files_.receive(actor_, channel_in(channel_, bad_body("channel_id")), *head.filename);
    }
    void take(std::string_view bytes) override {
        if (file_) return file_->write(bytes);
        if (value_.size() + bytes.size() > longest_field) throw bad_body(field_);
        value_ += bytes;
    }
    void end() override {
        if (file_) {
            file_->finish();
            received_.push_back(std::move(file_));
        } else if (field_ == "channel_id") {
            channel_ = std::move(value_);
        } else if (field_ == "client_ids") {
            client_ids_.push_back(std::move(value_));
        }
    }

    messaging::Files& files_;
    const Actor actor_;
    std::string channel_;
    std::string field_, value_;
    std::vector<std::string> client_ids_;
    std::unique_ptr<messaging::IncomingFile> file_;
    std::vector<std::unique_ptr<messaging::IncomingFile>> received_;
    MultipartReader reader_;
};

messaging::FoundFiles search(messaging::Files& files, const Call& call, const std::optional<TeamId>& team,
                             const SearchBody& body) {
    const auto per_page = body.per_page <= 0 ? default_page_size : std::min(body.per_page, largest_page_size);
    const auto page = std::clamp<std::int64_t>(body.page, 0, messaging::Files::most_searched);
    return files.search(call.actor, team,
                        {body.terms, body.is_or_search, body.time_zone_offset, body.include_deleted_channels,
                         page, per_page});
}

void add_reading(Router& routes, messaging::Files& files) {
    const auto rule = checked_inside("readers of the channel; before it is attached to a post, its uploader");
    const auto body = [&files](Call& call, FileView view) {
        return file_reply(call.head, files.body(call.actor, call.id<FileId>("file_id"), view),
                          call.head.query_value("download") == "1");
    };
    // HEAD is answered like GET; it is a line of its own because clients' descriptions of the API name it.
    const std::pair<const char*, FileView> views[] = {{"/files/{file_id}", FileView::original},
                                                      {"/files/{file_id}/thumbnail", FileView::thumbnail},
                                                      {"/files/{file_id}/preview", FileView::preview}};
    for (const auto& [pattern, view] : views) {
        const auto show = [body, view = view](Call& call) { return body(call, view); };
        routes.get(pattern, rule, show).on(Lane::bulk).trusting();
        routes.head(pattern, rule, show).on(Lane::bulk).trusting();
    }
    routes.get("/files/{file_id}/info", rule,
               [&files](Call& call) { return files.info(call.actor, call.id<FileId>("file_id")); });
    routes.get("/files/{file_id}/link", rule, [&files](Call& call) {
        return Link{files.public_link(call.actor, call.id<FileId>("file_id"))};
    });
    const auto show_public = [&files](Call& call) {
        return file_reply(call.head,
                          files.public_body(call.id<FileId>("file_id"), call.head.query_value("h")),
                          call.head.query_value("download") == "1");
    };
    routes.get("//files/{file_id}/public", anyone(), show_public).on(Lane::bulk);
    routes.head("//files/{file_id}/public", anyone(), show_public).on(Lane::bulk);
}

}  // namespace

void add_file_routes(Router& routes, messaging::Files& files, const LiveSettings& settings) {
    routes
        .stream(Verb::post, "/files",
                checked_inside("upload_file in the channel that the form or the query names"),
                [&files](Call& call) -> std::unique_ptr<BodySink> {
                    if (const auto boundary = form_boundary(call.head.headers.get("Content-Type")))
                        return std::make_unique<FormUpload>(files, call, *boundary);
                    return std::make_unique<RawUpload>(files, call);
                })
        .limit([&settings] {
            return most_files * static_cast<std::uint64_t>(settings.current()->FileSettings.MaxFileSize) +
                   form_overhead;
        });
    add_reading(routes, files);
    routes.post("/files/search", checked_inside("the reader's own channels"),
                [&files](Call& call, SearchBody body) { return search(files, call, std::nullopt, body); });
    routes.post("/teams/{team_id}/files/search", on_team(Permission::view_team, "team_id"),
                [&files](Call& call, SearchBody body) {
                    return search(files, call, call.id<TeamId>("team_id"), body);
                });
}

}  // namespace concordat::web
