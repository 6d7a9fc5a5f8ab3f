#pragma once

#include <notifyhost/Abi.h>

#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/stat.h>

NOTIFYHOST_NAMESPACE_BEGIN

/// What a file or folder is for. core/trust/TrustRules.cpp says what is refused and what warned of
/// for which, docs/security.md shows it.
enum class FileUse { plugin, templates, configuration, secret, authorities, key, state, mailbox };

/// A path that is not used.
class FileRefusal : public std::runtime_error {
public:
    enum class Kind {
        missing,    ///< it, or a folder on the way, is not there
        unreadable, ///< the system says no, or it is no regular file, or no folder
        untrusted   ///< others than root and the effective user could put something in its place
    };

    /// text: what is wrong, to stand behind the path that was named: `does not exist`, `is not to
    /// be trusted: the folder /srv/bob belongs to …; run: chown root /srv/bob`.
    FileRefusal(Kind kind, const std::string& text) : std::runtime_error(text), _kind(kind) {}

    Kind kind() const { return _kind; }

private:
    Kind _kind;
};

/// A regular file or a folder, opened by way of folders that only root and the effective user can
/// change. The way is walked step by step from / (or from a folder that was opened so): each
/// folder, each symbolic link and what it leads to is opened without following, judged by its
/// descriptor, and the next step taken from there. So what was judged is what is read, whatever is
/// exchanged meanwhile. An access list counts with its mask, which is what a mode shows for the
/// group. A group that has no member but the owner counts as the owner. Errors: FileRefusal.
/// Threads: any. Never waits for a pipe or a device.
class TrustedFile {
public:
    /// Opens a regular file for reading.
    static TrustedFile open(const std::filesystem::path& file, FileUse use);

    /// Opens a folder. Others may not even add to it, so here a sticky bit is of no help; folders
    /// above it may be sticky where the table says so.
    static TrustedFile openFolder(const std::filesystem::path& folder, FileUse use);

    ~TrustedFile();
    TrustedFile(TrustedFile&& other) noexcept;
    TrustedFile& operator=(TrustedFile&& other) noexcept;

    /// Opens a regular file as seen from this folder.
    TrustedFile openInside(const std::filesystem::path& file) const;

    /// Open for reading, and closed when the program starts another one.
    int descriptor() const { return _descriptor; }

    /// A path that means what was opened, for libraries that take nothing else; it holds while this
    /// is open. Needs /proc.
    std::string pathOfDescriptor() const;

    /// Where it really is: absolute, without links.
    const std::filesystem::path& path() const { return _path; }

    /// As it was when it was opened.
    const struct stat& status() const { return _status; }

    /// Whether everyone can read it: its mode lets them, and so do the folders above it.
    bool isPublic() const { return _reachable && (_status.st_mode & S_IROTH) != 0; }

    /// The command after which only its owner and its group can read it; the effective user still
    /// can.
    std::string privacyCommand() const;

    /// What the table warns of, each a sentence with the path and the command that mends it.
    const std::vector<std::string>& warnings() const { return _warnings; }

    /// The whole content. Errors: FileRefusal, also for more octets than limit.
    std::string read(std::size_t limit) const;

    /// The names in this folder, sorted, without "." and "..".
    std::vector<std::string> names() const;

private:
    TrustedFile() = default;

    int _descriptor{-1};
    FileUse _use{};
    std::filesystem::path _path;
    struct stat _status {};
    bool _reachable{}; ///< everyone may pass through the folders above
    std::vector<std::string> _warnings;

    friend class PathWalk;
};

NOTIFYHOST_NAMESPACE_END
