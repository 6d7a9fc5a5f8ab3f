#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace notifyhost::ledger {

/// A small file beside the ledger that outlives it, one per pipeline: which ledger the pipeline has
/// worked with, and how large its last run's largest batch was. Threads: one at a time.
class LedgerMark {
public:
    /// pipeline: the pipeline's name in porch, any text. Reads the file where it is there; one that
    /// cannot be understood counts as not there.
    LedgerMark(const std::filesystem::path& stateFolder, const std::string& pipeline);

    const std::filesystem::path& file() const { return _file; }
    /// Empty where there is no mark.
    const std::string& identity() const { return _identity; }
    std::uint64_t batch() const { return _batch; }

    /// Makes the file anew; on the disk when it returns. Errors: std::system_error naming it.
    void write(const std::string& identity);

    /// Notes a batch's size in place, which needs no room on a disk that has none. It is a help for
    /// the next run and not promised: an error is let pass.
    void keepBatch(std::uint64_t octets);

private:
    std::string text() const;

    std::filesystem::path _file;
    std::string _identity;
    std::uint64_t _batch{};
};

} // namespace notifyhost::ledger
