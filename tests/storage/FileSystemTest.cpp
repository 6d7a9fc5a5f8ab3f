#include "storage/FileSystem.h"

#include <gtest/gtest.h>

namespace notifyhost::test {
namespace {

using storage::networkFileSystem;

TEST(FileSystem, KnowsThoseAcrossANetworkByTheirNumber)
{
    // Numbers of statfs(2).
    EXPECT_EQ(networkFileSystem(0x6969, "nfs4"), "NFS");
    EXPECT_EQ(networkFileSystem(0xff534d42, "cifs"), "CIFS");
    EXPECT_EQ(networkFileSystem(0xfe534d42, "smb3"), "SMB");
    EXPECT_EQ(networkFileSystem(0x0bd00bd0, "lustre"), "Lustre");
    EXPECT_EQ(networkFileSystem(0x00c36400, "ceph"), "Ceph");
    EXPECT_EQ(networkFileSystem(0x01021997, "9p"), "9P");
}

TEST(FileSystem, KnowsANumberThatWasWidenedWithItsSign)
{
    EXPECT_EQ(networkFileSystem(0xffffffffff534d42UL, "cifs"), "CIFS");
}

TEST(FileSystem, TakesTheOthersForLocal)
{
    EXPECT_EQ(networkFileSystem(0xef53, "ext4"), std::nullopt);
    EXPECT_EQ(networkFileSystem(0x58465342, "xfs"), std::nullopt);
    EXPECT_EQ(networkFileSystem(0x9123683e, "btrfs"), std::nullopt);
    EXPECT_EQ(networkFileSystem(0x01021994, "tmpfs"), std::nullopt);
    EXPECT_EQ(networkFileSystem(0x794c7630, "overlay"), std::nullopt);
    EXPECT_EQ(networkFileSystem(0x2fc12fc1, "zfs"), std::nullopt);
}

TEST(FileSystem, TellsFuseOnADiskFromFuseAcrossANetwork)
{
    EXPECT_EQ(networkFileSystem(0x65735546, "fuse.sshfs"), "FUSE");
    EXPECT_EQ(networkFileSystem(0x65735546, "fuse.glusterfs"), "FUSE");
    EXPECT_EQ(networkFileSystem(0x65735546, ""), "FUSE");
    EXPECT_EQ(networkFileSystem(0x65735546, "fuseblk"), std::nullopt);
    EXPECT_EQ(networkFileSystem(0x65735546, "fuse.fuse-overlayfs"), std::nullopt);
}

TEST(FileSystem, CountsWhatCannotBeAskedAsLocal)
{
    EXPECT_EQ(networkFileSystem("/no/such/folder"), std::nullopt);
    EXPECT_EQ(networkFileSystem("/proc"), std::nullopt);
}

} // namespace
} // namespace notifyhost::test
