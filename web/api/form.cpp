#include "web/api/form.hpp"

#include "web/http/multipart.hpp"

namespace concordat::web {
namespace {

class FormSink : public BodySink, private PartTaker {
public:
    FormSink(const std::string& boundary, FormBounds bounds, std::function<Reply(const Form&)> done)
        : bounds_(bounds), done_(std::move(done)), reader_(boundary, *this) {}

    void write(std::span<const char> bytes) override { reader_.write({bytes.data(), bytes.size()}); }
    Reply finish() override {
        reader_.finish();
        return done_(form_);
    }

private:
    void begin(const PartHead& head) override {
        auto& values = head.filename ? form_.files : form_.fields;
        const auto [at, is_new] = values.try_emplace(head.name);
        require(is_new, Fault::invalid, "api.context.multipart.app_error", "The form has a field twice.");
        value_ = &at->second;
    }
    void take(std::string_view bytes) override {
        taken_ += bytes.size();
        require(taken_ <= bounds_.most_bytes, Fault::too_large, bounds_.too_large_id,
                "The file is too large.");
        value_->append(bytes);
    }
    void end() override { value_ = nullptr; }

    const FormBounds bounds_;
    const std::function<Reply(const Form&)> done_;
    Form form_;
    std::string* value_ = nullptr;
    std::uint64_t taken_ = 0;
    MultipartReader reader_;
};

}  // namespace

std::unique_ptr<BodySink> form_sink(const Call& call, FormBounds bounds,
                                    std::function<Reply(const Form&)> done) {
    const auto boundary = form_boundary(call.head.headers.get("Content-Type"));
    require(boundary.has_value(), Fault::invalid, "api.context.multipart.app_error",
            "A multipart form is expected here.");
    return std::make_unique<FormSink>(*boundary, bounds, std::move(done));
}

const std::string& file_in(const Form& form, const std::string& name) {
    const auto at = form.files.find(name);
    if (at == form.files.end()) throw bad_body(name);
    return at->second;
}

Reply ok_reply() {
    Reply reply;
    reply.body = R"({"status":"OK"})";
    return reply;
}

}  // namespace concordat::web
