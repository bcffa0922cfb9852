// Files that checkpoints are written to: the node's own memory of the last one, which a database that was put
// back does not take back with it, and a witness's file, which is only ever appended to.
//
// Thread-safe as far as the file system is. Calls block.
#pragma once
#include <optional>
#include <string>

namespace concordat::compliance {

// The note in the node's own file; nothing when there is no file. Throws what storage/crypto/durable_file.hpp
// does.
std::optional<std::string> remembered_note(const std::string& path);
// Durable when it returns. Throws the same.
void remember_note(const std::string& path, const std::string& note);

// Appends the note and an empty line, and waits for the disk. The file is made when it is not there; it may
// be a device, and is never read. Throws Error (unavailable, compliance.ledger.witness).
void tell_witness(const std::string& path, const std::string& note);

}  // namespace concordat::compliance
