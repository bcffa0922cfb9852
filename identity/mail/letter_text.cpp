#include "identity/mail/letter_text.hpp"

#include <map>

#include "core/base/error.hpp"

namespace concordat::identity {
namespace {

struct Words {
    const char* subject;
    std::vector<const char*> paragraphs;
    const char* link_words = "";
};

using Language = std::map<std::string, Words>;

const Language& english() {
    static const Language words{
        {"reset_password",
         {"Choose a new password",
          {"Somebody, probably you, asked for a new password of your account on {site}.",
           "The link is good once, for 24 hours. If you did not ask for it, nothing needs to be done: your "
           "password "
           "stays as it is."},
          "Choose a new password"}},
        {"reset_elsewhere",
         {"Your password is kept elsewhere",
          {"Somebody, probably you, asked for a new password of your account on {site}.",
           "This account signs in by {service}, so its password can only be changed there. If you need help, "
           "ask your "
           "administrator."}}},
        {"verify_email",
         {"Please confirm your e-mail address",
          {"This address was given for an account on {site}.", "The link is good once, for 24 hours."},
          "Confirm this address"}},
        {"password_changed",
         {"Your password was changed",
          {"The password of your account on {site} was changed.",
           "If it was not you, tell your administrator at once."}}},
        {"email_changed",
         {"Your e-mail address was changed",
          {"The e-mail address of your account on {site} is now {email}. This letter goes to the address "
           "before.",
           "If it was not you, tell your administrator at once."}}},
        {"factor_added",
         {"A second factor was set up",
          {"Your account on {site} now asks for a second factor.",
           "If it was not you, tell your administrator at once."}}},
        {"factor_removed",
         {"The second factor was removed",
          {"Your account on {site} no longer asks for a second factor.",
           "If it was not you, tell your administrator at once."}}},
        {"factor_needed",
         {"A second factor will be needed",
          {"From {date} on, {site} asks for a second factor besides your password: a passkey, or a code from "
           "an "
           "app.",
           "Set one up before, under Settings, Security; it takes a minute. Without one, after that date, "
           "you "
           "are asked to set it up before anything else."},
          "Open {site}"}},
        {"passkey_added",
         {"A passkey was added",
          {"A passkey was added to your account on {site}. It counts as a second factor.",
           "If it was not you, tell your administrator at once."}}},
        {"passkey_removed",
         {"A passkey was removed",
          {"A passkey was removed from your account on {site}.",
           "If it was not you, tell your administrator at once."}}},
        {"authenticator_removed",
         {"The authenticator app was removed",
          {"Your account on {site} takes no more codes of an authenticator app. Your passkeys stay.",
           "If it was not you, tell your administrator at once."}}},
        {"account_off",
         {"Your account was deactivated",
          {"Your account on {site} was deactivated. If you think this is a mistake, ask your "
           "administrator."}}},
        {"invite_member",
         {"{sender} invites you to {team}",
          {"{sender} invites you to the team {team} on {site}.", "The link is good once, for 48 hours."},
          "Join the team"}},
        {"invite_guest",
         {"{sender} invites you to {team} as a guest",
          {"{sender} invites you to take part in {team} on {site} as a guest.", "{message}",
           "The link is good once, for 48 hours."},
          "Join as a guest"}},
        {"test", {"A test of mail", {"Mail of {site} arrives. Nothing else needs to be done."}}},
    };
    return words;
}

const Language& french() {
    static const Language words{
        {"reset_password",
         {"Choisissez un nouveau mot de passe",
          {"Quelqu'un, sans doute vous, a demandé un nouveau mot de passe pour votre compte sur {site}.",
           "Le lien sert une seule fois, pendant 24 heures. Si vous n'avez rien demandé, il n'y a rien à "
           "faire : votre "
           "mot de passe reste le même."},
          "Choisir un nouveau mot de passe"}},
        {"reset_elsewhere",
         {"Votre mot de passe est géré ailleurs",
          {"Quelqu'un, sans doute vous, a demandé un nouveau mot de passe pour votre compte sur {site}.",
           "Ce compte se connecte par {service} ; son mot de passe ne peut être changé que là. Pour de "
           "l'aide, "
           "adressez-vous à votre administrateur."}}},
        {"verify_email",
         {"Confirmez votre adresse e-mail",
          {"Cette adresse a été donnée pour un compte sur {site}.",
           "Le lien sert une seule fois, pendant 24 heures."},
          "Confirmer cette adresse"}},
        {"password_changed",
         {"Votre mot de passe a été changé",
          {"Le mot de passe de votre compte sur {site} a été changé.",
           "Si ce n'était pas vous, prévenez tout de suite votre administrateur."}}},
        {"email_changed",
         {"Votre adresse e-mail a été changée",
          {"L'adresse de votre compte sur {site} est maintenant {email}. Cette lettre va à l'ancienne "
           "adresse.",
           "Si ce n'était pas vous, prévenez tout de suite votre administrateur."}}},
        {"factor_added",
         {"Un second facteur a été ajouté",
          {"Votre compte sur {site} demande maintenant un second facteur.",
           "Si ce n'était pas vous, prévenez tout de suite votre administrateur."}}},
        {"factor_removed",
         {"Le second facteur a été retiré",
          {"Votre compte sur {site} ne demande plus de second facteur.",
           "Si ce n'était pas vous, prévenez tout de suite votre administrateur."}}},
        {"factor_needed",
         {"Un second facteur sera nécessaire",
          {"À partir du {date}, {site} demande un second facteur en plus de votre mot de passe : une clé "
           "d'accès, ou le code d'une application.",
           "Ajoutez-en un avant, dans Paramètres, Sécurité ; cela prend une minute. Sans lui, après cette "
           "date, "
           "il vous sera demandé avant toute autre chose."},
          "Ouvrir {site}"}},
        {"passkey_added",
         {"Une clé d'accès a été ajoutée",
          {"Une clé d'accès a été ajoutée à votre compte sur {site}. Elle compte comme second facteur.",
           "Si ce n'était pas vous, prévenez tout de suite votre administrateur."}}},
        {"passkey_removed",
         {"Une clé d'accès a été retirée",
          {"Une clé d'accès a été retirée de votre compte sur {site}.",
           "Si ce n'était pas vous, prévenez tout de suite votre administrateur."}}},
        {"authenticator_removed",
         {"L'application d'authentification a été retirée",
          {"Votre compte sur {site} n'accepte plus les codes d'une application. Vos clés d'accès restent.",
           "Si ce n'était pas vous, prévenez tout de suite votre administrateur."}}},
        {"account_off",
         {"Votre compte a été désactivé",
          {"Votre compte sur {site} a été désactivé. Si c'est une erreur, adressez-vous à votre "
           "administrateur."}}},
        {"invite_member",
         {"{sender} vous invite dans {team}",
          {"{sender} vous invite dans l'équipe {team} sur {site}.",
           "Le lien sert une seule fois, pendant 48 heures."},
          "Rejoindre l'équipe"}},
        {"invite_guest",
         {"{sender} vous invite dans {team}",
          {"{sender} vous invite à participer à {team} sur {site}, comme invité.", "{message}",
           "Le lien sert une seule fois, pendant 48 heures."},
          "Participer comme invité"}},
        {"test", {"Essai du courrier", {"Le courrier de {site} arrive. Il n'y a rien d'autre à faire."}}},
    };
    return words;
}

const Language& german() {
    static const Language words{
        {"reset_password",
         {"Wählen Sie ein neues Passwort",
          {"Jemand, vermutlich Sie, hat ein neues Passwort für Ihr Konto auf {site} angefordert.",
           "Der Link gilt einmal und 24 Stunden lang. Wenn Sie nichts angefordert haben, ist nichts zu tun: "
           "Ihr Passwort "
           "bleibt, wie es ist."},
          "Neues Passwort wählen"}},
        {"reset_elsewhere",
         {"Ihr Passwort wird anderswo verwaltet",
          {"Jemand, vermutlich Sie, hat ein neues Passwort für Ihr Konto auf {site} angefordert.",
           "Dieses Konto meldet sich über {service} an; sein Passwort lässt sich nur dort ändern. Hilfe gibt "
           "Ihre "
           "Administration."}}},
        {"verify_email",
         {"Bestätigen Sie Ihre E-Mail-Adresse",
          {"Diese Adresse wurde für ein Konto auf {site} angegeben.",
           "Der Link gilt einmal und 24 Stunden lang."},
          "Diese Adresse bestätigen"}},
        {"password_changed",
         {"Ihr Passwort wurde geändert",
          {"Das Passwort Ihres Kontos auf {site} wurde geändert.",
           "Wenn Sie das nicht waren, sagen Sie es sofort Ihrer Administration."}}},
        {"email_changed",
         {"Ihre E-Mail-Adresse wurde geändert",
          {"Die Adresse Ihres Kontos auf {site} ist nun {email}. Dieser Brief geht an die bisherige.",
           "Wenn Sie das nicht waren, sagen Sie es sofort Ihrer Administration."}}},
        {"factor_added",
         {"Ein zweiter Faktor wurde eingerichtet",
          {"Ihr Konto auf {site} verlangt nun einen zweiten Faktor.",
           "Wenn Sie das nicht waren, sagen Sie es sofort Ihrer Administration."}}},
        {"factor_removed",
         {"Der zweite Faktor wurde entfernt",
          {"Ihr Konto auf {site} verlangt keinen zweiten Faktor mehr.",
           "Wenn Sie das nicht waren, sagen Sie es sofort Ihrer Administration."}}},
        {"factor_needed",
         {"Ein zweiter Faktor wird nötig",
          {"Ab {date} verlangt {site} neben dem Passwort einen zweiten Faktor: einen Passkey oder einen Code "
           "aus "
           "einer App.",
           "Richten Sie ihn vorher ein, unter Einstellungen, Sicherheit; das dauert eine Minute. Ohne ihn "
           "werden Sie nach diesem Zeitpunkt vor allem anderen darum gebeten."},
          "{site} öffnen"}},
        {"passkey_added",
         {"Ein Passkey wurde hinzugefügt",
          {"Ihrem Konto auf {site} wurde ein Passkey hinzugefügt. Er zählt als zweiter Faktor.",
           "Wenn Sie das nicht waren, sagen Sie es sofort Ihrer Administration."}}},
        {"passkey_removed",
         {"Ein Passkey wurde entfernt",
          {"Von Ihrem Konto auf {site} wurde ein Passkey entfernt.",
           "Wenn Sie das nicht waren, sagen Sie es sofort Ihrer Administration."}}},
        {"authenticator_removed",
         {"Die Authentifizierungs-App wurde entfernt",
          {"Ihr Konto auf {site} nimmt keine Codes einer App mehr. Ihre Passkeys bleiben.",
           "Wenn Sie das nicht waren, sagen Sie es sofort Ihrer Administration."}}},
        {"account_off",
         {"Ihr Konto wurde deaktiviert",
          {"Ihr Konto auf {site} wurde deaktiviert. Wenn das ein Irrtum ist, fragen Sie Ihre "
           "Administration."}}},
        {"invite_member",
         {"{sender} lädt Sie zu {team} ein",
          {"{sender} lädt Sie in das Team {team} auf {site} ein.",
           "Der Link gilt einmal und 48 Stunden lang."},
          "Dem Team beitreten"}},
        {"invite_guest",
         {"{sender} lädt Sie zu {team} ein",
          {"{sender} lädt Sie ein, bei {team} auf {site} als Gast mitzumachen.", "{message}",
           "Der Link gilt einmal und 48 Stunden lang."},
          "Als Gast mitmachen"}},
        {"test", {"Probe der Post", {"Die Post von {site} kommt an. Sonst ist nichts zu tun."}}},
    };
    return words;
}

std::string filled(std::string_view pattern, const StringMap& values) {
    std::string out;
    for (std::size_t at = 0; at < pattern.size();) {
        const auto end = pattern[at] == '{' ? pattern.find('}', at) : pattern.npos;
        if (end == pattern.npos) {
            out += pattern[at++];
            continue;
        }
        const auto value = values.find(std::string(pattern.substr(at + 1, end - at - 1)));
        if (value != values.end()) out += value->second;
        at = end + 1;
    }
    return out;
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\n':
                out += "<br>";
                break;
            default:
                out += c;
        }
    return out;
}

}  // namespace

