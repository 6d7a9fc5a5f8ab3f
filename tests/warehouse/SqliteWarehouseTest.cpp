#include "Engines.h"

#include "support/TemporaryFolder.h"

#include <notifyhost/Setting.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace notifyhost::test {

namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::unique_ptr<Warehouse> openFile(const std::filesystem::path& file)
{
    warehouse::WarehouseSettings settings;
    settings.dbfile = file;
    return warehouse::openWarehouse(settings);
}

std::unique_ptr<Warehouse> openSample()
{
    return warehouse::openWarehouse(settingsOf(Engine::sqlite));
}

ServiceError failureOf(Warehouse& warehouse, const std::string& sql)
{
    try {
        warehouse.query(sql, {});
    } catch (const ServiceError& error) {
        return error;
    }
    ADD_FAILURE() << "no ServiceError from: " << sql;
    return {ServiceError::Kind::unavailable, ""};
}

TEST(SqliteWarehouse, OpensNothingBeforeItsFirstQuery)
{
    TemporaryFolder folder;
    const auto warehouse = openFile(folder / "missing");
    const ServiceError error = failureOf(*warehouse, "SELECT 1");
    EXPECT_EQ(error.kind(), ServiceError::Kind::configuration);
    EXPECT_THAT(error.what(), AllOf(HasSubstr((folder / "missing").string()),
                                    HasSubstr("there is no such file"), HasSubstr("dbfile")));
    EXPECT_FALSE(std::filesystem::exists(folder / "missing"));
}

TEST(SqliteWarehouse, OpensAnewAfterAnError)
{
    TemporaryFolder folder;
    const auto warehouse = openFile(folder / "warehouse");
    failureOf(*warehouse, "SELECT 1");
    std::filesystem::copy_file(settingsOf(Engine::sqlite).dbfile, folder / "warehouse");
    EXPECT_EQ(warehouse->contacts({"7101"}).at(0).addresses.size(), 2u);
}

TEST(SqliteWarehouse, NamesAFileThatIsNoDatabase)
{
    TemporaryFolder folder;
    const auto file = folder.write("text", std::string(5000, 'x'));
    const ServiceError error = failureOf(*openFile(file), "SELECT 1");
    EXPECT_EQ(error.kind(), ServiceError::Kind::configuration);
    EXPECT_THAT(error.what(), AllOf(HasSubstr(file.string()), HasSubstr("not a database")));
}

TEST(SqliteWarehouse, NamesAMissingTableOrColumn)
{
    const auto warehouse = openSample();
    const ServiceError table = failureOf(*warehouse, "SELECT a FROM no_such_table");
    EXPECT_EQ(table.kind(), ServiceError::Kind::configuration);
    EXPECT_THAT(table.what(), AllOf(HasSubstr("no_such_table"), HasSubstr("warehouse.sqlite")));
    const ServiceError column = failureOf(*warehouse, "SELECT no_such_column FROM study");
    EXPECT_EQ(column.kind(), ServiceError::Kind::configuration);
    EXPECT_THAT(column.what(), HasSubstr("no_such_column"));
}

TEST(SqliteWarehouse, CallsSqlItCannotReadAFaultOfThePlugin)
{
    const auto warehouse = openSample();
    EXPECT_THROW(warehouse->query("SELEC 1", {}), PluginFault);
    EXPECT_THROW(warehouse->query("", {}), PluginFault);
    EXPECT_THROW(warehouse->query("SELECT 1; SELECT 2", {}), PluginFault);
    EXPECT_THROW(warehouse->query("SELECT ?", {}), PluginFault);
    EXPECT_THROW(warehouse->query("SELECT ?", {"a", "b"}), PluginFault);
    EXPECT_THAT(warehouse->query("SELECT ?", {"a"}), ElementsAre(ElementsAre("a")));
}

TEST(SqliteWarehouse, NeverWrites)
{
    const auto warehouse = openSample();
    EXPECT_THROW(warehouse->query("DELETE FROM study_users", {}), PluginFault);
    EXPECT_THROW(warehouse->query("DELETE FROM study_users RETURNING email", {}), PluginFault);
    EXPECT_EQ(warehouse->contacts({"7101"}).at(0).addresses.size(), 2u);
}

TEST(SqliteWarehouse, KeepsWhatAStatementReturnedAndForgetsItsParameters)
{
    const auto warehouse = openSample();
    const std::string sql = "SELECT name FROM study WHERE id_study_lims = ?";
    const auto first = warehouse->query(sql, {"7101"});
    const auto second = warehouse->query(sql, {"7102"});
    EXPECT_THAT(first, ElementsAre(ElementsAre("Tidal flat metagenomes")));
    EXPECT_THAT(second, ElementsAre(ElementsAre("Høst–parasite atlas (Ærø)")));
    EXPECT_THAT(warehouse->query("SELECT name FROM study WHERE id_study_lims = ?", {"7204"}),
                ElementsAre(ElementsAre(std::nullopt)));
}

TEST(SqliteWarehouse, ServesMoreDifferentQueriesThanItKeeps)
{
    const auto warehouse = openSample();
    for (int number = 0; number < 100; ++number) {
        const std::string text = std::to_string(number);
        EXPECT_THAT(warehouse->query("SELECT " + text, {}), ElementsAre(ElementsAre(text)));
    }
}

} // namespace

} // namespace notifyhost::test
