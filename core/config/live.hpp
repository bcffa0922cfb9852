// The settings in force, and their replacement while the node runs.
//
// One per node, owned by the composition root, outlives those who use it. current() may be called
// on any thread, is cheap, and gives a snapshot that never changes: take it once per request.
#pragma once
#include <boost/json/fwd.hpp>
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

struct Key;

class LiveSettings {
public:
    // Whether the file has to be there when the node starts. One that need not be is read as soon as it is.
    enum class File { needed, optional };
    // Reads `file` (see load_settings; throws what it throws) and logs its warnings.
    LiveSettings(std::string file, Environment environment, File need = File::needed);
    // Fixed settings without a file: watch() and reload() do nothing. For tests and tools.
    explicit LiveSettings(Settings settings);
    ~LiveSettings();
    LiveSettings(const LiveSettings&) = delete;

    std::shared_ptr<const Settings> current() const;

    // `listener` is called after every change, with the old and the new settings, on the thread that
    // changed them (the watching one, or the caller of reload or replace). One change at a time.
    // Must not throw, nor call reload or replace. Register before watch().
    using Listener = std::function<void(const Settings& before, const Settings& now)>;
    void on_change(Listener listener);

    // Starts a thread that looks at the file every second and reloads it when it changed.
    void watch();
    // No longer watches, and calls no listener any more once this returns. For owners of listeners that end
    // before these settings do.
    void stop();
    // Asks the watching thread to reload even so, as on SIGHUP. Returns at once; not for use inside a
    // signal handler itself.
    void request_reload();
    // Reads the file now. True when other settings are in force afterwards. A file that is broken
    // leaves the old ones in force and is logged in one line. Changed keys are logged by name, those
    // that wait for a restart as a warning.
    bool reload();
    // Changes values in the file and puts them in force. `sections` is as in the file; what it does not name
    // stays as it is, and so does what stands in the file and is not known. A secret that is 32 asterisks is
    // one that was not changed. `write` is told what changes and puts the text into the file, which may not
    // be there yet; what it throws goes on to the caller. It is not called when nothing changes. Returns what
    // changed. Throws Error, before `write` is called:
    //   invalid      config.invalid      not valid, or the file is not; as load_settings
    //   invalid      config.unknown      a section or key that is not known
    //   forbidden    config.local        a key that is changed at the machine only
    //   conflict     config.environment  a variable of the environment decides
    //   unsupported  config.no_file      these settings have no file
    using Changes = std::vector<const Key*>;
    struct Change {
        const Changes& keys;
        const Settings& next;
        const std::string& file;
        const std::string& text;
    };
    enum class From { administrator, machine };
    Changes change(const boost::json::object& sections, From from,
                   const std::function<void(const Change&)>& write);
    // The keys that a variable of the environment decides, whatever the file says.
    Changes overruled() const { return keys_of(environment_); }
    // Reads the file now, as reload(), but throws what is wrong with it.
    bool reload_or_throw();
    // What the node started with: a key that needs a restart has this value until then.
    const Settings& at_start() const { return *at_start_; }

    // Puts `next` in force. Throws Error (invalid, "config.invalid") when it is not valid. The file is
    // not written: its next change overrules.
    void replace(Settings next);

private:
    struct Stamp;
    Stamp stamp_of_file() const;
    bool put_in_force(std::shared_ptr<const Settings> next);
    bool read_again();
    void watch_file();

    const std::string file_;
    const Environment environment_;
    std::shared_ptr<const Settings> at_start_;  // never another
    mutable std::mutex mutex_;                  // guards the next five
    std::shared_ptr<const Settings> current_;
    std::vector<Listener> listeners_;
    bool reload_wanted_ = false;
    bool stopping_ = false;
    std::condition_variable wake_;
    std::mutex changing_;   // held while settings change, listeners included
    bool was_read_ = true;  // the file, at least once; guarded by changing_
    std::thread watcher_;
};

}  // namespace concordat
