#include "compliance/ledger/checkpoint_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>

#include "compliance/proof/checkpoint.hpp"
#include "core/base/error.hpp"
#include "storage/crypto/durable_file.hpp"

namespace concordat::compliance {
namespace {

Error no_witness(const std::string& path, int code) {
    return {Fault::unavailable, "compliance.ledger.witness", "The witness's file cannot be written.",
            path + ": " + std::generic_category().message(code)};
}

}  // namespace

std::optional<std::string> remembered_note(const std::string& path) {
    return storage::read_file(path, longest_note);
}

void remember_note(const std::string& path, const std::string& note) {
    storage::replace_file(path, note);
}

void tell_witness(const std::string& path, const std::string& note) {
    constexpr int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    const storage::Descriptor file(::open(path.c_str(), flags, 0600));
    if (!file) throw no_witness(path, errno);
    const auto text = note + '\n';
    for (std::string_view rest = text; !rest.empty();) {
        const auto put = ::write(file.get(), rest.data(), rest.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) throw no_witness(path, errno);
        rest.remove_prefix(static_cast<std::size_t>(put));
    }
    // A device has nothing to wait for.
    if (::fsync(file.get()) != 0 && errno != EINVAL && errno != EROFS) throw no_witness(path, errno);
}

}  // namespace concordat::compliance
