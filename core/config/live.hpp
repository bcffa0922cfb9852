// The settings in force, and their replacement while the node runs.
//
// One per node, owned by the composition root, outlives those who use it. current() may be called
// on any thread, is cheap, and gives a snapshot that never changes: take it once per request.
#pragma once
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>
#include "core/config/load.hpp"
#include "core/config/settings.hpp"

namespace concordat {

class LiveSettings {
public:
    // Reads `file` (see load_settings; throws what it throws) and logs its warnings.
    LiveSettings(std::string file, Environment environment);
    // Fixed settings without a file: watch() and reload() do nothing. For tests and tools.
    explicit LiveSettings(Settings settings);
    ~LiveSettings();  // stops watching
    LiveSettings(const LiveSettings&) = delete;

    std::shared_ptr<const Settings> current() const;

    // `listener` is called after every change, with the old and the new settings, on the thread that
    // changed them (the watching one, or the caller of reload or replace). One change at a time.
    // Must not throw, nor call reload or replace. Register before watch().
    using Listener = std::function<void(const Settings& before, const Settings& now)>;
    void on_change(Listener listener);

    // Starts a thread that looks at the file every second and reloads it when it changed.
    void watch();
    // Asks the watching thread to reload even so, as on SIGHUP. Returns at once; not for use inside a
    // signal handler itself.
    void request_reload();
    // Reads the file now. True when other settings are in force afterwards. A file that is broken
    // leaves the old ones in force and is logged in one line. Changed keys are logged by name, those
    // that wait for a restart as a warning.
    bool reload();
    // Puts `next` in force. Throws Error (invalid, "config.invalid") when it is not valid. The file is
    // not written: its next change overrules.
    void replace(Settings next);

private:
    struct Stamp;
    Stamp stamp_of_file() const;
    bool put_in_force(std::shared_ptr<const Settings> next);
    void watch_file();

    const std::string file_;
    const Environment environment_;
    mutable std::mutex mutex_;  // guards the next five
    std::shared_ptr<const Settings> current_;
    std::vector<Listener> listeners_;
    bool reload_wanted_ = false;
    bool stopping_ = false;
    std::condition_variable wake_;
    std::mutex changing_;  // held while settings change, listeners included
    std::thread watcher_;
};

}  // namespace concordat
