#include "proof/Backlog.h"
#include "support/LangQcStandIn.h"
#include "support/MariaDbServer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <mutex>
#include <set>

namespace notifyhost::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Then = SmtpAnswer::Then;

/// Peers that refuse some of a backlog, or all of it: who is told in the same run.
class LimitsTest : public BacklogTest {};

/// The names of a suite's cases, in their order.
auto named(const std::vector<std::string>& names)
{
    return [names](const auto& each) { return names.at(each.index); };
}

/// What a server with room for two says to the third connection.
class ConnectionLimitTest : public LimitsTest, public testing::WithParamInterface<SmtpAnswer> {};

TEST_P(ConnectionLimitTest, IsLivedWithInOneRunAndNamedOnce)
{
    std::mutex mutex;
    std::set<int> open;
    ScriptedSmtpServer server([&](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
        const std::scoped_lock lock(mutex);
        if (turn.moment == SmtpMoment::quit) {
            open.erase(turn.connection);
        }
        if (turn.moment == SmtpMoment::greeting && !open.insert(turn.connection).second) {
            return std::nullopt;
        }
        if (turn.moment == SmtpMoment::greeting && open.size() > 2) {
            open.erase(turn.connection);
            return GetParam();
        }
        return std::nullopt;
    });
    make(server.port(), {{"workers", "4"}});
    site().add(0, 40);
    const auto run = site().run();
    EXPECT_EQ(run.status, 0) << run.error;
    const auto taken = told({&server});
    EXPECT_EQ(taken.size(), 120U);
    EXPECT_EQ(copies(taken), 0);
    EXPECT_EQ(tasks(), (Counts{{"DONE", 40}}));
    EXPECT_EQ(count(run.error, " WARNING "), 1) << run.error;
    EXPECT_THAT(run.error, AllOf(HasSubstr("2 of 4 workers were turned away"),
                                 HasSubstr("lower `workers` in [pipeline.ont]")));
}

INSTANTIATE_TEST_SUITE_P(
    Each, ConnectionLimitTest,
    testing::Values(SmtpAnswer{"421 4.7.0 too many connections\r\n", Then::close},
                    SmtpAnswer{"554 5.7.1 too many connections\r\n", Then::close},
                    SmtpAnswer{"", Then::close}, SmtpAnswer{"", Then::reset}),
    named({"Says421", "Says554", "HangsUp", "Resets"}));

TEST_F(LimitsTest, TellTheOthersBesideThreePeopleOfOneTaskWhoBreakTheConnection)
{
    ScriptedSmtpServer server([&](const SmtpTurn& turn) {
        return turn.moment == SmtpMoment::rcpt && turn.command.find("poison") != std::string::npos
                   ? std::optional(SmtpAnswer{"421 4.3.2 no route\r\n", Then::close})
                   : std::nullopt;
    });
    make(server.port(), {{"workers", "1"}});
    site().add(0, 1, {"poison.a@example.org", "poison.b@example.org", "poison.c@example.org"});
    site().add(1, 29, {"ada@example.org"});
    const auto run = site().run();
    EXPECT_EQ(run.status, 75) << run.error;
    EXPECT_EQ(told({&server}).size(), 29U);
    EXPECT_EQ(recipients(), (Counts{{"accepted", 29}, {"deferred", 3}}));
}

TEST_F(LimitsTest, TellTheOthersBesideTwoSuchTasksSideBySide)
{
    ScriptedSmtpServer server([&](const SmtpTurn& turn) {
        return turn.moment == SmtpMoment::rcpt && turn.command.find("poison") != std::string::npos
                   ? std::optional(SmtpAnswer{"", Then::reset})
                   : std::nullopt;
    });
    make(server.port(), {{"workers", "1"}});
    site().add(0, 14, {"ada@example.org"});
    site().add(14, 2, {"poison@example.org"});
    site().add(16, 14, {"bo@example.org"});
    const auto run = site().run();
    EXPECT_EQ(run.status, 75) << run.error;
    EXPECT_EQ(told({&server}).size(), 28U);
    EXPECT_EQ(recipients(), (Counts{{"accepted", 28}, {"deferred", 2}}));
}

