// What concordatd and concordatctl settle before there is a node: whom the process runs as, the passphrase,
// where the programs beside it are. For the main thread, before any other is started.
#pragma once
#include <string>
#include "core/base/error.hpp"

namespace concordat::appliance {

// Absolute, without dots and without a final slash.
std::string spelled_out(const std::string& directory);

// Root becomes the system user `name` for good. Makes the data directory as that user's when it does not
// exist; one that belongs to somebody else is refused. Throws Error (invalid, "appliance.user").
void become(const std::string& name, const std::string& data);
// Root becomes the owner of the data directory, so that nothing in it turns into root's. Does nothing for
// another user.
void become_owner_of(const std::string& data);

// Throws Error (invalid, "appliance.passphrase") when there is none.
std::string passphrase_in(const std::string& file);
// concordat-media beside this program.
std::string media_program();

// One readable line about why the program ends.
std::string reason_of(const Error& error);

}  // namespace concordat::appliance
