#include "storage/ReadOnlyDatabase.h"

#include "support/Process.h"
#include "support/TemporaryFolder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace notifyhost::test {

namespace {

using storage::SqlError;
using storage::StorageError;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ReadOnlyDatabase : public ::testing::Test {
protected:
    void SetUp() override
    {
        ProcessOptions options;
        options.input = "CREATE TABLE plate (name TEXT, wells INTEGER, note BLOB);"
                        "INSERT INTO plate VALUES ('DN1', 96, NULL), ('DN2', 24, x'6100');";
        ASSERT_EQ(run({"sqlite3", "-bail", file.string()}, options).status, 0);
    }

    StorageError::Kind kindOf(const std::filesystem::path& path, const std::string& sql) const
    {
        try {
            storage::ReadOnlyDatabase(path).query(sql, {});
        } catch (const StorageError& error) {
            EXPECT_THAT(error.what(), HasSubstr(path.string()));
            return error.kind();
        }
        ADD_FAILURE() << "no StorageError from " << path << " with " << sql;
        return StorageError::Kind::disk;
    }

    TemporaryFolder folder;
    std::filesystem::path file = folder / "plates.sqlite";
};

TEST_F(ReadOnlyDatabase, GivesEveryColumnAsTextAndNullAsNothing)
{
    storage::ReadOnlyDatabase database(file);
    EXPECT_THAT(database.query("SELECT * FROM plate WHERE wells = ?", {"96"}),
                ElementsAre(ElementsAre("DN1", "96", std::nullopt)));
    EXPECT_THAT(database.query("SELECT * FROM plate WHERE wells = ?", {"24"}),
                ElementsAre(ElementsAre("DN2", "24", std::string("a\0", 2))));
}

TEST_F(ReadOnlyDatabase, TellsWhatIsMissingFromWhatIsNoSql)
{
    EXPECT_EQ(kindOf(file, "SELECT 1 FROM tube"), StorageError::Kind::configuration);
    EXPECT_EQ(kindOf(file, "SELECT colour FROM plate"), StorageError::Kind::configuration);
    storage::ReadOnlyDatabase database(file);
    EXPECT_THROW(database.query("SELECT FROM plate", {}), SqlError);
    EXPECT_THROW(database.query("SELECT 1; SELECT 2", {}), SqlError);
    EXPECT_THROW(database.query("-- nothing", {}), SqlError);
    EXPECT_THROW(database.query("SELECT ?", {}), SqlError);
    EXPECT_THAT(database.query(" SELECT 1 ; \n", {}), ElementsAre(ElementsAre("1")));
}

TEST_F(ReadOnlyDatabase, NeitherMakesNorChangesAFile)
{
    EXPECT_EQ(kindOf(folder / "absent", "SELECT 1"), StorageError::Kind::configuration);
    EXPECT_FALSE(std::filesystem::exists(folder / "absent"));
    const std::string before = readFile(file);
    storage::ReadOnlyDatabase database(file);
    EXPECT_THROW(database.query("DELETE FROM plate", {}), SqlError);
    EXPECT_THROW(database.query("DELETE FROM plate RETURNING name", {}), SqlError);
    EXPECT_THROW(database.query("PRAGMA user_version = 7", {}), SqlError);
    EXPECT_TRUE(readFile(file) == before);
}

TEST_F(ReadOnlyDatabase, KnowsAFolderAndATextFromADatabase)
{
    EXPECT_EQ(kindOf(folder.write("text", std::string(4096, 'x')), "SELECT 1"),
              StorageError::Kind::damaged);
    EXPECT_EQ(kindOf(folder.path(), "SELECT 1"), StorageError::Kind::disk);
}

} // namespace

} // namespace notifyhost::test
