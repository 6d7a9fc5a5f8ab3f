#include "proof/ProofSite.h"

#include "support/TemporaryFolder.h"

#include <cstdio>
#include <fstream>
#include <stdexcept>

namespace notifyhost::test {

namespace {

namespace fs = std::filesystem;

using Keys = std::map<std::string, std::string>;

std::string section(const std::string& name, Keys keys, const Keys& replaced)
{
    for (const auto& [key, value] : replaced) {
        keys[key] = value;
    }
    std::string text = "[" + name + "]\n";
    for (const auto& [key, value] : keys) {
        text += key + " = " + value + "\n";
    }
    return text;
}

void write(const fs::path& file, const std::string& content)
{
    std::ofstream output(file, std::ios::binary);
    output << content;
    output.close();
    if (!output) {
        throw std::runtime_error("cannot write " + file.string());
    }
}

/// A program under a sanitizer wants its own library to come first; ours does not disturb it.
void allowPreload(Keys& environment)
{
    const char* options = std::getenv("ASAN_OPTIONS");
    environment["ASAN_OPTIONS"] =
        std::string(options == nullptr ? "" : options) + ":verify_asan_link_order=0";
}

} // namespace

const std::vector<std::string>& proofRecipients()
{
    static const std::vector<std::string> addresses{"l.ito@example.org", "m.wren@example.org",
                                                    "s.holm@example.org"};
    return addresses;
}

ProofSite::ProofSite(fs::path folder, const ProofSettings& settings)
    : _folder(std::move(folder)), _build(settings.build)
{
    must(test::run(
             {"sqlite3", (_folder / "warehouse.sqlite").string()},
             {readFile(SOURCE_ROOT "/conf/demo/warehouse.sql"), {}, {}, std::chrono::seconds{60}}),
         "loading the sample warehouse");
    fs::create_directory(_folder / "words");
    write(_folder / "words/subject.mustache", "{{path}}");
    fs::create_directory(_folder / "verdicts");
    write(_folder / "verdicts/subject.mustache",
          "{{outcome}} {{qc_date}}{{#replaces_earlier}} replaces{{/replaces_earlier}}");
    configure(settings);
    must(run(), "the first look");
}

ProofSite::ProofSite(const ProofSite& original, const fs::path& folder)
    : _folder(folder), _build(original._build)
{
    fs::copy(original.folder(), _folder, fs::copy_options::recursive);
}

void ProofSite::configure(const ProofSettings& settings) const
{
    write(_folder / "notifyhost.ini",
          "[host]\nstate = state\n" +
              section("MySQL MLWH",
                      settings.warehouse.empty() ? Keys{{"dbfile", "warehouse.sqlite"}} : Keys{},
                      settings.warehouse) +
              section("PORCH", {{"url", "sqlite:queue.sqlite"}}, settings.porch) +
              section("transport.mail",
                      {{"plugin", "email"},
                       {"host", "127.0.0.1"},
                       {"port", std::to_string(settings.port)},
                       {"tls", "off"},
                       {"helo", "client.example.org"},
                       {"from", "Sequencing <sequencing@example.org>"}},
                      settings.transport) +
              section("pipeline.ont",
                      {{"porch_name", "ont-event-email"},
                       {"porch_uri", "https://example.org/notifications"},
                       {"porch_version", "1.0"},
                       {"source", "ont"},
                       {"transport", "mail"},
                       {"templates", "words"}},
                      settings.pipeline) +
              (settings.langQc.empty()
                   ? ""
                   : section("source.langqc",
                             {{"plugin", "pacbio"}, {"langqc_url", settings.langQc}}, {}) +
                         section("pipeline.wells",
                                 {{"porch_name", "wells"},
                                  {"porch_uri", "https://example.org/wells"},
                                  {"porch_version", "1"},
                                  {"source", "langqc"},
                                  {"transport", "mail"},
                                  {"templates", "verdicts"}},
                                 settings.pipeline)));
}

std::string ProofSite::collection(int number)
{
    char text[32];
    std::snprintf(text, sizeof text, "/seq/proof/%06d", number);
    return text;
}

void ProofSite::makeRun(const std::string& name, int study,
                        const std::vector<std::string>& people) const
{
    const std::string number = std::to_string(study);
    std::string sql = "INSERT INTO study VALUES (" + number + ", 'SQSCP', '" + number +
                      "', 'Study', NULL);\nINSERT INTO oseq_flowcell SELECT " + number +
                      ", id_sample_tmp, " + number + ", id_lims, '" + name +
                      "', instrument_name, instrument_slot, flowcell_id, tag_identifier, "
                      "tag_sequence, tag2_identifier, tag2_sequence, NULL FROM oseq_flowcell WHERE "
                      "experiment_name = 'ONTRUN-902' LIMIT 1;\n";
    for (const auto& person : people) {
        sql += "INSERT INTO study_users (id_study_tmp, role, email) VALUES (" + number +
               ", 'owner', '" + person + "');\n";
    }
    must(test::run({"sqlite3", "-bail", (_folder / "warehouse.sqlite").string()},
                   {sql, {}, {}, std::chrono::seconds{60}}),
         "adding a run to the warehouse");
}

void ProofSite::add(int first, int count, const std::vector<std::string>& people) const
{
    std::string experiment = "ONTRUN-902";
    if (!people.empty()) {
        const int study = 10'000 + first;
        experiment = "ONTRUN-" + std::to_string(study);
        makeRun(experiment, study, people);
    }
    const auto avu = [](const std::string& name, const std::string& value) {
        return R"({"attribute": "ont:)" + name + R"(", "value": ")" + value + R"("})";
    };
    const std::string metadata = avu("experiment_name", experiment) + ", " +
                                 avu("flowcell_id", "PBA90202") + ", " +
                                 avu("instrument_slot", "11");
    std::string lines;
    for (int number = first; number < first + count; ++number) {
        lines +=
            R"({"avus": [)" + metadata + R"(], "collection": ")" + collection(number) + "\"}\n";
    }
    must(test::run(command("bin/notifyhost", {"add", "ont"}),
                   {lines, {}, {}, std::chrono::seconds{120}}),
         "adding tasks");
}

