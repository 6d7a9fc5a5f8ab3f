#include "Engines.h"

#include <notifyhost/Setting.h>

#include <Poco/Net/ServerSocket.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace notifyhost::test {

namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Kind = ServiceError::Kind;

class MysqlWarehouse : public ::testing::Test {
protected:
    std::unique_ptr<Warehouse> open() const { return warehouse::openWarehouse(settings); }

    /// The error of one query, which must name host, port and schema and must not hold the
    /// password.
    ServiceError failureOf(Warehouse& warehouse, const std::string& sql = "SELECT 1") const
    {
        try {
            warehouse.query(sql, {});
        } catch (const ServiceError& error) {
            EXPECT_THAT(error.what(),
                        AllOf(HasSubstr("127.0.0.1:" + std::to_string(settings.port)),
                              HasSubstr("schema " + settings.schema), HasSubstr("in [MySQL MLWH]"),
                              Not(HasSubstr(settings.password))));
            return error;
        }
        ADD_FAILURE() << "no ServiceError from: " << sql;
        return {Kind::unavailable, ""};
    }

    static std::string sessionOf(Warehouse& warehouse)
    {
        return warehouse.query("SELECT CAST(connection_id() AS CHAR)", {}).at(0).at(0).value();
    }

    static std::string faultOf(Warehouse& warehouse, const std::string& sql,
                               const std::vector<std::string>& parameters = {})
    {
        try {
            warehouse.query(sql, parameters);
        } catch (const PluginFault& fault) {
            return fault.what();
        }
        ADD_FAILURE() << "no PluginFault from: " << sql;
        return {};
    }

    warehouse::WarehouseSettings settings = settingsOf(Engine::mariaDb);
};

TEST_F(MysqlWarehouse, ConnectsNowhereBeforeItsFirstQuery)
{
    settings.port = freePort();
    const auto warehouse = open();
    const ServiceError error = failureOf(*warehouse);
    EXPECT_EQ(error.kind(), Kind::unavailable);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("cannot be reached"), HasSubstr("dbport")));
}

TEST_F(MysqlWarehouse, NamesAWrongPasswordWithoutShowingIt)
{
    settings.password = "not-the-password";
    const ServiceError error = failureOf(*open());
    EXPECT_EQ(error.kind(), Kind::credentials);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("user reader"), HasSubstr("refused the login"),
                                    HasSubstr("dbpassword")));
}

TEST_F(MysqlWarehouse, NamesAnUnknownHost)
{
    settings.host = "no-such-host.invalid";
    try {
        open()->query("SELECT 1", {});
        ADD_FAILURE() << "connected";
    } catch (const ServiceError& error) {
        EXPECT_EQ(error.kind(), Kind::unavailable);
        EXPECT_THAT(error.what(), AllOf(HasSubstr("no-such-host.invalid"), HasSubstr("dbhost")));
    }
}

TEST_F(MysqlWarehouse, NamesAnUnknownSchema)
{
    server().execute("CREATE OR REPLACE USER wide@'127.0.0.1' IDENTIFIED BY 'wide-secret';"
                     "GRANT SELECT ON *.* TO wide@'127.0.0.1'");
    settings.user = "wide";
    settings.password = "wide-secret";
    settings.schema = "nowhere";
    const ServiceError error = failureOf(*open());
    EXPECT_EQ(error.kind(), Kind::configuration);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("no such schema"), HasSubstr("dbschema")));
}

TEST_F(MysqlWarehouse, NamesASchemaThatIsClosedToIt)
{
    server().execute("CREATE DATABASE IF NOT EXISTS closed");
    settings.schema = "closed";
    const ServiceError error = failureOf(*open());
    EXPECT_EQ(error.kind(), Kind::credentials);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("the schema is closed to us"), HasSubstr("grant")));
}

TEST_F(MysqlWarehouse, NamesAMissingTableOrColumn)
{
    const auto warehouse = open();
    const ServiceError table = failureOf(*warehouse, "SELECT a FROM no_such_table");
    EXPECT_EQ(table.kind(), Kind::configuration);
    EXPECT_THAT(table.what(), AllOf(HasSubstr("no_such_table"), HasSubstr("dbschema")));
    const ServiceError column = failureOf(*warehouse, "SELECT no_such_column FROM study");
    EXPECT_EQ(column.kind(), Kind::configuration);
    EXPECT_THAT(column.what(), AllOf(HasSubstr("no_such_column"), HasSubstr("dbschema")));
}

