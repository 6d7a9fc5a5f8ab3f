#include "proof/Backlog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>

namespace notifyhost::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Then = SmtpAnswer::Then;

/// When runs are made: every five minutes for two hours, then at a pace.
std::vector<seconds> times(seconds until, seconds pace)
{
    std::vector<seconds> result;
    for (seconds at{}; at <= until; at += at < 2h ? 5min : pace) {
        result.push_back(at);
    }
    return result;
}

/// Runs at this pace, in the first and in the middle hours and every six hours between them.
std::vector<seconds> sampled(seconds pace, seconds until)
{
    std::vector<seconds> result;
    for (seconds at{}; at <= until;) {
        result.push_back(at);
        const bool close = at < 2h || (at >= 48h && at < 50h);
        at += close ? pace : std::max<seconds>(pace, 6h - at % 6h);
    }
    return result;
}

/// What a series of runs left in the log and as exit statuses.
struct Series {
    std::vector<int> statuses;
    std::string log;

    int warnings() const { return count(log, " WARNING "); }
    /// The runs that ended with this.
    int ended(int status) const
    {
        return static_cast<int>(std::count(statuses.begin(), statuses.end(), status));
    }
};

/// A site whose runs lie days apart, on a clock that is moved.
class LongRunsTest : public BacklogTest {
protected:
    /// Runs the pipeline at these times.
    Series run(const std::vector<seconds>& when)
    {
        Series series;
        for (const auto at : when) {
            const auto result = runAt(at);
            series.statuses.push_back(result.status);
            series.log += result.error;
        }
        return series;
    }
    ProcessResult runAt(seconds at)
    {
        _now = at.count();
        return site().runLater(at);
    }
    /// What the operator reads or does now.
    std::string say(const std::vector<std::string>& words)
    {
        const auto result = site().operate(words, seconds{_now});
        EXPECT_EQ(result.status, 0) << words.front() << ": " << result.error;
        return result.output;
    }
    std::string status() { return say({"status", "ont"}); }

    /// The id of the task that has a recipient in this state.
    std::string idWith(const std::string& state) const
    {
        for (const auto& [id, task] : look(site().queue(), site().ledger())) {
            for (const auto& recipient : task.recipients) {
                if (recipient.state == state) {
                    return id;
                }
            }
        }
        ADD_FAILURE() << "no recipient is " << state;
        return "";
    }

    long now() const { return _now; }

private:
    std::atomic<long> _now{};
};

TEST_F(LongRunsTest, TellEverybodyOnceThroughAServerThatGreylists)
{
    std::mutex mutex;
    std::map<std::string, long> seen;
    std::string sender;
    ScriptedSmtpServer server([&](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
        const std::scoped_lock lock(mutex);
        if (turn.moment != SmtpMoment::rcpt) {
            return std::nullopt;
        }
        const auto [first, isNew] = seen.emplace(turn.command, now());
        if (now() - first->second >= 600) {
            return std::nullopt;
        }
        return SmtpAnswer{"451 4.7.1 greylisted, try again\r\n"};
    });
    make(server.port());
    site().add(0, 20);
    const auto all = run(times(5 * 24h, 1h));
    // All is put off at first, for 5 to 6.25 minutes; what comes too early a second time, for 15 at
    // most after that.
    EXPECT_EQ(all.statuses.front(), 75);
    EXPECT_EQ(std::count(all.statuses.begin() + 6, all.statuses.end(), 0),
              static_cast<int>(all.statuses.size()) - 6);
    EXPECT_GE(count(all.log, "deferred: "), 60);
    EXPECT_LE(count(all.log, "deferred: "), 120);
    EXPECT_EQ(all.warnings(), count(all.log, "deferred: "));
    const auto taken = told({&server});
    EXPECT_EQ(taken.size(), 60U);
    EXPECT_EQ(copies(taken), 0);
    EXPECT_EQ(tasks(), (Counts{{"DONE", 20}}));
}

