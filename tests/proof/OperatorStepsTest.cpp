#include "proof/Backlog.h"
#include "proof/StepWalk.h"

#include <iostream>
#include <optional>
#include <set>

namespace notifyhost::test {
namespace {

using Words = std::vector<std::string>;

/// How often each of the three is told in the end, and how the task stands then.
struct Ending {
    std::size_t told{};
    std::string queue;
    std::string ledger;
};

/// An operator's command is stopped after each call and given again; later runs end the task.
class OperatorSteps : public testing::Test {
protected:
    /// A site with one task whose first run met this mail server.
    void make(const SmtpScript& script)
    {
        const ScriptedSmtpServer server(script);
        ProofSettings settings;
        settings.port = server.port();
        std::filesystem::create_directory(_folder / "site");
        _original.emplace(_folder / "site", settings);
        _original->add(1, 1);
        _original->run();
        id = look(_original->queue(), _original->ledger()).begin()->first;
    }
    ProofSite& original() { return *_original; }

    static SmtpScript always(const std::string& answer)
    {
        return [answer](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
            return turn.moment == SmtpMoment::rcpt ? std::optional(SmtpAnswer{answer})
                                                   : std::nullopt;
        };
    }

    /// again: what the command may come to when it is given once more, and whether it is.
    void expectSafe(const Words& command, const Ending& ending, const std::set<int>& again,
                    long fewestSteps)
    {
        const auto figures = walkSteps([&](long number, std::string& problems) {
            return attempt(command, ending, again, number, problems);
        });
        std::cout << command.front() << ": stopped after each of " << figures.steps << " calls\n";
        EXPECT_EQ(figures.problems, "");
        EXPECT_GE(figures.steps, fewestSteps);
    }

    std::string id;

private:
    bool attempt(const Words& command, const Ending& ending, const std::set<int>& again,
                 long number, std::string& problems) const
    {
        const TemporaryFolder folder;
        ProofSite site(*_original, folder / "site");
        const ScriptedSmtpServer server;
        ProofSettings settings;
        settings.port = server.port();
        settings.pipeline = {{"workers", "1"}};
        site.configure(settings);
        const auto first = site.operate(command, {}, {number});
        if (!wasStopped(first) && first.status != 0) {
            problems +=
                "without a stop it ends with " + std::to_string(first.status) + ": " + first.error;
        }
        if (wasStopped(first) && !again.empty()) {
            const auto second = site.operate(command);
            if (again.count(second.status) == 0) {
                problems += "given again it ends with " + std::to_string(second.status) + ": " +
                            second.error;
            }
        }
        site.run();
        const auto task = letThemEnd(site, "ont").begin()->second;
        if (task.queue != ending.queue || task.ledger != ending.ledger) {
            problems += "the task is " + task.queue + ", in the ledger " + task.ledger + "\n";
        }
        const auto mails = told({&server});
        if (mails.size() != (ending.told > 0 ? 3U : 0U)) {
            problems += std::to_string(mails.size()) + " recipients were told\n";
        }
        for (const auto& [whom, messages] : mails) {
            const std::set<std::string> different(messages.begin(), messages.end());
            if (messages.size() != ending.told || different.size() != ending.told) {
                problems += whom + " was told " + std::to_string(messages.size()) + " times\n";
            }
        }
        return wasStopped(first);
    }

    TemporaryFolder _folder;
    std::optional<ProofSite> _original;
};

TEST_F(OperatorSteps, OfRetryTellEverybodyOnce)
{
    make(always("550 5.1.1 no such user\r\n"));
    expectSafe({"retry", "ont", id}, {1, "DONE", "done"}, {0}, 20);
}

TEST_F(OperatorSteps, OfCancelTellNobody)
{
    make(always("451 4.3.0 come back later\r\n"));
    expectSafe({"cancel", "ont", id}, {0, "FAILED", "failed"}, {0}, 20);
}

TEST_F(OperatorSteps, OfRetellTellEverybodyOnceMore)
{
    make({});
    // When all of it is on record, it is being told, and a second time is refused.
    expectSafe({"retell", "ont", id, "--yes"}, {1, "DONE", "done"}, {0, 1}, 20);
}

TEST_F(OperatorSteps, OfTakeoverTellEverybodyOnce)
{
    make(always("451 4.3.0 come back later\r\n"));
    std::filesystem::remove_all(original().folder() / "state");
    original().run();
    expectSafe({"takeover", "ont", id, "--gone"}, {1, "DONE", "done"}, {0, 1}, 20);
}

TEST_F(OperatorSteps, OfAcknowledgeTellNobody)
{
    make(always("550 5.1.1 no such user\r\n"));
    expectSafe({"acknowledge", "ont", id}, {0, "FAILED", "failed"}, {0}, 15);
}

TEST_F(OperatorSteps, OfAcknowledgingWhatWasToldTellNobody)
{
    make(always("451 4.3.0 come back later\r\n"));
    ASSERT_EQ(
        test::run({"sqlite3", original().queue().string(), "UPDATE task SET status = 'CLAIMED'"})
            .status,
        0);
    std::filesystem::remove_all(original().folder() / "state");
    original().run();
    expectSafe({"acknowledge", "ont", id, "--told"}, {0, "DONE", "done"}, {0, 1}, 20);
}

} // namespace
} // namespace notifyhost::test