TEST_F(MysqlWarehouse, NamesAMissingPrivilege)
{
    server().execute("CREATE OR REPLACE USER narrow@'127.0.0.1' IDENTIFIED BY 'narrow-secret';"
                     "GRANT SELECT ON mlwh.study TO narrow@'127.0.0.1';"
                     "GRANT SELECT (id_sample_tmp) ON mlwh.sample TO narrow@'127.0.0.1'");
    settings.user = "narrow";
    settings.password = "narrow-secret";
    const auto warehouse = open();
    EXPECT_EQ(warehouse->query("SELECT name FROM study WHERE id_study_lims = ?", {"7101"}).size(),
              1u);
    const ServiceError table = failureOf(*warehouse, "SELECT email FROM study_users");
    EXPECT_EQ(table.kind(), Kind::credentials);
    EXPECT_THAT(table.what(), AllOf(HasSubstr("study_users"), HasSubstr("grant SELECT")));
    const ServiceError column = failureOf(*warehouse, "SELECT name FROM sample");
    EXPECT_EQ(column.kind(), Kind::credentials);
    EXPECT_THAT(column.what(), AllOf(HasSubstr("'name'"), HasSubstr("grant SELECT")));
}

TEST_F(MysqlWarehouse, CallsSqlItCannotReadAFaultOfThePluginAndGoesOn)
{
    const auto warehouse = open();
    const std::string session = sessionOf(*warehouse);
    EXPECT_THAT(faultOf(*warehouse, "SELEC 1"), HasSubstr("SELEC 1"));
    faultOf(*warehouse, "");
    faultOf(*warehouse, "SELECT 1; SELECT 2");
    faultOf(*warehouse, "SELECT no_such_function(1)");
    faultOf(*warehouse, "SELECT CAST(? AS CHAR)");
    faultOf(*warehouse, "SELECT CAST(? AS CHAR)", {"a", "b"});
    EXPECT_EQ(sessionOf(*warehouse), session);
}

TEST_F(MysqlWarehouse, NeverWritesEvenWhereItMay)
{
    settings.user = "root";
    settings.password = "";
    const auto warehouse = warehouse::openWarehouse(settings);
    faultOf(*warehouse, "DELETE FROM study_users");
    faultOf(*warehouse, "DELETE FROM study_users RETURNING email");
    server().execute("DELIMITER //\nCREATE OR REPLACE FUNCTION forget() RETURNS INT BEGIN"
                     " DELETE FROM study_users; RETURN 1; END//\n",
                     kSchema);
    EXPECT_THAT(faultOf(*warehouse, "SELECT forget()"), HasSubstr("READ ONLY"));
    EXPECT_EQ(server().execute("SELECT count(*) > 0 FROM study_users", kSchema), "1\n");
}

TEST_F(MysqlWarehouse, ReportsACharacterThatTheColumnsCannotHoldAsOneFault)
{
    const auto warehouse = open();
    const std::string fault =
        faultOf(*warehouse, "SELECT id_study_tmp FROM oseq_flowcell WHERE experiment_name = ?",
                {"ONTRUN-\xF0\x9F\x90\x9A"});
    EXPECT_THAT(fault, AllOf(HasSubstr("(1267)"), HasSubstr("collations"),
                             HasSubstr("experiment_name = ?")));
    EXPECT_EQ(warehouse->contacts({"7101"}).at(0).addresses.size(), 2u);
}

TEST_F(MysqlWarehouse, SpeaksUtf8OfFourOctets)
{
    const std::string shell = "\xF0\x9F\x90\x9A";
    EXPECT_THAT(open()->query("SELECT CAST(? AS CHAR)", {shell}), ElementsAre(ElementsAre(shell)));
}

TEST_F(MysqlWarehouse, ReadsColumnsOfEveryKindWholeAndAsText)
{
    server().execute(
        "CREATE OR REPLACE TABLE kinds (long_text LONGTEXT, short_text TEXT, document JSON,"
        " whole BIGINT UNSIGNED, small TINYINT, exact DECIMAL(30,10), day DATETIME,"
        " octets BLOB, nothing VARCHAR(9)) CHARSET utf8mb4;"
        "INSERT INTO kinds VALUES (repeat('Ł', 500000), '', '{\"a\": 1}', 18446744073709551615,"
        " -1, 12345678901234567890.0123456789, '2026-11-12 06:40:00', 'a\\0b', NULL)",
        kSchema);
    const auto rows = open()->query("SELECT * FROM kinds", {});
    ASSERT_EQ(rows.size(), 1u);
    std::string longText;
    for (int count = 0; count < 500'000; ++count) {
        longText += "Ł";
    }
    EXPECT_TRUE(rows[0].at(0) == longText);
    EXPECT_THAT(std::vector(rows[0].begin() + 1, rows[0].end()),
                ElementsAre("", "{\"a\": 1}", "18446744073709551615", "-1",
                            "12345678901234567890.0123456789", "2026-11-12 06:40:00",
                            std::string("a\0b", 3), std::nullopt));
    server().execute("DROP TABLE kinds", kSchema);
}

