#include "config/StateFolder.h"

#include "config/Configuration.h"
#include "storage/Database.h"
#include "storage/FileSystem.h"
#include "storage/OwnFolder.h"

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

namespace notifyhost::config {

namespace {

namespace fs = std::filesystem;

constexpr const char* kSystemFolder = "/var/lib/notifyhost";
constexpr const char* kOwnName = "notifyhost";

fs::path fromEnvironment(const char* name)
{
    const char* value = std::getenv(name);
    return value == nullptr ? fs::path() : fs::path(value);
}

fs::path homeFolder()
{
    const fs::path home = fromEnvironment("HOME");
    if (home.is_absolute()) {
        return home;
    }
    const struct passwd* account = ::getpwuid(::geteuid());
    return account == nullptr ? fs::path("/") : fs::path(account->pw_dir);
}

bool isWritable(const fs::path& folder)
{
    return ::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0;
}

/// The folder itself or, where it is missing, the nearest one above it that exists.
fs::path nearestExisting(fs::path folder)
{
    std::error_code error;
    while (!fs::exists(folder, error) && folder.has_relative_path()) {
        folder = folder.parent_path();
    }
    return folder;
}

} // namespace

fs::path Configuration::stateFolder() const
{
    if (!_host.state.empty()) {
        return _host.state;
    }
    if (const char* folders = std::getenv("STATE_DIRECTORY"); folders && *folders != '\0') {
        const std::string list(folders);
        return list.substr(0, list.find(':'));
    }
    if (isWritable(kSystemFolder)) {
        return kSystemFolder;
    }
    const fs::path stateHome = fromEnvironment("XDG_STATE_HOME");
    // The XDG specification tells to ignore relative paths.
    return (stateHome.is_absolute() ? stateHome : homeFolder() / ".local" / "state") / kOwnName;
}

std::string objectionToState(const fs::path& folder)
{
    const auto objection = storage::OwnFolder::objection(folder);
    return objection.empty() ? "" : "state folder " + objection;
}

void prepareStateFolder(const fs::path& folder)
{
    using storage::OwnFolder;
    using storage::StorageError;
    try {
        const auto refuse = [&](const std::string& text) {
            throw StorageError(StorageError::Kind::configuration, folder.string() + ": " + text);
        };
        if (const auto network = storage::networkFileSystem(nearestExisting(fs::absolute(folder))))
        {
            refuse("lies on a network file system (" + *network +
                   "), where locks do not hold; set [host] state to a folder on a disk of this "
                   "machine");
        }
        const OwnFolder opened(folder, OwnFolder::Missing::made);
        if ((opened.mode() & 077U) != 0) {
            refuse("others than its owner may enter it; chmod 700 " + folder.string());
        }
        if (!isWritable(opened.place())) {
            throw StorageError(
                StorageError::Kind::disk,
                folder.string() + ": cannot be written: " + std::generic_category().message(errno));
        }
    } catch (const StorageError& error) {
        throw StorageError(error.kind(), std::string("state folder ") + error.what());
    }
}

} // namespace notifyhost::config
