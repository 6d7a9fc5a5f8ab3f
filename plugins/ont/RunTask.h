#pragma once

#include <notifyhost/EventSource.h>

#include <string>
#include <string_view>
#include <variant>

namespace notifyhost::ont {

/// The instrument's slots: a GridION has 5, a PromethION 24.
inline constexpr int kFirstSlot = 1;
inline constexpr int kLastSlot = 24;

/// An Oxford Nanopore run and where its data lie: a task without its event.
struct Run {
    std::string experiment;
    std::string flowcell;
    int slot{};
    std::string path; ///< absolute iRODS path of the collection, normalised
};

/// What a task says.
struct RunTask {
    std::string event; ///< as given to `add`: a name or a display text
    Run run;
};

/// The task's input as JSON text. Its identity in the queue is made from this text's content, so
/// what it holds may not change.
std::string taskInput(std::string_view event, const Run& run);

/// Reads a task; a text saying what is wrong where it is none of ours.
std::variant<RunTask, std::string> readTask(const Task& task);

} // namespace notifyhost::ont