TEST_F(MysqlWarehouse, ReadsOctetsThatAreNoTextAndNumbersWithAPoint)
{
    EXPECT_THAT(
        open()->query("SELECT x'FF00C328', CAST(0.1 AS DOUBLE), CAST(-1e300 AS DOUBLE)", {}),
        ElementsAre(ElementsAre(std::string("\xFF\0\xC3(", 4), "0.1", "-1e300")));
}

TEST_F(MysqlWarehouse, SendsParametersWholeWhateverTheyHold)
{
    const std::string octets("\0;'\xFF\\", 5);
    EXPECT_THAT(open()->query("SELECT hex(CAST(? AS BINARY)), length(?)", {octets, ""}),
                ElementsAre(ElementsAre("003B27FF5C", "0")));
}

TEST_F(MysqlWarehouse, GoesOnAfterAQueryThatFailedInTheMiddleOfItsRows)
{
    const auto warehouse = open();
    const std::string session = sessionOf(*warehouse);
    const std::string sql =
        "SELECT (SELECT n UNION SELECT 2) FROM (SELECT 2 AS n UNION SELECT ?) t";
    EXPECT_THAT(faultOf(*warehouse, sql, {"1"}), HasSubstr("(1242)"));
    EXPECT_EQ(warehouse->query(sql, {"2"}).size(), 1u);
    EXPECT_EQ(sessionOf(*warehouse), session);
}

TEST_F(MysqlWarehouse, KeepsValuesOfDifferentLengthApart)
{
    const auto rows = open()->query("SELECT repeat('a', 300) AS value UNION ALL SELECT 'b'"
                                    " UNION ALL SELECT NULL UNION ALL SELECT repeat('c', 256)"
                                    " UNION ALL SELECT repeat('d', 257)",
                                    {});
    EXPECT_THAT(rows, ElementsAre(ElementsAre(std::string(300, 'a')), ElementsAre("b"),
                                  ElementsAre(std::nullopt), ElementsAre(std::string(256, 'c')),
                                  ElementsAre(std::string(257, 'd'))));
}

TEST_F(MysqlWarehouse, PreparesAStatementOnce)
{
    const auto warehouse = open();
    const auto prepared = [&] {
        return std::stoi(warehouse
                             ->query("SELECT CAST(variable_value AS CHAR) FROM"
                                     " information_schema.session_status"
                                     " WHERE variable_name = 'COM_STMT_PREPARE'",
                                     {})
                             .at(0)
                             .at(0)
                             .value());
    };
    const int before = prepared();
    for (const std::string study : {"7101", "7102", "7103"}) {
        EXPECT_EQ(
            warehouse->query("SELECT name FROM study WHERE id_study_lims = ?", {study}).size(), 1u);
    }
    EXPECT_EQ(prepared(), before + 1);
}

TEST_F(MysqlWarehouse, ServesMoreDifferentQueriesThanItKeeps)
{
    const auto warehouse = open();
    for (int number = 0; number < 100; ++number) {
        const std::string text = std::to_string(number);
        EXPECT_THAT(warehouse->query("SELECT " + text, {}), ElementsAre(ElementsAre(text)));
    }
}

TEST_F(MysqlWarehouse, SeesWhatOthersCommitted)
{
    server().execute("SET GLOBAL init_connect = 'SET autocommit = 0'");
    const auto warehouse = open();
    const std::string sql = "SELECT email FROM study_users WHERE login = 'later'";
    EXPECT_TRUE(warehouse->query(sql, {}).empty());
    server().execute("INSERT INTO study_users (id_study_tmp, last_updated, login, email)"
                     " VALUES (5, now(), 'later', 'later@example.org')",
                     kSchema);
    EXPECT_THAT(warehouse->query(sql, {}), ElementsAre(ElementsAre("later@example.org")));
    server().execute("DELETE FROM study_users WHERE login = 'later';", kSchema);
    server().execute("SET GLOBAL init_connect = ''");
}

TEST_F(MysqlWarehouse, ReplacesAKilledIdleSessionWithoutAWord)
{
    const auto warehouse = open();
    EXPECT_EQ(warehouse->contacts({"7101"}).at(0).addresses.size(), 2u);
    const std::string first = sessionOf(*warehouse);
    server().execute("KILL " + first);
    EXPECT_EQ(warehouse->contacts({"7101"}).at(0).addresses.size(), 2u);
    EXPECT_NE(sessionOf(*warehouse), first);
}

