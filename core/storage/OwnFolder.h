#pragma once

#include <notifyhost/TrustedFile.h>

#include <filesystem>
#include <string>

namespace notifyhost::storage {

/// A folder whose files are this program's own, held open. FileUse::state says who may own it and
/// those above it, and write in them; so nobody but root and the effective user can exchange what
/// lies there. Threads: any.
class OwnFolder {
public:
    /// What becomes of a folder that is not there.
    enum class Missing {
        refused,
        made ///< with those above it, mode 0700
    };
    /// Errors: StorageError that names the folder at fault and the command to use: configuration
    ///         where others could exchange something, or where it is another user's, before
    ///         anything is made; disk where it is missing, no folder, or cannot be made.
    explicit OwnFolder(const std::filesystem::path& folder, Missing missing = Missing::refused);

    /// What would be refused, with nothing changed; of a folder that is missing, what those above
    /// it would be refused for. Empty: nothing.
    static std::string objection(const std::filesystem::path& folder);

    /// To be used with openat() and its like.
    int descriptor() const { return _opened.descriptor(); }
    /// Its path without a link.
    const std::filesystem::path& place() const { return _opened.path(); }
    mode_t mode() const { return _opened.status().st_mode & 07777U; }

    /// Whether a file of this name is there.
    /// Errors: StorageError (configuration) for a link, a file of another user's and one that has
    ///         further names; (disk) for what is no file.
    bool holds(const std::string& name) const;

    /// Opens a file to read and write; one that is missing is made. It has mode 0600 afterwards.
    /// Follows no link. Returns a descriptor, which the caller closes.
    /// Errors: as holds(), and StorageError (disk) where it cannot be opened or made.
    int open(const std::string& name) const;

    /// Gives a file mode 0600, where it is there. It is not opened to be read, so that no lock is
    /// lost. Errors: as open().
    void makePrivate(const std::string& name) const;

private:
    std::filesystem::path _folder; ///< as it was named
    TrustedFile _opened;
};

} // namespace notifyhost::storage
