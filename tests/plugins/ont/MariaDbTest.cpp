#include "ComposeTesting.h"
#include "support/MariaDbServer.h"

namespace notifyhost::ont {

namespace {

using namespace notifyhost::test;
using ::testing::ElementsAre;
using ::testing::SizeIs;

Composed compose(Warehouse& warehouse, const std::string& inputText)
{
    WarehouseOnly services(&warehouse);
    const auto source = makeOntSource();
    configureOnt(*source, services);
    Composed composed;
    source->compose(taskOf(inputText), composed);
    return composed;
}

/// One case, since the server takes seconds to start: the SQL is understood, gives the same facts
/// as SQLite, and a run is found as the real collation folds its name (T12).
TEST(OntOnMariaDb, TellsTheSameAndFindsARunAsTheCollationFolds)
{
    MariaDbServer server;
    server.execute("CREATE DATABASE mlwh; CREATE USER reader@'127.0.0.1' IDENTIFIED BY 'reading';"
                   "GRANT SELECT ON mlwh.* TO reader@'127.0.0.1';");
    for (const char* file : {"/mlwh-schema.sql", "/mlwh-sample.sql", "/mlwh-sample-traps.sql"}) {
        server.load("mlwh", TEST_DATA + std::string(file));
    }
    warehouse::WarehouseSettings settings;
    settings.host = "127.0.0.1";
    settings.port = server.port();
    settings.user = "reader";
    settings.password = "reading";
    settings.schema = "mlwh";
    const auto mariaDb = warehouse::openWarehouse(settings);
    const auto sqlite = warehouse::openWarehouse(sampleWarehouse());

    for (const std::string& task :
         {runTask("ONTRUN-901", "PBA90101", 3), runTask("ONTRUN-902", "PBA90202", 11),
          runTask("ONTRUN-903", "PBA90303", 24), runTask("ONTRUN-921", "PBT92101", 1),
          runTask("ONTRUN-922", "PBT92201", 1), runTask("ONTRUN-926", "PBT92601", 1)})
    {
        const Composed there = compose(*mariaDb, task);
        const Composed here = compose(*sqlite, task);
        ASSERT_THAT(there.notifications, SizeIs(1)) << task;
        EXPECT_EQ(there.notifications[0].recipients, here.notifications.at(0).recipients);
        EXPECT_EQ(json(there.notifications[0].facts), json(here.notifications[0].facts));
    }
    const Composed folded = compose(*mariaDb, runTask("ONTRUN-929", "PBT92901", 1));
    ASSERT_THAT(folded.notifications, SizeIs(1));
    EXPECT_THAT(column(folded.notifications[0].facts, "plate_list", "barcode"),
                ElementsAre("DN9219A"));
    expectFailure(compose(*mariaDb, runTask("ONTRUN-912 🧬", "PBA91201", 12)),
                  ComposeFailure::tryAgain, "is not in the warehouse (yet)");
    expectFailure(compose(*mariaDb, runTask("ONTRUN-930", "PBT93001", 1)), ComposeFailure::tryAgain,
                  "GCLP and SQSCP");
}

} // namespace

} // namespace notifyhost::ont
