#pragma once

#include "PipelineSession.h"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace notifyhost::app {

/// The tasks that an operator's command is for: one by its id, or all for which every choice is
/// true.
struct Selection {
    std::string pipeline;
    std::string task;
    bool all{};
    bool failed{};
    bool held{};
    std::string since;
    std::string reason;
    bool yes{};  ///< do it, having seen how many there are
    bool gone{}; ///< whoever else may answer for them is known to be gone

    bool isOfMany() const
    {
        return task.empty() && (all || failed || held || !since.empty() || !reason.empty());
    }
};

/// Whether a command without a task and without a choice is for all.
enum class WithoutChoice { isWrong, isForAll };

void addSelectionOptions(CLI::App& command, Selection& selection);

/// A task with all that a command asks about it.
struct Chosen {
    KnownTask task;
    host::Situation situation;
    std::vector<ledger::DeliveryRow> deliveries;
};

/// What a command does with tasks.
struct Errand {
    host::OperatorCommand command{};
    std::string effect; ///< "would be due again"
    /// Whether a choice of many takes the task up, of which the table does not refuse it.
    std::function<bool(const Chosen&)> concerns;
    /// How many recipients it is about. Errors: std::runtime_error where that cannot be known.
    std::function<std::size_t(const Chosen&)> recipients;
    /// Does it, with the pipeline's lock held. Errors: as queue and ledger.
    std::function<host::ExitStatus(const Chosen&)> carryOut{};
    WithoutChoice withoutChoice{WithoutChoice::isWrong};
    bool confirmsOne{}; ///< more than one recipient of a single task needs --yes too
};

/// Asks the table about each task, says how many there are, and does it where --yes was said or one
/// task was named. What fails for one does not stop the others.
/// Errors: std::invalid_argument for a wrong choice; else as the session.
host::ExitStatus carryOut(Program& program, const PipelineSession& session,
                          const Selection& selection, const Errand& errand);

/// "2026-11-25", "2026-11-25T08:30", "2026-11-25T08:30:00Z" (UTC), or how long ago: "90m", "12h",
/// "3d". Errors: std::invalid_argument that says what may be given.
std::chrono::system_clock::time_point sinceWhen(const std::string& text,
                                                std::chrono::system_clock::time_point now);

} // namespace notifyhost::app
