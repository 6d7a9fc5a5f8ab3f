#include "host/Facility.h"
#include "support/Process.h"
#include "support/SmallFileSystem.h"
#include "support/WatchedDisk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace notifyhost::host {
namespace {

using namespace std::chrono_literals;
using enum queue::TaskStatus;
using ledger::TaskState;
using notifyhost::test::SmallFileSystem;
using notifyhost::test::WatchedDisk;
using storage::StorageError;
using test::Facility;
using test::Host;
using test::TroubledQueue;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// The ledger's disk: full, failing, or with files that are gone.
class RunnerDiskTest : public testing::Test {
protected:
    /// Tasks of one person each, with an input of about this size.
    void add(int count, std::size_t size = 0)
    {
        for (int number = 0; number < count; ++number) {
            const auto address = "p" + std::to_string(_people++) + "@a.org";
            tasks.push_back(facility.add(R"({"filling":")" + std::string(size, 'x') +
                                         R"(","notifications":[{"key":"news","to":[")" + address +
                                         "\"]}]}"));
        }
    }

    int in(queue::TaskStatus status)
    {
        const auto pipeline = porchPipeline(host.pipeline());
        return static_cast<int>(facility.queue().list(pipeline, status).size());
    }

    /// What the run fails with, or "well".
    std::string failureOfRun()
    {
        try {
            host.run();
            return "well";
        } catch (const StorageError& error) {
            EXPECT_EQ(error.kind(), StorageError::Kind::disk);
            return error.what();
        }
    }

    void expectEachToldOnce()
    {
        const auto told = facility.toldAll();
        EXPECT_EQ(told.size(), tasks.size());
        for (const auto& [address, times] : told) {
            EXPECT_EQ(times, 1) << address;
        }
        EXPECT_EQ(in(done), static_cast<int>(tasks.size()));
    }

    void removeFile(const std::string& name) const
    {
        // Kept under another name, so that its number is not given to the next.
        const auto file = host.state() / name;
        if (std::filesystem::exists(file)) {
            std::filesystem::rename(file, host.state() / ("was-" + name));
        }
    }
    void removeLedger() const
    {
        for (const auto* name : {"ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"}) {
            removeFile(name);
        }
    }

    Facility facility;
    Host host{facility, "host"};
    std::vector<std::string> tasks;

private:
    int _people{};
};

TEST_F(RunnerDiskTest, ClaimsNothingWithoutRoomForItsRecord)
{
    const SmallFileSystem disk(host.state(), "8m");
    if (!disk.isMounted()) {
        GTEST_SKIP() << "this user may not mount a file system";
    }
    add(1);
    EXPECT_EQ(host.run().status, ExitStatus::ok);
    add(300);
    for (const std::uint64_t left : {100, 48, 128, 240}) {
        disk.fillBut(left * 1024);
        host.forgetLog();
        host.queue.forget();
        const auto report = host.run();
        EXPECT_EQ(report.status, ExitStatus::disk);
        EXPECT_EQ(host.queue.count("claim"), 0);
        EXPECT_THAT(host.logged(),
                    AllOf(HasSubstr("no further task was claimed"), HasSubstr("ledger.sqlite-wal"),
                          HasSubstr("KB are missing"), HasSubstr("Make room")));
    }
    EXPECT_EQ(in(pending), 300);
    disk.empty();
    EXPECT_EQ(host.run().status, ExitStatus::ok) << host.logged();
    expectEachToldOnce();
}

TEST_F(RunnerDiskTest, GivesBackByNameWhatIsTooLargeToRecordAndRemembersIt)
{
    const SmallFileSystem disk(host.state(), "4m");
    if (!disk.isMounted()) {
        GTEST_SKIP() << "this user may not mount a file system";
    }
    add(10, 500'000);
    EXPECT_THAT(failureOfRun(), HasSubstr("full"));
    EXPECT_EQ(in(pending), 10);
    for (const auto& task : tasks) {
        EXPECT_THAT(host.queue.puts(task), ElementsAre("PENDING"));
        EXPECT_THAT(host.logged(), HasSubstr(task));
        EXPECT_FALSE(host.ledger()->task(task));
    }
    EXPECT_THAT(host.logged(), HasSubstr("cannot be recorded; nothing of it has left; it was "
                                         "given back"));
    host.queue.forget();
    EXPECT_EQ(host.run().status, ExitStatus::disk);
    EXPECT_EQ(host.queue.count("claim"), 0) << "it knows by now how much it takes";
    disk.resize("60m");
    EXPECT_EQ(host.run().status, ExitStatus::ok);
    expectEachToldOnce();
}

TEST_F(RunnerDiskTest, NamesWhatItCannotGiveBackEither)
{
    const SmallFileSystem disk(host.state(), "4m");
    if (!disk.isMounted()) {
        GTEST_SKIP() << "this user may not mount a file system";
    }
    add(10, 500'000);
    host.queue.upset("PENDING", TroubledQueue::Trouble::away, 3);
    EXPECT_THAT(failureOfRun(), HasSubstr("full"));
    EXPECT_EQ(in(claimed), 3);
    EXPECT_EQ(in(pending), 7);
    for (const auto& task : tasks) {
        EXPECT_THAT(host.logged(), HasSubstr(task));
        EXPECT_THAT(host.queue.puts(task), ElementsAre("PENDING")) << "asked for once";
    }
    EXPECT_THAT(host.logged(), HasSubstr("it is not known to be given back, so the stale watch "
                                         "does it"));
}

TEST_F(RunnerDiskTest, GivesBackTheOthersWhereTheRowOfOneIsDamaged)
{
    add(3);
    host.queue.after = [&](const std::string& call) {
        if (call == "claim") {
            host.stop.request();
        }
    };
    EXPECT_EQ(host.run().givenBack, 3);
    const auto changed =
        notifyhost::test::run({"sqlite3", "-bail", (host.state() / "ledger.sqlite").string(),
                               "UPDATE task SET reason = 'another' WHERE id = '" + tasks[1] + "'"});
    ASSERT_EQ(changed.status, 0) << changed.error;
    Host again(facility, "host");
    again.queue.forget();
    EXPECT_THROW(again.run(), StorageError);
    EXPECT_THAT(again.queue.puts(tasks[0]), ElementsAre("PENDING"));
    EXPECT_THAT(again.queue.puts(tasks[1]), IsEmpty());
    EXPECT_THAT(again.queue.puts(tasks[2]), ElementsAre("PENDING"));
    EXPECT_THAT(again.logged(), HasSubstr(tasks[1]));
}

TEST_F(RunnerDiskTest, GivesNothingBackThatMayBeOnRecord)
{
    add(3);
    {
        WatchedDisk disk;
        host.queue.after = [&](const std::string& call) {
            if (call == "claim") {
                disk.failSync(1);
            }
        };
        EXPECT_THAT(failureOfRun(), HasSubstr("reports an error"));
        ASSERT_TRUE(disk.syncFailed());
    }
    host.queue.after = {};
    EXPECT_EQ(in(claimed), 3);
    for (const auto& task : tasks) {
        EXPECT_THAT(host.queue.puts(task), IsEmpty());
        EXPECT_THAT(host.logged(), HasSubstr(task));
    }
    EXPECT_THAT(host.logged(), HasSubstr("it may be on record nevertheless"));
    EXPECT_EQ(host.run().status, ExitStatus::ok);
    expectEachToldOnce();
}

TEST_F(RunnerDiskTest, SendsNothingAfterASyncThatFailedWhereverItWas)
{
    // Inputs that fill the log, so that checkpoints come often.
    add(7, 650'000);
    int failed = 0;
    int told = 0;
    for (int number = 1; failed == number - 1 && number < 300; ++number) {
        WatchedDisk disk;
        disk.failSync(number);
        std::size_t before = 0;
        host.onLog() = [&](const std::string&) {
            if (disk.syncFailed() && before == 0) {
                before = facility.toldAll().size() + 1;
            }
        };
        bool isSaid = false;
        try {
            isSaid = host.run().status == ExitStatus::disk;
        } catch (const StorageError&) {
            isSaid = true;
        }
        host.onLog() = {};
        const auto now = static_cast<int>(facility.toldAll().size());
        if (disk.syncFailed()) {
            ++failed;
            EXPECT_TRUE(isSaid) << "sync " << number;
            if (before > 0) {
                EXPECT_LE(static_cast<std::size_t>(now), before) << "sync " << number;
            }
        }
        told = now;
        host.clock.pass(1min);
    }
    EXPECT_GT(failed, 7);
    EXPECT_EQ(told, 7);
    while (host.run().status == ExitStatus::later) {
        host.clock.pass(1h);
    }
    for (const auto& [address, times] : facility.toldAll()) {
        EXPECT_LE(times, 2) << "in doubt once at most: " << address;
    }
    EXPECT_EQ(in(done), 7);
}

TEST_F(RunnerDiskTest, NoticesBeforeTheNextMessageThatTheLedgerWasRemoved)
{
    for (const auto* name : {"ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"}) {
        Facility other;
        Host there(other, "host");
        for (const auto* address : {"one@a.org", "two@a.org", "three@a.org"}) {
            other.addFor({address});
        }
        int running = 0;
        there.queue.after = [&](const std::string& call) {
            if (call == "RUNNING" && ++running == 2) {
                std::filesystem::rename(there.state() / name, there.state() / "elsewhere");
            }
        };
        std::string said;
        try {
            EXPECT_EQ(there.run().status, ExitStatus::disk);
            said = there.logged();
        } catch (const StorageError& error) {
            EXPECT_EQ(error.kind(), StorageError::Kind::disk);
            said = error.what();
        }
        EXPECT_THAT(said, HasSubstr(std::string(name) + ": was removed or replaced"));
        EXPECT_EQ(other.toldAll().size(), 1U) << name;
    }
}

TEST_F(RunnerDiskTest, ClaimsNothingMoreWhereTheLedgerIsGone)
{
    Host small(facility, "small", "claim_size = 1\n");
    add(3);
    small.queue.after = [&](const std::string& call) {
        if (call == "DONE") {
            std::filesystem::rename(small.state() / "ledger.sqlite", small.state() / "elsewhere");
        }
    };
    EXPECT_THROW(small.run(), StorageError);
    EXPECT_EQ(small.queue.count("claim"), 1);
    EXPECT_EQ(in(pending), 2);
    EXPECT_THAT(small.logged(), HasSubstr("was removed or replaced"));
}

TEST_F(RunnerDiskTest, SaysFirstThatItsLedgerWasLostAndLeavesRunningTasksAlone)
{
    add(1);
    host.run();
    const auto stranded = facility.addFor({"stranded@a.org"});
    facility.put(stranded, running);
    {
        const auto ledger = host.ledger();
        for (const auto& task :
             facility.queue().list(porchPipeline(host.pipeline()), queue::TaskStatus::running))
        {
            ledger->adopt(task, host.clock.claimTime());
        }
    }
    removeLedger();
    // Who only looks makes a new one: that is no way to forget it.
    static_cast<void>(host.ledger());
    add(1);
    for (int number = 0; number < 2; ++number) {
        host.forgetLog();
        const auto report = host.run();
        EXPECT_EQ(report.status, ExitStatus::later);
        const auto log = host.logged();
        const auto said = log.find("is not the one that this pipeline worked with");
        ASSERT_NE(said, std::string::npos) << log;
        EXPECT_EQ(log.find('\n'), log.find('\n', said)) << "it is said first: " << log;
        EXPECT_THAT(log, AllOf(HasSubstr("1 task RUNNING"), HasSubstr("takeover mails"),
                               HasSubstr("mails.mark")));
    }
    EXPECT_EQ(facility.status(stranded), running);
    EXPECT_EQ(facility.told("stranded@a.org"), 0);
    EXPECT_EQ(facility.toldAll().size(), 2U) << "what is PENDING was never told by the lost one";

    facility.put(stranded, done);
    host.forgetLog();
    EXPECT_EQ(host.run().status, ExitStatus::ok);
    EXPECT_THAT(host.logged(), Not(HasSubstr("worked with")));
    EXPECT_EQ(host.ledger()->origin(), ledger::Origin::known);
}

TEST_F(RunnerDiskTest, SaysNoMoreOfALostLedgerOnceTheTasksWereTakenOverOrTheMarkRemoved)
{
    add(1);
    host.run();
    const auto stranded = facility.addFor({"stranded@a.org"});
    facility.put(stranded, running);
    const auto loseIt = [&] {
        removeLedger();
        host.forgetLog();
        EXPECT_EQ(host.run().status, ExitStatus::later);
        EXPECT_THAT(host.logged(), HasSubstr("removed or exchanged"));
        host.forgetLog();
    };
    loseIt();
    std::filesystem::remove(host.state() / "mails.mark");
    EXPECT_EQ(host.run().status, ExitStatus::ok);
    EXPECT_THAT(host.logged(), Not(HasSubstr("exchanged")));
    loseIt();
    for (const auto& task : facility.queue().list(porchPipeline(host.pipeline()), running)) {
        host.ledger()->adopt(task, host.clock.claimTime());
    }
    EXPECT_EQ(host.run().status, ExitStatus::ok);
    EXPECT_EQ(facility.told("stranded@a.org"), 1);
    EXPECT_THAT(host.logged(), Not(HasSubstr("exchanged")));
}

TEST_F(RunnerDiskTest, SaysOnceThatItsStateFolderIsNewWhileTasksAreRunning)
{
    facility.put(facility.addFor({"another@a.org"}), running);
    add(1);
    EXPECT_EQ(host.run().status, ExitStatus::ok) << "as where a host joins others";
    EXPECT_THAT(host.logged(),
                AllOf(HasSubstr("is new to this pipeline"), HasSubstr(host.state().string()),
                      HasSubstr("1 task RUNNING")));
    EXPECT_EQ(facility.toldAll().size(), 1U);
    host.forgetLog();
    EXPECT_EQ(host.run().status, ExitStatus::ok);
    EXPECT_THAT(host.logged(), Not(HasSubstr("is new")));
}

TEST_F(RunnerDiskTest, SaysNothingOfANewStateFolderWhereNothingIsRunning)
{
    add(1);
    EXPECT_EQ(host.run().status, ExitStatus::ok);
    EXPECT_THAT(host.logged(), Not(HasSubstr("is new")));
    removeLedger();
    add(1);
    EXPECT_EQ(host.run().status, ExitStatus::ok);
    EXPECT_THAT(host.logged(), Not(HasSubstr("worked with")));
}

} // namespace
} // namespace notifyhost::host
