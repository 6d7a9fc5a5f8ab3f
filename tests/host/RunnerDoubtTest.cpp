#include "host/Facility.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace notifyhost::host {
namespace {

using namespace std::chrono_literals;
using enum queue::TaskStatus;
using ledger::DeliveryState;
using test::Facility;
using test::Host;
using testing::HasSubstr;

/// What may have left, what is held, and transports that break their word.
class RunnerDoubtTest : public testing::Test {
protected:
    Facility facility;
    Host host{facility, "host"};
    Host holding{facility, "holding", "in_doubt = hold\n"};
};

TEST_F(RunnerDoubtTest, SendsAgainWhatMayHaveLeft)
{
    const auto task = facility.addFor({"gone@a.org"});
    EXPECT_EQ(host.run().waiting, 1);
    EXPECT_EQ(host.recipient(task, "gone@a.org").state, DeliveryState::unknown);
    facility.mendPeer();
    EXPECT_EQ(host.run().waiting, 1) << "only after a pause";
    host.clock.pass(10min);
    EXPECT_EQ(host.run().done, 1);
    EXPECT_EQ(facility.told("gone@a.org"), 1);
}

TEST_F(RunnerDoubtTest, HoldsWhatMayHaveLeftWhereTheSiteWantsThat)
{
    const auto task = facility.addFor({"doubt@a.org"});
    const auto report = holding.run();
    EXPECT_EQ(report.held, 1);
    EXPECT_EQ(report.status, ExitStatus::later);
    facility.mendPeer();
    holding.clock.pass(24h);
    holding.run();
    EXPECT_EQ(facility.told("doubt@a.org"), 1);
    EXPECT_EQ(holding.recipient(task, "doubt@a.org").state, DeliveryState::held);

    EXPECT_EQ(holding.ledger()->approve(task).due, 1);
    EXPECT_EQ(holding.recipient(task, "doubt@a.org").state, DeliveryState::unknown);
    EXPECT_EQ(holding.run().done, 1);
    EXPECT_EQ(facility.told("doubt@a.org"), 2);
    EXPECT_EQ(facility.different("doubt@a.org"), 1);
}

TEST_F(RunnerDoubtTest, KeepsTheDoubtThroughAttemptsThatDidNotLeave)
{
    const auto task = facility.add(R"({"notifications":[{"key":"news","to":["doubt@a.org"]}]})");
    holding.run();
    holding.ledger()->approve(task);
    // The next attempt is put off by the peer: that is no new doubt to hold, nor an end of the old.
    holding.onLog() = [&](const std::string& line) {
        if (line.find("greeting") != std::string::npos) {
            holding.onLog() = {};
            facility.folder().write("peer.refuses", "later");
        }
    };
    holding.run();
    EXPECT_EQ(holding.recipient(task, "doubt@a.org").state, DeliveryState::unknown);
    EXPECT_EQ(facility.told("doubt@a.org"), 1);
    facility.folder().write("peer.refuses", "never");
    holding.clock.pass(24h);
    holding.run();
    EXPECT_THAT(holding.recipient(task, "doubt@a.org").reason,
                HasSubstr("an earlier attempt may have arrived"));
}

TEST_F(RunnerDoubtTest, TakesWhatDiedAfterTheCommitPointForUnknown)
{
    const auto task = facility.addFor({"crash@a.org"});
    EXPECT_EQ(host.runInChild().signal, SIGKILL);
    EXPECT_EQ(host.recipient(task, "crash@a.org").state, DeliveryState::sending);
    facility.mendPeer();
    EXPECT_EQ(host.run().done, 1);
    EXPECT_EQ(facility.told("crash@a.org"), 2);
    EXPECT_EQ(facility.different("crash@a.org"), 1) << "byte by byte the same";
    EXPECT_EQ(host.recipient(task, "crash@a.org").attempts, 2);
}

TEST_F(RunnerDoubtTest, HoldsWhatDiedAfterTheCommitPointWhereTheSiteWantsThat)
{
    const auto task = facility.addFor({"crash@a.org"});
    EXPECT_EQ(holding.runInChild().signal, SIGKILL);
    facility.mendPeer();
    EXPECT_EQ(holding.run().held, 1);
    EXPECT_EQ(facility.told("crash@a.org"), 1);
    holding.ledger()->approve(task);
    EXPECT_EQ(holding.recipient(task, "crash@a.org").state, DeliveryState::unknown);
    EXPECT_EQ(holding.run().done, 1);
}

TEST_F(RunnerDoubtTest, KnowsThatWhatDiedBeforeTheCommitPointDidNotLeave)
{
    const auto task = facility.addFor({"die@a.org"});
    EXPECT_EQ(host.runInChild().signal, SIGKILL);
    EXPECT_EQ(host.recipient(task, "die@a.org").state, DeliveryState::composed);
    facility.mendPeer();
    EXPECT_EQ(host.run().done, 1);
    EXPECT_EQ(facility.told("die@a.org"), 1);
}

TEST_F(RunnerDoubtTest, TriesAgainWhatATransportThrewBeforeTheCommitPoint)
{
    for (const auto* address : {"throw@a.org", "odd@a.org"}) {
        const auto task = facility.addFor({address});
        const auto report = host.run();
        EXPECT_EQ(report.status, ExitStatus::fault);
        EXPECT_EQ(host.recipient(task, address).state, DeliveryState::deferred);
        EXPECT_THAT(host.recipient(task, address).reason,
                    HasSubstr("fault of the transport 'peer'"));
    }
}

TEST_F(RunnerDoubtTest, TakesWhatATransportThrewAfterTheCommitPointForUnknown)
{
    const auto task = facility.addFor({"break@a.org"});
    EXPECT_EQ(host.run().status, ExitStatus::fault);
    EXPECT_EQ(host.recipient(task, "break@a.org").state, DeliveryState::unknown);
}

TEST_F(RunnerDoubtTest, TellsOnceThroughATransportThatDoesNotAsk)
{
    const auto task = facility.addFor({"rude@a.org"});
    const auto report = host.run();
    EXPECT_EQ(report.status, ExitStatus::fault);
    EXPECT_EQ(report.done, 1);
    EXPECT_THAT(host.logged(), HasSubstr("it sent without asking commit()"));
    EXPECT_EQ(host.recipient(task, "rude@a.org").state, DeliveryState::accepted);
    host.clock.pass(24h);
    host.run();
    EXPECT_EQ(facility.told("rude@a.org"), 1);
}

TEST_F(RunnerDoubtTest, GrantsThePeersWishForALaterTime)
{
    const auto task = facility.addFor({"wish@a.org"});
    host.run();
    EXPECT_EQ(host.recipient(task, "wish@a.org").nextAttempt, host.clock.wall() + 2h);
}

TEST_F(RunnerDoubtTest, KeepsOneStatePerAddressOfAMessageForAll)
{
    Host together(facility, "together", "addressing = together\n");
    const auto task = facility.addFor({"one@a.org", "later@a.org", "never@a.org"});
    EXPECT_EQ(together.run().waiting, 1);
    EXPECT_EQ(together.ledger()->deliveries(task).size(), 1U);
    EXPECT_EQ(together.recipient(task, "one@a.org").state, DeliveryState::accepted);
    EXPECT_EQ(together.recipient(task, "later@a.org").state, DeliveryState::deferred);
    EXPECT_EQ(together.recipient(task, "never@a.org").state, DeliveryState::refused);
    facility.mendPeer();
    together.clock.pass(10min);
    EXPECT_EQ(together.run().partial, 1);
    EXPECT_EQ(facility.told("one@a.org"), 1);
    EXPECT_EQ(facility.told("later@a.org"), 1);
    EXPECT_EQ(facility.told("never@a.org"), 0);
}

TEST_F(RunnerDoubtTest, HoldsAFloodUntilItIsApproved)
{
    Host careful(facility, "careful", "max_per_run = 2\n");
    const auto task = facility.addFor({"a@a.org", "b@a.org", "c@a.org"});
    const auto report = careful.run();
    EXPECT_EQ(report.held, 1);
    EXPECT_EQ(report.status, ExitStatus::later);
    EXPECT_EQ(facility.toldAll().size(), 2U);
    EXPECT_THAT(careful.recipient(task, "c@a.org").reason, HasSubstr("max_per_run"));
    EXPECT_EQ(careful.run().held, 1) << "held until approved";
    careful.ledger()->approve(task);
    EXPECT_EQ(careful.run().done, 1);
    EXPECT_EQ(facility.toldAll().size(), 3U);
}

TEST_F(RunnerDoubtTest, KeepsWhatIsHeldBeyondTheBudget)
{
    Host careful(facility, "careful", "max_per_run = 1\n");
    const auto task = facility.addFor({"a@a.org", "b@a.org"});
    careful.run();
    careful.clock.pass(24h * 5 + 1h);
    EXPECT_EQ(careful.run().held, 1);
    EXPECT_EQ(careful.recipient(task, "b@a.org").state, DeliveryState::held);
    EXPECT_THAT(careful.logged(), testing::Not(HasSubstr("given up")));
    careful.ledger()->approve(task);
    EXPECT_EQ(careful.run().done, 1);
}

TEST_F(RunnerDoubtTest, HoldsWhatIsTooMuchForOnePersonADay)
{
    Host careful(facility, "careful", "max_per_recipient_per_day = 2\n");
    for (int number = 0; number < 4; ++number) {
        facility.add(R"({"number":)" + std::to_string(number) +
                     R"(,"notifications":[{"key":"news","to":["one@a.org"]}]})");
    }
    facility.addFor({"two@a.org"});
    const auto report = careful.run();
    EXPECT_EQ(report.done, 3);
    EXPECT_EQ(report.held, 2);
    EXPECT_EQ(facility.told("one@a.org"), 2);
    EXPECT_EQ(facility.told("two@a.org"), 1);
    careful.clock.pass(25h);
    facility.add(R"({"number":5,"notifications":[{"key":"news","to":["one@a.org"]}]})");
    careful.run();
    EXPECT_EQ(facility.told("one@a.org"), 3) << "a new day";
}

} // namespace
} // namespace notifyhost::host
