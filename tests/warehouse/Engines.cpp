#include "Engines.h"

#include "support/Process.h"
#include "support/TemporaryFolder.h"

#include <stdexcept>

namespace notifyhost::test {

namespace {

std::filesystem::path sqliteFile()
{
    static const TemporaryFolder folder;
    static const std::filesystem::path file = [] {
        ProcessOptions options;
        options.input = readFile(SOURCE_ROOT "/conf/demo/warehouse.sql") +
                        readFile(TEST_DATA "/warehouse-traps.sql");
        const ProcessResult result =
            run({"sqlite3", "-bail", (folder / "warehouse.sqlite").string()}, options);
        if (result.status != 0) {
            throw std::runtime_error("sqlite3 refused: " + result.error);
        }
        return folder / "warehouse.sqlite";
    }();
    return file;
}

std::string quoted(const std::string& text)
{
    std::string result = "'";
    for (const char character : text) {
        if (character == '\'' || character == '\\') {
            result += '\\';
        }
        result += character;
    }
    return result + "'";
}

} // namespace

MariaDbServer& server()
{
    static const std::unique_ptr<MariaDbServer> instance = [] {
        auto started = std::make_unique<MariaDbServer>();
        started->execute("CREATE DATABASE mlwh;"
                         "CREATE USER reader@'127.0.0.1' IDENTIFIED BY " +
                         quoted(kReaderPassword) +
                         ";GRANT SELECT ON mlwh.* TO reader@'127.0.0.1';");
        started->load(kSchema, TEST_DATA "/mlwh-schema.sql");
        started->load(kSchema, TEST_DATA "/mlwh-sample.sql");
        started->load(kSchema, TEST_DATA "/mlwh-sample-traps.sql");
        return started;
    }();
    return *instance;
}

warehouse::WarehouseSettings settingsOf(Engine engine)
{
    warehouse::WarehouseSettings settings;
    if (engine == Engine::sqlite) {
        settings.dbfile = sqliteFile();
        return settings;
    }
    settings.host = "127.0.0.1";
    settings.port = server().port();
    settings.user = kReader;
    settings.password = kReaderPassword;
    settings.schema = kSchema;
    return settings;
}

std::string nameOf(const ::testing::TestParamInfo<Engine>& info)
{
    return info.param == Engine::sqlite ? "Sqlite" : "MariaDb";
}

} // namespace notifyhost::test