LetterText text_of(const Letter& letter, const std::string& default_locale) {
    const auto& locale = letter.locale.empty() ? default_locale : letter.locale;
    const auto& language = locale.starts_with("fr")   ? french()
                           : locale.starts_with("de") ? german()
                                                      : english();
    const auto words = language.find(letter.kind);
    require(words != language.end(), Fault::internal, "identity.mail.unknown_letter");
    LetterText text;
    text.subject = filled(words->second.subject, letter.values);
    for (const auto* pattern : words->second.paragraphs)
        if (auto paragraph = filled(pattern, letter.values); !paragraph.empty())
            text.paragraphs.push_back(std::move(paragraph));
    if (const auto link = letter.values.find("link"); link != letter.values.end()) {
        text.link = link->second;
        text.link_words = filled(words->second.link_words, letter.values);
    }
    return text;
}

std::string plain_of(const LetterText& text) {
    std::string out;
    for (const auto& paragraph : text.paragraphs) out += paragraph + "\n\n";
    if (!text.link.empty()) out += text.link_words + ":\n" + text.link + "\n";
    return out;
}

std::string html_of(const LetterText& text) {
    std::string out =
        "<!doctype html><html><body style=\"font-family:sans-serif;max-width:36em;margin:2em "
        "auto;color:#1b1d22\">";
    out += "<h2>" + escaped(text.subject) + "</h2>";
    for (const auto& paragraph : text.paragraphs) out += "<p>" + escaped(paragraph) + "</p>";
    if (!text.link.empty())
        out += "<p><a href=\"" + escaped(text.link) +
               "\" style=\"display:inline-block;padding:.7em 1.2em;background:#1c58d9;color:#ffffff;"
               "text-decoration:none;border-radius:4px\">" +
               escaped(text.link_words) + "</a></p><p style=\"color:#666\">" + escaped(text.link) + "</p>";
    return out + "</body></html>";
}

}  // namespace concordat::identity
