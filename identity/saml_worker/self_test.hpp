// Shows at every start that the library checks signatures: it must accept a response that is signed, and
// refuse the same one with another name in it.
#pragma once

namespace concordat::identity::saml {

// Throws std::runtime_error when it does not: then nothing may be read. Also makes the libraries open what
// they open at their first use, before the sandbox closes.
void test_library();

}  // namespace concordat::identity::saml
