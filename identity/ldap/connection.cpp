#include "identity/ldap/connection.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace concordat::identity::ldap {
namespace {

constexpr const char* system_authorities = "/etc/ssl/certs/ca-certificates.crt";
constexpr int smallest_page = 10;

struct FreeMessage {
    void operator()(LDAPMessage* m) const { ldap_msgfree(m); }
};
using Message = std::unique_ptr<LDAPMessage, FreeMessage>;
struct FreeControls {
    void operator()(LDAPControl** c) const { ldap_controls_free(c); }
};
using Controls = std::unique_ptr<LDAPControl*, FreeControls>;
struct FreeControl {
    void operator()(LDAPControl* c) const { ldap_control_free(c); }
};
struct FreeText {
    void operator()(char* text) const { ldap_memfree(text); }
};
using Text = std::unique_ptr<char, FreeText>;

// The place in a listing that a server names; the library's memory.
class Cookie {
public:
    Cookie() = default;
    ~Cookie() { clear(); }
    Cookie(const Cookie&) = delete;
    berval* get() { return &value_; }
    bool is_end() const { return value_.bv_len == 0; }
    void clear() {
        if (value_.bv_val) ber_memfree(value_.bv_val);
        value_ = {};
    }

private:
    berval value_{};
};

int on_connect(LDAP*, Sockbuf* buffer, LDAPURLDesc*, sockaddr*, ldap_conncb* self) {
    int descriptor = -1;
    if (ber_sockbuf_ctrl(buffer, LBER_SB_OPT_GET_FD, &descriptor) != 1 || descriptor < 0) return -1;
    auto longest = Connection::longest_message;
    ber_sockbuf_ctrl(buffer, LBER_SB_OPT_SET_MAX_INCOMING, &longest);
    static_cast<SocketWatchdog::Watch*>(self->lc_arg)->add(descriptor);
    return 0;
}

void on_close(LDAP*, Sockbuf*, ldap_conncb*) {}

std::string url_of(const LdapSection& section, const std::string& host) {
    const bool is_v6 = host.find(':') != host.npos;
    return (section.ConnectionSecurity == "TLS" ? "ldaps://" : "ldap://") +
           (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(section.LdapPort);
}

// What Active Directory hides in its diagnostic: "..., data 533, ...".
std::string active_directory_reason(const std::string& diagnostic) {
    const auto at = diagnostic.find(", data ");
    if (at == diagnostic.npos) return {};
    const auto code = diagnostic.substr(at + 7, diagnostic.find(',', at + 7) - at - 7);
    if (code == "525") return "no such user";
    if (code == "52e") return "wrong password";
    if (code == "530") return "not permitted at this time";
    if (code == "531") return "not permitted at this workstation";
    if (code == "532") return "the password has expired";
    if (code == "533") return "the account is disabled";
    if (code == "701") return "the account has expired";
    if (code == "773") return "the password must be changed first";
    if (code == "775") return "the account is locked";
    return "code " + std::string(rune_prefix(code, 8));
}

}  // namespace

const std::vector<std::string>& Entry::all(const std::string& attribute) const {
    static const std::vector<std::string> none;
    const auto at = values.find(lower_ascii(attribute));
    return at == values.end() ? none : at->second;
}

std::string Entry::first(const std::string& attribute) const {
    const auto& found = all(attribute);
    return attribute.empty() || found.empty() ? std::string() : found.front();
}

void ignore_library_configuration() {
    ::setenv("LDAPNOINIT", "1", 1);
    int version = 0;
    ldap_get_option(nullptr, LDAP_OPT_PROTOCOL_VERSION, &version);  // the library reads the variable now
}

Connection::Connection(SocketWatchdog& dog, const LdapSection& section, std::string host, Time deadline)
    : host_(std::move(host)), watch_(dog, deadline) {
    if (ldap_initialize(&handle_, url_of(section, host_).c_str()) != LDAP_SUCCESS)
        throw Error(Fault::invalid, "ldap.server", "\"" + host_ + "\" is not the name of a server.");
    try {  // the destructor does not run when this throws
        set_options(section);
        begin(section);
    } catch (...) {
        ldap_unbind_ext_s(handle_, nullptr, nullptr);
        throw;
    }
}

Connection::~Connection() {
    ldap_unbind_ext_s(handle_, nullptr, nullptr);
}

void Connection::set(int option, const void* value, const char* what) {
    if (ldap_set_option(handle_, option, value) != LDAP_OPT_SUCCESS)
        throw Error(Fault::unavailable, "ldap.tls",
                    std::string("The LDAP library does not take the setting of ") + what +
                        "; is a file missing or unreadable?");
}

void Connection::set_options(const LdapSection& section) {
    const int version = LDAP_VERSION3, never = LDAP_DEREF_NEVER;
    set(LDAP_OPT_PROTOCOL_VERSION, &version, "the protocol");
    set(LDAP_OPT_DEREF, &never, "aliases");
    set(LDAP_OPT_REFERRALS, LDAP_OPT_OFF, "referrals");
    set(LDAP_OPT_RESTART, LDAP_OPT_ON, "interrupted calls");
    callback_ = {on_connect, on_close, &watch_};
    set(LDAP_OPT_CONNECT_CB, &callback_, "the watchdog");
    set_deadline(watch_.deadline());
    if (section.ConnectionSecurity.empty()) return;
    const auto& own = section.CertificateAuthorityFile;
    const int demand = LDAP_OPT_X_TLS_DEMAND, oldest = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2, as_client = 0;
    set(LDAP_OPT_X_TLS_CACERTFILE, own.empty() ? system_authorities : own.c_str(),
        "CertificateAuthorityFile");
    set(LDAP_OPT_X_TLS_REQUIRE_CERT, &demand, "the certificate check");
    set(LDAP_OPT_X_TLS_PROTOCOL_MIN, &oldest, "the oldest TLS");
    if (!section.PublicCertificateFile.empty()) {
        set(LDAP_OPT_X_TLS_CERTFILE, section.PublicCertificateFile.c_str(), "PublicCertificateFile");
        set(LDAP_OPT_X_TLS_KEYFILE, section.PrivateKeyFile.c_str(), "PrivateKeyFile");
    }
    // Without this the handle would silently use the process's settings.
    set(LDAP_OPT_X_TLS_NEWCTX, &as_client, "the certificates");
}

void Connection::set_deadline(Time deadline) {
    watch_.move_to(deadline);
    const auto left = time_left();
    set(LDAP_OPT_NETWORK_TIMEOUT, &left, "the time limit");
    set(LDAP_OPT_TIMEOUT, &left, "the time limit");
}

timeval Connection::time_left() const {
    using std::chrono::microseconds;
    auto left =
        std::chrono::duration_cast<microseconds>(watch_.deadline() - std::chrono::steady_clock::now());
    left = std::max(left, microseconds(1000));
    return {static_cast<time_t>(left.count() / 1000000), static_cast<suseconds_t>(left.count() % 1000000)};
}

void Connection::begin(const LdapSection& section) {
    const bool is_tls = section.ConnectionSecurity == "TLS";
    if (const int code = ldap_connect(handle_); code != LDAP_SUCCESS) {
        if (watch_.is_over() || code == LDAP_TIMEOUT) fail(LDAP_TIMEOUT, "connecting");
        if (!is_tls) fail(LDAP_SERVER_DOWN, "connecting");
        throw Error(Fault::unavailable, "ldap.tls",
                    host_ +
                        " cannot be reached, or its certificate was not accepted: it must be in force, "
                        "name this host, and come from the authority in CertificateAuthorityFile.");
    }
    if (section.ConnectionSecurity != "STARTTLS") return;
    const int code = ldap_start_tls_s(handle_, nullptr, nullptr);
    if (code == LDAP_SUCCESS && ldap_tls_inplace(handle_)) return;
    if (watch_.is_over() || code == LDAP_TIMEOUT) fail(LDAP_TIMEOUT, "beginning TLS");
    if (code > 0)
        throw Error(Fault::unavailable, "ldap.starttls",
                    host_ + " does not offer StartTLS (result " + std::to_string(code) +
                        "); nothing was sent to it.");
    throw Error(Fault::unavailable, "ldap.tls",
                "The certificate of " + host_ +
                    " was not accepted: it must be in force, name this host, and come from the authority in "
                    "CertificateAuthorityFile.");
}

std::string Connection::diagnostic() const {
    char* text = nullptr;
    ldap_get_option(handle_, LDAP_OPT_DIAGNOSTIC_MESSAGE, &text);
    const Text owner(text);
    return text ? std::string(rune_prefix(text, 300)) : std::string();
}

void Connection::fail(int code, const std::string& doing) {
    if (code == LDAP_TIMEOUT || code == LDAP_TIMELIMIT_EXCEEDED || watch_.is_over())
        throw Error(Fault::unavailable, "ldap.timeout", host_ + " did not answer in time (" + doing + ").");
    if (code == LDAP_SERVER_DOWN || code == LDAP_CONNECT_ERROR || code == LDAP_UNAVAILABLE ||
        code == LDAP_BUSY)
        throw Error(Fault::unavailable, "ldap.unreachable", host_ + " cannot be reached (" + doing + ").");
    if (code == LDAP_FILTER_ERROR)
        throw Error(Fault::invalid, "ldap.filter", "A filter in the settings is not a valid LDAP filter.");
    if (code == LDAP_SIZELIMIT_EXCEEDED || code == LDAP_ADMINLIMIT_EXCEEDED)
        throw Error(Fault::unavailable, "ldap.partial",
                    host_ + " sent only a part (" + doing +
                        "). Raise its size limit for the bind account, or set MaxPageSize below that limit.");
    throw Error(
        Fault::unavailable, "ldap.refused",
        host_ + " answered " + std::to_string(code) + " (" + ldap_err2string(code) + ") when " + doing + ".");
}

BindAnswer Connection::bind(const std::string& dn, const std::string& password) {
    // With an empty password a server may answer "success" and mean "nobody".
    require(!dn.empty() && !trimmed(password).empty() && password.find('\0') == password.npos &&
                dn.find('\0') == dn.npos,
            Fault::invalid, "ldap.empty_password", "An empty name or password is never sent.");
    return try_bind(dn, password);
}

void Connection::bind_as_nobody() {
    if (const auto answer = try_bind({}, {}); !answer.is_right)
        throw Error(Fault::unavailable, "ldap.refused",
                    host_ + " lets nobody ask without an account: set BindUsername and BindPassword.");
}

BindAnswer Connection::try_bind(const std::string& dn, const std::string& password) {
    berval secret{static_cast<ber_len_t>(password.size()), const_cast<char*>(password.data())};
    set_deadline(watch_.deadline());
    const int code =
        ldap_sasl_bind_s(handle_, dn.c_str(), LDAP_SASL_SIMPLE, &secret, nullptr, nullptr, nullptr);
    switch (code) {
        case LDAP_SUCCESS:
            return {true, {}};
        case LDAP_INVALID_CREDENTIALS:
        case LDAP_NO_SUCH_OBJECT:
        case LDAP_INAPPROPRIATE_AUTH:
        case LDAP_INSUFFICIENT_ACCESS:
        case LDAP_UNWILLING_TO_PERFORM:
        case LDAP_CONSTRAINT_VIOLATION:
        case LDAP_INVALID_DN_SYNTAX: {
            const auto reason = active_directory_reason(diagnostic());
            return {false, host_ + " answered " + std::to_string(code) + " (" + ldap_err2string(code) + ")" +
                               (reason.empty() ? "." : ": " + reason + ".")};
        }
        case LDAP_STRONG_AUTH_REQUIRED:
        case LDAP_CONFIDENTIALITY_REQUIRED:
            throw Error(Fault::unavailable, "ldap.refused",
                        host_ + " demands TLS: set ConnectionSecurity to TLS or STARTTLS.");
        default:
            fail(code, "binding");
    }
}

int Connection::ask(const Question& question, LDAPControl** controls, LDAPMessage** answer) {
    std::vector<char*> names;
    for (const auto& name : question.attributes) names.push_back(const_cast<char*>(name.c_str()));
    if (names.empty()) names.push_back(const_cast<char*>(LDAP_NO_ATTRS));
    names.push_back(nullptr);
    auto left = time_left();
    return ldap_search_ext_s(
        handle_, question.base.c_str(), question.is_subtree ? LDAP_SCOPE_SUBTREE : LDAP_SCOPE_BASE,
        question.filter.c_str(), names.data(), 0, controls, nullptr, &left, question.most, answer);
}

Entry Connection::entry_of(LDAPMessage* message) {
    Entry entry;
    const Text dn(ldap_get_dn(handle_, message));
    if (dn) entry.dn = dn.get();
    BerElement* place = nullptr;
    for (Text name(ldap_first_attribute(handle_, message, &place)); name;
         name.reset(ldap_next_attribute(handle_, message, place))) {
        const std::string full = lower_ascii(name.get());
        auto key = full;
        if (const auto range = full.find(";range="); range != full.npos) {
            key = full.substr(0, range);
            const auto dash = full.find('-', range);
            if (dash != full.npos && full.substr(dash + 1) != "*")
                entry.more[key] = std::strtoul(full.c_str() + dash + 1, nullptr, 10) + 1;
        }
        berval** values = ldap_get_values_len(handle_, message, name.get());
        for (int i = 0; values && values[i]; ++i)
            entry.values[key].emplace_back(values[i]->bv_val, values[i]->bv_len);
        ldap_value_free_len(values);
    }
    ber_free(place, 0);
    return entry;
}

std::vector<Entry> Connection::search(const Question& question) {
    LDAPMessage* raw = nullptr;
    const int code = ask(question, nullptr, &raw);
    const Message answer(raw);
    if (code == LDAP_NO_SUCH_OBJECT) return {};
    if (code != LDAP_SUCCESS) fail(code, "searching");
    std::vector<Entry> out;
    for (auto* m = ldap_first_entry(handle_, raw); m; m = ldap_next_entry(handle_, m))
        out.push_back(entry_of(m));
    return out;
}

void Connection::each(const Question& question, int page_size, std::chrono::milliseconds time_of_page,
                      const std::function<void(Entry&&)>& take) {
    Cookie cookie;
    bool has_begun = false;
    do {
        set_deadline(std::chrono::steady_clock::now() + time_of_page);
        LDAPControl* page = nullptr;
        if (ldap_create_page_control(handle_, page_size, cookie.get(), 1, &page) != LDAP_SUCCESS)
            fail(LDAP_NO_MEMORY, "listing");
        const std::unique_ptr<LDAPControl, FreeControl> owner(page);
        LDAPControl* controls[] = {page, nullptr};
        LDAPMessage* raw = nullptr;
        const int code = ask(question, controls, &raw);
        const Message answer(raw);
        const bool is_too_large = code == LDAP_ADMINLIMIT_EXCEEDED || code == LDAP_UNWILLING_TO_PERFORM;
        if (is_too_large && !has_begun && page_size > smallest_page) {
            page_size = std::max(smallest_page, page_size / 2);
            continue;
        }
        if (code != LDAP_SUCCESS) fail(code, "listing");
        has_begun = true;
        for (auto* m = ldap_first_entry(handle_, raw); m; m = ldap_next_entry(handle_, m)) take(entry_of(m));
        LDAPControl** returned = nullptr;
        int result = LDAP_SUCCESS;
        if (ldap_parse_result(handle_, raw, &result, nullptr, nullptr, nullptr, &returned, 0) != LDAP_SUCCESS)
            fail(LDAP_DECODING_ERROR, "listing");
        const Controls all(returned);
        auto* answered = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, returned, nullptr);
        // A server that does not page has sent everything, or said 4.
        cookie.clear();
        ber_int_t estimate = 0;
        if (answered &&
            ldap_parse_pageresponse_control(handle_, answered, &estimate, cookie.get()) != LDAP_SUCCESS)
            fail(LDAP_DECODING_ERROR, "listing");
    } while (!has_begun || !cookie.is_end());
}

void Connection::complete(Entry& entry, const std::string& attribute) {
    const auto key = lower_ascii(attribute);
    constexpr int most_steps = 10000;
    for (int step = 0; entry.more.count(key); ++step) {
        const auto from = entry.more[key];
        Question next{
            entry.dn, false, "(objectClass=*)", {attribute + ";range=" + std::to_string(from) + "-*"}, 1};
        auto found = search(next);
        if (found.size() != 1 || found[0].values[key].empty() || step == most_steps ||
            (found[0].more.count(key) && found[0].more[key] <= from))
            fail(LDAP_SIZELIMIT_EXCEEDED, "reading the values of " + attribute);
        entry.more.erase(key);
        auto& values = entry.values[key];
        for (auto& value : found[0].values[key]) values.push_back(std::move(value));
        if (found[0].more.count(key)) entry.more[key] = found[0].more[key];
    }
}

}  // namespace concordat::identity::ldap
