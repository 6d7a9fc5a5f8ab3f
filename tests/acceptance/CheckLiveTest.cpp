#include "acceptance/Site.h"
#include "support/AiosmtpdServer.h"
#include "support/LangQcStandIn.h"
#include "support/MariaDbServer.h"
#include "support/MiniporchServer.h"
#include "support/ScriptedSmtpServer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>

namespace notifyhost::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// A facility whose every service is a real one on this machine; LangQC is a stand-in.
class LiveFacility {
    TemporaryFolder _folder;
    MiniporchServer _porch;
    LangQcStandIn _langqc;
    AiosmtpdServer _mail{AiosmtpdServer::Tls::none, {}, "seq", "right"};

public:
    std::string admin = _porch.administratorToken();
    std::string token; ///< empty: not in the file
    std::string langqc = _langqc.url();
    int mailPort = _mail.port();
    std::string mailPassword = "right";
    std::string warehouse; ///< its section, where there is one
    int workers{4};

    ProcessResult notifyhost(const std::vector<std::string>& words)
    {
        _folder.write("site.ini",
                      "[host]\nstate = state\n[PORCH]\nurl = http://127.0.0.1:" +
                          std::to_string(_porch.port()) + "/\nadmin_token = " + admin +
                          "\n[transport.mail]\nplugin = email\nhost = 127.0.0.1\ntls = off\n"
                          "user = seq\npassword = " +
                          mailPassword + "\nport = " + std::to_string(mailPort) +
                          "\nfrom = seq@example.org\n[source.wells]\nplugin = pacbio\n"
                          "langqc_url = " +
                          langqc +
                          "\n[pipeline.qc]\nporch_name = qc\nporch_uri = https://example.org/qc\n"
                          "porch_version = 1\nsource = wells\ntransport = mail\nworkers = " +
                          std::to_string(workers) + "\n" +
                          (token.empty() ? "" : "porch_token = " + token + "\n") + warehouse);
        return notifyhostWith(_folder / "site.ini", words);
    }

    void registerPipeline()
    {
        ASSERT_EQ(notifyhost({"register", "qc"}).status, 0);
        const auto made = notifyhost({"token", "qc"});
        ASSERT_EQ(made.status, 0) << made.error;
        token = made.output.substr(0, made.output.find('\n'));
    }
};

TEST(CheckLive, TriesEverythingAndChangesNothing)
{
    LiveFacility site;
    site.registerPipeline();
    const auto before = site.notifyhost({"list", "qc"});
    const auto checked = site.notifyhost({"check", "--live"});
    EXPECT_EQ(checked.status, 0) << checked.output << checked.error;
    EXPECT_THAT(checked.output,
                AllOf(HasSubstr("the pipeline: is registered"), HasSubstr("its token: is accepted"),
                      HasSubstr("the admin token: is accepted"),
                      HasSubstr("source.wells, langqc_url: http://127.0.0.1:"),
                      HasSubstr("transport.mail: "), Not(HasSubstr("FAILED")),
                      Not(HasSubstr(site.token)), Not(HasSubstr(site.admin))));
    EXPECT_EQ(site.notifyhost({"list", "qc"}).output, before.output);
}

TEST(CheckLive, EndsWith77WhereATokenOrPasswordIsWrong)
{
    LiveFacility site;
    site.registerPipeline();
    const auto good = site.token;
    site.token = "ffffffffffffffffffffffffffffffff";
    const auto token = site.notifyhost({"check", "--live"});
    EXPECT_EQ(token.status, 77) << token.output;
    EXPECT_THAT(token.output,
                AllOf(HasSubstr("FAILED       queue of pipeline qc, its token"),
                      HasSubstr("the admin token: is accepted"), Not(HasSubstr(site.token))));
    site.token = good;
    site.mailPassword = "guessed-secret";
    const auto mail = site.notifyhost({"check", "--live"});
    EXPECT_EQ(mail.status, 77) << mail.output;
    EXPECT_THAT(mail.output,
                AllOf(HasSubstr("FAILED       transport.mail"), Not(HasSubstr("guessed-secret"))));
}

