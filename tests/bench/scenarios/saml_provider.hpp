// A SAML provider without a server: messages that say who somebody is, signed as a provider signs them.
//
// Everything is written in its canonical form already, so that no XML library is needed. Its certificate lies
// in a temporary directory that everybody may read.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

struct evp_pkey_st;

namespace concordat::bench {

class SamlProvider {
public:
    // Makes a key of 2048 bits with openssl. Throws Error (unavailable) without it.
    SamlProvider();
    ~SamlProvider();
    SamlProvider(const SamlProvider&) = delete;

    // What a node has to know of it, as environment.
    std::vector<std::string> environment() const;
    // The body of the form that the browser of a person brings; it may be used once.
    std::string arrival(const std::string& name);

private:
    std::string signed_part(const std::string& element, const std::string& id) const;

    std::filesystem::path home_;
    evp_pkey_st* key_ = nullptr;
    std::uint64_t count_ = 0;
};

}  // namespace concordat::bench
