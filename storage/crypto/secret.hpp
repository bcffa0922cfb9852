// Secret: a 256-bit key in memory.
//
// The bytes live in pages set aside for keys: locked against swapping where the limit allows it,
// left out of core dumps, wiped before they are handed out again. Like the heap, these pages belong
// to the process and not to an object; taking and returning a slot is thread-safe. A Secret itself
// belongs to one thread at a time, or is read-only. A forked child that does not exec inherits keys.
#pragma once
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <span>

namespace concordat::storage {

class Secret {
public:
    static constexpr std::size_t size = 32;
    using Bytes = std::span<const std::uint8_t, size>;

    // Thirty-two zero bytes, to be filled through writable().
    Secret();
    explicit Secret(Bytes bytes);
    // From the operating system's generator. Throws Error (internal, "storage.crypto.failed").
    static Secret random();
    ~Secret();

    // Moving leaves an empty Secret behind that may only be assigned to or destroyed.
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    // A copy has to be asked for.
    Secret clone() const { return Secret(bytes()); }

    const std::uint8_t* data() const noexcept { return slot_; }
    Bytes bytes() const noexcept { return Bytes(slot_, size); }
    std::span<std::uint8_t, size> writable() noexcept { return std::span<std::uint8_t, size>(slot_, size); }
    // Takes the same time wherever the first difference is.
    bool operator==(const Secret& other) const noexcept;
    friend std::ostream& operator<<(std::ostream&, const Secret&) = delete;

private:
    std::uint8_t* slot_;
};

// Zeroes bytes on the stack or heap in a way the compiler does not leave out.
void wipe(void* bytes, std::size_t size) noexcept;

// What protect_process() achieved; the daemon warns about what is false.
struct Protection {
    bool is_undumpable = false;    // no core file, no debugger of the same user
    bool is_core_limited = false;  // the same for children that exec
    bool are_keys_locked = false;  // key pages cannot be swapped out
};

// Hardens the whole process. Call once in main, before the first key is read. As a side effect the
// files below /proc/self belong to root from then on.
Protection protect_process() noexcept;

}  // namespace concordat::storage
