#include "support/Process.h"
#include "support/TemporaryFolder.h"

#include <gtest/gtest.h>

#include <csignal>
#include <thread>

#include <unistd.h>

namespace notifyhost::test {
namespace {

constexpr std::chrono::seconds kLimit{30};

/// `./dev` in a folder of its own, on a machine where nothing is installed and whose apt-get takes
/// a minute: /usr/sbin is a folder here, in a mount namespace that ends with the process.
class DevInstalling : public testing::Test {
protected:
    void SetUp() override
    {
        if (::geteuid() != 0) {
            GTEST_SKIP() << "needs root";
        }
        std::filesystem::create_directories(folder / "sbin");
        std::filesystem::copy_file(SOURCE_ROOT "/dev", folder / "dev");
        program("dpkg-query", "exit 1");
        program("dpkg", "exit 0");
        program("apt-get", "echo \"$*\" >> " + (folder / "calls").string() + "\nsleep 60");
    }

    void program(const std::string& name, const std::string& script)
    {
        const auto file = folder.write("bin/" + name, "#!/bin/sh\n" + script + "\n");
        std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    }

    std::vector<std::string> command() const
    {
        const std::string script = "mount --bind " + (folder / "sbin").string() +
                                   " /usr/sbin && exec " + (folder / "dev").string() + " format";
        return {"unshare", "--mount", "bash", "-c", script};
    }
    ProcessOptions options() const
    {
        ProcessOptions options;
        options.environment["PATH"] = (folder / "bin").string() + ":/usr/bin:/bin";
        return options;
    }

    std::string policy() const { return folder / "sbin/policy-rc.d"; }

    /// Whether what is asked comes true in time.
    template<typename Ask> static bool soon(Ask ask)
    {
        const auto end = std::chrono::steady_clock::now() + kLimit;
        while (!ask() && std::chrono::steady_clock::now() < end) {
            std::this_thread::sleep_for(std::chrono::milliseconds{20});
        }
        return ask();
    }
    bool aptRuns() const { return std::filesystem::exists(folder / "calls"); }
    bool policyIsGone() const { return !std::filesystem::exists(policy()); }

    TemporaryFolder folder;
};

TEST(Dev, RefusesAPlaceThatOthersCanChangeBeforeItBuilds)
{
    const TemporaryFolder folder;
    const auto open = folder / "open";
    std::filesystem::create_directories(open / "clone");
    std::filesystem::permissions(open, std::filesystem::perms{01777});
    std::filesystem::copy_file(SOURCE_ROOT "/dev", open / "clone/dev");
    const auto refused = run({(open / "clone/dev").string(), "demo"});
    EXPECT_EQ(refused.status, 1);
    EXPECT_NE(refused.error.find("others can change " + open.string()), std::string::npos)
        << refused.error;
    EXPECT_FALSE(std::filesystem::exists(open / "clone/build"));
}

} // namespace

TEST_F(DevInstalling, LeavesNoPolicyWhereItIsKilled)
{
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGKILL}) {
        std::filesystem::remove(folder / "calls");
        BackgroundProcess dev(command(), folder / "log", options());
        ASSERT_TRUE(soon([&] { return aptRuns(); })) << readFile(folder / "log");
        EXPECT_NE(readFile(policy()).find("exit 101"), std::string::npos);
        dev.signal(signal);
        EXPECT_NE(dev.wait(kLimit), 0);
        EXPECT_TRUE(soon([&] { return policyIsGone(); })) << signal;
    }
}

TEST_F(DevInstalling, LeavesNoPolicyWhereAllOfItIsKilledAtOnce)
{
    auto words = command();
    words.insert(words.begin(), "setsid"); // a process group of its own
    BackgroundProcess dev(words, folder / "log", options());
    ASSERT_TRUE(soon([&] { return aptRuns(); })) << readFile(folder / "log");
    ASSERT_EQ(::kill(-dev.id(), SIGKILL), 0);
    EXPECT_NE(dev.wait(kLimit), 0);
    EXPECT_TRUE(soon([&] { return policyIsGone(); }));
}

TEST_F(DevInstalling, LeavesThePolicyUntilTheLastOfItHasEnded)
{
    program("apt-get", "echo \"$$\" > " + (folder / "apt").string() + "\necho >> " +
                           (folder / "calls").string() + "\nexec sleep 60");
    BackgroundProcess dev(command(), folder / "log", options());
    ASSERT_TRUE(soon([&] { return aptRuns(); })) << readFile(folder / "log");
    const auto made = readFile(policy());
    const auto number = made.find("process ") + 8;
    ASSERT_EQ(::kill(std::stoi(made.substr(number)), SIGKILL), 0);
    EXPECT_NE(dev.wait(kLimit), 0);
    EXPECT_FALSE(policyIsGone()) << "a server that apt-get installs now would be started";
    ::kill(std::stoi(readFile(folder / "apt")), SIGKILL);
    EXPECT_TRUE(soon([&] { return policyIsGone(); }));
}

TEST_F(DevInstalling, LeavesTheMachinesOwnPolicyAsItIs)
{
    const std::string own = "#!/bin/sh\n# ours\nexit 101\n";
    folder.write("sbin/policy-rc.d", own);
    {
        BackgroundProcess dev(command(), folder / "log", options());
        ASSERT_TRUE(soon([&] { return aptRuns(); })) << readFile(folder / "log");
        EXPECT_EQ(readFile(policy()), own);
        dev.signal(SIGTERM);
        dev.wait(kLimit);
    }
    program("apt-get", "exit 1");
    EXPECT_EQ(run(command(), options()).status, 1);
    EXPECT_EQ(readFile(policy()), own);
}

TEST_F(DevInstalling, RemovesThePolicyOfOneThatIsNoMore)
{
    // No process has this number: it is above the system's largest.
    folder.write("sbin/policy-rc.d", "#!/bin/sh\n# made by ./dev in process 99999999\nexit 101\n");
    program("apt-get", "exit 1");
    const auto result = run(command(), options());
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.error.find("apt-get could not install: clang-format"), std::string::npos)
        << result.error;
    EXPECT_TRUE(policyIsGone());
}

} // namespace notifyhost::test
