#include "queue/EmbeddedQueue.h"

#include "queue/TaskIdentity.h"
#include "storage/Database.h"
#include "support/Process.h"
#include "support/TemporaryFolder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace notifyhost::test {
namespace {

using queue::AddResult;
using queue::QueueError;
using queue::TaskStatus;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class EmbeddedQueueContract : public testing::Test {
protected:
    std::vector<AddResult> add(const std::vector<std::string>& inputs) const
    {
        return queue::EmbeddedQueue(file).add(mails, inputs);
    }

    std::vector<std::string> claim(int count) const
    {
        std::vector<std::string> inputs;
        for (const auto& task : queue::EmbeddedQueue(file).claim(mails, count)) {
            EXPECT_EQ(task.status, TaskStatus::claimed);
            inputs.push_back(task.inputText);
        }
        return inputs;
    }

    queue::QueuedTask task(const std::string& input) const
    {
        return {mails, queue::taskInputId(input), input, TaskStatus::pending};
    }

    template<typename Work> std::string refusal(QueueError::Kind kind, Work work) const
    {
        try {
            work();
        } catch (const QueueError& error) {
            EXPECT_EQ(error.kind(), kind) << error.what();
            return error.what();
        }
        return "well";
    }

    const TemporaryFolder folder;
    const std::filesystem::path file = folder / "queue.sqlite";
    const queue::Pipeline mails{"mails", "https://example.org/mails", "1.0"};
    const queue::Pipeline newer{"mails", "https://example.org/mails", "2.0"};
};

TEST_F(EmbeddedQueueContract, AddsEachTaskOnceAndSaysWhichItKnew)
{
    // Worked example 6 of porch's digest: the empty object.
    auto results = add({R"({"run":1})", "{}", R"({ "run" : 1 })"});
    ASSERT_EQ(results.size(), 3U);
    EXPECT_EQ(results[0].kind, AddResult::Kind::added);
    EXPECT_EQ(results[0].status, TaskStatus::pending);
    EXPECT_EQ(results[1].id, "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    EXPECT_EQ(results[2].kind, AddResult::Kind::known);
    EXPECT_EQ(results[2].id, results[0].id);

    queue::EmbeddedQueue(file).update(task(R"({"run":1})"), TaskStatus::done);
    results = add({R"({"run":1})", R"({"run":1.0})"});
    EXPECT_EQ(results[0].kind, AddResult::Kind::known);
    EXPECT_EQ(results[0].status, TaskStatus::done) << "an added task is not revived";
    EXPECT_EQ(results[1].kind, AddResult::Kind::added) << "1 and 1.0 are two tasks";
}

TEST_F(EmbeddedQueueContract, KeepsGoodInputsWhereOneIsNone)
{
    const auto results = add({R"({"run":1})", "not JSON", "[1]", R"({"run":2})"});
    EXPECT_EQ(results[0].kind, AddResult::Kind::added);
    EXPECT_EQ(results[1].kind, AddResult::Kind::refused);
    EXPECT_THAT(results[1].reason, HasSubstr("not a JSON object"));
    EXPECT_EQ(results[2].kind, AddResult::Kind::refused);
    EXPECT_EQ(results[3].kind, AddResult::Kind::added);
    EXPECT_THAT(claim(10), ElementsAre(R"({"run":1})", R"({"run":2})"));
}

TEST_F(EmbeddedQueueContract, GivesInputsBackAsTheyCame)
{
    const std::string odd = R"({ "b": 1e16,  "a": "é\/", "n": 12345678901234567890123 })";
    add({odd});
    EXPECT_THAT(claim(1), ElementsAre(odd));
    EXPECT_EQ(queue::EmbeddedQueue(file).list(mails, {}).front().inputText, odd);
}

TEST_F(EmbeddedQueueContract, ClaimsTheOldestFirstAndWhatCameBackBeforeWhatIsNewer)
{
    add({R"({"run":1})", R"({"run":2})", R"({"run":3})"});
    EXPECT_THAT(claim(2), ElementsAre(R"({"run":1})", R"({"run":2})"));
    add({R"({"run":4})"});
    queue::EmbeddedQueue(file).update(task(R"({"run":2})"), TaskStatus::pending);
    EXPECT_THAT(claim(2), ElementsAre(R"({"run":2})", R"({"run":3})"));
    EXPECT_THAT(claim(5), ElementsAre(R"({"run":4})"));
    EXPECT_THAT(claim(5), IsEmpty());
}

TEST_F(EmbeddedQueueContract, LetsAnyStatusFollowAnyOther)
{
    add({"{}"});
    queue::EmbeddedQueue queue(file);
    const std::vector<TaskStatus> all{TaskStatus::pending, TaskStatus::claimed,
                                      TaskStatus::running, TaskStatus::done,
                                      TaskStatus::failed,  TaskStatus::cancelled};
    for (const auto from : all) {
        for (const auto to : all) {
            queue.update(task("{}"), from);
            queue.update(task("{}"), to);
            ASSERT_EQ(queue.list(mails, {}).front().status, to);
            for (const auto asked : all) {
                EXPECT_EQ(queue.list(mails, asked).size(), asked == to ? 1U : 0U);
            }
        }
    }
}

TEST_F(EmbeddedQueueContract, TellsATasksHistoryWithTimes)
{
    add({"{}"});
    add({"{}"});
    claim(1);
    queue::EmbeddedQueue(file).update(task("{}"), TaskStatus::running);
    queue::EmbeddedQueue(file).update(task("{}"), TaskStatus::done);
    const auto events = queue::EmbeddedQueue(file).events(mails, task("{}").id);
    ASSERT_EQ(events.size(), 4U) << "adding what is known is no event";
    std::string before;
    std::vector<std::string> words;
    for (const auto& event : events) {
        EXPECT_THAT(event.time,
                    testing::MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{3}Z"));
        EXPECT_LE(before, event.time);
        before = event.time;
        words.push_back(event.what);
    }
    EXPECT_THAT(words, ElementsAre("added", "CLAIMED", "RUNNING", "DONE"));
    EXPECT_THAT(queue::EmbeddedQueue(file).events(mails, "0123"), IsEmpty());
}

TEST_F(EmbeddedQueueContract, RegistersAPipelineByItselfButNeverANewVersion)
{
    add({"{}"});
    EXPECT_THAT(
        refusal(QueueError::Kind::unknown, [&] { queue::EmbeddedQueue(file).add(newer, {"{}"}); }),
        AllOf(HasSubstr(file.string()), HasSubstr("mails has no version 2.0"),
              HasSubstr("`notifyhost register`"), HasSubstr("porch_version")));
    const auto first = queue::EmbeddedQueue(file).registerPipeline(newer);
    EXPECT_FALSE(first.pipelineCreated);
    EXPECT_TRUE(first.versionCreated);
    const auto second = queue::EmbeddedQueue(file).registerPipeline(newer);
    EXPECT_FALSE(second.pipelineCreated || second.versionCreated);
}

TEST_F(EmbeddedQueueContract, KeepsVersionsApart)
{
    add({"{}", R"({"run":1})"});
    queue::EmbeddedQueue queue(file);
    queue.registerPipeline(newer);
    EXPECT_EQ(queue.add(newer, {"{}"}).front().kind, AddResult::Kind::added);
    EXPECT_EQ(queue.claim(newer, 10).size(), 1U);
    EXPECT_EQ(queue.list(mails, TaskStatus::pending).size(), 2U);
    queue.update({newer, task("{}").id, "{}", TaskStatus::claimed}, TaskStatus::done);
    EXPECT_EQ(queue.list(mails, TaskStatus::done).size(), 0U);
    EXPECT_THAT(refusal(QueueError::Kind::unknown,
                        [&] {
                            queue.update({newer, task(R"({"run":1})").id, "", TaskStatus::claimed},
                                         TaskStatus::done);
                        }),
                AllOf(HasSubstr("version 2.0"), HasSubstr(task(R"({"run":1})").id)));
}

TEST_F(EmbeddedQueueContract, KnowsNothingOfAPipelineThatIsNotThere)
{
    queue::EmbeddedQueue queue(file);
    EXPECT_THAT(queue.list(mails, {}), IsEmpty());
    EXPECT_THAT(queue.claim(mails, 1), IsEmpty());
    EXPECT_THAT(refusal(QueueError::Kind::unknown, [&] { queue.makeToken(mails, "cron"); }),
                AllOf(HasSubstr(file.string()), HasSubstr("mails is not registered"),
                      HasSubstr("notifyhost register")));
    EXPECT_THAT(
        refusal(QueueError::Kind::unknown, [&] { queue.update(task("{}"), TaskStatus::done); }),
        HasSubstr("has no task"));
}

TEST_F(EmbeddedQueueContract, MakesTokensAndKeepsTheirHashesAlone)
{
    queue::EmbeddedQueue queue(file);
    EXPECT_TRUE(queue.registerPipeline(mails).pipelineCreated);
    const auto token = queue.makeToken(mails, "cron");
    EXPECT_THAT(token, testing::MatchesRegex("[0-9a-f]{32}"));
    EXPECT_NE(queue.makeToken(mails, "cron"), token);
    EXPECT_EQ(readFile(file).find(token), std::string::npos);
    EXPECT_EQ(readFile(file.string() + "-wal").find(token), std::string::npos);
}

TEST_F(EmbeddedQueueContract, NamesItselfAndWhatItDidWhereItsFileFails)
{
    add({"{}"});
    queue::EmbeddedQueue queue(file);
    EXPECT_EQ(queue.describe(), "the embedded queue " + file.string());
    const auto dropped = run({"sqlite3", file.string(), "DROP TABLE event"});
    ASSERT_EQ(dropped.status, 0) << dropped.error;
    EXPECT_THAT(refusal(QueueError::Kind::storage, [&] { queue.claim(mails, 1); }),
                AllOf(HasSubstr("claiming from mails"), HasSubstr(file.string())));
    EXPECT_EQ(queue.list(mails, TaskStatus::pending).size(), 1U) << "claimed in part";
}

TEST_F(EmbeddedQueueContract, IsLeftUntouchedWhereANewerProgramMadeIt)
{
    add({"{}"});
    ASSERT_EQ(run({"sqlite3", file.string(), "PRAGMA user_version = 99"}).status, 0);
    const auto before = readFile(file);
    try {
        const queue::EmbeddedQueue queue(file);
        FAIL() << "opened a newer queue";
    } catch (const storage::StorageError& error) {
        EXPECT_EQ(error.kind(), storage::StorageError::Kind::configuration);
        EXPECT_THAT(error.what(),
                    AllOf(HasSubstr("notifyhost queue of version 99"), HasSubstr("untouched")));
    }
    EXPECT_TRUE(readFile(file) == before);
}

} // namespace
} // namespace notifyhost::test
