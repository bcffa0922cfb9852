// What a call was refused with, so that a test can say which error it expects.
#pragma once
#include <string>

#include "core/base/error.hpp"

namespace concordat::test {

// The id of the Error that `call` throws; "" when it throws none.
template <class Call>
std::string refusal(Call call) {
    try {
        call();
    } catch (const Error& error) {
        return error.id();
    }
    return {};
}

}  // namespace concordat::test
