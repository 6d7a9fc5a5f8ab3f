#include "host/Facility.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

namespace notifyhost::host {
namespace {

using namespace std::chrono_literals;
using enum queue::TaskStatus;
using ledger::DeliveryState;
using test::Facility;
using test::Host;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// Two words about one well, with the days they are of, in a run.
class RunnerLastWordTest : public testing::Test {
protected:
    /// once: the file that its composing waits for.
    std::string word(int day, const std::string& to, const std::string& once = "",
                     const std::string& more = "")
    {
        return facility.add(
            R"({"notifications":[{"key":"study 1","about":"well","as_of":"2026-10-0)" +
            std::to_string(day) + R"(T11:09:25","says":"of day )" + std::to_string(day) +
            R"(","once":")" + once + "\"" + more + R"(,"to":[")" + to + R"("]}]})");
    }

    void write(const std::string& file) const { facility.folder().write(file, ""); }

    /// Writes the file a moment after the log has said this so many times.
    void writeAfter(Host& which, const std::string& said, int times, const std::string& file)
    {
        which.onLog() = [this, said, file, left = std::make_shared<std::atomic<int>>(times)](
                            const std::string& line) {
            if (line.find(said) != std::string::npos && --*left == 0) {
                _later = std::jthread([this, file] {
                    std::this_thread::sleep_for(300ms);
                    write(file);
                });
            }
        };
    }

    /// The tasks whose messages the peer has taken, in order.
    std::vector<std::string> order(Host& which) const
    {
        std::vector<std::string> result;
        std::ifstream record(facility.folder() / "peer.txt");
        const auto ledger = which.ledger();
        std::string line;
        while (std::getline(record, line)) {
            const auto key = line.substr(line.find(' ') + 1, 64);
            for (const auto& task :
                 ledger->tasks({ledger::TaskState::running, ledger::TaskState::done})) {
                for (const auto& delivery : ledger->deliveries(task.task.id)) {
                    if (delivery.key == key) {
                        result.push_back(task.task.id);
                    }
                }
            }
        }
        return result;
    }

    ledger::DeliveryRow delivery(Host& which, const std::string& task) const
    {
        return which.ledger()->deliveries(task).front();
    }

