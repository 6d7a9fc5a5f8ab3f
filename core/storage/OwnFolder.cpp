#include "storage/OwnFolder.h"

#include "storage/Database.h"
#include "trust/Accounts.h"

#include <cerrno>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace notifyhost::storage {

namespace {

namespace fs = std::filesystem;

constexpr mode_t kPrivate = 0600;
constexpr mode_t kPrivateFolder = 0700;

[[noreturn]] void refuse(const fs::path& path, const std::string& why)
{
    throw StorageError(StorageError::Kind::configuration, path.string() + ": " + why);
}

[[noreturn]] void fail(const fs::path& path, const std::string& doing, int error)
{
    throw StorageError(StorageError::Kind::disk,
                       path.string() + ": " + doing + ": " + std::strerror(error));
}

/// The words that tell to run this as another user, with the commands.
std::string runItAs(uid_t user)
{
    const struct passwd* account = ::getpwuid(user);
    const std::string name = account == nullptr ? std::to_string(user) : account->pw_name;
    const std::string forSudo = account == nullptr ? "'#" + name + "'" : name;
    return "Run it as that user: sudo -u " + forSudo + " … (or setpriv --reuid " + name +
           " --regid " + std::to_string(account == nullptr ? user : account->pw_gid) +
           (account == nullptr ? " --clear-groups …)" : " --init-groups …)");
}

std::string isAnothers(uid_t owner)
{
    return "belongs to " + userText(owner) + ", and this runs as " + userText(::geteuid()) + ". " +
           runItAs(owner);
}

/// The folder or, where it is missing, the nearest one above it that is there, belongs to a user
/// who is neither root nor the one that this runs as.
std::optional<uid_t> foreignOwner(fs::path folder)
{
    struct stat status {};
    while (::stat(folder.c_str(), &status) != 0 && folder.has_relative_path()) {
        folder = folder.parent_path();
    }
    const bool isForeign = status.st_uid != 0 && status.st_uid != ::geteuid();
    return isForeign ? std::optional(status.st_uid) : std::nullopt;
}

[[noreturn]] void fail(const fs::path& folder, const FileRefusal& refusal)
{
    if (refusal.kind() != FileRefusal::Kind::untrusted) {
        throw StorageError(StorageError::Kind::disk, folder.string() + ": " + refusal.what());
    }
    // Whoever owns the state is told how to run this, not how to take the folder away from him.
    if (const auto owner = foreignOwner(fs::absolute(folder))) {
        refuse(folder, isAnothers(*owner));
    }
    refuse(folder, refusal.what());
}

/// Makes the uppermost folder of the path that is missing. Those above it have been judged.
void makeFirstMissing(fs::path folder)
{
    std::error_code error;
    while (folder.has_relative_path() &&
           fs::symlink_status(folder.parent_path(), error).type() == fs::file_type::not_found)
    {
        folder = folder.parent_path();
    }
    // Another process may have been faster; a link to nothing is in the way for ever.
    if (::mkdir(folder.c_str(), kPrivateFolder) != 0 &&
        (errno != EEXIST || fs::is_symlink(folder, error)))
    {
        fail(folder, "cannot be made", errno);
    }
}

TrustedFile opened(fs::path folder, OwnFolder::Missing missing)
{
    folder = fs::absolute(folder);
    if (!folder.has_filename()) { // it ended with a slash
        folder = folder.parent_path();
    }
    for (bool made = false;; made = true) {
        try {
            auto result = TrustedFile::openFolder(folder, FileUse::state);
            if (made && result.status().st_uid == ::geteuid()) {
                // The umask may have taken some of our own rights.
                ::fchmod(result.descriptor(), kPrivateFolder);
            }
            return result;
        } catch (const FileRefusal& refusal) {
            if (refusal.kind() != FileRefusal::Kind::missing || missing != OwnFolder::Missing::made)
            {
                fail(folder, refusal);
            }
        }
        makeFirstMissing(folder);
    }
}

/// Errors: StorageError for what is no file of ours alone.
void requireOwn(const fs::path& file, const struct stat& status)
{
    if (S_ISLNK(status.st_mode)) {
        refuse(file, "is a link, and nothing is written through it. Put the file itself there.");
    }
    if (!S_ISREG(status.st_mode)) {
        throw StorageError(StorageError::Kind::disk, file.string() + ": is no file. Take it away.");
    }
    if (status.st_uid != ::geteuid()) {
        refuse(file, isAnothers(status.st_uid) + ", or give it to the right user with chown.");
    }
    if (status.st_nlink > 1) {
        refuse(file, "has " + std::to_string(status.st_nlink) +
                         " names (hard links), so what is written here would change elsewhere. "
                         "Put a copy in its place.");
    }
}

/// A descriptor, closed at the end.
class Held {
public:
    explicit Held(int number) : _number(number) {}
    ~Held()
    {
        if (_number >= 0) {
            ::close(_number);
        }
    }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    int operator*() const { return _number; }
    int release() { return std::exchange(_number, -1); }

private:
    int _number;
};

} // namespace

OwnFolder::OwnFolder(const fs::path& folder, Missing missing)
    : _folder(folder.empty() ? "." : folder), _opened(opened(_folder, missing))
{
}

std::string OwnFolder::objection(const fs::path& folder)
{
    try {
        TrustedFile::openFolder(folder, FileUse::state);
    } catch (const FileRefusal& refusal) {
        try {
            if (refusal.kind() != FileRefusal::Kind::missing) {
                fail(folder, refusal);
            }
        } catch (const StorageError& error) {
            return error.what();
        }
    }
    return "";
}

bool OwnFolder::holds(const std::string& name) const
{
    struct stat status {};
    if (::fstatat(descriptor(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) {
            return false;
        }
        fail(_folder / name, "cannot be looked at", errno);
    }
    requireOwn(_folder / name, status);
    return true;
}

int OwnFolder::open(const std::string& name) const
{
    // Between two looks another run may make it.
    constexpr int kTries = 100;
    constexpr int kFlags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    for (int tries = 0;; ++tries) {
        const bool isThere = holds(name);
        Held file(::openat(descriptor(), name.c_str(), isThere ? kFlags : kFlags | O_CREAT | O_EXCL,
                           kPrivate));
        if (*file < 0) {
            if ((errno == EEXIST || errno == ENOENT || errno == ELOOP) && tries < kTries) {
                continue;
            }
            fail(_folder / name, isThere ? "cannot be opened" : "cannot be made", errno);
        }
        struct stat status {};
        if (::fstat(*file, &status) != 0) {
            fail(_folder / name, "cannot be looked at", errno);
        }
        requireOwn(_folder / name, status);
        if ((status.st_mode & 07777U) != kPrivate && ::fchmod(*file, kPrivate) != 0) {
            fail(_folder / name, "cannot be kept private", errno);
        }
        return file.release();
    }
}

void OwnFolder::makePrivate(const std::string& name) const
{
    const Held file(::openat(descriptor(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat status {};
    if (*file < 0 || ::fstat(*file, &status) != 0) {
        return; // SQLite takes away what it no longer needs
    }
    requireOwn(_folder / name, status);
    // Closing a descriptor that can read would drop the locks of the whole process. This one
    // cannot, and its mode is set by way of its number.
    const auto byNumber = "/proc/self/fd/" + std::to_string(*file);
    if ((status.st_mode & 07777U) != kPrivate && ::chmod(byNumber.c_str(), kPrivate) != 0) {
        fail(_folder / name, "cannot be kept private", errno);
    }
}

} // namespace notifyhost::storage