TEST_F(LongRunsTest, SendTwoCopiesAtMostThroughAServerThatHangsUpAfterTheDot)
{
    ScriptedSmtpServer server([&](const SmtpTurn& turn) {
        return turn.moment == SmtpMoment::dot ? std::optional(SmtpAnswer{"", Then::close})
                                              : std::nullopt;
    });
    make(server.port());
    site().add(0, 1);
    const auto all = run(times(5 * 24h + 2h, 1h));
    EXPECT_EQ(all.ended(75), static_cast<int>(all.statuses.size()));
    auto taken = told({&server});
    EXPECT_EQ(taken.size(), 3U);
    EXPECT_EQ(most(taken), 2);
    EXPECT_EQ(copies(taken), 3);
    EXPECT_EQ(recipients(), (Counts{{"held", 3}}));
    EXPECT_EQ(count(all.log, "unknown: "), 3);
    EXPECT_EQ(count(all.log, "held: "), 3);
    EXPECT_EQ(count(all.log, "a second copy, octet by octet the same"), 3);
    // … and at the end of each run that sent some.
    EXPECT_EQ(all.warnings(), 9 + count(all.log, "recipients who may have the same message twice"));
    EXPECT_LE(all.warnings(), 12);
    EXPECT_THAT(status(), AllOf(HasSubstr("1 task: messages held back until you decide"),
                                HasSubstr("1 task: sent a second time")));
    EXPECT_EQ(count(say({"list", "ont", "--copied"}), "perhaps twice (2 messages), held"), 3);
    say({"approve", "ont", "--held", "--yes"});
    runAt(5 * 24h + 3h);
    taken = told({&server});
    EXPECT_EQ(most(taken), 3);
    EXPECT_EQ(copies(taken), 6);
    EXPECT_EQ(recipients(), (Counts{{"held", 3}}));
    EXPECT_EQ(count(say({"list", "ont", "--copied"}), "(3 messages), held"), 3);
    say({"acknowledge", "ont", "--yes"});
    EXPECT_THAT(status(), AllOf(HasSubstr("held back"), Not(HasSubstr("sent a second time"))))
        << "what is held waits for approve or cancel";
}

TEST_F(LongRunsTest, SendTwoCopiesAtMostOfManyTasksThroughSuchAServer)
{
    ScriptedSmtpServer server([&](const SmtpTurn& turn) {
        return turn.moment == SmtpMoment::dot ? std::optional(SmtpAnswer{"", Then::reset})
                                              : std::nullopt;
    });
    make(server.port());
    site().add(0, 8);
    const auto all = run(times(5 * 24h + 2h, 2h));
    const auto taken = told({&server});
    // Three tasks in a row stop a run; in the end all are held.
    EXPECT_EQ(all.ended(75) + all.ended(69), static_cast<int>(all.statuses.size()));
    EXPECT_GE(all.ended(69), 1);
    EXPECT_LE(all.ended(69), 24);
    EXPECT_EQ(all.statuses.back(), 75);
    EXPECT_EQ(taken.size(), 24U);
    EXPECT_EQ(most(taken), 2);
    EXPECT_EQ(copies(taken), 24);
    EXPECT_EQ(recipients(), (Counts{{"held", 24}}));
    EXPECT_EQ(all.warnings(),
              3 * 24 + count(all.log, "recipients who may have the same message twice"));
    EXPECT_THAT(status(), AllOf(HasSubstr("8 tasks: messages held back until you decide"),
                                HasSubstr("8 tasks: sent a second time")));
}

TEST_F(LongRunsTest, SendTwoCopiesAtMostThroughAServerThatAnswersEveryThirdMessage)
{
    std::atomic<int> dots{};
    ScriptedSmtpServer server([&](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
        if (turn.moment != SmtpMoment::dot || ++dots % 3 == 0) {
            return std::nullopt;
        }
        return SmtpAnswer{"", Then::close};
    });
    make(server.port(), {{"workers", "1"}});
    site().add(0, 9);
    const auto all = run(times(5 * 24h + 2h, 2h));
    const auto taken = told({&server});
    EXPECT_EQ(taken.size(), 27U);
    EXPECT_EQ(most(taken), 2);
    EXPECT_EQ(all.ended(75), static_cast<int>(all.statuses.size()));
    // 9 of the first 27 messages were answered, then 6 of the 18 copies.
    EXPECT_EQ(copies(taken), 18);
    EXPECT_EQ(recipients(), (Counts{{"accepted", 15}, {"held", 12}}));
    EXPECT_EQ(count(all.log, "a second copy, octet by octet the same"), 18);
    say({"approve", "ont", "--held", "--yes"});
    ScriptedSmtpServer well;
    moveTo(well.port());
    EXPECT_EQ(runAt(5 * 24h + 3h).status, 0);
    EXPECT_EQ(most(told({&server, &well})), 3);
    EXPECT_EQ(recipients(), (Counts{{"accepted", 27}}));
    EXPECT_THAT(status(), HasSubstr(": sent a second time")) << "until it is acknowledged";
    say({"acknowledge", "ont", "--yes"});
    EXPECT_EQ(count(status(), "\n"), 2) << status();
}

/// A recipient for whom the server breaks the connection, among people whom it serves well.
class PoisonTest : public LongRunsTest, public testing::WithParamInterface<Then> {};

