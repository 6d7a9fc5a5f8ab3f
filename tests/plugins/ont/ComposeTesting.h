#pragma once

#include "OntTesting.h"
#include "support/Process.h"
#include "warehouse/WarehouseConnection.h"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Parser.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace notifyhost::test {

/// Keeps what compose() made.
class Composed : public ComposeSink {
public:
    bool wanted(std::string_view) const override { return !frozen; }
    void notify(Notification notification) override
    {
        notifications.push_back(std::move(notification));
    }
    void failed(std::string key, ComposeFailure failure, std::string reason) override
    {
        failures.push_back({std::move(key), failure, std::move(reason)});
    }

    struct Failure {
        std::string key;
        ComposeFailure failure;
        std::string reason;
    };
    bool frozen{};
    std::vector<Notification> notifications;
    std::vector<Failure> failures;
};

/// The sample rows and the trap rows in an SQLite file, made at the first call.
inline warehouse::WarehouseSettings sampleWarehouse()
{
    static const TemporaryFolder folder;
    static const warehouse::WarehouseSettings settings = [] {
        ProcessOptions options;
        options.input = readFile(SOURCE_ROOT "/conf/demo/warehouse.sql") +
                        readFile(TEST_DATA "/warehouse-traps.sql");
        warehouse::WarehouseSettings result;
        result.dbfile = folder / "warehouse.sqlite";
        const ProcessResult loaded = run({"sqlite3", "-bail", result.dbfile.string()}, options);
        if (loaded.status != 0) {
            throw std::runtime_error("sqlite3 refused: " + loaded.error);
        }
        return result;
    }();
    return settings;
}

inline Task taskOf(const std::string& inputText)
{
    Poco::JSON::Parser parser;
    Task task;
    task.inputText = inputText;
    task.input = *parser.parse(inputText).extract<Poco::JSON::Object::Ptr>();
    return task;
}

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

inline Poco::JSON::Object member(const Poco::JSON::Object& facts, const std::string& list,
                                 unsigned index)
{
    return facts.get(list).extract<Poco::JSON::Array>().get(index).extract<Poco::JSON::Object>();
}

inline std::size_t count(const Poco::JSON::Object& facts, const std::string& list)
{
    return facts.get(list).extract<Poco::JSON::Array>().size();
}

/// A fact as text: null and booleans by their words.
inline std::string word(const Poco::JSON::Object& facts, const std::string& key)
{
    const Poco::Dynamic::Var value = facts.get(key);
    if (!facts.has(key)) {
        return "(absent)";
    }
    if (value.isEmpty()) {
        return "null";
    }
    return value.isBoolean() ? (value.extract<bool>() ? "yes" : "no")
                             : value.extract<std::string>();
}

inline std::vector<std::string> words(const Poco::JSON::Object& facts,
                                      const std::vector<std::string>& keys)
{
    std::vector<std::string> result;
    for (const std::string& key : keys) {
        result.push_back(word(facts, key));
    }
    return result;
}

/// One key of every member of a list.
inline std::vector<std::string> column(const Poco::JSON::Object& facts, const std::string& list,
                                       const std::string& key)
{
    std::vector<std::string> result;
    for (unsigned index = 0; index < count(facts, list); ++index) {
        result.push_back(word(member(facts, list, index), key));
    }
    return result;
}

inline std::string json(const Poco::JSON::Object& object)
{
    std::ostringstream text;
    object.stringify(text);
    return text.str();
}

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
