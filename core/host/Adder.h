#pragma once

#include "host/ExitStatus.h"
#include "host/StopSignal.h"
#include "log/Logger.h"
#include "queue/TaskQueue.h"

#include <notifyhost/EventSource.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace notifyhost::host {

/// What became of the found events, in numbers.
struct AddReport {
    int added{};
    int known{};
    int refused{}; ///< by the queue
    int bad{};     ///< items that were no events
    ExitStatus status{ExitStatus::ok};
};

/// The input of `add` cannot be opened: nothing was read.
class UnreadableInput : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Where `add` reads and writes; "-" is standard input and output.
struct AddFiles {
    std::string input{"-"};
    std::string output{"-"};
};

/// Finds events and adds them as tasks, in groups. An event's echo is written only when the queue
/// holds its task durably. Threads: one.
class Adder {
public:
    Adder(queue::TaskQueue& queue, queue::Pipeline pipeline, AddFiles files, log::Logger& logger,
          const StopSignal& stop);

    /// Errors: UnreadableInput; std::system_error for an output that cannot be opened;
    ///         std::invalid_argument where both are one file. A queue, a service of the source or
    ///         an input that fails ends up in the log and the report's status. An output that
    ///         cannot be written keeps nothing from being added: the log names what was not passed
    ///         on.
    AddReport run(EventSource& source);

private:
    class Context;
    class Sink;
    void discover(EventSource& source, Sink& sink);
    static void finishQuietly(Sink& sink);

    queue::TaskQueue& _queue;
    queue::Pipeline _pipeline;
    AddFiles _files;
    log::Logger& _logger;
    const StopSignal& _stop;
};

} // namespace notifyhost::host
