// A program that is started once and forks a child for each piece of dangerous work, so that no work waits
// for a start, and none can touch another. What the program does: core/sandbox/children.hpp.
//
// The program is a ConfinedProcess and never sees what its children are given; each of them locks itself in
// and ends with its work. Children have the layout of memory of their parent: replace the parent when a
// child was lost, or somebody can try again until it fits.
//
// Not thread-safe: one thread at a time. Children end with this object.
#pragma once
#include <memory>
#include <string>
#include "core/process/confined_process.hpp"

namespace concordat {

class ForkServer {
public:
    // Starts `program`; does not wait for it. Throws Error (unavailable, "process.start").
    explicit ForkServer(const std::string& program) : program_(program) {}

    // A child; does not wait for it. It is killed when it lives longer than its program lets it. Throws Error
    // (unavailable, "process.start") when the program has ended, or takes no more.
    std::unique_ptr<ConfinedProcess> child();

private:
    ConfinedProcess program_;
};

}  // namespace concordat
