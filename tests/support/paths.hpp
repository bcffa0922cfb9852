// Where the tree under test and its built programs are. One source file knows the paths, so that the objects
// of all other tests are the same in every checkout and a compiler cache finds them.
#pragma once

namespace concordat::test {
/// The root of the source tree, absolute, without a slash at its end.
extern const char* const source_dir;
/// The directory of the built programs (`concordatd`, `concordat-media` …), likewise.
extern const char* const bin_dir;
}  // namespace concordat::test
