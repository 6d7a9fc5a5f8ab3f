#pragma once

#include <filesystem>
#include <string>

namespace notifyhost::host {

/// One run per porch pipeline and state folder at a time, whatever the sections are called that
/// name it: the ledger's rows go by that name too. The kernel drops the lock with the process, so
/// nothing is left behind by one that was killed. Somebody may remove the file meanwhile: whoever
/// holds this also takes Ledger::lock().
class PipelineLock {
public:
    /// porchName: the pipeline's name in porch, any text. Tries to take the lock; held() tells.
    /// Errors: storage::StorageError, or std::runtime_error, naming the lock file.
    PipelineLock(const std::filesystem::path& stateFolder, const std::string& porchName);
    ~PipelineLock();
    PipelineLock(const PipelineLock&) = delete;
    PipelineLock& operator=(const PipelineLock&) = delete;

    bool held() const { return _held; }
    const std::filesystem::path& file() const { return _file; }
    /// Whether the file at its path is still the one that was locked.
    bool isInPlace() const;

private:
    std::filesystem::path _file;
    int _descriptor{-1};
    bool _held{};
};

} // namespace notifyhost::host
