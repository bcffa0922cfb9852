#include "identity/mail/post_office.hpp"

#include <pthread.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "identity/mail/letter_text.hpp"
#include "identity/mail/smtp.hpp"
#include "storage/crypto/digest.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/letters.hpp"

namespace concordat::identity {
namespace {

constexpr auto look_every = std::chrono::seconds(2);  // what was handed in is committed a little later
constexpr Millis first_pause = 10 * 1000, longest_pause = 3600 * 1000;
constexpr Millis lease =
    5 * 60 * 1000;  // then letters that were taken and neither sent nor put off are due again
constexpr std::int64_t at_a_time = 20;

Millis pause_after(std::int64_t tries) {
    return std::min(longest_pause, first_pause << std::clamp<std::int64_t>(tries - 1, 0, 9));
}

Mail mail_of(Letter letter, const Settings& settings) {
    letter.values["site"] = settings.TeamSettings.SiteName;
    const auto text = text_of(letter, settings.LocalizationSettings.DefaultClientLocale);
    return {letter.id.text(), letter.to, "[" + settings.TeamSettings.SiteName + "] " + text.subject,
            plain_of(text), html_of(text)};
}

}  // namespace

PostOffice::PostOffice(storage::Database& db, Metrics& metrics, const LiveSettings& settings,
                       std::string authorities)
    : db_(db),
      settings_(settings),
      authorities_(std::move(authorities)),
      sent_(metrics.counter("concordat_mail_letters_total", "Letters by what became of them",
                            "outcome=\"sent\"")),
      postponed_(metrics.counter("concordat_mail_letters_total", "Letters by what became of them",
                                 "outcome=\"postponed\"")),
      dropped_(metrics.counter("concordat_mail_letters_total", "Letters by what became of them",
                               "outcome=\"dropped\"")) {}

PostOffice::~PostOffice() {
    stop();
}

bool PostOffice::is_open() const {
    const auto settings = settings_.current();
    return !settings->EmailSettings.SMTPServer.empty() && !settings->ServiceSettings.SiteURL.empty();
}

void PostOffice::hand_in(storage::Tx& tx, Letter letter, std::string_view only_one) {
    if (!is_open()) return;
    if (letter.id.empty()) letter.id = LetterId::fresh(tx.now());
    letter.create_at = tx.now();
    storage::LetterTable(tx).insert(letter, only_one);
    wake();
}

bool PostOffice::request(const std::string& kind, const std::string& address) {
    const auto only_one = storage::sha256(kind + '\n' + address);
    return db_.transact([&](storage::Tx& tx) {
        if (storage::LetterTable(tx).count(kind, most_requests) >= most_requests) return false;
        Letter request;
        request.kind = kind;
        request.to = address;
        hand_in(tx, request, storage::text_of(only_one));
        return true;
    });
}

void PostOffice::start() {
    is_stopping_ = false;
    thread_ = std::thread([this] { serve(); });
}

void PostOffice::stop() {
    {
        std::lock_guard guard(mutex_);
        is_stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void PostOffice::wake() {
    {
        std::lock_guard guard(mutex_);
        is_woken_ = true;
    }
    wake_.notify_all();
}

void PostOffice::act_on(const Letter& request) {
    const auto& act = acts_.at(request.kind);
    db_.transact([&](storage::Tx& tx) {
        if (storage::LetterTable(tx).remove(request.id)) act(tx, request);
    });
}

void PostOffice::keep(const Letter& letter, const std::string& id, const std::string& detail) {
    if (letter.create_at + given_up_after < db_.now()) return drop(letter, id, detail);
    db_.transact([&](storage::Tx& tx) {
        storage::LetterTable(tx).put_off(letter.id, tx.now() + pause_after(letter.tries));
    });
    postponed_.add();
    log_warn("a letter could not be sent and is tried again", {{"letter", letter.id.text()},
                                                               {"kind", letter.kind},
                                                               {"tries", letter.tries},
                                                               {"id", id},
                                                               {"detail", detail}});
}

void PostOffice::drop(const Letter& letter, const std::string& id, const std::string& detail) {
    db_.transact([&](storage::Tx& tx) { storage::LetterTable(tx).remove(letter.id); });
    dropped_.add();
    log_error("a letter is given up", {{"letter", letter.id.text()},
                                       {"kind", letter.kind},
                                       {"tries", letter.tries},
                                       {"id", id},
                                       {"detail", detail}});
}

std::size_t PostOffice::send_due() {
    if (!is_open()) return 0;
    const auto settings = settings_.current();
    const auto letters = db_.transact([&](storage::Tx& tx) {
        return storage::LetterTable(tx).take_due(tx.now(), tx.now() + lease, at_a_time);
    });
    std::unique_ptr<SmtpConnection> connection;
    std::optional<Error> outage;
    std::size_t done = 0;
    for (const auto& letter : letters) {
        const bool is_request = acts_.contains(letter.kind);
        if (outage && !is_request) {  // what holds for one holds for the next
            keep(letter, outage->id(), outage->detail());
            continue;
        }
        try {
            if (is_request) {
                act_on(letter);
            } else {
                if (!connection) connection = std::make_unique<SmtpConnection>(*settings, authorities_);
                connection->send(mail_of(letter, *settings));
                db_.transact([&](storage::Tx& tx) { storage::LetterTable(tx).remove(letter.id); });
                sent_.add();
            }
            ++done;
        } catch (const Error& e) {  // one letter's failure is not the others'
            if (e.id() == "storage.database_unavailable") throw;
            connection.reset();
            if (e.id() == "identity.mail.unreachable") outage = e;
            e.fault() == Fault::unavailable ? keep(letter, e.id(), e.detail())
                                            : drop(letter, e.id(), e.detail());
        } catch (const std::exception& e) {  // of a library, about this letter
            connection.reset();
            keep(letter, "identity.mail.failed", e.what());
        }
    }
    return done;
}

std::int64_t PostOffice::waiting() {
    return db_.read([](storage::Tx& tx) { return storage::LetterTable(tx).count(); });
}

void PostOffice::send_test(const std::string& address, const std::string& locale) {
    require(is_open(), Fault::unsupported, "api.admin.test_email.missing_server",
            "No mail server is set: EmailSettings.SMTPServer and ServiceSettings.SiteURL are needed.");
    const auto settings = settings_.current();
    Letter letter;
    letter.id = LetterId::fresh(db_.now());
    letter.kind = "test";
    letter.to = address;
    letter.locale = locale;
    SmtpConnection(*settings, authorities_).send(mail_of(letter, *settings));
}

void PostOffice::serve() {
    pthread_setname_np(pthread_self(), "mail");
    while (!is_stopping_) {
        std::size_t done = 0;
        try {
            done = send_due();
        } catch (const Error& e) {  // comes again
            log_error("letters could not be looked after; they come again",
                      {{"id", e.id()}, {"detail", e.detail()}});
        } catch (const std::exception& e) {
            log_error("letters could not be looked after; they come again", {{"what", e.what()}});
        }
        std::unique_lock lock(mutex_);
        if (done > 0 && !is_stopping_) continue;
        wake_.wait_for(lock, look_every, [&] { return is_stopping_ || is_woken_; });
        is_woken_ = false;
    }
}

}  // namespace concordat::identity
