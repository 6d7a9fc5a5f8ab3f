#include <notifyhost/DurableFile.h>

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

NOTIFYHOST_NAMESPACE_BEGIN

namespace {

using std::filesystem::path;

[[noreturn]] void fail(const char* what, const path& file)
{
    const int number = errno;
    throw std::system_error(number, std::generic_category(),
                            std::string("cannot ") + what + ' ' + file.string());
}

template<class Call> auto uninterrupted(Call call)
{
    auto result = call();
    while (result < 0 && errno == EINTR) {
        result = call();
    }
    return result;
}

class OpenFile {
public:
    OpenFile(const path& file, int flags)
        : _path(file), _descriptor(uninterrupted([&] { return open(flags); }))
    {
        if (_descriptor < 0) {
            fail(flags & O_EXCL ? "create" : "open", file);
        }
    }
    ~OpenFile() { ::close(_descriptor); }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;

    void write(std::string_view bytes)
    {
        while (!bytes.empty()) {
            const auto written =
                uninterrupted([&] { return ::write(_descriptor, bytes.data(), bytes.size()); });
            if (written == 0) {
                errno = EIO; // a device that takes nothing would be asked for ever
            }
            if (written <= 0) {
                fail("write", _path);
            }
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
    }

    /// What has no disk below it (a device, a pipe, a file system in memory) need not be able to.
    void sync()
    {
        const int result = uninterrupted([&] { return ::fsync(_descriptor); });
        if (result != 0 && errno != EINVAL && errno != ENOTSUP && errno != EROFS) {
            fail("sync", _path);
        }
    }

private:
    int open(int flags) const { return ::open(_path.c_str(), flags | O_CLOEXEC, 0600); }

    path _path;
    int _descriptor;
};

void syncFolderOf(const path& file)
{
    const path folder = file.parent_path();
    OpenFile(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY).sync();
}

/// Removes the temporary file unless it has got its final name.
class Removal {
public:
    explicit Removal(const path& file) : _path(file) {}
    ~Removal()
    {
        if (_armed) {
            ::unlink(_path.c_str());
        }
    }
    Removal(const Removal&) = delete;
    Removal& operator=(const Removal&) = delete;

    void disarm() { _armed = false; }

private:
    const path& _path;
    bool _armed{true};
};

/// Gives the file its final name; never replaces another. Where the file system cannot rename so,
/// a second name is made and the first removed.
void renameWithoutReplacing(const path& temporary, const path& target)
{
    if (::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) == 0) {
        return;
    }
    const bool cannotRenameSo = errno == EINVAL || errno == ENOSYS;
    if (!cannotRenameSo || ::link(temporary.c_str(), target.c_str()) != 0) {
        fail("rename to", target);
    }
    ::unlink(temporary.c_str());
}

} // namespace

bool writeDurably(const path& temporary, const path& target, std::string_view bytes,
                  const std::function<bool()>& beforeRename)
{
    OpenFile file(temporary, O_WRONLY | O_CREAT | O_EXCL);
    Removal removal(temporary);
    file.write(bytes);
    file.sync();
    if (!beforeRename()) {
        return false;
    }
    renameWithoutReplacing(temporary, target);
    removal.disarm();
    syncFolderOf(target);
    return true;
}

void appendDurably(const path& file, std::string_view bytes)
{
    const bool isNew = ::access(file.c_str(), F_OK) != 0;
    // A named pipe that nobody reads is an error, not a reason to wait for ever.
    OpenFile opened(file, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY);
    opened.write(bytes);
    opened.sync();
    if (isNew) {
        syncFolderOf(file);
    }
}

NOTIFYHOST_NAMESPACE_END
