#include "tests/support/paths.hpp"

namespace concordat::test {
const char* const source_dir = CONCORDAT_SOURCE;
const char* const bin_dir = CONCORDAT_BIN;
}  // namespace concordat::test
