#include "host/ExitStatus.h"
#include "host/ServiceStatus.h"

#include <gtest/gtest.h>

#include <array>

namespace notifyhost::host {
namespace {

TEST(ExitStatus, CountsTheWorseOfTwoInEitherOrder)
{
    constexpr std::array kWorstFirst{70, 74, 78, 77, 69, 65, 64, 1, 75, 0};
    for (std::size_t bad = 0; bad < kWorstFirst.size(); ++bad) {
        for (std::size_t good = bad; good < kWorstFirst.size(); ++good) {
            const auto worst = static_cast<ExitStatus>(kWorstFirst[bad]);
            const auto better = static_cast<ExitStatus>(kWorstFirst[good]);
            EXPECT_EQ(worse(worst, better), worst);
            EXPECT_EQ(worse(better, worst), worst);
        }
    }
}

TEST(ExitStatus, TellsAQueuesFailureWithOneTaskFromOneWithThePipeline)
{
    using Kind = queue::QueueError::Kind;
    EXPECT_EQ(statusFor(Kind::unknown), ExitStatus::someFailed);
    EXPECT_EQ(statusFor(Kind::refused), ExitStatus::someFailed);
    EXPECT_EQ(pipelineStatusFor(Kind::unknown), ExitStatus::configuration);
    EXPECT_EQ(pipelineStatusFor(Kind::refused), ExitStatus::configuration);
    for (const auto& [kind, status] : {std::pair{Kind::unavailable, ExitStatus::unavailable},
                                       {Kind::lost, ExitStatus::unavailable},
                                       {Kind::credentials, ExitStatus::credentials},
                                       {Kind::storage, ExitStatus::disk},
                                       {Kind::configuration, ExitStatus::configuration}})
    {
        EXPECT_EQ(statusFor(kind), status);
        EXPECT_EQ(pipelineStatusFor(kind), status);
    }
}

TEST(ExitStatus, TellsWhyAPluginsServiceFailed)
{
    using Kind = ServiceError::Kind;
    EXPECT_EQ(statusFor(Kind::unavailable), ExitStatus::unavailable);
    EXPECT_EQ(statusFor(Kind::credentials), ExitStatus::credentials);
    EXPECT_EQ(statusFor(Kind::configuration), ExitStatus::configuration);
}

} // namespace
} // namespace notifyhost::host