TEST_F(LimitsTest, KeepWhatIsKnownWhereAServerClosesAfterManyRefusedRecipientsOfOneMessage)
{
    ScriptedSmtpServer server([&](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
        if (turn.moment != SmtpMoment::rcpt || turn.command.find("left") == std::string::npos) {
            return std::nullopt;
        }
        return turn.number > 10 ? SmtpAnswer{"421 4.7.0 too many errors\r\n", Then::close}
                                : SmtpAnswer{"550 5.1.1 no such user\r\n"};
    });
    make(server.port(), {{"workers", "1"}, {"addressing", "together"}});
    std::vector<std::string> people;
    for (int number = 10; number < 22; ++number) {
        people.push_back("left." + std::to_string(number) + "@example.org");
    }
    people.emplace_back("zoe@example.org");
    site().add(0, 1, people);
    site().add(1, 29, {"ada@example.org"});
    const auto run = site().run();
    EXPECT_EQ(run.status, 75) << run.error;
    EXPECT_EQ(told({&server}).size(), 29U) << "the others do not wait";
    EXPECT_EQ(recipients(), (Counts{{"accepted", 29}, {"refused", 10}, {"deferred", 3}}));
    for (const auto later : {10min, 60min}) {
        site().runLater(later);
    }
    EXPECT_EQ(recipients(), (Counts{{"accepted", 30}, {"refused", 12}}));
    EXPECT_EQ(tasks(), (Counts{{"DONE", 30}}));
    EXPECT_EQ(copies(told({&server})), 0);
}

/// What a server says to the sixth message of a connection.
class MessageLimitTest : public LimitsTest, public testing::WithParamInterface<SmtpAnswer> {};

TEST_P(MessageLimitTest, IsAnsweredWithANewConnectionInTheSameRun)
{
    std::mutex mutex;
    std::map<int, int> messages;
    ScriptedSmtpServer server([&](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
        const std::scoped_lock lock(mutex);
        if (turn.moment == SmtpMoment::mail && ++messages[turn.connection] > 5) {
            return GetParam();
        }
        return std::nullopt;
    });
    make(server.port(), {{"workers", "2"}});
    site().add(0, 10);
    const auto run = site().run();
    EXPECT_EQ(run.status, 0) << run.error;
    EXPECT_EQ(told({&server}).size(), 30U);
    EXPECT_EQ(copies(told({&server})), 0);
    EXPECT_EQ(count(run.error, " WARNING "), 0) << run.error;
}

INSTANTIATE_TEST_SUITE_P(
    Each, MessageLimitTest,
    testing::Values(SmtpAnswer{"451 4.7.0 too many messages on this connection\r\n"},
                    SmtpAnswer{"452 4.5.3 too many messages on this connection\r\n"},
                    SmtpAnswer{"421 4.7.0 too many messages on this connection\r\n", Then::close},
                    SmtpAnswer{"", Then::close}),
    named({"Says451", "Says452", "Says421", "HangsUp"}));

TEST_F(LimitsTest, StopARunWhereEverybodyIsRefusedAndTellAllOnceThatIsMended)
{
    ScriptedSmtpServer refusing([&](const SmtpTurn& turn) {
        return turn.moment == SmtpMoment::rcpt
                   ? std::optional(SmtpAnswer{
                         "554 5.7.1 Client host [192.0.2.1] blocked using bl.example.net\r\n"})
                   : std::nullopt;
    });
    make(refusing.port(), {{"workers", "1"}});
    site().add(0, 30);
    EXPECT_EQ(site().run().status, 1);
    EXPECT_EQ(tasks()["FAILED"], 5);
    for (const auto later : {10min, 30min, 60min, 180min, 600min}) {
        EXPECT_EQ(site().runLater(later).status, 75) << "nobody else is given up";
    }
    EXPECT_EQ(tasks()["FAILED"], 5);
    EXPECT_THAT(site().operate({"status", "ont"}).output, HasSubstr("bl.example.net"));
    ScriptedSmtpServer well;
    moveTo(well.port());
    EXPECT_EQ(site().runLater(24h).status, 0);
    const auto retry = site().operate({"retry", "ont", "--failed", "--yes"}, 24h);
    EXPECT_EQ(retry.status, 0) << retry.error;
    EXPECT_EQ(site().runLater(24h).status, 0);
    EXPECT_EQ(told({&well}).size(), 90U);
    EXPECT_EQ(copies(told({&well})), 0);
    EXPECT_EQ(tasks(), (Counts{{"DONE", 30}}));
    EXPECT_THAT(site().operate({"status", "ont"}, 24h).output, Not(HasSubstr("bl.example.net")));
}

