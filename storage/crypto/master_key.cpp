#include "storage/crypto/master_key.hpp"

#include <argon2.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/crypto/durable_file.hpp"

namespace concordat::storage {
namespace {

constexpr std::size_t longest_file = 4096;
constexpr std::size_t shortest_passphrase = 12;

Error refused(const char* id, std::string text) {
    return {Fault::invalid, id, std::move(text)};
}

// Text that held a key.
struct Wiped {
    std::string text;
    ~Wiped() { wipe(text.data(), text.size()); }
};

Secret parse(std::string_view content, bool may_be_raw, const std::string& path) {
    const auto text = trimmed(content);
    Wiped bytes;
    if (may_be_raw && content.size() == Secret::size)
        bytes.text = content;
    else if (text.size() == 2 * Secret::size)
        bytes.text = from_hex(text).value_or("");
    else
        bytes.text = from_base64(text).value_or("");
    if (bytes.text.size() != Secret::size)
        throw refused(
            "storage.master_key.malformed",
            "The master key in " + path + " is not 64 hexadecimal digits or the base64 of 32 bytes.");
    return Secret(Secret::Bytes(reinterpret_cast<const std::uint8_t*>(bytes.text.data()), Secret::size));
}

void check_private(const struct stat& status, const std::string& path) {
    if (!S_ISREG(status.st_mode))
        throw refused("storage.master_key.permissions", "The master key " + path + " is not a plain file.");
    if (status.st_uid != geteuid())
        throw refused("storage.master_key.permissions",
                      "The master key file " + path + " belongs to user " + std::to_string(status.st_uid) +
                          ", not to user " + std::to_string(geteuid()) + " who runs the server.");
    if (status.st_mode & 077)
        throw refused("storage.master_key.permissions",
                      "The master key file " + path + " is open to other users; run chmod 600 on it.");
}

}  // namespace

PassphraseRecipe PassphraseRecipe::fresh() {
    PassphraseRecipe recipe;
    recipe.salt = base64(random_bytes(16));
    return recipe;
}

MasterKey MasterKey::read_file(const std::string& path) {
    struct stat status {};
    if (lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode))
        throw refused("storage.master_key.permissions",
                      "The master key " + path + " is a symbolic link; name the file itself.");
    const auto fd = open_if_there(path, O_RDONLY | O_NONBLOCK);
    if (!fd) throw refused("storage.master_key.missing", "There is no master key file " + path + ".");
    if (fstat(fd.get(), &status) != 0) fail_io("look at", path);
    check_private(status, path);
    Wiped content{std::string(longest_file, '\0')};
    const auto size = read_some_at(fd.get(), content.text.data(), longest_file, 0, path);
    return MasterKey(parse(std::string_view(content.text).substr(0, size), false, path));
}

MasterKey MasterKey::create_file(const std::string& path) {
    auto key = random();
    const Wiped text{base64(text_of(key.secret().bytes())) + "\n"};
    const auto fresh = path + ".tmp" + std::to_string(getpid());
    remove_file(fresh);
    try {
        const auto fd = storage::create_file(fresh);
        if (!fd) fail_io("create", fresh);
        write_all(fd.get(), text.text, fresh);
        sync_data(fd.get(), fresh);
        if (::link(fresh.c_str(), path.c_str()) != 0) {  // unlike rename, never replaces
            if (errno != EEXIST) fail_io("create", path);
            throw refused("storage.master_key.exists",
                          "There already is a master key file " + path + "; it was left alone.");
        }
    } catch (...) {  // a key in a file nobody knows of is a leak
        ::unlink(fresh.c_str());
        throw;
    }
    remove_file(fresh);
    sync_directory(directory_of(path));
    return key;
}

std::optional<MasterKey> MasterKey::from_credential() {
    const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
    if (!directory || !*directory) return std::nullopt;
    const auto path = std::string(directory) + "/concordat-master-key";
    auto content = storage::read_file(path, longest_file);
    if (!content) return std::nullopt;
    const Wiped text{*std::move(content)};
    return MasterKey(parse(text.text, true, path));
}

MasterKey MasterKey::from_passphrase(std::string_view passphrase, const PassphraseRecipe& recipe) {
    if (passphrase.size() < shortest_passphrase)
        throw refused("storage.master_key.malformed", "The passphrase must have at least 12 characters.");
    const auto salt = from_base64(recipe.salt).value_or("");
    Secret out;
    const int result =
        argon2id_hash_raw(recipe.passes, recipe.memory_kib, recipe.lanes, passphrase.data(),
                          passphrase.size(), salt.data(), salt.size(), out.writable().data(), Secret::size);
    if (result != ARGON2_OK)
        throw Error(Fault::internal, "storage.crypto.failed",
                    "The passphrase could not be turned into a key.", argon2_error_message(result));
    return MasterKey(std::move(out), recipe);
}

}  // namespace concordat::storage