TEST(CheckLive, EndsWith78WhereThePipelineIsNotRegistered)
{
    LiveFacility site;
    const auto checked = site.notifyhost({"check", "--live"});
    EXPECT_EQ(checked.status, 78) << checked.output;
    EXPECT_THAT(checked.output, HasSubstr("notifyhost register"));
}

TEST(CheckLive, EndsWith69WhereAServiceIsGoneAndTriesTheOthers)
{
    LiveFacility site;
    site.registerPipeline();
    site.langqc = "http://127.0.0.1:" + std::to_string(freePort()) + "/";
    const auto checked = site.notifyhost({"check", "--live"});
    EXPECT_EQ(checked.status, 69) << checked.output;
    EXPECT_THAT(checked.output, AllOf(HasSubstr("FAILED       source.wells, langqc_url"),
                                      HasSubstr("good         transport.mail")));
}

TEST(CheckLive, ReadsTheWarehouseAndSaysWhatItLacks)
{
    MariaDbServer database;
    database.execute("CREATE DATABASE mlwh CHARACTER SET utf8 COLLATE utf8_unicode_ci; "
                     "CREATE DATABASE other; "
                     "CREATE USER reader IDENTIFIED BY 'warehouse-secret'; "
                     "GRANT SELECT ON *.* TO reader;");
    database.load("mlwh", SOURCE_ROOT "/tests/data/mlwh-schema.sql");
    LiveFacility site;
    site.registerPipeline();
    const auto checked = [&](const std::string& schema, const std::string& password) {
        site.warehouse =
            "[MySQL MLWH]\ndbhost = 127.0.0.1\ndbport = " + std::to_string(database.port()) +
            "\ndbuser = reader\ndbpassword = " + password + "\ndbschema = " + schema + "\n";
        return site.notifyhost({"check", "--live"});
    };
    const auto good = checked("mlwh", "warehouse-secret");
    EXPECT_EQ(good.status, 0) << good.output << good.error;
    EXPECT_THAT(good.output, HasSubstr("good         warehouse: can be read"));
    const auto guessed = checked("mlwh", "guessed-secret");
    EXPECT_EQ(guessed.status, 77) << guessed.output;
    EXPECT_THAT(guessed.output,
                AllOf(HasSubstr("FAILED       warehouse: "), Not(HasSubstr("guessed-secret"))));
    const auto other = checked("other", "warehouse-secret");
    EXPECT_EQ(other.status, 78) << other.output;
    EXPECT_THAT(other.output, AllOf(HasSubstr("FAILED       warehouse: "), HasSubstr("study")));
    database.stop();
    const auto gone = checked("mlwh", "warehouse-secret");
    EXPECT_EQ(gone.status, 69) << gone.output;
    EXPECT_THAT(gone.output, AllOf(HasSubstr("FAILED       warehouse: "),
                                   HasSubstr("good         transport.mail")));
}

/// A mail server that lets one client have so many connections at a time.
SmtpScript connectionsAllowed(int allowed, const std::string& words)
{
    const auto open = std::make_shared<std::atomic<int>>();
    return [=](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
        *open -= turn.moment == SmtpMoment::quit ? 1 : 0;
        return turn.moment == SmtpMoment::greeting && ++*open > allowed
                   ? std::optional(SmtpAnswer{words + "\r\n", SmtpAnswer::Then::close})
                   : std::nullopt;
    };
}

SmtpServerOptions loginServer()
{
    SmtpServerOptions options;
    options.user = "seq";
    options.password = "right";
    return options;
}

