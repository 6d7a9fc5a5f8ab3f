#include "Maildir.h"

#include <Poco/UUIDGenerator.h>

#include <array>
#include <cerrno>
#include <memory>
#include <system_error>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

using notifyhost::FileRefusal;
using notifyhost::FileUse;
using notifyhost::TrustedFile;
using std::filesystem::path;

[[noreturn]] void fail(const std::string& what, const path& place)
{
    const int number = errno;
    throw std::system_error(number, std::generic_category(), what + ' ' + place.string());
}

/// Errors: FileRefusal that begins with the folder's path.
TrustedFile openFolder(const path& folder)
{
    try {
        return TrustedFile::openFolder(folder, FileUse::mailbox);
    } catch (const FileRefusal& refusal) {
        throw FileRefusal(refusal.kind(), folder.string() + ' ' + refusal.what());
    }
}

/// The uppermost folder of a path that is missing; those above it have been judged then.
std::optional<path> firstMissing(path folder)
{
    try {
        openFolder(folder);
        return std::nullopt;
    } catch (const FileRefusal& refusal) {
        if (refusal.kind() != FileRefusal::Kind::missing) {
            throw;
        }
    }
    std::error_code error;
    const auto isMissing = [&](const path& place) {
        return std::filesystem::symlink_status(place, error).type() ==
               std::filesystem::file_type::not_found;
    };
    while (folder.has_relative_path() && isMissing(folder.parent_path())) {
        folder = folder.parent_path();
    }
    for (const auto& place : {folder, folder.parent_path()}) {
        if (std::filesystem::is_symlink(place, error) && !std::filesystem::exists(place, error)) {
            throw FileRefusal(FileRefusal::Kind::unreadable,
                              place.string() + " is a link to what does not exist");
        }
    }
    return folder;
}

/// A file system that cannot sync a folder says EINVAL; then there is nothing to wait for.
void syncFolder(int descriptor, const path& folder)
{
    if (::fsync(descriptor) != 0 && errno != EINVAL && errno != ENOTSUP) {
        fail("cannot sync", folder);
    }
}

TrustedFile madeFolder(const path& folder)
{
    while (const auto missing = firstMissing(folder)) {
        if (::mkdir(missing->c_str(), 0700) != 0) {
            if (errno != EEXIST) {
                fail("cannot create", *missing);
            }
            continue;
        }
        const int above =
            ::open(missing->parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (above >= 0) {
            syncFolder(above, missing->parent_path());
            ::close(above);
        }
    }
    return openFolder(folder);
}

/// Errors: FileRefusal where the Maildir or a part of it is a link.
void requireNoLink(const path& folder)
{
    std::error_code error;
    if (std::filesystem::is_symlink(folder, error)) {
        throw FileRefusal(FileRefusal::Kind::untrusted,
                          folder.string() +
                              " is a link, and nothing is written through it: name the folder "
                              "that it leads to, or put a folder there");
    }
}

TrustedFile part(const path& root, const char* name)
{
    auto folder = madeFolder(root / name);
    requireNoLink(root);
    requireNoLink(root / name);
    return folder;
}

/// A file of a mail in tmp: new, mode 0600, and gone at the end if it stays there.
class Draft {
public:
    Draft(const TrustedFile& folder, std::string name)
        : _folder(folder),
          _name(std::move(name)),
          _descriptor(::openat(folder.descriptor(), _name.c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600))
    {
        if (_descriptor < 0) {
            fail("cannot create", place());
        }
    }
    ~Draft()
    {
        ::close(_descriptor);
        if (!_moved) {
            ::unlinkat(_folder.descriptor(), _name.c_str(), 0);
        }
    }
    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;

    void write(std::string_view bytes)
    {
        if (::fchmod(_descriptor, 0600) != 0) {
            fail("cannot set the mode of", place());
        }
        while (!bytes.empty()) {
            const auto written = ::write(_descriptor, bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) {
                continue;
            }
            if (written <= 0) {
                fail("cannot write", place());
            }
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
        if (::fsync(_descriptor) != 0 && errno != EINVAL && errno != ENOTSUP) {
            fail("cannot sync", place());
        }
    }

    /// Where the file system cannot rename without replacing, a second name is made and the first
    /// removed.
    void moveTo(const TrustedFile& folder, const std::string& name)
    {
        if (::renameat2(_folder.descriptor(), _name.c_str(), folder.descriptor(), name.c_str(),
                        RENAME_NOREPLACE) == 0)
        {
            _moved = true;
            return;
        }
        const bool cannotRenameSo = errno == EINVAL || errno == ENOSYS;
        if (!cannotRenameSo || ::linkat(_folder.descriptor(), _name.c_str(), folder.descriptor(),
                                        name.c_str(), 0) != 0)
        {
            fail("cannot rename to", folder.path() / name);
        }
    }

private:
    path place() const { return _folder.path() / _name; }

    const TrustedFile& _folder;
    const std::string _name;
    int _descriptor;
    bool _moved{};
};

} // namespace

constexpr std::array kParts{"tmp", "new", "cur"};

std::string Maildir::obstacle() const
{
    try {
        if (!firstMissing(_root)) {
            requireNoLink(_root);
            for (const auto* part : kParts) {
                if (!firstMissing(_root / part)) {
                    requireNoLink(_root / part);
                }
            }
        }
        return "";
    } catch (const FileRefusal& refusal) {
        return refusal.what();
    }
}

std::string Maildir::look() const
{
    const auto require = [](const path& folder) {
        if (::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
            fail("cannot write in", folder);
        }
    };
    if (const auto obstructs = obstacle(); !obstructs.empty()) {
        throw FileRefusal(FileRefusal::Kind::untrusted, obstructs);
    }
    if (const auto missing = firstMissing(_root)) {
        require(missing->parent_path());
        return _root.string() + " is not there yet and can be made";
    }
    require(_root);
    for (const auto* part : kParts) {
        if (!firstMissing(_root / part)) {
            require(_root / part);
        }
    }
    return _root.string() + " can be written to";
}

Maildir::Box::Box(const path& root)
    : _tmp(part(root, kParts[0])), _new(part(root, kParts[1])), _cur(part(root, kParts[2]))
{
}

std::optional<path> Maildir::Box::find(const std::string& name) const
{
    struct stat status {};
    if (::fstatat(_new.descriptor(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
        return _new.path() / name;
    }
    const int again = ::openat(_cur.descriptor(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(again < 0 ? nullptr : ::fdopendir(again),
                                                      ::closedir);
    if (!listing) {
        fail("cannot list", _cur.path());
    }
    while (const auto* entry = ::readdir(listing.get())) {
        const std::string seen = entry->d_name;
        if (seen.substr(0, seen.find(':')) == name) {
            return _cur.path() / seen;
        }
    }
    return std::nullopt;
}

bool Maildir::Box::store(const std::string& name, std::string_view bytes,
                         const std::function<bool()>& beforeRename) const
{
    const std::string attempt = Poco::UUIDGenerator::defaultGenerator().createRandom().toString();
    Draft draft(_tmp, name + '.' + attempt);
    draft.write(bytes);
    if (!beforeRename()) {
        return false;
    }
    draft.moveTo(_new, name);
    sync();
    return true;
}

void Maildir::Box::sync() const
{
    syncFolder(_new.descriptor(), _new.path());
}
