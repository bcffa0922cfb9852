// The master key as a file next to the server: first start, every start, rotation.
#include "core/base/error.hpp"
#include "storage/crypto/keyring.hpp"

namespace concordat::storage {
namespace {

std::string next_of(const std::string& key_path) {
    return key_path + ".next";
}

// A rotation that was cut off after its first step left the store's key in the second file.
bool is_half_rotated(const std::string& store_path, const std::string& key_path) {
    return file_exists(next_of(key_path)) &&
           Keyring::fits(store_path, MasterKey::read_file(next_of(key_path)));
}

}  // namespace

std::unique_ptr<Keyring> open_keyring(const std::string& store_path, const std::string& key_path,
                                      Clock clock) {
    if (!Keyring::exists(store_path)) {
        const auto key =
            file_exists(key_path) ? MasterKey::read_file(key_path) : MasterKey::create_file(key_path);
        Keyring::create(store_path, key, clock());
        return std::make_unique<Keyring>(store_path, key, std::move(clock));
    }
    if (is_half_rotated(store_path, key_path)) {
        auto keyring =
            std::make_unique<Keyring>(store_path, MasterKey::read_file(next_of(key_path)), std::move(clock));
        rename_over(next_of(key_path), key_path);  // only now that no other process can be rotating
        return keyring;
    }
    if (!file_exists(key_path))
        throw Error(Fault::invalid, "storage.master_key.missing",
                    "The key store " + store_path + " exists but its master key file " + key_path +
                        " does not; put it back.",
                    key_path);
    return std::make_unique<Keyring>(store_path, MasterKey::read_file(key_path), std::move(clock));
}

void rotate_key_file(Keyring& keyring, const std::string& key_path) {
    const auto next = next_of(key_path);
    if (file_exists(next)) {
        if (keyring.is_opened_by(MasterKey::read_file(next)))
            rename_over(next, key_path);  // the only copy of the key
        else
            remove_file(next);
    }
    keyring.rotate_master(MasterKey::create_file(next));
    rename_over(next, key_path);
}

}  // namespace concordat::storage
