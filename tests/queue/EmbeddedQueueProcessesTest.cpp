#include "queue/EmbeddedQueue.h"
#include "support/TemporaryFolder.h"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <set>

#include <sys/wait.h>
#include <unistd.h>

namespace notifyhost::test {
namespace {

using queue::TaskStatus;

const queue::Pipeline kMails{"mails", "https://example.org/mails", "1.0"};

std::string input(int number)
{
    return R"({"run":)" + std::to_string(number) + "}";
}

/// Runs work in a process of its own, with no file of this one.
pid_t start(const std::function<void()>& work)
{
    const pid_t id = ::fork();
    if (id == 0) {
        int status = 0;
        try {
            work();
        } catch (const std::exception& error) {
            std::fprintf(stderr, "%s\n", error.what());
            status = 1;
        }
        ::_exit(status);
    }
    return id;
}

int waitFor(pid_t id)
{
    int status = -1;
    EXPECT_EQ(::waitpid(id, &status, 0), id);
    return status;
}

TEST(EmbeddedQueueProcesses, GiveEachOfAThousandTasksToOneOfFour)
{
    constexpr int kTasks = 1000;
    const TemporaryFolder folder;
    const auto file = folder / "queue.sqlite";
    std::vector<std::string> inputs;
    for (int number = 0; number < kTasks; ++number) {
        inputs.push_back(input(number));
    }
    queue::EmbeddedQueue(file).add(kMails, inputs);
    std::vector<pid_t> claimers;
    for (int number = 0; number < 4; ++number) {
        claimers.push_back(start([&, number] {
            queue::EmbeddedQueue queue(file);
            std::ofstream record(folder / std::to_string(number));
            for (auto tasks = queue.claim(kMails, 7); !tasks.empty();
                 tasks = queue.claim(kMails, 7)) {
                for (const auto& task : tasks) {
                    record << task.id << "\n";
                }
            }
        }));
    }
    std::multiset<std::string> claimed;
    for (std::size_t number = 0; number < claimers.size(); ++number) {
        EXPECT_EQ(waitFor(claimers[number]), 0);
        std::ifstream record(folder / std::to_string(number));
        std::string line;
        while (std::getline(record, line)) {
            claimed.insert(line);
        }
    }
    EXPECT_EQ(claimed.size(), 1000U);
    EXPECT_EQ(std::set<std::string>(claimed.begin(), claimed.end()).size(), 1000U);
    EXPECT_EQ(queue::EmbeddedQueue(file).list(kMails, TaskStatus::claimed).size(), 1000U);
}

TEST(EmbeddedQueueProcesses, AddEachTaskOnceWhereFourAddTheSame)
{
    const TemporaryFolder folder;
    const auto file = folder / "queue.sqlite";
    std::vector<pid_t> adders;
    for (int number = 0; number < 4; ++number) {
        // Also the file, the pipeline and its version are made by whoever comes first.
        adders.push_back(start([&, number] {
            queue::EmbeddedQueue queue(file);
            std::ofstream record(folder / std::to_string(number));
            for (int task = 0; task < 50; ++task) {
                const auto result = queue.add(kMails, {input(task)}).front();
                record << (result.kind == queue::AddResult::Kind::added ? "added\n" : "known\n");
            }
        }));
    }
    int added = 0;
    for (std::size_t number = 0; number < adders.size(); ++number) {
        EXPECT_EQ(waitFor(adders[number]), 0);
        const auto text = readFile(folder / std::to_string(number));
        for (auto at = text.find("added"); at != std::string::npos; at = text.find("added", at + 1))
        {
            ++added;
        }
    }
    EXPECT_EQ(added, 50);
    EXPECT_EQ(queue::EmbeddedQueue(file).list(kMails, TaskStatus::pending).size(), 50U);
}

TEST(EmbeddedQueueProcesses, LoseNoAcknowledgedTaskWhenKilledBetweenTwoAdds)
{
    for (const int acknowledgements : {1, 2, 17, 60}) {
        const TemporaryFolder folder;
        const auto file = folder / "queue.sqlite";
        int ends[2];
        ASSERT_EQ(::pipe(ends), 0);
        const pid_t adder = start([&] {
            queue::EmbeddedQueue queue(file);
            for (int number = 0;; ++number) {
                queue.add(kMails, {input(number)});
                if (::write(ends[1], ".", 1) != 1) {
                    return;
                }
            }
        });
        ::close(ends[1]);
        char octet = 0;
        int acknowledged = 0;
        while (acknowledged < acknowledgements && ::read(ends[0], &octet, 1) == 1) {
            ++acknowledged;
        }
        ::kill(adder, SIGKILL);
        EXPECT_EQ(waitFor(adder), SIGKILL);
        while (::read(ends[0], &octet, 1) == 1) {
            ++acknowledged;
        }
        ::close(ends[0]);
        const auto tasks = queue::EmbeddedQueue(file).list(kMails, TaskStatus::pending);
        ASSERT_GE(tasks.size(), static_cast<std::size_t>(acknowledged));
        EXPECT_LE(tasks.size(), static_cast<std::size_t>(acknowledged) + 1);
        for (std::size_t number = 0; number < tasks.size(); ++number) {
            EXPECT_EQ(tasks[number].inputText, input(static_cast<int>(number)));
        }
    }
}

TEST(EmbeddedQueueProcesses, ClaimAWholeBatchOrNoneWhenKilled)
{
    const TemporaryFolder folder;
    const auto file = folder / "queue.sqlite";
    std::vector<std::string> inputs;
    for (int number = 0; number < 600; ++number) {
        inputs.push_back(input(number));
    }
    queue::EmbeddedQueue(file).add(kMails, inputs);
    for (int round = 0; round < 5; ++round) {
        int ends[2];
        ASSERT_EQ(::pipe(ends), 0);
        const pid_t claimer = start([&] {
            queue::EmbeddedQueue queue(file);
            while (!queue.claim(kMails, 20).empty() && ::write(ends[1], ".", 1) == 1) {
            }
        });
        ::close(ends[1]);
        char octet = 0;
        EXPECT_EQ(::read(ends[0], &octet, 1), 1);
        ::kill(claimer, SIGKILL);
        waitFor(claimer);
        ::close(ends[0]);
        EXPECT_EQ(queue::EmbeddedQueue(file).list(kMails, TaskStatus::claimed).size() % 20, 0U);
    }
}

} // namespace
} // namespace notifyhost::test
