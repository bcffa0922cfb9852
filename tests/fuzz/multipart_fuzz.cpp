// Feeds bytes to the form reader in steps that the first byte chooses; the next ones, up to a line end, are
// the Content-Type. Whatever they are: no crash, parts begin and end in turn, and no more comes out than went
// in.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "core/base/error.hpp"
#include "web/http/multipart.hpp"

namespace {

class Counter : public concordat::web::PartTaker {
public:
    void begin(const concordat::web::PartHead&) override {
        if (is_open_) std::abort();
        is_open_ = true;
        ++parts;
    }
    void take(std::string_view bytes) override {
        if (!is_open_ || bytes.empty()) std::abort();
        taken += bytes.size();
    }
    void end() override {
        if (!is_open_) std::abort();
        is_open_ = false;
    }
    bool is_open() const { return is_open_; }

    std::size_t taken = 0, parts = 0;

private:
    bool is_open_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace concordat::web;
    if (size < 2) return 0;
    const std::size_t step = 1 + data[0] % 97;
    std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto line = std::min(input.find('\n'), input.size());
    Counter counter;
    try {
        const auto boundary = form_boundary(input.substr(0, line));
        input.remove_prefix(std::min(line + 1, input.size()));
        MultipartReader reader(boundary.value_or("b"), counter);
        for (std::size_t at = 0; at < input.size(); at += step) reader.write(input.substr(at, step));
        reader.finish();
        if (counter.is_open()) std::abort();
    } catch (const concordat::Error&) {
        // refused, as most inputs are
    }
    if (counter.taken > input.size() || counter.parts > MultipartReader::most_parts) std::abort();
    return 0;
}
