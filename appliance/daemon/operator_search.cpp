// The operator's commands about the search index.
#include <chrono>
#include <thread>

#include "appliance/daemon/operator.hpp"
#include "appliance/daemon/operator_arguments.hpp"

namespace concordat::appliance {
namespace {

json::object shown(const messaging::FeedStatus& status) {
    const auto& index = status.index;
    const char* state = !status.failure.empty() ? "failing"
                        : !index.is_loaded      ? "closed"  // the node does not run
                        : index.pending > 0     ? "writing"
                                                : "ready";
    const auto done = index.to_build - std::min<std::uint64_t>(index.to_build, index.pending);
    return {{"state", state},
            {"failure", status.failure},
            {"items", index.items},
            {"stale_items", index.stale},
            {"bytes", index.bytes},
            {"weeks", index.partitions},
            {"weeks_to_write", index.pending},
            {"percent_written", index.pending == 0 ? 100 : done * 100 / index.to_build},
            {"committed_at", status.committed_at}};
}

}  // namespace

void Operator::add_search() {
    commands_["search status"] = [this](const json::object&, const Progress&) -> json::value {
        return shown(node_.search_feed.status());
    };
    commands_["search rebuild"] = [this](const json::object& a, const Progress& progress) -> json::value {
        const auto before = node_.search_feed.status();
        node_.search_feed.rebuild();
        if (!before.index.is_loaded) {
            progress("The index will be written anew when the node runs.");
            return shown(before);
        }
        if (!flag_of(a, "wait")) return shown(node_.search_feed.status());
        const auto generation = before.index.generation;
        std::size_t said = 0;
        for (;;) {
            const auto now = node_.search_feed.status();
            if (now.index.pending != said && (said = now.index.pending) > 0)
                progress("Weeks still to be written: " + std::to_string(said));
            if (now.index.pending == 0 && now.index.generation > generation) return shown(now);
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
    };
}

}  // namespace concordat::appliance
