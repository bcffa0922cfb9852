// Sends letters to a mail server by SMTP (RFC 5321), with STARTTLS (RFC 3207) or TLS from the start, by Poco.
//
// A connection belongs to one thread. Its calls block, each step at most SMTPServerTimeout. The server's
// certificate must be one that the system trusts, for the name in SMTPServer, unless
// SkipServerCertificateVerification says otherwise; with STARTTLS a server that does not offer it gets no
// letter.
//
// Errors: unavailable, identity.mail.unreachable (no connection, TLS, or the server refuses this node: log
// in, sender); invalid, identity.mail.refused (this letter is refused for good); unavailable,
// identity.mail.postponed (the server wants it later). `detail` is what failed and the server's status, never
// an address.
#pragma once
#include <memory>
#include <string>
#include "core/config/settings.hpp"

namespace concordat::identity {

struct Mail {
    std::string id;  // becomes the Message-ID
    std::string to, subject, plain, html;
};

class SmtpConnection {
public:
    // Connects, proves who we are, and is ready for letters. `authorities` is a PEM file that is trusted
    // instead of the system's; "" for the system's.
    explicit SmtpConnection(const Settings& settings, const std::string& authorities = {});
    ~SmtpConnection();
    SmtpConnection(const SmtpConnection&) = delete;

    // After an error the connection is of no more use.
    void send(const Mail& mail);

private:
    class Session;
    const Settings& settings_;
    std::unique_ptr<Session> session_;
};

// Who letters are from: FeedbackEmail, or noreply at the site's host.
std::string sender_address(const Settings& settings);

}  // namespace concordat::identity
