// The EVP interface allocates and locks for each digest, which costs more than the two compressions
// a record key needs; the block functions are the same code without that.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "storage/crypto/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/mman.h>

#include <cassert>
#include <cstring>
#include <new>

#include "core/base/error.hpp"

namespace concordat::storage {
namespace {

constexpr std::size_t block = 64;

void fill_random(void* out, std::size_t count) {
    if (RAND_bytes(static_cast<unsigned char*>(out), static_cast<int>(count)) != 1)
        throw Error(Fault::internal, "storage.crypto.failed", "No random numbers are available.");
}

// A context that has hashed exactly `blocks` whole blocks and arrived at `state`.
SHA256_CTX resumed(const std::uint8_t* state, std::uint64_t bytes) {
    SHA256_CTX context;
    SHA256_Init(&context);
    std::memcpy(context.h, state, sizeof context.h);
    context.Nl = static_cast<SHA_LONG>(bytes << 3);
    context.Nh = static_cast<SHA_LONG>(bytes >> 29);
    return context;
}

void hash_key_block(const std::array<std::uint8_t, block>& key, std::uint8_t pad, std::uint8_t* state) {
    std::array<std::uint8_t, block> padded;
    for (std::size_t i = 0; i < block; ++i) padded[i] = key[i] ^ pad;
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, padded.data(), block);
    std::memcpy(state, context.h, sizeof context.h);
    wipe(padded.data(), block);
    wipe(&context, sizeof context);
}

// Random bytes drawn ahead. The page is wiped in a forked child, where `left` then reads 0 and the
// buffer is filled anew: parent and child never use the same nonce.
class NoncePage {
public:
    NoncePage() {
        void* page = mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (page == MAP_FAILED) throw std::bad_alloc();
        page_ = static_cast<Page*>(page);
        is_fork_safe_ = madvise(page, sizeof(Page), MADV_WIPEONFORK) == 0;
    }
    ~NoncePage() { munmap(page_, sizeof(Page)); }
    NoncePage(const NoncePage&) = delete;

    Nonce next() {
        Nonce nonce;
        if (!is_fork_safe_) {
            fill_random(nonce.data(), nonce.size());
            return nonce;
        }
        if (page_->left == 0) {
            fill_random(page_->nonces, sizeof page_->nonces);
            page_->left = std::size(page_->nonces);
        }
        auto& slot = page_->nonces[--page_->left];
        nonce = slot;
        slot.fill(0);
        return nonce;
    }

private:
    struct Page {
        std::size_t left;
        Nonce nonces[340];
    };
    static_assert(sizeof(Page) <= 4096);
    Page* page_;
    bool is_fork_safe_;
};

constexpr char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char url_safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encode(std::string_view bytes, const char* alphabet, bool is_padded) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const auto have = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k)
            group = group << 8 | (k < have ? static_cast<std::uint8_t>(bytes[i + k]) : 0u);
        for (std::size_t k = 0; k < 4; ++k) {
            if (k <= have)
                out += alphabet[group >> (18 - 6 * k) & 63];
            else if (is_padded)
                out += '=';
        }
    }
    return out;
}

std::optional<std::string> decode(std::string_view text, std::string_view alphabet) {
    if (text.size() % 4 == 0 && text.ends_with('=')) text.remove_suffix(text.ends_with("==") ? 2 : 1);
    if (text.size() % 4 == 1) return std::nullopt;
    std::string out;
    out.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        const auto digit = alphabet.find(c);
        if (digit == std::string_view::npos) return std::nullopt;
        bits = (bits << 6 | static_cast<std::uint32_t>(digit)) & 0xFFFFFF;
        if ((count += 6) >= 8) out += static_cast<char>(bits >> (count -= 8) & 255);
    }
    if (bits & ((1u << count) - 1)) return std::nullopt;  // two texts must not mean the same bytes
    return out;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

Digest sha256(std::string_view text) {
    Digest out;
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data());
    return out;
}

std::string token_hash(std::string_view token) {
    return std::string(text_of(sha256(token)));
}

Digest hmac_sha256(std::string_view key, std::string_view text) {
    Digest out;
    HmacKey(key).mac(text, out.data());
    return out;
}

bool constant_time_equal(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

Sha256::Sha256() {
    SHA256_Init(&context_);
}

Sha256::Sha256(const std::array<std::uint8_t, 32>& state, std::uint64_t bytes_so_far)
    : context_(resumed(state.data(), bytes_so_far)) {
    assert(bytes_so_far % block == 0);
}

void Sha256::add(std::string_view text) {
    SHA256_Update(&context_, text.data(), text.size());
}

Digest Sha256::finish() {
    Digest out;
    SHA256_Final(out.data(), &context_);
    return out;
}

std::array<std::uint8_t, 32> Sha256::state() const {
    assert(context_.num == 0);
    std::array<std::uint8_t, 32> out;
    std::memcpy(out.data(), context_.h, out.size());
    return out;
}

HmacKey::HmacKey(std::string_view key) {
    std::array<std::uint8_t, block> padded{};
    if (key.size() > block) {
        auto digest = sha256(key);
        std::memcpy(padded.data(), digest.data(), digest.size());
        wipe(digest.data(), digest.size());
    } else if (!key.empty()) {
        std::memcpy(padded.data(), key.data(), key.size());
    }
    hash_key_block(padded, 0x36, inner_.writable().data());
    hash_key_block(padded, 0x5c, outer_.writable().data());
    wipe(padded.data(), padded.size());
}

void HmacKey::mac(std::string_view text, std::uint8_t* out) const {
    SHA256_CTX context = resumed(inner_.data(), block);
    SHA256_Update(&context, text.data(), text.size());
    Digest inner;
    SHA256_Final(inner.data(), &context);
    context = resumed(outer_.data(), block);
    SHA256_Update(&context, inner.data(), inner.size());
    SHA256_Final(out, &context);
    wipe(&context, sizeof context);
    wipe(inner.data(), inner.size());
}

Digest hkdf_extract(std::string_view salt, std::string_view input) {
    return hmac_sha256(salt, input);
}

std::string hkdf_expand(const HmacKey& key, std::string_view info, std::size_t length) {
    assert(length <= 255 * 32);
    std::string out, step;
    for (char counter = 1; out.size() < length; ++counter) {
        step.append(info);
        step += counter;
        Digest part;
        key.mac(step, part.data());
        step.assign(text_of(part));
        out += step;
    }
    out.resize(length);
    return out;
}

Secret hkdf_key(const HmacKey& key, std::string_view info) {
    std::string step(info);
    step += '\1';
    Secret out;
    key.mac(step, out.writable().data());
    return out;
}

std::string random_bytes(std::size_t count) {
    std::string out(count, '\0');
    fill_random(out.data(), count);
    return out;
}

Nonce fresh_nonce() {
    thread_local NoncePage page;
    return page.next();
}

std::string base64(std::string_view bytes) {
    return encode(bytes, standard, true);
}
std::string base64_url(std::string_view bytes) {
    return encode(bytes, url_safe, false);
}
std::optional<std::string> from_base64(std::string_view text) {
    return decode(text, {standard, 64});
}
std::optional<std::string> from_base64_url(std::string_view text) {
    return decode(text, {url_safe, 64});
}

std::optional<std::string> from_hex(std::string_view text) {
    if (text.size() % 2) return std::nullopt;
    std::string out;
    out.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high << 4 | low);
    }
    return out;
}

}  // namespace concordat::storage
