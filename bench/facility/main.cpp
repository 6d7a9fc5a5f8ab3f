// Measures the main job: start-up, adding, and runs of several shapes. Prints one line a figure.
// usage: measure_facility [start|add|maildir|mariadb|ledger|porch]…   (default: all)
#include "Facility.h"
#include "Measured.h"
#include "PorchLoad.h"
#include "SlowProxy.h"
#include "SmtpSink.h"
#include "support/MariaDbServer.h"
#include "support/MiniporchServer.h"
#include "support/Process.h"
#include "support/TemporaryFolder.h"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <set>

#include <unistd.h>

namespace {

using namespace notifyhost::bench;
using notifyhost::test::MariaDbServer;
using notifyhost::test::MiniporchServer;
using notifyhost::test::TemporaryFolder;

const std::string kProgram = std::string(BUILD_ROOT) + "/bin/notifyhost";

void print(const std::string& what, const Cost& cost, const std::string& more = "")
{
    std::printf("%-58s %8.3f s wall %7.3f s CPU %7.1f MiB%s\n", what.c_str(), cost.wall,
                cost.processor, static_cast<double>(cost.peakMemory) / 1024, more.c_str());
    std::fflush(stdout);
}

std::string perSecond(int count, const Cost& cost, const std::string& of)
{
    char text[64];
    std::snprintf(text, sizeof text, "  %.0f %s/s", count / cost.wall, of.c_str());
    return text;
}

/// One facility in a folder of its own.
class Bench {
public:
    explicit Bench(const Configuration& configuration) { configure(configuration); }

    void configure(const Configuration& configuration) const
    {
        writeConfiguration(_folder / "notifyhost.ini", configuration);
    }

    const TemporaryFolder& folder() const { return _folder; }

    Cost add(int runs) const
    {
        writeRuns(_folder / "runs.jsonl", runs);
        return measured(command({"add", "ont"}), _folder / "runs.jsonl");
    }

    Cost run() const { return measured(command({"run", "ont"})); }

