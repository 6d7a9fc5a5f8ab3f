#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace notifyhost::test {

/// One address of one delivery, as the ledger has it.
struct RecipientLook {
    std::string deliveryKey;
    std::string address;
    std::string state;
    int code{};
    int attempts{};

    bool operator==(const RecipientLook&) const = default;
};

/// A task, as queue and ledger have it; an empty word: they do not know it.
struct TaskLook {
    std::string id;
    std::string pipeline; ///< as the queue knows it
    std::string input;
    std::string queue;  ///< "CLAIMED" …
    std::string ledger; ///< "taken" …
    bool attemptOpen{};
    int deaths{};
    int events{}; ///< lines of its life in the ledger
    std::vector<RecipientLook> recipients;

    bool isFinal() const { return queue == "DONE" || queue == "FAILED" || queue == "CANCELLED"; }
    bool operator==(const TaskLook&) const = default;
};

using StateLook = std::map<std::string, TaskLook>; ///< by task id

enum class Looking {
    all,
    unfinished ///< what the queue shows CLAIMED or RUNNING
};

/// Reads queue and ledger without changing them, while no program is at work on them.
/// Errors: storage::StorageError.
StateLook look(const std::filesystem::path& queue, const std::filesystem::path& ledger,
               Looking looking = Looking::all);

/// How many tasks of one pipeline the queue has in each status, or of all.
std::map<std::string, int> queueCounts(const std::filesystem::path& queue,
                                       const std::string& pipeline = "");

} // namespace notifyhost::test
