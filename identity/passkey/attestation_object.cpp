#include "identity/passkey/attestation_object.hpp"

#include "storage/crypto/digest.hpp"

namespace concordat::identity {
namespace {

constexpr int deepest_cbor = 16;
enum Major : std::uint8_t { byte_string = 2, text_string = 3, array = 4, map = 5, tagged = 6, simple = 7 };

struct Head {
    std::uint8_t major = 0;
    std::uint64_t value = 0;
};

class CborReader {
public:
    explicit CborReader(std::string_view bytes) : rest_(bytes) {}
    std::string_view rest() const { return rest_; }

    std::optional<Head> head() {
        if (rest_.empty()) return std::nullopt;
        const auto first = static_cast<std::uint8_t>(rest_.front());
        Head h{static_cast<std::uint8_t>(first >> 5), static_cast<std::uint64_t>(first & 0x1f)};
        rest_.remove_prefix(1);
        if (h.value < 24) return h;
        if (h.value > 27) return std::nullopt;  // reserved, or a length that is not said
        const std::size_t size = std::size_t{1} << (h.value - 24);
        if (rest_.size() < size) return std::nullopt;
        h.value = 0;
        for (std::size_t i = 0; i < size; ++i) h.value = h.value << 8 | static_cast<std::uint8_t>(rest_[i]);
        rest_.remove_prefix(size);
        return h;
    }

    std::optional<std::string_view> string(Major wanted) {
        const auto h = head();
        if (!h || h->major != wanted) return std::nullopt;
        return take(h->value);
    }

    // Passes one item over and returns its bytes.
    std::optional<std::string_view> item(int depth = 0) {
        const auto begin = rest_;
        if (depth > deepest_cbor) return std::nullopt;
        const auto h = head();
        if (!h) return std::nullopt;
        if (h->major == byte_string || h->major == text_string) {
            if (!take(h->value)) return std::nullopt;
        } else if (h->major == array || h->major == map || h->major == tagged) {
            // Each item has a byte at least, so a count beyond what is left is refused without a loop.
            if (h->value > rest_.size()) return std::nullopt;
            const auto count = h->major == map ? h->value * 2 : h->major == tagged ? 1 : h->value;
            for (std::uint64_t i = 0; i < count; ++i)
                if (!item(depth + 1)) return std::nullopt;
        }
        return begin.substr(0, begin.size() - rest_.size());
    }

    std::optional<std::string_view> take(std::uint64_t size) {
        if (size > rest_.size()) return std::nullopt;
        const auto taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return taken;
    }

private:
    std::string_view rest_;
};

// Whether a map of text keys is one, and has `key`.
std::optional<bool> map_has(std::string_view bytes, std::string_view key) {
    CborReader in(bytes);
    const auto h = in.head();
    if (!h || h->major != map) return std::nullopt;
    bool has = false;
    for (std::uint64_t i = 0; i < h->value; ++i) {
        const auto name = in.string(text_string);
        if (!name || !in.item()) return std::nullopt;
        has |= *name == key;
    }
    return has;
}

}  // namespace

std::optional<AttestationObject> read_attestation_object(std::string_view bytes) {
    CborReader in(bytes);
    const auto h = in.head();
    if (!h || h->major != map || h->value != 3) return std::nullopt;
    AttestationObject out;
    bool has_format = false, has_statement = false, has_data = false;
    for (int i = 0; i < 3; ++i) {
        const auto name = in.string(text_string);
        if (!name) return std::nullopt;
        if (*name == "fmt" && !has_format) {
            const auto format = in.string(text_string);
            if (!format) return std::nullopt;
            out.format = *format;
            has_format = true;
        } else if (*name == "attStmt" && !has_statement) {
            const auto statement = in.item();
            const auto has = statement ? map_has(*statement, "x5c") : std::nullopt;
            if (!has) return std::nullopt;
            out.statement = *statement;
            out.has_certificates = *has;
            has_statement = true;
        } else if (*name == "authData" && !has_data) {
            const auto data = in.string(byte_string);
            if (!data) return std::nullopt;
            out.authenticator_data = *data;
            has_data = true;
        } else {
            return std::nullopt;
        }
    }
    if (!in.rest().empty()) return std::nullopt;
    return out;
}

std::optional<AuthenticatorData> read_authenticator_data(std::string_view bytes) {
    CborReader in(bytes);
    AuthenticatorData out;
    const auto hash = in.take(32), flags = in.take(1), count = in.take(4);
    if (!hash || !flags || !count) return std::nullopt;
    out.party_hash = *hash;
    out.flags = static_cast<std::uint8_t>(flags->front());
    out.sign_count = storage::get_u32(count->data());
    if (out.says(AuthenticatorData::has_credential)) {
        const auto model = in.take(16), length = in.take(2);
        if (!model || !length) return std::nullopt;
        const auto* bytes_of_length = storage::bytes_of(*length);
        const auto id = in.take(std::size_t{bytes_of_length[0]} << 8 | bytes_of_length[1]);
        if (!id || id->empty()) return std::nullopt;
        const auto key = in.item();
        if (!key || static_cast<std::uint8_t>(key->front()) >> 5 != map) return std::nullopt;
        out.model = *model;
        out.credential_id = *id;
        out.public_key = *key;
    }
    if (out.says(AuthenticatorData::has_extensions)) {
        const auto extensions = in.item();
        if (!extensions || static_cast<std::uint8_t>(extensions->front()) >> 5 != map) return std::nullopt;
    }
    if (!in.rest().empty()) return std::nullopt;
    return out;
}

}  // namespace concordat::identity
