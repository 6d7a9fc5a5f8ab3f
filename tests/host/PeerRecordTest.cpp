#include "host/PeerRecord.h"

#include <gtest/gtest.h>

#include <future>
#include <optional>

namespace notifyhost::host {
namespace {

using namespace std::chrono_literals;
using Fault = PeerRecord::Fault;
using Turn = PeerRecord::Turn;

TEST(PeerRecord, BlamesTheServiceWhereNobodyReachesIt)
{
    PeerRecord record;
    EXPECT_EQ(Turn(record, 0).unreachable(), Fault::service);
}

TEST(PeerRecord, FindsALimitWhereAnotherWorkerIsServed)
{
    PeerRecord record;
    Turn(record, 0).answered();
    EXPECT_EQ(Turn(record, 1).unreachable(), Fault::limit);
    EXPECT_EQ(Turn(record, 2).unreachable(), Fault::limit);
    EXPECT_EQ(Turn(record, 0).unreachable(), Fault::service) << "the last one";
}

TEST(PeerRecord, WaitsForWhatBecomesOfTheOthers)
{
    for (const bool served : {true, false}) {
        PeerRecord record;
        std::optional<Turn> other(std::in_place, record, 1);
        auto fault = std::async(std::launch::async, [&] { return Turn(record, 0).unreachable(); });
        EXPECT_EQ(fault.wait_for(50ms), std::future_status::timeout);
        if (served) {
            other->succeeded();
        }
        other.reset();
        EXPECT_EQ(fault.get(), served ? Fault::limit : Fault::service);
    }
}

TEST(PeerRecord, BlamesTheServiceWhereAllFailAtOnce)
{
    PeerRecord record;
    std::vector<std::future<Fault>> faults;
    for (std::size_t worker = 0; worker < 4; ++worker) {
        faults.push_back(std::async(std::launch::async,
                                    [&, worker] { return Turn(record, worker).unreachable(); }));
    }
    for (auto& fault : faults) {
        EXPECT_EQ(fault.get(), Fault::service);
    }
}

TEST(PeerRecord, BlamesTheServiceForThreeDifferentMessagesInARow)
{
    PeerRecord record;
    EXPECT_EQ(Turn(record, 0).broke("task 1", "one@a.org"), Fault::message);
    EXPECT_EQ(Turn(record, 1).broke("task 2", "two@a.org"), Fault::message);
    EXPECT_EQ(Turn(record, 0).broke("task 3", "three@a.org"), Fault::service);
}

TEST(PeerRecord, BeginsAnewAfterASuccess)
{
    PeerRecord record;
    Turn(record, 0).broke("task 1", "one@a.org");
    Turn(record, 0).broke("task 2", "two@a.org");
    Turn(record, 1).answered();
    EXPECT_EQ(Turn(record, 0).broke("task 2", "other@a.org"), Fault::message) << "the same task";
    Turn(record, 1).succeeded();
    EXPECT_EQ(Turn(record, 0).broke("task 3", "three@a.org"), Fault::message);
}

TEST(PeerRecord, BlamesOneTaskForAFewMessagesOnly)
{
    PeerRecord record;
    for (int message = 1; message < 6; ++message) {
        EXPECT_EQ(Turn(record, 0).broke("task 1", std::to_string(message)), Fault::message);
    }
    EXPECT_EQ(Turn(record, 0).broke("task 1", "6"), Fault::service);
}

TEST(PeerRecord, DoesNotCountAWorkerWhoseConnectionBroke)
{
    PeerRecord record;
    Turn(record, 0).answered();
    Turn(record, 0).broke("task 1", "one@a.org");
    EXPECT_EQ(Turn(record, 1).unreachable(), Fault::service);
}

} // namespace
} // namespace notifyhost::host
