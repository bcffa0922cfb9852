#include "core/config/live.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/config/keys.hpp"
#include "core/config/settings_file.hpp"

namespace concordat {
namespace {

constexpr auto look_every = std::chrono::seconds(1);

std::string joined(const std::vector<std::string>& parts) {
    std::string all;
    for (const auto& part : parts) all += (all.empty() ? "" : ", ") + part;
    return all;
}

bool is_there(const std::string& file) {
    return ::access(file.c_str(), F_OK) == 0;
}

// What the environment decides may be told as it is, and is not written then.
void drop_decided(json::object& told, const Key& key, const Settings& in_force) {
    auto* section = told.if_contains(key.section);
    auto* value = section ? section->get_object().if_contains(key.name) : nullptr;
    if (!value) return;
    std::string now;
    std::visit([&](const auto* member) { write_json(now, *member); }, key.read(in_force));
    // Of a secret only that there is none may be told, which everybody sees.
    if (*value != json::parse(now) || (key.is_secret() && *value != ""))
        throw Error(Fault::conflict, "config.environment",
                    key.path() + " is set by the environment of the node, and is changed there.");
    section->get_object().erase(key.name);
}

void log_warnings(const std::vector<std::string>& warnings) {
    for (const auto& line : warnings) log_warn("configuration: " + line);
}

}  // namespace

// Tells one state of the file from the next; editors replace files as well as write into them.
struct LiveSettings::Stamp {
    ino_t inode = 0;
    off_t size = 0;
    timespec written{};
    bool operator==(const Stamp& o) const {
        return inode == o.inode && size == o.size && written.tv_sec == o.written.tv_sec &&
               written.tv_nsec == o.written.tv_nsec;
    }
};

LiveSettings::Stamp LiveSettings::stamp_of_file() const {
    struct stat info {};
    if (::stat(file_.c_str(), &info) != 0) return {};
    return {info.st_ino, info.st_size, info.st_mtim};
}

LiveSettings::LiveSettings(std::string file, Environment environment, File need)
    : file_(std::move(file)), environment_(std::move(environment)) {
    was_read_ = need == File::needed || is_there(file_);
    auto loaded = load_settings(was_read_ ? file_ : "", environment_);
    log_warnings(loaded.warnings);
    current_ = at_start_ = std::make_shared<const Settings>(std::move(loaded.settings));
}

LiveSettings::LiveSettings(Settings settings)
    : at_start_(std::make_shared<const Settings>(std::move(settings))), current_(at_start_) {}

LiveSettings::~LiveSettings() {
    stop();
}

void LiveSettings::stop() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (watcher_.joinable()) watcher_.join();
    std::lock_guard none_is_running(changing_);
    std::lock_guard lock(mutex_);
    listeners_.clear();
}

std::shared_ptr<const Settings> LiveSettings::current() const {
    std::lock_guard lock(mutex_);
    return current_;
}

void LiveSettings::on_change(Listener listener) {
    std::lock_guard lock(mutex_);
    listeners_.push_back(std::move(listener));
}

void LiveSettings::watch() {
    if (file_.empty() || watcher_.joinable()) return;
    watcher_ = std::thread([this] { watch_file(); });
}

void LiveSettings::request_reload() {
    {
        std::lock_guard lock(mutex_);
        reload_wanted_ = true;
    }
    wake_.notify_all();
}

void LiveSettings::watch_file() {
    // Not the file's state at construction: what was written since then must not be missed.
    Stamp seen;
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        bool wanted = std::exchange(reload_wanted_, false);
        lock.unlock();
        auto stamp = stamp_of_file();
        if (wanted || !(stamp == seen)) {
            seen = stamp;
            reload();
        }
        lock.lock();
        wake_.wait_for(lock, look_every, [this] { return stopping_ || reload_wanted_; });
    }
}

bool LiveSettings::reload() {
    try {
        return reload_or_throw();
    } catch (const Error& error) {  // a running node survives a broken file
        log_error("configuration not changed, the new one is not valid: " + error.text());
        return false;
    }
}

bool LiveSettings::reload_or_throw() {
    std::lock_guard one_at_a_time(changing_);
    return read_again();
}

// The caller holds changing_.
bool LiveSettings::read_again() {
    if (file_.empty() || (!was_read_ && !is_there(file_))) return false;
    was_read_ = true;  // one that goes away again is a mistake
    auto loaded = load_settings(file_, environment_);
    if (!put_in_force(std::make_shared<const Settings>(std::move(loaded.settings)))) return false;
    log_warnings(loaded.warnings);
    return true;
}

LiveSettings::Changes LiveSettings::change(const json::object& sections, From from,
                                           const std::function<void(const Change&)>& write) {
    require(!file_.empty(), Fault::unsupported, "config.no_file", "These settings have no file.");
    std::lock_guard one_at_a_time(changing_);
    auto told = told_settings(sections);
    for (const auto* key : overruled()) drop_decided(told, *key, *current());
    const auto old_text = was_read_ || is_there(file_) ? read_settings_text(file_) : std::string("{}");
    const auto text = spelled_settings(with_settings(settings_tree(old_text, file_), told));
    const auto before = parse_settings(old_text, file_, environment_);
    const auto next = parse_settings(text, file_, environment_);
    const auto changes = changed_keys(before.settings, next.settings);
    if (changes.empty()) return changes;
    for (const auto* key : changes)
        if (key->is_local() && from != From::machine) throw changed_at_the_machine(*key);
    write({changes, next.settings, file_, text});
    read_again();
    return changes;
}

void LiveSettings::replace(Settings next) {
    auto problems = validate(next);
    if (!problems.empty()) throw Error(Fault::invalid, "config.invalid", problems.front(), joined(problems));
    std::lock_guard one_at_a_time(changing_);
    put_in_force(std::make_shared<const Settings>(std::move(next)));
}

// The caller holds changing_.
bool LiveSettings::put_in_force(std::shared_ptr<const Settings> next) {
    auto before = current();
    std::vector<std::string> changed, waiting;
    for (const auto* key : changed_keys(*before, *next)) {
        (key->needs_restart() ? waiting : changed).push_back(key->path());
    }
    if (changed.empty() && waiting.empty()) return false;
    std::vector<Listener> listeners;
    {
        std::lock_guard lock(mutex_);
        current_ = next;
        listeners = listeners_;
    }
    if (!changed.empty()) log_info("configuration changed", {{"keys", joined(changed)}});
    if (!waiting.empty())
        log_warn("configuration changed, in force after a restart", {{"keys", joined(waiting)}});
    for (const auto& listener : listeners) listener(*before, *next);
    return true;
}

}  // namespace concordat
