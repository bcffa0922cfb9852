#include "storage/crypto/secret.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstring>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "core/base/error.hpp"

namespace concordat::storage {
namespace {

// Hands out 32-byte slots of pages that hold nothing else.
class KeyPages {
public:
    std::uint8_t* take() {
        std::lock_guard lock(mutex_);
        if (free_.empty()) grow();
        auto* slot = free_.back();
        free_.pop_back();
        return slot;
    }

    // `free_` has room for every slot there is, so this never allocates.
    void give(std::uint8_t* slot) noexcept {
        OPENSSL_cleanse(slot, Secret::size);
        std::lock_guard lock(mutex_);
        free_.push_back(slot);
    }

    bool are_locked() {
        std::lock_guard lock(mutex_);
        if (slots_ == 0) grow();
        return are_locked_;
    }

private:
    static constexpr std::size_t region = 64 * 1024;

    void grow() {
        free_.reserve(slots_ + region / Secret::size);
        void* pages = mmap(nullptr, region, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (pages == MAP_FAILED) throw std::bad_alloc();
        madvise(pages, region, MADV_DONTDUMP);
        are_locked_ = mlock(pages, region) == 0 && (slots_ == 0 || are_locked_);
        auto* bytes = static_cast<std::uint8_t*>(pages);
        for (std::size_t at = region; at > 0; at -= Secret::size) free_.push_back(bytes + at - Secret::size);
        slots_ += region / Secret::size;
    }

    std::mutex mutex_;
    std::vector<std::uint8_t*> free_;
    std::size_t slots_ = 0;
    bool are_locked_ = false;
};

// Never destroyed: a Secret may outlive every static object.
KeyPages& key_pages() {
    static auto& pages = *new KeyPages;
    return pages;
}

}  // namespace

Secret::Secret() : slot_(key_pages().take()) {
    std::memset(slot_, 0, size);
}

Secret::Secret(Bytes bytes) : slot_(key_pages().take()) {
    std::memcpy(slot_, bytes.data(), size);
}

Secret Secret::random() {
    Secret secret;
    if (RAND_priv_bytes(secret.slot_, size) != 1)
        throw Error(Fault::internal, "storage.crypto.failed", "No random numbers are available.");
    return secret;
}

Secret::~Secret() {
    if (slot_) key_pages().give(slot_);
}

Secret::Secret(Secret&& other) noexcept : slot_(std::exchange(other.slot_, nullptr)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
    std::swap(slot_, other.slot_);
    return *this;
}

bool Secret::operator==(const Secret& other) const noexcept {
    return CRYPTO_memcmp(slot_, other.slot_, size) == 0;
}

void wipe(void* bytes, std::size_t size) noexcept {
    OPENSSL_cleanse(bytes, size);
}

Protection protect_process() noexcept {
    Protection done;
    done.is_undumpable = prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
    const rlimit none{0, 0};
    done.is_core_limited = setrlimit(RLIMIT_CORE, &none) == 0;
    done.are_keys_locked = key_pages().are_locked();
    return done;
}

}  // namespace concordat::storage
