#include "storage/FileSystem.h"

#include "storage/Digest.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <utility>

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

namespace notifyhost::storage {

namespace {

constexpr unsigned long kFuse = 0x65735546;

/// File systems allow 255 octets.
constexpr std::size_t kLongestName = 200;

/// The name of the file system's type in the list of mounts; empty where it cannot be found.
/// Source: proc(5), /proc/PID/mountinfo: the third field is the device, the type follows " - ".
std::string mountType(const std::filesystem::path& path)
{
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        return "";
    }
    const std::string device = " " + std::to_string(major(status.st_dev)) + ":" +
                               std::to_string(minor(status.st_dev)) + " ";
    std::ifstream mounts("/proc/self/mountinfo");
    std::string line;
    while (std::getline(mounts, line)) {
        const auto type = line.find(" - ");
        if (line.find(device) < type && type != std::string::npos) {
            const auto begin = type + 3;
            return line.substr(begin, line.find(' ', begin) - begin);
        }
    }
    return "";
}

} // namespace

std::optional<std::string> networkFileSystem(unsigned long type, std::string_view mountedAs)
{
    // Numbers of statfs(2) and of the file systems' own sources.
    static constexpr std::array<std::pair<unsigned long, const char*>, 17> kNetwork{{
        {0x6969, "NFS"},
        {0x517b, "SMB"},
        {0xfe534d42, "SMB"},
        {0xff534d42, "CIFS"},
        {0x564c, "NCP"},
        {kFuse, "FUSE"},
        {0x0bd00bd0, "Lustre"},
        {0x47504653, "GPFS"},
        {0x00c36400, "Ceph"},
        {0x19830326, "BeeGFS"},
        {0x20030528, "OrangeFS"},
        {0x5346414f, "AFS"},
        {0x6b414653, "AFS"},
        {0x73757245, "Coda"},
        {0x01021997, "9P"},
        {0x7461636f, "OCFS2"},
        {0x786f4256, "VirtualBox shared folder"},
    }};
    // The kinds of FUSE that lie on a disk of this machine.
    static constexpr std::array<std::string_view, 2> kLocalFuse{"fuseblk", "fuse.fuse-overlayfs"};
    // f_type is signed on some machines; its low 32 bits are the number.
    const unsigned long number = type & 0xffffffffUL;
    const auto* const found = std::find_if(
        kNetwork.begin(), kNetwork.end(), [&](const auto& entry) { return entry.first == number; });
    if (found == kNetwork.end() ||
        (number == kFuse &&
         std::find(kLocalFuse.begin(), kLocalFuse.end(), mountedAs) != kLocalFuse.end()))
    {
        return std::nullopt;
    }
    return found->second;
}

std::optional<std::string> networkFileSystem(const std::filesystem::path& path)
{
    struct statfs status {};
    if (::statfs(path.c_str(), &status) != 0) {
        return std::nullopt;
    }
    const auto type = static_cast<unsigned long>(status.f_type);
    return networkFileSystem(type, (type & 0xffffffffUL) == kFuse ? mountType(path) : "");
}

std::string fileNameFor(const std::string& text)
{
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    std::string name;
    for (const char character : text) {
        const bool likeClaimLock = name.empty() && text.starts_with("claim-");
        if (kPlain.find(character) != std::string_view::npos && !likeClaimLock) {
            name += character;
            continue;
        }
        std::array<char, 4> escaped{};
        std::snprintf(escaped.data(), escaped.size(), "%%%02X",
                      static_cast<unsigned>(static_cast<unsigned char>(character)));
        name += escaped.data();
    }
    return name.size() > kLongestName ? "%-" + sha256Hex(text) : name;
}

} // namespace notifyhost::storage
