// A zip archive in memory: what its directory lists, and each entry unpacked as a stream.
//
// Borrows the bytes. Everything it reads is checked against them; what is unpacked is taken from the budget,
// so archives made to grow, and entries that share their bytes, end where that ends. Stored and deflated
// entries only; archives above 4 GiB and such in several parts are damaged for it. One thread. Throws what
// text_sink.hpp lists.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "messaging/document/text_sink.hpp"

namespace concordat::messaging {

class ZipArchive {
public:
    struct Entry {
        std::string name;  // as it is written there
        std::uint32_t at = 0, packed = 0;
        std::uint16_t method = 0;
        bool is_locked = false;
    };
    // Reads the directory.
    ZipArchive(std::string_view bytes, Budget& budget);
    const std::vector<Entry>& entries() const { return entries_; }
    // nullptr when there is none.
    const Entry* find(std::string_view name) const;
    // Gives what is in it, part by part, until `take` returns false.
    void unpack(const Entry& entry, const std::function<bool(std::string_view)>& take) const;
    // The whole entry; throws too_large when it is longer than `at_most`.
    std::string whole(const Entry& entry, std::uint64_t at_most) const;

private:
    void inflate_to(std::string_view packed, const std::function<bool(std::string_view)>& take) const;
    std::string_view bytes_;
    Budget& budget_;
    std::vector<Entry> entries_;
};

}  // namespace concordat::messaging
