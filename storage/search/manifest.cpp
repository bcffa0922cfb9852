#include "storage/search/manifest.hpp"

#include <cstring>

#include "core/base/json.hpp"
#include "core/model/scope.hpp"
#include "storage/crypto/durable_file.hpp"
#include "storage/crypto/gcm.hpp"
#include "storage/database/data_keys.hpp"
#include "storage/search/sealed_file.hpp"

namespace concordat::storage {
namespace {

constexpr std::string_view magic = "CNCDSIDX";
constexpr std::uint8_t version = 2;
constexpr std::size_t head_size = 8 + 1 + 4;
constexpr std::size_t longest = 64 << 20;

std::string path_in(const std::string& directory) {
    return directory + "/manifest";
}

}  // namespace

std::optional<Manifest> read_manifest(const std::string& directory, DataKeys& keys) {
    const auto file = read_file(path_in(directory), longest);
    if (!file) return std::nullopt;
    if (file->size() < head_size + gcm_overhead || !file->starts_with(magic) ||
        static_cast<std::uint8_t>((*file)[8]) != version)
        damaged_index("the manifest has another form");
    const auto key =
        keys.reading(scopes::configuration, get_u32(file->data() + 9))->derive("search manifest");
    Nonce nonce;
    std::memcpy(nonce.data(), file->data() + head_size, nonce.size());
    const auto sealed = std::string_view(*file).substr(head_size + nonce.size());
    std::string plain(sealed.size() - gcm_tag_size, '\0');
    if (!gcm_open(key.data(), nonce, std::string_view(*file).substr(0, head_size), sealed,
                  reinterpret_cast<std::uint8_t*>(plain.data())))
        damaged_index("the manifest does not authenticate");
    return parse_json<Manifest>(plain, "manifest");
}

void write_manifest(const std::string& directory, DataKeys& keys, const Manifest& manifest,
                    std::uint32_t today) {
    const auto key = keys.writing(scopes::configuration, today)->derive("search manifest");
    const auto plain = json_text(manifest);
    std::string file(magic);
    file += static_cast<char>(version);
    file.resize(head_size);
    put_u32(reinterpret_cast<std::uint8_t*>(file.data()) + 9, today);
    const auto nonce = fresh_nonce();
    file += text_of(nonce);
    file.resize(head_size + plain.size() + gcm_overhead);
    gcm_seal(key.data(), nonce, std::string_view(file).substr(0, head_size), plain,
             reinterpret_cast<std::uint8_t*>(file.data()) + head_size + nonce.size());
    replace_file(path_in(directory), file);
}

}  // namespace concordat::storage