TEST_F(LimitsTest, StopARunWhereTheSenderIsRefusedAndGiveNobodyUp)
{
    ScriptedSmtpServer refusing([&](const SmtpTurn& turn) {
        return turn.moment == SmtpMoment::mail
                   ? std::optional(
                         SmtpAnswer{"550 5.7.60 no permission to send as this sender\r\n"})
                   : std::nullopt;
    });
    make(refusing.port());
    site().add(0, 30);
    for (const auto later : {0min, 10min, 600min}) {
        const auto run = site().runLater(later);
        EXPECT_EQ(run.status, 78);
        EXPECT_THAT(run.error, AllOf(HasSubstr("5.7.60"), HasSubstr("envelope_from")));
    }
    EXPECT_EQ(tasks().count("FAILED") + tasks().count("DONE"), 0U);
    ScriptedSmtpServer well;
    moveTo(well.port());
    EXPECT_EQ(site().runLater(11h).status, 0);
    EXPECT_EQ(told({&well}).size(), 90U);
    EXPECT_EQ(copies(told({&well})), 0);
    EXPECT_EQ(tasks(), (Counts{{"DONE", 30}}));
}

TEST_F(LimitsTest, LiveWithAWarehouseAccountOfTwoSessions)
{
    MariaDbServer database;
    database.execute("CREATE DATABASE mlwh CHARACTER SET utf8 COLLATE utf8_unicode_ci; "
                     "CREATE USER reader IDENTIFIED BY 'between us' WITH MAX_USER_CONNECTIONS 2; "
                     "GRANT SELECT ON mlwh.* TO reader;");
    for (const auto* file : {"mlwh-schema.sql", "mlwh-sample.sql"}) {
        database.load("mlwh", std::string(TEST_DATA) + "/" + file);
    }
    ScriptedSmtpServer server;
    make(server.port(), {{"workers", "4"}}, {},
         {{"dbhost", "127.0.0.1"},
          {"dbport", std::to_string(database.port())},
          {"dbuser", "reader"},
          {"dbpassword", "between us"},
          {"dbschema", "mlwh"}});
    site().add(0, 40);
    const auto run = site().run();
    EXPECT_EQ(run.status, 0) << run.error;
    EXPECT_EQ(told({&server}).size(), 120U);
    EXPECT_EQ(copies(told({&server})), 0);
    EXPECT_EQ(tasks(), (Counts{{"DONE", 40}}));
    EXPECT_EQ(count(run.error, " WARNING "), 1) << run.error;
    EXPECT_THAT(run.error, AllOf(HasSubstr("2 of 4 workers were turned away"),
                                 HasSubstr("max_user_connections")));
}

/// How LangQC fails for one product alone.
class ProductTest : public LimitsTest, public testing::WithParamInterface<ScriptedReply> {};

TEST_P(ProductTest, DelaysNoOther)
{
    ScriptedSmtpServer server;
    LangQcStandIn langQc;
    const std::set<std::string> known{product::kOneLibrary, product::kSevenLibraries,
                                      product::kTwoStudies, product::kNoPlate,
                                      product::kOddNames,   product::kNoContacts};
    const auto all = LangQcStandIn::recentStates();
    std::string wanted;
    for (const auto& each : known) {
        const auto begin = all.find("\"" + each + "\": [");
        wanted +=
            (wanted.empty() ? "{" : ",") + all.substr(begin, all.find("\n  ]", begin) + 4 - begin);
    }
    langQc.answer("products/qc", answer(200, wanted + "}"));
    langQc.answer(product::kSevenLibraries, GetParam());
    make(server.port());
    std::ofstream(site().folder() / "notifyhost.ini", std::ios::app)
        << "[source.langqc]\nplugin = pacbio\nlangqc_url = " << langQc.url()
        << "\nrun_path = https://langqc.example.org/ui/run\ntimeout_seconds = 1\n"
           "manual_url = https://docs.example.org/irods\nmail_domain = example.org\n"
           "[pipeline.wells]\nporch_name = wells\nporch_uri = https://example.org/wells\n"
           "porch_version = 1\nsource = langqc\ntransport = mail\n";
    const auto added = site().operate({"add", "wells"});
    ASSERT_EQ(added.status, 0) << added.error;
    const auto run = site().operate({"run", "wells"});
    EXPECT_EQ(run.status, 75) << run.error;
    EXPECT_EQ(told({&server}).size(), 11U);
    EXPECT_EQ(tasks(), (Counts{{"DONE", 5}, {"RUNNING", 1}}));
    EXPECT_THAT(run.error, HasSubstr(product::kSevenLibraries.substr(0, 12)));
}

INSTANTIATE_TEST_SUITE_P(Each, ProductTest,
                         testing::Values(answer(500, R"({"detail":"Internal Server Error"})"),
                                         answer(503, "busy"),
                                         ScriptedReply{"", ScriptedReply::Then::silence},
                                         ScriptedReply{"", ScriptedReply::Then::reset}),
                         named({"Says500", "Says503", "IsSilent", "Resets"}));

} // namespace
} // namespace notifyhost::test