TEST_P(PoisonTest, DelaysNobodyElseAndIsGivenUpInTime)
{
    ScriptedSmtpServer server([&](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
        if (turn.moment != SmtpMoment::rcpt || turn.command.find("poison") == std::string::npos) {
            return std::nullopt;
        }
        return SmtpAnswer{GetParam() == Then::goOn ? "421 4.3.2 not in the route list\r\n" : "",
                          GetParam() == Then::goOn ? Then::close : GetParam()};
    });
    make(server.port(), {}, {{"rcpt_timeout_seconds", "1"}});
    site().add(0, 1, {"poison@example.org"});
    site().add(1, 29, {"ada@example.org"});
    const auto first = runAt(0s);
    EXPECT_EQ(first.status, 75) << first.error;
    EXPECT_EQ(told({&server}).size(), 29U);
    EXPECT_EQ(recipients(), (Counts{{"accepted", 29}, {"deferred", 1}}));
    const auto id = idWith("deferred");
    for (const auto at : {1h, 5h, 24h, 48h, 72h, 96h, 119h}) {
        EXPECT_EQ(runAt(at).status, 75);
        const auto life = say({"explain", "ont", id});
        EXPECT_THAT(life, AllOf(Not(HasSubstr("Nothing is wrong")), HasSubstr("not told yet")));
    }
    const auto last = runAt(121h);
    EXPECT_EQ(last.status, 1);
    EXPECT_THAT(last.error, HasSubstr("give_up_after is over"));
    EXPECT_EQ(tasks(), (Counts{{"DONE", 29}, {"FAILED", 1}}));
    EXPECT_THAT(say({"explain", "ont", id}),
                AllOf(Not(HasSubstr("Nothing is wrong")), HasSubstr("expired")));
    EXPECT_EQ(runAt(122h).status, 0);
    EXPECT_EQ(copies(told({&server})), 0);
}

INSTANTIATE_TEST_SUITE_P(Each, PoisonTest,
                         testing::Values(Then::goOn, Then::close, Then::reset, Then::silence),
                         [](const auto& each) {
                             switch (each.param) {
                             case Then::goOn:
                                 return "Closing";
                             case Then::close:
                                 return "HangUp";
                             case Then::reset:
                                 return "Reset";
                             default:
                                 return "Silence";
                             }
                         });

/// A mail server that is away for days, and how far apart runs are meanwhile.
class OutageTest : public LongRunsTest, public testing::WithParamInterface<seconds> {};

TEST_P(OutageTest, LosesNothingAndTheFirstRunAfterItTellsAll)
{
    ScriptedSmtpServer server;
    make(freePort());
    site().add(0, 10);
    bool added = false;
    for (const auto at : sampled(GetParam(), 5 * 24h - 1h)) {
        if (at >= 48h && !added) {
            site().add(10, 10);
            added = true;
        }
        EXPECT_EQ(runAt(at).status, 69);
        const auto counts = tasks();
        EXPECT_EQ(counts.count("FAILED") + counts.count("DONE"), 0U);
    }
    EXPECT_EQ(recipients().count("expired"), 0U);
    moveTo(server.port());
    EXPECT_EQ(runAt(5 * 24h - 10min).status, 0);
    EXPECT_EQ(told({&server}).size(), 60U);
    EXPECT_EQ(copies(told({&server})), 0);
    EXPECT_EQ(tasks(), (Counts{{"DONE", 20}}));
    EXPECT_EQ(runAt(6 * 24h).status, 0);
}

TEST_P(OutageTest, ThatLastsLongerThanTheBudgetSaysWhatExpired)
{
    ScriptedSmtpServer server;
    make(freePort());
    site().add(0, 10);
    auto all = run({0s});
    for (seconds at = 117h; at <= 121h; at += GetParam()) {
        const auto result = runAt(at);
        EXPECT_EQ(result.status == 69, at < 120h);
        all.statuses.push_back(result.status);
        all.log += result.error;
    }
    moveTo(server.port());
    site().add(10, 10);
    const auto after = runAt(121h + 30min);
    all.statuses.push_back(after.status);
    all.log += after.error;
    EXPECT_EQ(all.ended(1), 1) << "the run that gave them up";
    EXPECT_EQ(count(all.log, "given up: give_up_after is over"), 10);
    EXPECT_EQ(tasks(), (Counts{{"DONE", 10}, {"FAILED", 10}}));
    EXPECT_THAT(status(), HasSubstr("10 tasks: FAILED"));
    say({"retry", "ont", "--failed", "--yes"});
    EXPECT_EQ(runAt(122h).status, 0);
    EXPECT_EQ(told({&server}).size(), 60U);
    EXPECT_EQ(copies(told({&server})), 0);
    EXPECT_EQ(tasks(), (Counts{{"DONE", 20}}));
}

