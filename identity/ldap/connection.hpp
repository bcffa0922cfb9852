// One connection to one server of a directory. The door to the LDAP library: its errors become Errors here.
//
// Used by one thread at a time; calls block until their deadline at the latest, the TLS handshake and the
// search for a connection included (looking the host's name up in the DNS excepted). A connection that failed
// in any way is of no more use: destroy it. With TLS and STARTTLS the certificate is verified against the
// configured authority and the host's name, TLS 1.2 or later; nothing is sent before. Referrals are not
// followed. The library's own files and variables of the environment are not read.
//
// Errors: unavailable  ldap.unreachable, ldap.timeout, ldap.tls, ldap.starttls (try another server),
//                      ldap.partial (more than was sent), ldap.refused (whatever else the server answers)
//         invalid      ldap.filter
// Their texts are for administrators and hold no secret.
#pragma once
#include <ldap.h>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>
#include "core/config/settings.hpp"
#include "identity/ldap/socket_watchdog.hpp"

namespace concordat::identity::ldap {

struct Entry {
    std::string dn;
    std::map<std::string, std::vector<std::string>> values;  // by the attribute's name in lower case
    std::map<std::string, std::size_t> more;  // values from this one on were held back by the server

    const std::vector<std::string>& all(const std::string& attribute) const;
    // The first value, "" when there is none.
    std::string first(const std::string& attribute) const;
};

struct Question {
    std::string base;
    bool is_subtree = true;
    std::string filter;
    std::vector<std::string> attributes;
    int most = 0;  // entries; more is ldap.partial. 0: as many as the server gives
};

struct BindAnswer {
    bool is_right = false;
    std::string detail;  // why not, for an administrator
};

// Makes the library ignore its configuration files. Before the first connection, and before other threads
// read the environment.
void ignore_library_configuration();

class Connection {
public:
    using Time = SocketWatchdog::Time;
    // Bytes of one message of the server.
    static constexpr ber_len_t longest_message = 16 << 20;

    // Connects, and begins TLS.
    Connection(SocketWatchdog& dog, const LdapSection& section, std::string host, Time deadline);
    ~Connection();
    Connection(const Connection&) = delete;

    // Neither may be empty. False is: the directory says no; anything else is an Error.
    BindAnswer bind(const std::string& dn, const std::string& password);
    void bind_as_nobody();
    // All entries, in one answer.
    std::vector<Entry> search(const Question& question);
    // All entries, in pages of `page_size`, or fewer when the server wants that. Each page has the time that
    // was left at first. Throws what `take` throws.
    void each(const Question& question, int page_size, std::chrono::milliseconds time_of_page,
              const std::function<void(Entry&&)>& take);
    // Fetches values that the server held back.
    void complete(Entry& entry, const std::string& attribute);

    const std::string& host() const { return host_; }
    void set_deadline(Time deadline);

private:
    void set_options(const LdapSection& section);
    void set(int option, const void* value, const char* what);
    void begin(const LdapSection& section);
    BindAnswer try_bind(const std::string& dn, const std::string& password);
    int ask(const Question& question, LDAPControl** controls, LDAPMessage** answer);
    Entry entry_of(LDAPMessage* message);
    [[noreturn]] void fail(int code, const std::string& doing);
    std::string diagnostic() const;
    timeval time_left() const;

    const std::string host_;
    SocketWatchdog::Watch watch_;
    ldap_conncb callback_{};
    LDAP* handle_ = nullptr;
};

}  // namespace concordat::identity::ldap
