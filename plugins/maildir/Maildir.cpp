#include "Maildir.h"

#include <notifyhost/DurableFile.h>

#include <Poco/UUIDGenerator.h>

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

using std::filesystem::path;

[[noreturn]] void fail(const std::string& what, const path& folder)
{
    const int number = errno;
    throw std::system_error(number, std::generic_category(), what + ' ' + folder.string());
}

/// A file system that cannot sync a folder says EINVAL; then there is nothing to wait for.
void syncFolder(const path& folder)
{
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        fail("cannot open", folder);
    }
    const int result = ::fsync(descriptor);
    const int number = errno;
    ::close(descriptor);
    if (result != 0 && number != EINVAL && number != ENOTSUP) {
        errno = number;
        fail("cannot sync", folder);
    }
}

void makeFolder(const path& folder)
{
    bool made = ::mkdir(folder.c_str(), 0700) == 0;
    // Only where a folder above is missing: /proc says "no such file" of what cannot be made.
    if (!made && errno == ENOENT && !std::filesystem::exists(folder.parent_path()) &&
        folder.has_relative_path())
    {
        makeFolder(folder.parent_path());
        made = ::mkdir(folder.c_str(), 0700) == 0;
    }
    if (made) {
        syncFolder(folder.parent_path());
        return;
    }
    if (errno != EEXIST) {
        fail("cannot create", folder);
    }
    if (!std::filesystem::is_directory(folder)) {
        errno = ENOTDIR;
        fail("cannot use", folder);
    }
}

} // namespace

std::string Maildir::obstacle() const
{
    std::error_code error;
    path there = _root;
    // As long as nothing is known to be there, and for no more steps than the path has.
    while (std::filesystem::symlink_status(there, error).type() ==
               std::filesystem::file_type::not_found &&
           there.has_relative_path())
    {
        there = there.parent_path();
    }
    const auto type = std::filesystem::status(there, error).type();
    if (type == std::filesystem::file_type::not_found) {
        return there.string() + " is a link to what does not exist";
    }
    const bool known =
        type != std::filesystem::file_type::none && type != std::filesystem::file_type::unknown;
    return !known || type == std::filesystem::file_type::directory
               ? ""
               : there.string() + " is no folder";
}

void Maildir::prepare() const
{
    for (const char* name : {"tmp", "new", "cur"}) {
        makeFolder(_root / name);
    }
}

std::optional<path> Maildir::find(const std::string& name) const
{
    if (std::filesystem::exists(placeFor(name))) {
        return placeFor(name);
    }
    for (const auto& entry : std::filesystem::directory_iterator(_root / "cur")) {
        const std::string seen = entry.path().filename().string();
        if (seen.substr(0, seen.find(':')) == name) {
            return entry.path();
        }
    }
    return std::nullopt;
}

bool Maildir::store(const std::string& name, std::string_view bytes,
                    const std::function<bool()>& beforeRename) const
{
    const std::string attempt = Poco::UUIDGenerator::defaultGenerator().createRandom().toString();
    return notifyhost::writeDurably(_root / "tmp" / (name + '.' + attempt), placeFor(name), bytes,
                                    beforeRename);
}

void Maildir::sync() const
{
    syncFolder(_root / "new");
}
