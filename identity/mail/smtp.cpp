#include "identity/mail/smtp.hpp"

#include <Poco/Net/Context.h>
#include <Poco/Net/MailMessage.h>
#include <Poco/Net/MailRecipient.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SMTPClientSession.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/StringPartSource.h>
#include <Poco/Timestamp.h>

#include <sstream>

#include "core/base/error.hpp"

namespace concordat::identity {
namespace {

using Poco::Net::Context;
using Poco::Net::SMTPClientSession;

Error unreachable(const std::string& what) {
    return {Fault::unavailable, "identity.mail.unreachable", "The mail server cannot be used.", what};
}

std::string host_of_site(const Settings& settings) {
    std::string_view url = settings.ServiceSettings.SiteURL;
    if (const auto scheme = url.find("://"); scheme != url.npos) url.remove_prefix(scheme + 3);
    if (url.starts_with('[')) return "localhost";
    return std::string(url.substr(0, url.find_first_of(":/")));
}

Context::Ptr tls_context(const EmailSection& email, const std::string& authorities) {
    Context::Params params;
    params.verificationMode =
        email.SkipServerCertificateVerification ? Context::VERIFY_NONE : Context::VERIFY_STRICT;
    params.loadDefaultCAs = authorities.empty();
    params.caLocation = authorities;
    params.cipherList = "HIGH:!aNULL:!MD5:!SHA1";
    Context::Ptr context(new Context(Context::TLS_CLIENT_USE, params));
    context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
    return context;
}

// Connected within the time that one step may take.
Poco::Net::StreamSocket connected(const EmailSection& email, const Poco::Timespan& timeout) {
    const Poco::Net::SocketAddress address(email.SMTPServer,
                                           static_cast<Poco::UInt16>(std::stoi(email.SMTPPort)));
    Poco::Net::StreamSocket socket;
    socket.connect(address, timeout);
    socket.setReceiveTimeout(timeout);
    socket.setSendTimeout(timeout);
    return socket;
}

// The name is checked against the certificate by TLS itself.
Poco::Net::SecureStreamSocket secured(const Poco::Net::StreamSocket& plain, const EmailSection& email,
                                      const std::string& authorities) {
    auto secure =
        Poco::Net::SecureStreamSocket::attach(plain, email.SMTPServer, tls_context(email, authorities));
    secure.completeHandshake();
    if (!email.SkipServerCertificateVerification) secure.verifyPeerCertificate(email.SMTPServer);
    return secure;
}

std::string one_line(std::string text) {
    for (auto& c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
    return text;
}

}  // namespace

class SmtpConnection::Session : public SMTPClientSession {
public:
    explicit Session(const Poco::Net::StreamSocket& socket) : SMTPClientSession(socket) {}

    // What the server said before is forgotten with the old socket, so nothing that came in the clear
    // counts as said under TLS.
    void start_tls(const EmailSection& email, const std::string& authorities) {
        std::string response;
        const int status = sendCommand("STARTTLS", response);
        if (!isPositiveCompletion(status)) throw unreachable("the server offers no STARTTLS");
        socket() = Poco::Net::DialogSocket(secured(socket(), email, authorities));
    }
};

std::string sender_address(const Settings& settings) {
    const auto& email = settings.EmailSettings;
    return email.FeedbackEmail.empty() ? "noreply@" + host_of_site(settings) : email.FeedbackEmail;
}

SmtpConnection::SmtpConnection(const Settings& settings, const std::string& authorities)
    : settings_(settings) {
    const auto& email = settings.EmailSettings;
    const Poco::Timespan timeout(email.SMTPServerTimeout, 0);
    try {
        auto socket = connected(email, timeout);
        if (email.ConnectionSecurity == "TLS") socket = secured(socket, email, authorities);
        session_ = std::make_unique<Session>(socket);
        session_->setTimeout(timeout);
        const auto self = host_of_site(settings);
        session_->login(self);
        if (email.ConnectionSecurity == "STARTTLS") {
            session_->start_tls(email, authorities);
            session_->login(self);
        }
        if (email.EnableSMTPAuth)
            session_->login(self, SMTPClientSession::AUTH_PLAIN, email.SMTPUsername, email.SMTPPassword);
    } catch (const Poco::Net::SMTPException& e) {
        throw unreachable("it refuses this node, status " + std::to_string(e.code()));
    } catch (const Poco::Exception& e) {
        throw unreachable(e.displayText());
    }
}

SmtpConnection::~SmtpConnection() {
    if (!session_) return;
    try {
        session_->close();
    } catch (const Poco::Exception&) {  // the server went first, which is all the same now
    }
}

void SmtpConnection::send(const Mail& mail) {
    const auto& email = settings_.EmailSettings;
    Poco::Net::MailMessage message;
    const auto from = sender_address(settings_);
    const auto encoded = [](const std::string& text) {
        return Poco::Net::MailMessage::encodeWord(one_line(text), "UTF-8");
    };
    message.setSender(email.FeedbackName.empty() ? from : encoded(email.FeedbackName) + " <" + from + ">");
    message.addRecipient({Poco::Net::MailRecipient::PRIMARY_RECIPIENT, mail.to});
    message.setSubject(encoded(mail.subject));
    message.setDate(Poco::Timestamp());
    if (!email.ReplyToAddress.empty()) message.set("Reply-To", email.ReplyToAddress);
    message.set("Message-ID", "<" + mail.id + "@" + host_of_site(settings_) + ">");
    message.set("Auto-Submitted", "auto-generated");
    message.set("Precedence", "bulk");
    message.setContentType("multipart/alternative");
    using Part = Poco::Net::StringPartSource;
    message.addContent(new Part(mail.plain, "text/plain; charset=UTF-8"));
    message.addContent(new Part(mail.html, "text/html; charset=UTF-8"));
    try {
        session_->sendAddresses(from, {mail.to});
        std::ostringstream text;
        message.write(text);
        std::istringstream in(text.str());
        session_->sendData();
        session_->sendMessage(in);
    } catch (const Poco::Net::SMTPException& e) {
        const auto status = "status " + std::to_string(e.code());
        if (e.code() >= 500 && e.code() < 600)
            throw Error(Fault::invalid, "identity.mail.refused", "The mail server refuses the letter.",
                        status);
        throw Error(Fault::unavailable, "identity.mail.postponed", "The mail server wants the letter later.",
                    status);
    } catch (const Poco::Exception& e) {
        throw unreachable(e.displayText());
    }
}

}  // namespace concordat::identity
