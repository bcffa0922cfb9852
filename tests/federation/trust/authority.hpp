// A public key infrastructure of a test's own.
#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "tests/support/temporary_directory.hpp"

namespace concordat::test {

// An authority with its lists, and what it has certified; everything made by openssl.
class Authority {
public:
    explicit Authority(const std::string& name) : name_(name) {
        run("printf '[ca]\ndefault_ca=a\n[a]\ndatabase=" + file(".index") + "\nserial=" + file(".serial") +
            "\nnew_certs_dir=" + directory_.path("") + "\ncertificate=" + file(".pem") +
            "\nprivate_key=" + file(".key") +
            "\ndefault_md=sha256\ndefault_crl_days=30\ndefault_days=30\npolicy=p\ncopy_extensions="
            "copy\nunique_subject=no\n"
            "[p]\ncommonName=supplied\n' > " +
            file(".cnf"));
        run("touch " + file(".index") + " && echo 01 > " + file(".serial"));
        run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=" +
            name + " -addext keyUsage=critical,keyCertSign,cRLSign -keyout " + file(".key") + " -out " +
            file(".pem"));
        list();
    }
    // For this name; the file without its ending.
    std::string certify(const std::string& called, const std::string& san, const std::string& more = "",
                        const std::string& kind = "ec -pkeyopt ec_paramgen_curve:P-256") {
        const auto out = directory_.path(called);
        run("openssl req -newkey " + kind + " -nodes -subj /CN=" + called + " -addext subjectAltName=" + san +
            " -addext basicConstraints=CA:FALSE -keyout " + out + ".key -out " + out + ".csr");
        run("openssl ca -batch -config " + file(".cnf") + " " + more + " -notext -in " + out + ".csr -out " +
            out + ".pem");
        return out;
    }
    void revoke(const std::string& certificate) {
        run("openssl ca -batch -config " + file(".cnf") + " -revoke " + certificate + ".pem");
        list();
    }
    void list(const std::string& more = "") {
        run("openssl ca -batch -config " + file(".cnf") + " -gencrl " + more + " -out " + file(".crl"));
    }
    std::string file(const std::string& ending) { return directory_.path(name_ + ending); }

private:
    static void run(const std::string& command) {
        const auto line = "(" + command + ") >/dev/null 2>&1";
        if (std::system(line.c_str()) != 0) ADD_FAILURE() << command;
    }
    TemporaryDirectory directory_;
    std::string name_;
};

}  // namespace concordat::test
