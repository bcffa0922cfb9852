// What a check finds wrong, and how bad it is.
#pragma once
#include <string>

namespace concordat::compliance {

// In the order of gravity; the values are the exit codes of concordat-verify.
enum class Verdict { good = 0, tampered = 1, incomplete = 2, unreadable = 3, untrusted = 4 };

struct Finding {
    Verdict verdict;
    std::string text;  // a sentence that names the member
};

}  // namespace concordat::compliance
