// A real directory for tests: OpenLDAP's server on free ports of this machine, with its own authority,
// people, nested groups and a referral. It lives in a temporary directory and ends with the object.
#pragma once
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "core/base/text.hpp"
#include "core/config/settings.hpp"
#include "tests/support/programs.hpp"
#include "tests/support/temporary_directory.hpp"

namespace concordat::test {

class Slapd {
public:
    static constexpr const char* password = "correct horse battery";
    static constexpr int most_entries = 100;  // in one page, and without paging

    // `numbered`: people number0, number1, ... besides those of seed(). `refer_to`: a port on this machine.
    explicit Slapd(int numbered = 0, int refer_to = 1, int certificate_days = 30) {
        make_certificate(directory_.path(), certificate_days);
        const auto path = [&](const char* name) { return directory_.path(name); };
        run_shell("mkdir " + path("db"));
        std::ofstream(path("slapd.conf")) << configuration();
        std::ofstream(path("seed.ldif"), std::ios::binary) << seed(numbered, refer_to);
        run_shell("/usr/sbin/slapadd -q -f " + path("slapd.conf") + " -l " + path("seed.ldif") + " >" +
                  path("slapadd.log") + " 2>&1");
        start();
    }
    ~Slapd() { stop(); }
    Slapd(const Slapd&) = delete;

    void start() {
        const auto config = directory_.path("slapd.conf"), log_file = directory_.path("log");
        const auto plain = std::to_string(port), secure = std::to_string(tls_port);
        const auto urls =
            "ldap://127.0.0.1:" + plain + " ldaps://127.0.0.1:" + secure + " ldaps://127.0.0.2:" + secure;
        pid_ = ::fork();
        if (pid_ == 0) {
            const int log = ::open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
            ::dup2(log, 1);
            ::dup2(log, 2);
            ::execl("/usr/sbin/slapd", "slapd", "-d", "256", "-f", config.c_str(), "-h", urls.c_str(),
                    nullptr);
            ::_exit(127);
        }
        const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (log().find("slapd starting") == std::string::npos) {
            if (::waitpid(pid_, nullptr, WNOHANG) == pid_ || std::chrono::steady_clock::now() > patience)
                throw std::runtime_error("slapd does not start: " + log());
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    }
    void stop() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }
    // It keeps its connections and says nothing.
    void pause() { ::kill(pid_, SIGSTOP); }
    void resume() { ::kill(pid_, SIGCONT); }
    // With the tools of the directory, as its administrator.
    void change(const std::string& ldif) {
        std::ofstream(directory_.path("change.ldif"), std::ios::binary) << ldif;
        run_shell("LDAPNOINIT=1 ldapmodify -x -H ldap://127.0.0.1:" + std::to_string(port) +
                  " -D cn=root,dc=example,dc=test -w rootpw -f " + directory_.path("change.ldif") +
                  " >/dev/null 2>&1");
    }
    std::string log() const { return file_text(directory_.path("log")); }
    std::size_t binds() const {
        std::size_t count = 0;
        const auto text = log();
        for (auto at = text.find(" BIND dn="); at != text.npos; at = text.find(" BIND dn=", at + 1)) ++count;
        return count;
    }
    std::string authority() const { return directory_.path("ca.pem"); }

    LdapSection settings(const std::string& security = "") const {
        LdapSection s;
        s.Enable = true;
        s.LdapServer = "127.0.0.1";
        s.LdapPort = security == "TLS" ? tls_port : port;
        s.ConnectionSecurity = security;
        s.CertificateAuthorityFile = authority();
        s.BaseDN = "dc=example,dc=test";
        s.BindUsername = "cn=sync,dc=example,dc=test";
        s.BindPassword = "syncpw";
        s.UserFilter = "(&(objectClass=inetOrgPerson)(!(employeeType=disabled)))";
        s.IdAttribute = "entryUUID";
        s.LoginIdAttribute = s.UsernameAttribute = "uid";
        s.EmailAttribute = "mail";
        s.FirstNameAttribute = "givenName";
        s.LastNameAttribute = "sn";
        s.PositionAttribute = "title";
        s.PictureAttribute = "jpegPhoto";
        s.GroupIdAttribute = "entryUUID";
        s.GroupDisplayNameAttribute = "cn";
        s.QueryTimeout = 60;
        return s;
    }