    Facility facility;
    Host host{facility, "host", "workers = 2\n"};

private:
    std::jthread _later;
};

TEST_F(RunnerLastWordTest, GoesOutSecondWhereTheOlderOneIsJustBeingSent)
{
    const auto passed = word(1, "slow@x.org");
    const auto failed = word(2, "slow@x.org", "peer.sending");
    writeAfter(host, "composing study 1", 2, "peer.answers");
    const auto report = host.run();
    EXPECT_EQ(report.status, ExitStatus::ok);
    EXPECT_EQ(report.done, 2);
    EXPECT_THAT(order(host), ElementsAre(passed, failed));
    EXPECT_FALSE(delivery(host, passed).subject.replaces);
    EXPECT_TRUE(delivery(host, failed).subject.replaces) << "it says that it replaces the other";
    EXPECT_EQ(host.row(failed).composeFailures, 0);
}

TEST_F(RunnerLastWordTest, IsTheOnlyOneWhereTheNewerOneIsJustBeingSent)
{
    const auto failed = word(2, "slow@x.org");
    const auto passed = word(1, "slow@x.org", "peer.sending");
    writeAfter(host, "superseded", 1, "peer.answers");
    const auto report = host.run();
    EXPECT_EQ(report.status, ExitStatus::ok);
    EXPECT_EQ(report.done, 2);
    EXPECT_EQ(report.obsolete, 1);
    EXPECT_THAT(order(host), ElementsAre(failed));
    EXPECT_EQ(host.recipient(passed, "slow@x.org").state, DeliveryState::superseded);
    EXPECT_EQ(facility.status(passed), done);
}

TEST_F(RunnerLastWordTest, StopsTheOlderOneRightBeforeItsPointOfNoReturn)
{
    const auto passed = word(1, "late@x.org");
    const auto failed = word(2, "late@x.org", "peer.waits");
    writeAfter(host, "greeting for late@x.org", 2, "peer.asks");
    const auto report = host.run();
    EXPECT_EQ(report.status, ExitStatus::ok);
    EXPECT_EQ(report.done, 2);
    EXPECT_THAT(order(host), ElementsAre(failed));
    EXPECT_EQ(host.recipient(passed, "late@x.org").state, DeliveryState::superseded);
    EXPECT_THAT(host.logged(), HasSubstr("not sent: another word about the same thing"));
    EXPECT_EQ(facility.status(passed), done);
}

TEST_F(RunnerLastWordTest, WaitsForAnOlderOneWhoseAnswerIsLostAndTakesItsPlace)
{
    const auto passed = word(1, "slowdoubt@x.org");
    const auto failed = word(2, "slowdoubt@x.org", "peer.sending");
    writeAfter(host, "composing study 1", 2, "peer.answers");
    EXPECT_EQ(host.run().status, ExitStatus::later) << "the newer one is in doubt in its turn";
    EXPECT_THAT(order(host), ElementsAre(passed, failed));
    EXPECT_TRUE(delivery(host, failed).subject.replaces);
    const auto older = host.recipient(passed, "slowdoubt@x.org");
    EXPECT_EQ(older.state, DeliveryState::superseded);
    EXPECT_THAT(older.reason, HasSubstr("an earlier copy of this may have arrived"));
    EXPECT_EQ(facility.status(passed), done);

    facility.mendPeer();
    host.clock.pass(5h);
    EXPECT_EQ(host.run().status, ExitStatus::ok);
    EXPECT_THAT(order(host), ElementsAre(passed, failed, failed)) << "the last word stays the last";
}

TEST_F(RunnerLastWordTest, IsSaidOnceByTwoWorkersWhoseWordsAreTheSame)
{
    const auto first = word(1, "slow@x.org", "", R"(,"spelt":"UPLOADED")");
    const auto second = word(1, "slow@x.org", "peer.sending", R"(,"spelt":"uploaded")");
    writeAfter(host, "composing study 1", 2, "peer.answers");
    const auto report = host.run();
    EXPECT_EQ(report.status, ExitStatus::ok);
    EXPECT_EQ(report.obsolete, 1);
    EXPECT_THAT(order(host), ElementsAre(first));
    EXPECT_EQ(host.recipient(second, "slow@x.org").state, DeliveryState::repeated);
}

TEST_F(RunnerLastWordTest, EndsWhatItSupersededInTheSameRun)
{
    const auto passed = word(1, "later@x.org");
    EXPECT_EQ(host.run().status, ExitStatus::later);
    facility.mendPeer();
    word(2, "later@x.org");
    host.queue.forget();
    const auto report = host.run();
    EXPECT_EQ(report.status, ExitStatus::ok);
    EXPECT_EQ(report.waiting, 0);
    EXPECT_EQ(report.done, 2);
    EXPECT_EQ(report.obsolete, 1);
    EXPECT_THAT(host.queue.puts(passed), ElementsAre("DONE"));
    EXPECT_EQ(facility.status(passed), done);
    host.forgetLog();
    EXPECT_EQ(host.run().done, 0);
    EXPECT_THAT(host.logged(), Not(HasSubstr(passed)));
}

TEST_F(RunnerLastWordTest, EndsWhatWasHeldAndWhatItGaveHandsOffToo)
{
    Host careful(facility, "careful", "workers = 1\nmax_per_run = 1\ngive_up_after = 1 h\n");
    facility.addFor({"ada@x.org"});
    const auto held = word(1, "bo@x.org");
    EXPECT_EQ(careful.run().held, 1);
    careful.clock.pass(26h);
    // As old as that another host may have taken it over: this one may only say DONE.
    const auto failed = word(2, "bo@x.org");
    const auto report = careful.run();
    EXPECT_EQ(report.status, ExitStatus::ok);
    EXPECT_EQ(report.handsOff, 0);
    EXPECT_EQ(report.done, 2);
    EXPECT_EQ(facility.status(held), done);
    EXPECT_EQ(facility.status(failed), done);
    EXPECT_EQ(facility.told("bo@x.org"), 1);
}

TEST_F(RunnerLastWordTest, CountsOnceWhatWaitsForSomebodyElse)
{
    const auto passed = facility.add(
        R"({"notifications":[{"key":"study 1","about":"well","as_of":"2026-10-01T11:00:00",)"
        R"("to":["later@x.org"]},{"key":"study 2","about":"well","to":["later@y.org"]}]})");
    EXPECT_EQ(host.run().waiting, 1);
    word(2, "later@x.org");
    const auto report = host.run();
    EXPECT_EQ(report.status, ExitStatus::later);
    EXPECT_EQ(report.waiting, 2) << "the one for y still waits, and the newer one for x";
    EXPECT_EQ(report.done, 0);
    EXPECT_EQ(host.recipient(passed, "later@x.org").state, DeliveryState::superseded);
    EXPECT_EQ(facility.status(passed), running);
}

TEST_F(RunnerLastWordTest, LeavesTheEndToTheNextRunWhereTheQueueIsGone)
{
    const auto passed = word(1, "later@x.org");
    host.run();
    facility.mendPeer();
    const auto failed = word(2, "later@x.org");
    host.queue.upset("DONE", test::TroubledQueue::Trouble::loseRequest);
    const auto report = host.run();
    EXPECT_EQ(report.status, ExitStatus::unavailable);
    EXPECT_EQ(report.waiting, 1);
    EXPECT_EQ(facility.status(passed), running);
    EXPECT_EQ(host.run().status, ExitStatus::ok);
    EXPECT_EQ(facility.status(passed), done);
    EXPECT_EQ(facility.status(failed), done);
    EXPECT_EQ(facility.told("later@x.org"), 1);
}

TEST_F(RunnerLastWordTest, IsEachHostsOwnWhereTwoHostsTellAtTheSameMoment)
{
    Host a(facility, "a", "claim_size = 1\n");
    Host b(facility, "b", "claim_size = 1\nstale = report\n");
    const auto passed = word(1, "slow@x.org");
    const auto failed = word(2, "slow@x.org");
    // B tells its word while A's is on its way: what is in the other ledger it cannot know.
    std::jthread slow([&] { a.run(); });
    for (int look = 0; look < 500 && !std::filesystem::exists(facility.folder() / "peer.sending");
         ++look)
    {
        std::this_thread::sleep_for(10ms);
    }
    writeAfter(b, "greeting for slow@x.org", 1, "peer.answers");
    b.run();
    slow.join();
    EXPECT_EQ(facility.told("slow@x.org"), 2);
    EXPECT_EQ(facility.different("slow@x.org"), 2) << "each once";
    EXPECT_EQ(facility.status(passed), done);
    EXPECT_EQ(facility.status(failed), done);
}

} // namespace
} // namespace notifyhost::host
