// RSA keys and certificates for messages of SAML, made by openssl.
#pragma once
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include "tests/support/temporary_directory.hpp"

namespace concordat::test {

struct SamlKeys {
    explicit SamlKeys(const std::string& name, int bits = 2048) {
        const std::string at = directory.path() + "/" + name;
        const auto command = "openssl req -x509 -newkey rsa:" + std::to_string(bits) + " -nodes -keyout " +
                             at + ".key -out " + at + ".cert -days 30 -subj /CN=" + name + " 2>/dev/null";
        if (std::system(command.c_str()) != 0) throw std::runtime_error("openssl does not make a key");
        key_file = at + ".key";
        certificate_file = at + ".cert";
        key = contents(key_file);
        certificate = contents(certificate_file);
    }

    static std::string contents(const std::string& file) {
        std::ifstream in(file);
        std::ostringstream text;
        text << in.rdbuf();
        return text.str();
    }

    TemporaryDirectory directory;
    std::string key_file, certificate_file, key, certificate;  // PEM
};

}  // namespace concordat::test