    const int port = free_port(), tls_port = free_port();

private:
    std::string configuration() const {
        std::string out;
        for (const auto* schema : {"core", "cosine", "nis", "inetorgperson"})
            out += "include /etc/ldap/schema/" + std::string(schema) + ".schema\n";
        const auto most = std::to_string(most_entries);
        const auto& d = directory_.path();
        out +=
            "modulepath /usr/lib/ldap\nmoduleload back_mdb\npidfile " + d + "/pid\nTLSCACertificateFile " +
            d + "/ca.pem\nTLSCertificateFile " + d + "/server.pem\nTLSCertificateKeyFile " + d +
            "/server.key\nsizelimit size.soft=" + most + " size.hard=" + most + " size.pr=" + most +
            " size.prtotal=unlimited\ndatabase mdb\nsuffix \"dc=example,dc=test\"\n"
            "rootdn \"cn=root,dc=example,dc=test\"\nrootpw rootpw\nmaxsize 268435456\ndbnosync\ndirectory " +
            d +
            "/db\nindex objectClass,uid,mail,entryUUID,member eq\n"
            "access to attrs=userPassword by anonymous auth by * none\n"
            "access to * by dn.exact=\"cn=sync,dc=example,dc=test\" read by anonymous auth by * none\n";
        return out;
    }
    static std::string person(const std::string& rdn, const std::string& more) {
        return "dn: " + rdn +
               "ou=people,dc=example,dc=test\nobjectClass: inetOrgPerson\nsn: Last\nuserPassword: " +
               std::string(password) + "\n" + more + "\n\n";
    }
    static std::string group(const std::string& name, const std::string& member) {
        return "dn: cn=" + name + ",ou=groups,dc=example,dc=test\nobjectClass: groupOfNames\ncn: " + name +
               "\nmember: " + member + ",dc=example,dc=test\n\n";
    }
    static std::string seed(int numbered, int refer_to) {
        std::string out =
            "dn: dc=example,dc=test\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: "
            "Example\n\n";
        for (const auto* unit : {"people", "groups"})
            out += "dn: ou=" + std::string(unit) +
                   ",dc=example,dc=test\nobjectClass: organizationalUnit\nou: " + unit + "\n\n";
        out +=
            "dn: cn=sync,dc=example,dc=test\nobjectClass: organizationalRole\nobjectClass: "
            "simpleSecurityObject\ncn: sync\nuserPassword: syncpw\n\n";
        // The smallest picture there is: one white point.
        const std::string picture =
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4//8/AAX+Av4N70a4AAAAAElFTkSuQmCC";
        out += person("uid=alice,",
                      "uid: alice\ncn: Alice\ngivenName: Alice\nmail: alice@example.test\ntitle: "
                      "Clerk\njpegPhoto:: " +
                          picture);
        out += person("uid=bob,", "uid: bob\ncn: Bob\ngivenName: Bob\nmail: bob@example.test");
        out += person("uid=dora,", "uid: dora\ncn: Dora\nmail: dora@example.test\nemployeeType: disabled");
        out += person("uid=gus,", "uid: gus\ncn: Gus\nmail: gus@example.test\nemployeeType: guest");
        out += person("cn=Star (Lit) \\\\*,",
                      "uid: Star (Lit) \\*\ncn: Star (Lit) \\*\nmail: star@example.test");
        out += person("cn=Twin one,", "uid: twin\ncn: Twin one\nmail: twin1@example.test");
        out += person("cn=Twin two,", "uid: twin\ncn: Twin two\nmail: twin2@example.test");
        for (int i = 0; i < numbered; ++i) {
            const auto name = "number" + std::to_string(i);
            out += person("uid=" + name + ",",
                          "uid: " + name + "\ncn: " + name + "\nmail: " + name + "@example.test");
        }
        out += group("inner", "uid=alice,ou=people") + group("middle", "cn=inner,ou=groups") +
               group("top", "cn=middle,ou=groups");
        out += group("ring-a", "uid=bob,ou=people") + group("ring-b", "cn=ring-a,ou=groups");
        const auto ring = out.find("cn=ring-a,ou=groups,dc=example,dc=test\n");
        out.insert(out.find("member: ", ring), "member: cn=ring-b,ou=groups,dc=example,dc=test\n");
        out +=
            "dn: ou=elsewhere,dc=example,dc=test\nobjectClass: referral\nobjectClass: extensibleObject\nou: "
            "elsewhere\nref: ldap://127.0.0.1:" +
            std::to_string(refer_to) + "/dc=elsewhere\n\n";
        return out;
    }

    TemporaryDirectory directory_;
    pid_t pid_ = -1;
};

}  // namespace concordat::test
