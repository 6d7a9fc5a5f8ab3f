#include "host/Facility.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

namespace notifyhost::host {
namespace {

using namespace std::chrono_literals;
using enum queue::TaskStatus;
using ledger::TaskState;
using test::Facility;
using test::Host;
using testing::IsEmpty;

/// Many workers at one batch, each with its own source and transport.
class RunnerWorkersTest : public testing::Test {
protected:
    /// Every kind of task there is, many times, one address each.
    void addAll()
    {
        for (int round = 0; round < 12; ++round) {
            const std::string site = "@site" + std::to_string(round) + ".org";
            for (const auto* name : {"good", "later", "never", "doubt", "gone", "throw", "rude",
                                     "break", "wish", "odd", "fine", "well"})
            {
                tasks.push_back(facility.addFor({name + site}));
            }
            for (const auto* word : {"later", "never", "throw", "twice"}) {
                tasks.push_back(facility.addFailing(word + std::to_string(round), word));
            }
        }
    }

    void expectOnce(const std::string& name)
    {
        for (int round = 0; round < 12; ++round) {
            const auto address = name + "@site" + std::to_string(round) + ".org";
            EXPECT_EQ(facility.told(address), 1) << address;
        }
    }

    Facility facility;
    Host host{facility, "host", "workers = 8\n"};
    std::vector<std::string> tasks;
};

TEST_F(RunnerWorkersTest, TellTheQueueAsManyAtATimeAsItTakes)
{
    std::mutex mutex;
    std::condition_variable changed;
    int inside = 0;
    int most = 0;
    bool keptOut = false;
    host.queue.atOnce = 3;
    host.queue.before = [&](const std::string& call) {
        if (call == "RUNNING") {
            std::unique_lock lock(mutex);
            most = std::max(most, ++inside);
            changed.notify_all();
            // Stays for the others, but not for ever, and once, where they are kept out.
            keptOut = keptOut || !changed.wait_for(lock, 10s, [&] { return most >= 3; });
        }
    };
    host.queue.after = [&](const std::string& call) {
        const std::scoped_lock lock(mutex);
        inside -= call == "RUNNING" ? 1 : 0;
    };
    for (int number = 0; number < 24; ++number) {
        facility.addFor({"good@site" + std::to_string(number) + ".org"});
    }
    EXPECT_EQ(host.run().done, 24);
    EXPECT_EQ(most, 3);
}

TEST_F(RunnerWorkersTest, EndEveryKindOfTaskAsItDeserves)
{
    addAll();
    auto report = host.run();
    EXPECT_EQ(report.status, ExitStatus::fault);
    EXPECT_EQ(report.done, 48);   // good, fine, well, rude
    EXPECT_EQ(report.failed, 24); // never, and what can never be composed
    EXPECT_EQ(report.waiting, 120);
    EXPECT_EQ(report.accepted, 48);
    facility.mendPeer();
    facility.mendSource();
    host.clock.pass(5h);
    report = host.run();
    EXPECT_EQ(report.done, 120);
    EXPECT_EQ(report.status, ExitStatus::ok);
    for (const auto* name :
         {"good", "fine", "well", "rude", "later", "throw", "odd", "wish", "gone"}) {
        expectOnce(name);
    }
    EXPECT_THAT(host.ledger()->tasks({TaskState::taken, TaskState::running}), IsEmpty());
    for (const auto& [address, times] : facility.toldAll()) {
        EXPECT_EQ(times, address.starts_with("doubt@") ? 2 : 1) << address;
        EXPECT_EQ(facility.different(address), 1) << address;
    }
}

TEST_F(RunnerWorkersTest, StopAtTheOperatorsWishAndLoseNothing)
{
    for (int number = 0; number < 150; ++number) {
        tasks.push_back(facility.addFor({"reader" + std::to_string(number) + "@a.org"}));
    }
    std::atomic<int> accepted{0};
    host.onLog() = [&](const std::string& line) {
        if (line.find("accepted") != std::string::npos && ++accepted == 20) {
            host.stop.request();
        }
    };
    const auto report = host.run();
    EXPECT_GE(report.accepted, 20);
    EXPECT_LE(report.accepted, 28) << "what was under way is finished, nothing is begun";
    EXPECT_EQ(report.done + report.waiting + report.givenBack, 100) << "of one batch";

    Host again(facility, "host", "workers = 8\n");
    again.clock.pass(15min);
    EXPECT_EQ(again.run().status, ExitStatus::ok);
    EXPECT_EQ(facility.toldAll().size(), 150U);
    for (const auto& [address, times] : facility.toldAll()) {
        EXPECT_EQ(times, 1) << address;
    }
    for (const auto& task : tasks) {
        EXPECT_EQ(facility.status(task), done);
    }
}

TEST_F(RunnerWorkersTest, HoldExactlyWhatTheFuseDoesNotLetThrough)
{
    Host careful(facility, "careful", "workers = 8\nmax_per_run = 30\n");
    for (int number = 0; number < 60; ++number) {
        facility.addFor({"reader" + std::to_string(number) + "@a.org"});
    }
    const auto report = careful.run();
    EXPECT_EQ(report.done, 30);
    EXPECT_EQ(report.held, 30);
    EXPECT_EQ(facility.toldAll().size(), 30U);
}

TEST_F(RunnerWorkersTest, WaitOnceTogetherForAQueueThatIsSilent)
{
    for (const auto* call : {"RUNNING", "DONE"}) {
        for (int number = 0; number < 8; ++number) {
            facility.addFor({call + std::to_string(number) + "@a.org"});
        }
        host.queue.upset(call, test::TroubledQueue::Trouble::loseRequest, 8);
        EXPECT_EQ(host.run().status, ExitStatus::unavailable);
        EXPECT_EQ(host.queue.count(call), 1) << "each wait is as long as the limit";
        host.queue.calm();
        EXPECT_EQ(host.run().status, ExitStatus::ok);
        host.queue.forget();
    }
    EXPECT_EQ(facility.toldAll().size(), 16U);
    for (const auto& [address, times] : facility.toldAll()) {
        EXPECT_EQ(times, 1) << address;
    }
}

TEST_F(RunnerWorkersTest, EndTheRunWhereTheLedgerCannotBeWritten)
{
    // A worker's failure reaches the caller, whichever worker it was.
    for (int number = 0; number < 40; ++number) {
        facility.addFor({"reader" + std::to_string(number) + "@a.org"});
    }
    host.queue.before = [&](const std::string& call) {
        if (call == "DONE") {
            throw storage::StorageError(storage::StorageError::Kind::disk,
                                        "no room, says the test");
        }
    };
    EXPECT_THROW(host.run(), storage::StorageError);
    EXPECT_LE(facility.toldAll().size(), 16U);
    host.queue.before = {};
    EXPECT_EQ(host.run().status, ExitStatus::ok);
    EXPECT_EQ(facility.toldAll().size(), 40U);
    for (const auto& [address, times] : facility.toldAll()) {
        EXPECT_EQ(times, 1) << address;
    }
}

} // namespace
} // namespace notifyhost::host
