#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/ip/address.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include "core/base/error.hpp"
#include "web/http/tls.hpp"

namespace concordat::web {
namespace {

template <auto release>
struct Releases {
    template <class T>
    void operator()(T* pointer) const {
        release(pointer);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Releases<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Releases<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Releases<X509_EXTENSION_free>>;
using Memory = std::unique_ptr<BIO, Releases<BIO_free>>;

void check(bool ok, const char* what) {
    if (ok) return;
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    throw Error(Fault::internal, "tls.self_signed", "A certificate could not be made.",
                std::string(what) + ": " + (reason ? reason : "?"));
}

bool is_address(const std::string& name) {
    boost::system::error_code failed;
    boost::asio::ip::make_address(name, failed);
    return !failed;
}

// "DNS:chat.example.org,IP:10.0.0.5". A name with other characters could add entries of its own.
std::string alternative_names(const std::vector<std::string>& hostnames) {
    constexpr auto letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-*_";
    std::string out;
    for (const auto& name : hostnames) {
        const bool address = is_address(name);
        if (!address && (name.empty() || name.size() > 253 || name.find_first_not_of(letters) != name.npos))
            throw Error(Fault::invalid, "tls.self_signed",
                        "\"" + name + "\" is not a host name or an address.");
        out += (out.empty() ? "" : ",") + std::string(address ? "IP:" : "DNS:") + name;
    }
    if (out.empty()) throw Error(Fault::invalid, "tls.self_signed", "A certificate needs at least one name.");
    return out;
}

void add_extension(X509* certificate, int kind, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value));
    check(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "extension");
}

Certificate certificate_for(EVP_PKEY* key, const std::vector<std::string>& hostnames, int days) {
    Certificate certificate(X509_new());
    check(certificate != nullptr, "certificate");
    auto* cert = certificate.get();
    std::uint64_t serial = 0;
    check(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1, "serial");
    check(X509_set_version(cert, 2) == 1, "version");
    check(ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial >> 1) == 1, "serial");
    check(X509_gmtime_adj(X509_getm_notBefore(cert), -3600) != nullptr,
          "validity");  // clocks differ a little
    check(X509_gmtime_adj(X509_getm_notAfter(cert), 86400L * days) != nullptr, "validity");
    check(X509_set_pubkey(cert, key) == 1, "key");
    auto* name = X509_get_subject_name(cert);
    const auto common = hostnames.front().substr(0, 64);  // the field's own limit
    const auto* text = reinterpret_cast<const unsigned char*>(common.c_str());
    check(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1, "subject");
    check(X509_set_issuer_name(cert, name) == 1, "issuer");
    add_extension(cert, NID_subject_alt_name, alternative_names(hostnames).c_str());
    add_extension(cert, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(cert, NID_key_usage, "critical,digitalSignature");
    add_extension(cert, NID_ext_key_usage, "serverAuth");
    add_extension(cert, NID_subject_key_identifier, "hash");
    check(X509_sign(cert, key, EVP_sha256()) > 0, "signature");
    return certificate;
}

[[noreturn]] void refuse_file(const std::string& path) {
    throw Error(Fault::internal, "tls.self_signed",
                "The file " + path + " cannot be written: " + std::strerror(errno) + ".");
}

// Written beside and renamed, so that a reader sees the old file or the new one.
void replace_file(const std::string& path, BIO* content, mode_t mode) {
    const auto beside = path + ".new";
    ::unlink(beside.c_str());
    const int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (file < 0) refuse_file(path);
    char* bytes = nullptr;
    const auto length = BIO_get_mem_data(content, &bytes);
    const bool written =
        ::write(file, bytes, static_cast<std::size_t>(length)) == length && ::fsync(file) == 0;
    ::close(file);
    if (!written || ::rename(beside.c_str(), path.c_str()) != 0) {
        const int why = errno;
        ::unlink(beside.c_str());
        errno = why;
        refuse_file(path);
    }
}

}  // namespace

void make_self_signed(const std::string& certificate_path, const std::string& key_path,
                      const std::vector<std::string>& hostnames, int days) {
    alternative_names(hostnames);  // refuses bad names before anything is made
    ERR_clear_error();
    const Key key(EVP_EC_gen("P-256"));
    check(key != nullptr, "key");
    const auto certificate = certificate_for(key.get(), hostnames, days);
    const Memory key_text(BIO_new(BIO_s_secmem()));
    const Memory certificate_text(BIO_new(BIO_s_mem()));
    check(key_text && certificate_text, "memory");
    check(PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "key");
    check(PEM_write_bio_X509(certificate_text.get(), certificate.get()) == 1, "certificate");
    replace_file(key_path, key_text.get(), 0600);
    replace_file(certificate_path, certificate_text.get(), 0644);
}

}  // namespace concordat::web