std::vector<std::string> ProofSite::command(const std::string& program,
                                            const std::vector<std::string>& words) const
{
    std::vector<std::string> all{(_build / program).string(), "-c",
                                 (_folder / "notifyhost.ini").string()};
    all.insert(all.end(), words.begin(), words.end());
    return all;
}

ProcessResult ProofSite::must(const ProcessResult& result, const std::string& what) const
{
    if (result.status != 0) {
        throw std::runtime_error(what + " in " + _folder.string() + " came to status " +
                                 std::to_string(result.status) + ": " + result.error);
    }
    return result;
}

ProcessResult ProofSite::run(const Stop& stop) const
{
    return operate({"run", "ont"}, {}, stop);
}

ProcessResult ProofSite::operate(const std::vector<std::string>& words, std::chrono::seconds ahead,
                                 const Stop& stop) const
{
    ProcessOptions options;
    options.limit = std::chrono::seconds{300};
    if (stop.after > 0) {
        allowPreload(options.environment);
        options.environment["LD_PRELOAD"] = (_build / "tests/stopper.so").string();
        options.environment["NOTIFYHOST_STOP_AFTER"] = std::to_string(stop.after);
        options.environment["NOTIFYHOST_STOP_COUNT"] = (_folder / "counted").string();
        if (stop.at != Stop::At::any) {
            options.environment[stop.at == Stop::At::sync ? "NOTIFYHOST_STOP_AT_SYNC_OF"
                                                          : "NOTIFYHOST_STOP_AT_COMMIT_OF"] =
                stop.file;
        }
        std::error_code none;
        fs::remove(_folder / "counted", none);
    }
    options.environment["NOTIFYHOST_CLOCK_AHEAD_SECONDS"] = std::to_string(ahead.count());
    options.environment["NOTIFYHOST_WALL_STEPPED_SECONDS"] = std::to_string(_wallStep.count());
    const bool isNow = ahead.count() == 0 && _wallStep.count() == 0;
    return test::run(command(isNow ? "bin/notifyhost" : "tests/notifyhost_with_test_seams", words),
                     options);
}

BackgroundProcess ProofSite::start() const
{
    return {command("bin/notifyhost", {"run", "ont"}), _folder / "log"};
}

ProcessResult ProofSite::runLater(std::chrono::seconds ahead) const
{
    return operate({"run", "ont"}, ahead);
}

std::optional<long> ProofSite::counted() const
{
    std::ifstream input(_folder / "counted");
    long number = 0;
    return input >> number ? std::optional(number) : std::nullopt;
}

} // namespace notifyhost::test
