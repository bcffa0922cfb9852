#include "web/api/uploads.hpp"

#include "web/http/multipart.hpp"

namespace concordat::web {
namespace {

constexpr std::uint64_t part_overhead = 64 << 10;

Reply reply_for(const std::optional<FileInfo>& file) {
    Reply reply;
    reply.status = file ? 200 : 204;
    if (file) reply.body = json_text(*file);
    return reply;
}

class RawPart : public BodySink {
public:
    explicit RawPart(std::unique_ptr<messaging::UploadPart> part) : part_(std::move(part)) {}
    void write(std::span<const char> bytes) override { part_->write({bytes.data(), bytes.size()}); }
    Reply finish() override { return reply_for(part_->finish()); }

private:
    std::unique_ptr<messaging::UploadPart> part_;
};

// The bytes are the first file of a form.
class FormPart : public BodySink, private PartTaker {
public:
    FormPart(const std::string& boundary, std::unique_ptr<messaging::UploadPart> part)
        : part_(std::move(part)), reader_(boundary, *this) {}
    void write(std::span<const char> bytes) override { reader_.write({bytes.data(), bytes.size()}); }
    Reply finish() override {
        reader_.finish();
        return reply_for(part_->finish());
    }

private:
    void begin(const PartHead& head) override {
        is_taken_ = head.filename.has_value() && !had_file_;
        had_file_ = had_file_ || head.filename.has_value();
    }
    void take(std::string_view bytes) override {
        if (is_taken_) part_->write(bytes);
    }
    void end() override { is_taken_ = false; }

    std::unique_ptr<messaging::UploadPart> part_;
    bool is_taken_ = false, had_file_ = false;
    MultipartReader reader_;
};

}  // namespace

void add_upload_routes(Router& routes, messaging::Uploads& uploads, const LiveSettings& settings) {
    const auto own = checked_inside("whose upload it is, with upload_file in its channel");
    routes.post("/uploads", checked_inside("upload_file in the channel of the body"),
                [&uploads](Call& call, UploadSession wanted) {
                    return Created<UploadSession>{uploads.create(call.actor, std::move(wanted))};
                });
    routes.get("/uploads/{upload_id}", own,
               [&uploads](Call& call) { return uploads.get(call.actor, call.id<UploadId>("upload_id")); });
    routes
        .stream(Verb::post, "/uploads/{upload_id}", own,
                [&uploads](Call& call) -> std::unique_ptr<BodySink> {
                    const auto id = call.id<UploadId>("upload_id");
                    if (const auto boundary = form_boundary(call.head.headers.get("Content-Type")))
                        return std::make_unique<FormPart>(*boundary,
                                                          uploads.go_on(call.actor, id, std::nullopt));
                    return std::make_unique<RawPart>(uploads.go_on(call.actor, id, call.head.content_length));
                })
        .limit([&settings] {
            return static_cast<std::uint64_t>(settings.current()->FileSettings.MaxFileSize) + part_overhead;
        });
    routes.get("/users/{user_id}/uploads", checked_inside("one's own uploads"), [&uploads](Call& call) {
        require(call.id<UserId>("user_id") == call.actor.user_id, Fault::forbidden,
                "api.user.get_uploads_for_user.forbidden.app_error", "The uploads are somebody else's.");
        return uploads.mine(call.actor);
    });
}

}  // namespace concordat::web