TEST(CheckLive, OpensAsManyMailConnectionsAsARunWould)
{
    LiveFacility site;
    site.registerPipeline();
    for (const int workers : {1, 2, 4}) {
        const ScriptedSmtpServer server({}, loginServer());
        site.mailPort = server.port();
        site.workers = workers;
        const auto checked = site.notifyhost({"check", "--live"});
        EXPECT_EQ(checked.status, 0) << checked.output << checked.error;
        EXPECT_EQ(server.connections(), workers);
        EXPECT_TRUE(server.messages().empty());
        EXPECT_THAT(server.received(1),
                    AllOf(HasSubstr("MAIL FROM:<seq@example.org>"), HasSubstr("RSET\r\n")));
        const std::string words =
            workers == 1 ? "take a message\n" : std::to_string(workers) + " connections at once";
        EXPECT_THAT(checked.output, HasSubstr(words));
    }
}

TEST(CheckLive, SaysWhichMailConnectionIsTurnedAway)
{
    LiveFacility site;
    site.registerPipeline();
    for (const auto& [allowed, ordinal] :
         std::vector<std::pair<int, std::string>>{{1, "2nd"}, {2, "3rd"}, {3, "4th"}})
    {
        const ScriptedSmtpServer server(
            connectionsAllowed(allowed, "421 4.7.0 too many connections"), loginServer());
        site.mailPort = server.port();
        const auto checked = site.notifyhost({"check", "--live"});
        EXPECT_EQ(checked.status, 69) << checked.output;
        EXPECT_THAT(
            checked.output,
            AllOf(HasSubstr("FAILED       transport.mail: " + ordinal + " of 4 connections"),
                  HasSubstr("421 4.7.0 too many connections"),
                  HasSubstr("lower workers in [pipeline.qc] to " + std::to_string(allowed)),
                  Not(HasSubstr("good         transport.mail"))));
    }
}

TEST(CheckLive, EndsWith78WhereTheSenderIsRefused)
{
    LiveFacility site;
    site.registerPipeline();
    const ScriptedSmtpServer server(
        [](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
            return turn.moment == SmtpMoment::mail
                       ? std::optional(SmtpAnswer{"550 5.7.60 may not send as this sender\r\n"})
                       : std::nullopt;
        },
        loginServer());
    site.mailPort = server.port();
    const auto checked = site.notifyhost({"check", "--live"});
    EXPECT_EQ(checked.status, 78) << checked.output;
    EXPECT_THAT(checked.output,
                AllOf(HasSubstr("FAILED       transport.mail"), HasSubstr("550 5.7.60"),
                      HasSubstr("envelope_from"), HasSubstr("seq@example.org")));
    EXPECT_EQ(server.connections(), 1);
}

TEST(CheckLive, SaysWhichWarehouseSessionIsTurnedAway)
{
    MariaDbServer database;
    database.execute("CREATE DATABASE mlwh CHARACTER SET utf8 COLLATE utf8_unicode_ci; "
                     "CREATE USER reader IDENTIFIED BY 'warehouse-secret' WITH "
                     "MAX_USER_CONNECTIONS 2; GRANT SELECT ON *.* TO reader;");
    database.load("mlwh", SOURCE_ROOT "/tests/data/mlwh-schema.sql");
    LiveFacility site;
    site.registerPipeline();
    site.warehouse =
        "[MySQL MLWH]\ndbhost = 127.0.0.1\ndbport = " + std::to_string(database.port()) +
        "\ndbuser = reader\ndbpassword = warehouse-secret\ndbschema = mlwh\n";
    const auto turned = site.notifyhost({"check", "--live"});
    EXPECT_EQ(turned.status, 69) << turned.output;
    EXPECT_THAT(turned.output, AllOf(HasSubstr("FAILED       warehouse: 3rd of 4 sessions: "),
                                     HasSubstr("max_user_connections"),
                                     HasSubstr("lower workers in [pipeline.qc] to 2"),
                                     Not(HasSubstr("good         warehouse"))));
    site.workers = 2;
    const auto enough = site.notifyhost({"check", "--live"});
    EXPECT_EQ(enough.status, 0) << enough.output << enough.error;
    EXPECT_THAT(enough.output,
                HasSubstr("good         warehouse: can be read; 2 sessions at once"));
}

} // namespace
} // namespace notifyhost::test
