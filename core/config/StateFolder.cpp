#include "config/StateFolder.h"

#include "config/Configuration.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace notifyhost::config {

namespace {

namespace fs = std::filesystem;

constexpr const char* kSystemFolder = "/var/lib/notifyhost";
constexpr const char* kOwnName = "notifyhost";
constexpr mode_t kPrivate = 0700;

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

[[noreturn]] void fail(const fs::path& folder, const std::string& text)
{
    throw std::runtime_error("state folder " + folder.string() + ": " + text);
}

[[noreturn]] void failWith(const fs::path& folder, const std::string& doing, int error)
{
    fail(folder, doing + ": " + std::generic_category().message(error));
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

void refuseNetwork(const fs::path& folder)
{
    struct statfs status {};
    if (::statfs(nearestExisting(folder).c_str(), &status) != 0) {
        failWith(folder, "cannot find out its file system", errno);
    }
    if (isNetworkFileSystem(static_cast<unsigned long>(status.f_type))) {
        fail(folder, "lies on a network file system, where locks do not hold; set [host] state to "
                     "a folder on a disk of this machine");
    }
}

void create(const fs::path& folder)
{
    std::error_code error;
    fs::create_directories(folder.parent_path(), error);
    if (error) {
        fail(folder, "cannot make the folder above it: " + error.message());
    }
    if (::mkdir(folder.c_str(), kPrivate) == 0) {
        // The umask may have taken some of our own rights.
        if (::chmod(folder.c_str(), kPrivate) != 0) {
            failWith(folder, "cannot set its mode", errno);
        }
    } else if (errno != EEXIST) {
        failWith(folder, "cannot be made", errno);
    }
}

void requirePrivate(const fs::path& folder)
{
    struct stat status {};
    if (::stat(folder.c_str(), &status) != 0) {
        failWith(folder, "cannot be looked at", errno);
    }
    if (!S_ISDIR(status.st_mode)) {
        fail(folder, "is not a folder");
    }
    if ((status.st_mode & 077U) != 0) {
        fail(folder, "others than its owner may enter it; chmod 700 " + folder.string());
    }
    if (!isWritable(folder)) {
        failWith(folder, "cannot be written", errno);
    }
}

} // namespace

bool isNetworkFileSystem(unsigned long type)
{
    constexpr std::array<unsigned long, 13> kNetwork{
        0x6969,     // NFS
        0x517B,     // SMB
        0xFE534D42, // SMB2
        0xFF534D42, // CIFS
        0x564C,     // NCP
        0x5346414F, // AFS
        0x6B414653, // kAFS
        0x73757245, // Coda
        0x00C36400, // Ceph
        0x0BD00BD0, // Lustre
        0x47504653, // GPFS
        0x19830326, // BeeGFS
        0x20030528, // OrangeFS
    };
    // f_type is signed on some machines; its low 32 bits are the number.
    return std::find(kNetwork.begin(), kNetwork.end(), type & 0xFFFFFFFFUL) != kNetwork.end();
}

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

void prepareStateFolder(const fs::path& folder)
{
    fs::path whole = (fs::current_path() / folder).lexically_normal();
    if (!whole.has_filename()) { // it ended with a slash
        whole = whole.parent_path();
    }
    refuseNetwork(whole);
    create(whole);
    requirePrivate(whole);
}

} // namespace notifyhost::config