INSTANTIATE_TEST_SUITE_P(Each, OutageTest, testing::Values(5min, 1h, 24h), [](const auto& each) {
    return each.param == seconds{5min} ? "Every5Minutes"
           : each.param == seconds{1h} ? "Hourly"
                                       : "Daily";
});

TEST_F(LongRunsTest, TellAllByTheFirstRunAfterAnOutageOf70Minutes)
{
    ScriptedSmtpServer server;
    make(freePort());
    site().add(0, 60);
    for (auto at = 0min; at <= 70min; at += 10min) {
        EXPECT_EQ(runAt(at).status, 69);
    }
    EXPECT_EQ(tasks(), (Counts{{"RUNNING", 60}}));
    moveTo(server.port());
    EXPECT_EQ(runAt(80min).status, 0);
    EXPECT_EQ(told({&server}).size(), 180U);
    EXPECT_EQ(copies(told({&server})), 0);
    EXPECT_EQ(tasks(), (Counts{{"DONE", 60}}));
}

TEST_F(LongRunsTest, GoOnThroughOtherVersionsAndAnotherNameWithTasksInHand)
{
    ScriptedSmtpServer server;
    make(freePort());
    site().add(0, 6);
    EXPECT_EQ(runAt(0s).status, 69);
    change({{"porch_version", "2.0"}});
    say({"register", "ont"});
    EXPECT_EQ(runAt(24h).status, 69);
    EXPECT_EQ(tasks(), (Counts{{"RUNNING", 6}}));
    change({{"porch_version", "2.0"}, {"porch_name", "ont-letters"}});
    EXPECT_THAT(status(), HasSubstr("6 tasks (6 running) of pipeline ont-event-email"));
    say({"register", "ont"});
    say({"adopt", "ont", "ont-event-email", "--yes"});
    EXPECT_EQ(runAt(48h).status, 69);
    EXPECT_EQ(count(say({"list", "ont", "--status", "RUNNING"}), "\n"), 6);
    moveTo(server.port());
    // Yet another version on the last day, when the first budgets are nearly over.
    change({{"porch_version", "3.0"}, {"porch_name", "ont-letters"}});
    say({"register", "ont"});
    site().add(20, 1);
    EXPECT_EQ(runAt(119h).status, 0);
    EXPECT_EQ(told({&server}).size(), 21U);
    EXPECT_EQ(copies(told({&server})), 0);
    EXPECT_EQ(tasks(), (Counts{{"DONE", 7}}));
    EXPECT_EQ(runAt(6 * 24h).status, 0);
    EXPECT_EQ(copies(told({&server})), 0);
}

TEST_F(LongRunsTest, LeaveAloneWhatAnEarlierProgramClaimedUntilItIsClosedAsTold)
{
    ScriptedSmtpServer server;
    make(server.port());
    site().add(0, 4);
    ASSERT_EQ(test::run({"sqlite3", site().queue().string(), "UPDATE task SET status = 'CLAIMED'"})
                  .status,
              0);
    // This host has never run.
    std::filesystem::remove_all(site().folder() / "state");
    site().add(10, 1);
    const auto all = run(times(5 * 24h + 2h, 2h));
    EXPECT_EQ(told({&server}).size(), 3U);
    EXPECT_EQ(tasks(), (Counts{{"CLAIMED", 4}, {"DONE", 1}}));
    EXPECT_EQ(all.ended(0), static_cast<int>(all.statuses.size()));
    EXPECT_EQ(count(all.log, "4 tasks were CLAIMED before notifyhost first looked"),
              static_cast<int>(all.statuses.size()));
    EXPECT_EQ(all.warnings(), static_cast<int>(all.statuses.size()));
    EXPECT_THAT(status(), HasSubstr("4 tasks: CLAIMED before notifyhost first looked"));
    const auto id = look(site().queue(), site().ledger(), Looking::unfinished).begin()->first;
    say({"acknowledge", "ont", id, "--told"});
    EXPECT_EQ(tasks(), (Counts{{"CLAIMED", 3}, {"DONE", 2}}));
    say({"acknowledge", "ont", "--all", "--told", "--yes"});
    const auto after = run({123h, 124h, 150h});
    EXPECT_EQ(after.statuses, (std::vector{0, 0, 0}));
    EXPECT_EQ(after.log, "");
    EXPECT_EQ(tasks(), (Counts{{"DONE", 5}}));
    EXPECT_EQ(count(status(), "\n"), 2) << status();
    EXPECT_EQ(told({&server}).size(), 3U);
}

} // namespace
} // namespace notifyhost::test