TEST_F(MysqlWarehouse, ReplacesASessionThatTheServerFoundIdleTooLong)
{
    server().execute("SET GLOBAL wait_timeout = 1");
    const auto warehouse = open();
    const std::string first = sessionOf(*warehouse);
    const std::string waiting = "SELECT count(*) FROM information_schema.processlist WHERE id = ";
    while (server().execute(waiting + first) != "0\n") {
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
    server().execute("SET GLOBAL wait_timeout = 600");
    EXPECT_EQ(warehouse->contacts({"7101"}).at(0).addresses.size(), 2u);
    EXPECT_NE(sessionOf(*warehouse), first);
}

TEST_F(MysqlWarehouse, ReplacesASessionOnlyOnceAndAFreshOneNever)
{
    server().execute(
        "DELIMITER //\nCREATE OR REPLACE FUNCTION die() RETURNS INT DETERMINISTIC BEGIN"
        " KILL CONNECTION connection_id(); RETURN 1; END//\n",
        kSchema);
    server().execute("GRANT EXECUTE ON mlwh.* TO reader@'127.0.0.1'");
    const auto connections = [] {
        return std::stoi(server().execute("SELECT variable_value FROM"
                                          " information_schema.global_status"
                                          " WHERE variable_name = 'CONNECTIONS'"));
    };
    const auto used = open();
    sessionOf(*used);
    const int before = connections();
    EXPECT_EQ(failureOf(*used, "SELECT name FROM study WHERE id_study_tmp = die()").kind(),
              Kind::request);
    const int between = connections();
    EXPECT_EQ(between - before, 1 + 1); // the replacement, and the one that counts
    EXPECT_EQ(failureOf(*open(), "SELECT name FROM study WHERE id_study_tmp = die()").kind(),
              Kind::request);
    EXPECT_EQ(connections() - between, 1 + 1);
    EXPECT_EQ(used->contacts({"7101"}).at(0).addresses.size(), 2u);
}

TEST_F(MysqlWarehouse, ReportsARestartInTheMiddleOnceAndThenGoesOn)
{
    const auto warehouse = open();
    EXPECT_EQ(warehouse->contacts({"7102"}).at(0).addresses.size(), 3u);
    server().stop();
    EXPECT_EQ(failureOf(*warehouse).kind(), Kind::unavailable);
    EXPECT_EQ(failureOf(*warehouse).kind(), Kind::unavailable);
    server().start();
    EXPECT_EQ(warehouse->contacts({"7102"}).at(0).addresses.size(), 3u);
    server().stop();
    server().start();
    EXPECT_EQ(warehouse->contacts({"7102"}).at(0).addresses.size(), 3u);
}

TEST_F(MysqlWarehouse, GivesUpAfterTheReadLimitAndConnectsAnew)
{
    settings.readTimeout = std::chrono::seconds{1};
    const auto warehouse = open();
    const std::string first = sessionOf(*warehouse);
    const ServiceError error = failureOf(*warehouse, "SELECT sleep(30)");
    EXPECT_EQ(error.kind(), Kind::request);
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("no answer in time"), HasSubstr("read_timeout_seconds")));
    EXPECT_NE(sessionOf(*warehouse), first);
}

TEST_F(MysqlWarehouse, HasTheServerGiveUpOnAQuerySoonAfterItself)
{
    settings.readTimeout = std::chrono::seconds{7};
    EXPECT_THAT(open()->query("SELECT CAST(CAST(@@max_statement_time AS SIGNED) AS CHAR)", {}),
                ElementsAre(ElementsAre("8")));
}

TEST_F(MysqlWarehouse, GivesUpOnAServerThatAcceptsAndSaysNothing)
{
    Poco::Net::ServerSocket silent(Poco::Net::SocketAddress("127.0.0.1", 0));
    settings.port = silent.address().port();
    settings.connectTimeout = std::chrono::seconds{1};
    const ServiceError error = failureOf(*open());
    EXPECT_EQ(error.kind(), Kind::unavailable);
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("no answer in time"), HasSubstr("connect_timeout_seconds")));
}

TEST_F(MysqlWarehouse, RefusesAServerWithoutTlsWhereItIsRequired)
{
    settings.tls = warehouse::WarehouseSettings::Tls::required;
    const ServiceError error = failureOf(*open());
    EXPECT_EQ(error.kind(), Kind::configuration);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("TLS failed"), HasSubstr("see tls")));
}

TEST_F(MysqlWarehouse, UsesThePortAlsoForTheNameLocalhost)
{
    server().execute("CREATE OR REPLACE USER local@'%' IDENTIFIED BY 'local-secret';"
                     "GRANT SELECT ON mlwh.* TO local@'%'");
    settings.host = "localhost";
    settings.user = "local";
    settings.password = "local-secret";
    EXPECT_EQ(open()->contacts({"7101"}).at(0).addresses.size(), 2u);
}

} // namespace

} // namespace notifyhost::test
