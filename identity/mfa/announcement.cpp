#include "identity/mfa/announcement.hpp"

#include <boost/describe.hpp>
#include <ctime>

#include "core/base/json.hpp"
#include "core/base/log.hpp"
#include "identity/mfa/coverage.hpp"
#include "identity/mfa/policy.hpp"
#include "storage/database/database.hpp"
#include "storage/tables/factor_coverage.hpp"
#include "storage/tables/settings_trial.hpp"
#include "storage/tables/system.hpp"

namespace concordat::identity {
namespace {

constexpr const char* announcement_name = "factor_announcement";

struct Announced {
    Millis from = 0;  // MfaEnforcedFrom
    UserId last;      // has been written to, and everybody before
    bool is_done = false;
    std::int64_t letters = 0;
};
BOOST_DESCRIBE_STRUCT(Announced, (), (from, last, is_done, letters))

// Minutes and a zone that everybody can convert; the client shows the reader's own.
std::string date_text(Millis at) {
    const auto seconds = static_cast<std::time_t>(at / 1000);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts);
    return text;
}

Letter letter_for(const storage::FactorPerson& person, const Settings& settings) {
    Letter letter;
    letter.kind = "factor_needed";
    letter.to = person.email;
    letter.locale = person.locale;
    letter.values["date"] = date_text(settings.ConcordatSettings.MfaEnforcedFrom);
    letter.values["link"] = settings.ServiceSettings.SiteURL;
    return letter;
}

}  // namespace

std::size_t FactorAnnouncement::tick() {
    const auto settings = settings_.current();
    const auto from = settings->ConcordatSettings.MfaEnforcedFrom;
    if (!office_.is_open() || are_factors_enforced(*settings, db_.now())) return 0;
    if (office_.waiting() > letters_at_a_time) return 0;  // letters that somebody waits for come first
    return db_.transact([&](storage::Tx& tx) -> std::size_t {
        storage::SystemTable system(tx);
        Announced state;
        if (const auto kept = system.find(announcement_name))
            state = parse_json<Announced>(*kept, announcement_name);
        if (state.from != from) {
            state = {};
            state.from = from;
        }
        if (state.is_done || storage::SettingsTrialTable(tx).find()) return 0;
        storage::FactorCoverageTable table(tx);
        const auto groups = affected_groups(*settings, table.groups(FactorCoverage::most_groups));
        if (groups.empty()) return 0;  // no rule yet: it may come after the date
        const auto people = table.without_after(groups, state.last, letters_at_a_time);
        for (const auto& person : people)
            if (!person.email.empty()) {
                office_.hand_in(tx, letter_for(person, *settings));
                ++state.letters;
            }
        if (!people.empty()) state.last = people.back().id;
        state.is_done = static_cast<std::int64_t>(people.size()) < letters_at_a_time;
        system.put(announcement_name, json_text(state));
        if (state.is_done)
            log_info("second factors were announced", {{"from", state.from}, {"letters", state.letters}});
        return people.size();
    });
}

}  // namespace concordat::identity
