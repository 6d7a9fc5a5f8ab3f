#pragma once

#include "PipelineSession.h"

#include "log/Counted.h"

#include <string>
#include <string_view>
#include <vector>

namespace notifyhost::app {

/// Why a task may concern the operator.
enum class Concern {
    failed,  ///< nobody is known to have been told
    held,    ///< something waits for approve
    unknown, ///< something may or may not have arrived
    nobody,  ///< a notification had no contacts
    partial, ///< it is DONE, and somebody was not told
    copied,  ///< somebody may have a message twice, since the answer to the first was lost
    foreign, ///< CLAIMED or RUNNING, and this ledger does not answer for it
    strayed, ///< running here, but the queue does not show it RUNNING: nothing is sent
    putBack  ///< ended here, and put back to PENDING by somebody: nothing is sent again
};

struct ConcerningTask {
    std::string id;
    std::string status; ///< in the queue's words
    std::string input;
    std::string what; ///< what is to be known, in one line; perhaps with line breaks from outside
    ledger::WallTime since; ///< of the row's last word, where the ledger has one
    bool acknowledged{};    ///< the operator has seen it
    bool settled{};         ///< that, or the operator cancelled it: not for status
};

/// The tasks of which this is true, oldest first. Only failed, foreign, strayed and putBack ask the
/// queue. Errors: as queue and ledger.
std::vector<ConcerningTask> tasksOf(const PipelineSession& session, Concern concern);

/// What stands for the status of a task that the queue does not have.
inline constexpr const char* kNotThere = "(not there)";

/// Tasks of the queue that are CLAIMED or RUNNING, and that this ledger does not answer for.
std::vector<queue::QueuedTask> foreignTasks(const PipelineSession& session);

using log::counted;

/// The first digits of a task's id, enough for every command.
std::string shortId(const std::string& taskId);

/// "3 h 20 min", "5 days 2 h".
std::string inWords(std::chrono::seconds time);

} // namespace notifyhost::app
