#include "queue/QueueStore.h"

#include "queue/EmbeddedQueue.h"
#include "queue/QueueSchema.h"
#include "storage/Digest.h"
#include "support/TemporaryFolder.h"

#include <gtest/gtest.h>

using namespace notifyhost;
using namespace notifyhost::queue;

namespace {

const Pipeline kMails{"mails", "https://git.example.org/mails", "1"};

Pipeline version(const std::string& text)
{
    return {kMails.name, kMails.uri, text};
}

} // namespace

TEST(QueueStore, BringsAFileOfTheFirstSchemaToTheNewest)
{
    test::TemporaryFolder folder;
    const auto file = folder / "queue.sqlite";
    const std::string token(32, 'a');
    {
        const storage::Schema first{
            queueSchema().product, queueSchema().applicationId, {queueSchema().migrations.front()}};
        storage::Database database(file, first);
        database.execute(
            "INSERT INTO pipeline VALUES (1, 'mails', 'https://git.example.org/mails');"
            "INSERT INTO version VALUES (1, 1, '1');"
            "INSERT INTO task VALUES (1, 1, 'digest', '{}', 'DONE');"
            "INSERT INTO event VALUES (1, 1, '2026-11-25T00:00:00.000Z', 'added');"
            "INSERT INTO token VALUES (7, '" +
            storage::sha256Hex(token) + "', 1, 'cron', '2026-11-25T00:00:00.000Z')");
    }
    QueueStore store(file);
    ASSERT_EQ(store.list({}).size(), 1U);
    EXPECT_EQ(store.list({}).front().task.status, TaskStatus::done);
    EXPECT_EQ(store.events(1).size(), 1U);
    ASSERT_TRUE(store.token(token));
    EXPECT_EQ(store.token(token)->id, 7);
    EXPECT_EQ(store.token(token)->pipeline, 1);
    EXPECT_FALSE(store.storedGeneration());
    EXPECT_EQ(store.generation(), Generation::three);
}

TEST(QueueStore, ListsTheSameInWindowsOfEverySize)
{
    test::TemporaryFolder folder;
    QueueStore store(folder / "queue.sqlite");
    for (const std::string name : {"mails", "others"}) {
        const auto version = store.insertVersion(store.insertPipeline(name, "uri"), "1");
        for (int number = 0; number < 5; ++number) {
            const std::string input = "{\"n\":" + std::to_string(number) + "}";
            store.add(version, name + std::to_string(number), input);
        }
        store.claim(version, 2);
    }
    const std::vector<TaskFilter> filters{{},
                                          {"mails", {}, {}},
                                          {"others", "1", TaskStatus::claimed},
                                          {{}, {}, TaskStatus::pending},
                                          {"nobody", {}, {}}};
    const auto ids = [](const std::vector<StoredTask>& tasks) {
        std::vector<std::int64_t> result;
        for (const auto& stored : tasks) {
            result.push_back(stored.id);
        }
        return result;
    };
    for (const auto& filter : filters) {
        for (const std::int64_t rows : {1, 2, 3, 9, 10, 11, 100}) {
            for (const std::size_t octets : {1, 20, 1'000}) {
                std::vector<StoredTask> all;
                TaskWindow window{{}, 0, true};
                for (int turn = 0; window.more && turn < 50; ++turn) {
                    window = store.window(filter, window.last, rows, octets);
                    EXPECT_LE(window.tasks.size(), static_cast<std::size_t>(rows));
                    all.insert(all.end(), window.tasks.begin(), window.tasks.end());
                }
                EXPECT_FALSE(window.more);
                EXPECT_EQ(ids(all), ids(store.list(filter))) << rows << " " << octets;
            }
        }
    }
}

TEST(QueueStore, ForgetsARevokedToken)
{
    test::TemporaryFolder folder;
    QueueStore store(folder / "queue.sqlite");
    const std::string token = store.issueToken(std::nullopt, "first");
    ASSERT_TRUE(store.token(token));
    EXPECT_FALSE(store.token(token)->pipeline);
    EXPECT_TRUE(store.revokeToken(store.token(token)->id));
    EXPECT_FALSE(store.token(token));
    EXPECT_FALSE(store.revokeToken(1));
    EXPECT_TRUE(store.tokens().front().revoked);
}

TEST(QueueStore, IsNotMadeGenerationTwoWithSeveralVersions)
{
    test::TemporaryFolder folder;
    EmbeddedQueue queue(folder / "queue.sqlite");
    queue.registerPipeline(kMails);
    queue.registerPipeline(version("2"));
    QueueStore store(folder / "queue.sqlite");
    EXPECT_THROW(store.storeGeneration(Generation::two), QueueError);
    store.storeGeneration(Generation::three);
    EXPECT_EQ(store.storedGeneration(), Generation::three);
}

TEST(EmbeddedQueue, FollowsAFileOfGenerationTwo)
{
    test::TemporaryFolder folder;
    QueueStore(folder / "queue.sqlite").storeGeneration(Generation::two);
    EmbeddedQueue queue(folder / "queue.sqlite");
    EXPECT_TRUE(queue.registerPipeline(kMails).versionCreated);
    const auto again = queue.registerPipeline(version("2"));
    EXPECT_FALSE(again.versionCreated);
    EXPECT_NE(again.note.find("generation is 2"), std::string::npos);
    EXPECT_EQ(queue.add(kMails, {"{}"}).front().kind, AddResult::Kind::added);
    EXPECT_EQ(queue.add(version("2"), {"{}"}).front().kind, AddResult::Kind::known);
    const auto claimed = queue.claim(version("2"), 10);
    ASSERT_EQ(claimed.size(), 1U);
    EXPECT_EQ(claimed.front().pipeline, kMails);
    EXPECT_EQ(queue.list(version("3"), TaskStatus::claimed).size(), 1U);
}

TEST(EmbeddedQueue, KeepsVersionsApart)
{
    test::TemporaryFolder folder;
    EmbeddedQueue queue(folder / "queue.sqlite");
    EXPECT_EQ(queue.add(kMails, {"{}", "{ }", "[]"}).size(), 3U);
    EXPECT_THROW(queue.add(version("2"), {"{}"}), QueueError);
    EXPECT_TRUE(queue.registerPipeline(version("2")).versionCreated);
    EXPECT_EQ(queue.add(version("2"), {"{}"}).front().kind, AddResult::Kind::added);
    ASSERT_EQ(queue.claim(version("2"), 10).size(), 1U);
    const auto first = queue.claim(kMails, 10);
    ASSERT_EQ(first.size(), 1U);
    queue.update(first.front(), TaskStatus::done);
    EXPECT_EQ(queue.list(kMails, TaskStatus::done).size(), 1U);
    const auto events = queue.events(kMails, first.front().id);
    ASSERT_EQ(events.size(), 3U);
    EXPECT_EQ(events.back().what, "DONE");
    EXPECT_THROW(
        queue.update({version("9"), first.front().id, "{}", TaskStatus::done}, TaskStatus::done),
        QueueError);
}