    std::vector<std::string> command(const std::vector<std::string>& words) const
    {
        std::vector<std::string> all{kProgram, "-c", (_folder / "notifyhost.ini").string()};
        all.insert(all.end(), words.begin(), words.end());
        return all;
    }

private:
    TemporaryFolder _folder;
};

void loadSqlite(const TemporaryFolder& folder, int runs)
{
    const auto rows = folder.write("rows.sql", warehouseRows(Engine::sqlite, runs));
    const std::string database = (folder / "warehouse.sqlite").string();
    measured({"/bin/sh", "-c",
              "cat " SOURCE_ROOT "/conf/demo/warehouse.sql " + rows.string() + " | sqlite3 " +
                  database});
}

std::string sinkKeys(const SmtpSink& sink)
{
    return "plugin = email\nhost = 127.0.0.1\ntls = off\nport = " + std::to_string(sink.port()) +
           "\n";
}

const std::string kSqliteKeys = "dbfile = warehouse.sqlite\n";
const std::string kMaildirKeys = "plugin = maildir\npath = mail\n";

void startUp()
{
    const Bench bench({kSqliteKeys, kMaildirKeys});
    for (const auto& words : std::vector<std::vector<std::string>>{{"--version"}, {"plugins"}}) {
        std::vector<Cost> costs;
        for (int repeat = 0; repeat < 51; ++repeat) {
            costs.push_back(measured(bench.command(words)));
        }
        print("notifyhost " + words.front() + ", median of 51", medianOf(costs));
    }
}

void adding()
{
    for (const int lines : {100'000, 1'000'000}) {
        const Bench bench({kSqliteKeys, kMaildirKeys});
        const auto cost = bench.add(lines);
        print("add of " + std::to_string(lines) + " lines", cost, perSecond(lines, cost, "lines"));
    }
}

void intoMaildir()
{
    constexpr int kTasks = 1000;
    const Bench bench({kSqliteKeys, kMaildirKeys});
    loadSqlite(bench.folder(), kTasks);
    bench.add(kTasks);
    const auto cost = bench.run();
    print("run of 1000 tasks into a Maildir", cost, perSecond(kTasks, cost, "tasks"));
}

int counter(MariaDbServer& server, const std::string& name)
{
    const auto row = server.execute("SHOW GLOBAL STATUS LIKE '" + name + "'");
    return std::atoi(row.substr(row.find('\t') + 1).c_str());
}

void overMariaDb(MariaDbServer& server, const std::string& what)
{
    constexpr int kTasks = 100;
    const SmtpSink sink;
    const Bench bench({"dbhost = 127.0.0.1\ndbuser = root\ndbschema = mlwh\ndbport = " +
                           std::to_string(server.port()) + "\n",
                       sinkKeys(sink)});
    bench.add(kTasks);
    const int queries = counter(server, "Com_select");
    const int connections = counter(server, "Connections");
    const auto cost = bench.run();
    const int asked = counter(server, "Com_select") - queries;
    // Each look at a counter is a connection and, for none of these, a query of its own.
    const int connected = counter(server, "Connections") - connections - 3;
    print("run of 100 tasks x 24 samples, MariaDB and SMTP, " + what, cost,
          perSecond(kTasks, cost, "tasks") + ", " + std::to_string(asked) + " queries, " +
              std::to_string(connected) + " database and " + std::to_string(sink.connections()) +
              " mail connections, " + std::to_string(sink.messages()) + " mails");
}

void mariaDb()
{
    MariaDbServer server;
    server.execute("CREATE DATABASE mlwh CHARACTER SET utf8 COLLATE utf8_unicode_ci");
    server.load("mlwh", SOURCE_ROOT "/tests/data/mlwh-schema.sql");
    const TemporaryFolder folder;
    server.load("mlwh", folder.write("rows.sql", warehouseRows(Engine::mariadb, 100)));
    overMariaDb(server, "2,400 rows");
    server.execute("DELETE FROM stock_resource; DELETE FROM oseq_flowcell; DELETE FROM sample; "
                   "DELETE FROM study_users; DELETE FROM study;",
                   "mlwh");
    server.load("mlwh", folder.write("rows.sql", warehouseRows(Engine::mariadb, 10'000)));
    overMariaDb(server, "240,000 rows");
    server.execute("CREATE INDEX run ON oseq_flowcell (experiment_name, flowcell_id, "
                   "instrument_slot); ANALYZE TABLE oseq_flowcell;",
                   "mlwh");
    overMariaDb(server, "240,000 rows and the index");
}

Cost runWithLedgerIn(const std::string& state, int tasks)
{
    const SmtpSink sink;
    const Bench bench({kSqliteKeys, sinkKeys(sink), state});
    loadSqlite(bench.folder(), tasks);
    bench.add(tasks);
    return bench.run();
}

/// Both kinds in turn, so that what else the machine does meets both.
void ledgerCost()
{
    constexpr int kTasks = 1000;
    constexpr int kRepeats = 9;
    std::vector<Cost> onDisk;
    std::vector<Cost> inMemory;
    for (int repeat = 0; repeat < kRepeats; ++repeat) {
        onDisk.push_back(runWithLedgerIn("state", kTasks));
        const auto memory = "/dev/shm/notifyhost-bench-" + std::to_string(::getpid());
        inMemory.push_back(runWithLedgerIn(memory, kTasks));
        std::filesystem::remove_all(memory);
    }
    for (const auto& [where, costs] : {std::pair{"on disk", &onDisk}, {"in memory", &inMemory}}) {
        const auto cost = medianOf(*costs);
        print(std::string("run of 1000 tasks by SMTP, ledger ") + where + ", median of 9", cost,
              perSecond(kTasks, cost, "tasks"));
    }
}

/// A run beside a client that does nothing but PUT, each with the same connections to the same slow
/// porch.
void overPorch(int connections)
{
    constexpr int kTasks = 1000;
    const MiniporchServer porch;
    const SlowProxy proxy(porch.port(), std::chrono::milliseconds{5});
    const SmtpSink sink;
    Configuration configuration{kSqliteKeys, sinkKeys(sink)};
    configuration.queue = "url = http://127.0.0.1:" + std::to_string(proxy.port()) +
                          "/\nconnections = " + std::to_string(connections) +
                          "\nadmin_token = " + porch.administratorToken() + "\n";
    const Bench bench(configuration);
    loadSqlite(bench.folder(), kTasks);
    measured(bench.command({"register", "ont"}));
    const auto token = notifyhost::test::run(bench.command({"token", "ont"})).output;
    configuration.pipeline =
        "workers = " + std::to_string(4 * connections) + "\nporch_token = " + token;
    bench.configure(configuration);
    bench.add(kTasks);
    const auto cost = bench.run();
    const double puts = 2 * kTasks / cost.wall;
    const double most =
        putsPerSecond(proxy.port(), porch.administratorToken(), connections, kTasks);
    char text[96];
    std::snprintf(text, sizeof text, "  %.0f PUT/s, a load generator %.0f PUT/s: %.0f %%", puts,
                  most, 100 * puts / most);
    print("run of 1000 tasks, porch of 5 ms, " + std::to_string(connections) + " connections", cost,
          text);
}

} // namespace

int main(int argc, char** argv)
try {
    const std::vector<std::pair<std::string, std::function<void()>>> parts{{"start", startUp},
                                                                           {"add", adding},
                                                                           {"maildir", intoMaildir},
                                                                           {"mariadb", mariaDb},
                                                                           {"ledger", ledgerCost},
                                                                           {"porch", [] {
                                                                                overPorch(2);
                                                                                overPorch(8);
                                                                            }}};
    const std::set<std::string> wanted(argv + 1, argv + argc);
    for (const auto& [name, measure] : parts) {
        if (wanted.empty() || wanted.count(name) > 0) {
            measure();
        }
    }
    return 0;
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
