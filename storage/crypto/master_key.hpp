// The master key: the one secret that is not stored beside what it protects.
//
// It comes from a file that only the server may read, from a systemd credential, or from a
// passphrase. It wraps the bucket keys of the key store and nothing else, so replacing it takes
// milliseconds. All functions block; they are called while starting and by the operator's commands.
//
// Errors (invalid), each with one sentence for the operator:
//   storage.master_key.missing       there is no such file
//   storage.master_key.permissions   others than the server could read it
//   storage.master_key.malformed     it does not hold 32 bytes; or the passphrase is too short
//   storage.master_key.exists        create_file() never overwrites a key
#pragma once
#include <boost/describe/class.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "storage/crypto/secret.hpp"

namespace concordat::storage {

// How a passphrase becomes a key (Argon2id). Kept in the key store; not secret.
struct PassphraseRecipe {
    std::string salt;  // base64
    std::uint32_t memory_kib = 64 * 1024;
    std::uint32_t passes = 3;
    std::uint32_t lanes = 1;
    // A new salt.
    static PassphraseRecipe fresh();
};
BOOST_DESCRIBE_STRUCT(PassphraseRecipe, (), (salt, memory_kib, passes, lanes))

class MasterKey {
public:
    static MasterKey random() { return MasterKey(Secret::random()); }
    // The file holds 64 hexadecimal digits or the base64 of 32 bytes, and white space. It must be a plain
    // file, owned by the user this process runs as, and closed to group and others.
    static MasterKey read_file(const std::string& path);
    // Makes a random key and a file for it, mode 0600. A crash leaves the whole file or none.
    static MasterKey create_file(const std::string& path);
    // $CREDENTIALS_DIRECTORY/concordat-master-key: the same text, or 32 raw bytes. The service manager guards
    // that directory. Nothing when there is no such credential.
    static std::optional<MasterKey> from_credential();
    // At least 12 bytes. Takes about 0.2 s and 64 MiB with a fresh recipe.
    static MasterKey from_passphrase(std::string_view passphrase, const PassphraseRecipe& recipe);

    const Secret& secret() const { return secret_; }
    // The recipe that made it, if a passphrase did.
    const std::optional<PassphraseRecipe>& recipe() const { return recipe_; }

private:
    explicit MasterKey(Secret secret, std::optional<PassphraseRecipe> recipe = {})
        : secret_(std::move(secret)), recipe_(std::move(recipe)) {}

    Secret secret_;
    std::optional<PassphraseRecipe> recipe_;
};

}  // namespace concordat::storage
