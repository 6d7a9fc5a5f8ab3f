#pragma once

#include "OntTesting.h"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Parser.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace notifyhost::test {

inline std::string runTask(const std::string& experiment, const std::string& flowcell, int slot,
                           const std::string& event = "uploaded")
{
    return R"({"event":")" + event + R"(","experiment_name":")" + experiment +
           R"(","flowcell_id":")" + flowcell + R"(","instrument_slot":)" + std::to_string(slot) +
           R"(,"path":"/seq/ont/)" + flowcell + R"("})";
}

/// For cases about the sample rows and the trap rows in SQLite.
class OntCompose : public ::testing::Test {
protected:
    OntCompose() { configureOnt(*source, services); }

    Composed compose(const std::string& inputText)
    {
        Composed composed;
        source->compose(taskOf(inputText), composed);
        return composed;
    }

    Composed composeRun(const std::string& experiment, const std::string& flowcell, int slot = 1,
                        const std::string& event = "uploaded")
    {
        return compose(runTask(experiment, flowcell, slot, event));
    }

    /// The one notification of a run.
    Notification notificationOf(const std::string& experiment, const std::string& flowcell,
                                int slot = 1, const std::string& event = "uploaded")
    {
        Composed composed = composeRun(experiment, flowcell, slot, event);
        EXPECT_THAT(composed.failures, ::testing::IsEmpty());
        if (composed.notifications.size() != 1) {
            ADD_FAILURE() << composed.notifications.size() << " notifications";
            return {"", {}, Poco::JSON::Object()};
        }
        EXPECT_EQ(composed.notifications[0].key, "run");
        return std::move(composed.notifications[0]);
    }

    std::unique_ptr<Warehouse> rows{warehouse::openWarehouse(sampleWarehouse())};
    WarehouseOnly services{rows.get()};
    std::unique_ptr<EventSource> source{makeOntSource()};
};

inline void expectFailure(const Composed& composed, ComposeFailure failure,
                          const std::string& reason)
{
    EXPECT_THAT(composed.notifications, ::testing::IsEmpty());
    ASSERT_THAT(composed.failures, ::testing::SizeIs(1));
    EXPECT_EQ(composed.failures[0].key, "run");
    EXPECT_EQ(composed.failures[0].failure, failure);
    EXPECT_THAT(composed.failures[0].reason, ::testing::HasSubstr(reason));
}

} // namespace notifyhost::test
