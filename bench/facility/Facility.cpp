#include "Facility.h"

namespace notifyhost::bench {

namespace {

std::string quoted(const std::string& text)
{
    return "'" + text + "'";
}

/// One INSERT for many rows, begun anew every thousand so that no statement grows too long.
class Rows {
public:
    Rows(std::string& sql, std::string insert) : _sql(sql), _insert(std::move(insert)) {}
    ~Rows() { end(); }
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;

    void add(const std::string& values)
    {
        if (_count == 1000) {
            end();
        }
        _sql += (_count++ == 0 ? _insert + " VALUES\n(" : ",\n(") + values + ")";
    }

private:
    void end()
    {
        _sql += _count == 0 ? "" : ";\n";
        _count = 0;
    }

    std::string& _sql;
    std::string _insert;
    int _count{};
};

std::string people(Engine engine)
{
    const bool full = engine == Engine::mariadb;
    const std::string study =
        full ? "INSERT INTO study (id_study_tmp, id_lims, id_study_lims, name, uuid_study_lims) "
               "VALUES (900, 'SQSCP', '9000', 'Measured study', 'measured-study');\n"
             : "INSERT INTO study (id_study_tmp, id_lims, id_study_lims, name) VALUES (900, "
               "'SQSCP', '9000', 'Measured study');\n";
    return study +
           "INSERT INTO study_users (id_study_users_tmp, id_study_tmp, role, email) VALUES "
           "(9001, 900, 'manager', 'one@example.org'), (9002, 900, 'owner', 'two@example.org'), "
           "(9003, 900, 'follower', 'three@example.org');\n";
}

} // namespace

std::string warehouseRows(Engine engine, int runs)
{
    const bool full = engine == Engine::mariadb;
    std::string sql = full ? "SET SESSION sql_mode = '';\nSTART TRANSACTION;\n" : "BEGIN;\n";
    sql += people(engine);
    std::string samples;
    std::string resources;
    std::string flowcells;
    {
        Rows sample(samples, std::string("INSERT INTO sample (id_sample_tmp, id_lims, "
                                         "id_sample_lims, name") +
                                 (full ? ", uuid_sample_lims)" : ")"));
        Rows resource(resources,
                      "INSERT INTO stock_resource (id_stock_resource_tmp, id_sample_tmp, "
                      "id_study_tmp, id_lims, labware_type, labware_human_barcode, "
                      "labware_coordinate)");
        Rows flowcell(flowcells, "INSERT INTO oseq_flowcell (id_oseq_flowcell_tmp, id_sample_tmp, "
                                 "id_study_tmp, id_lims, experiment_name, instrument_name, "
                                 "instrument_slot, flowcell_id, tag_identifier, tag_sequence)");
        for (int run = 0; run < runs; ++run) {
            const std::string number = std::to_string(run);
            for (int at = 0; at < kSamplesPerRun; ++at) {
                const std::string id = std::to_string(1'000'000 + run * kSamplesPerRun + at);
                const std::string well =
                    std::string(1, static_cast<char>('A' + at % 8)) + std::to_string(at / 8 + 1);
                sample.add(id + ", 'SQSCP', " + quoted(id) + ", " + quoted("sample_" + id) +
                           (full ? ", " + quoted("uuid-" + id) : ""));
                resource.add(id + ", " + id + ", 900, 'SQSCP', 'well', " + quoted("DN" + number) +
                             ", " + quoted(well));
                flowcell.add(id + ", " + id + ", 900, 'SQSCP', " + quoted("MEASURED-" + number) +
                             ", 'PC24B990', 1, " + quoted("PBM" + number) + ", " +
                             quoted("NB" + std::to_string(at + 1)) + ", 'TATCGATTCATTTACC'");
            }
        }
    }
    return sql + samples + resources + flowcells + "COMMIT;\n";
}

void writeRuns(const std::filesystem::path& file, int count)
{
    std::ofstream stream(file);
    for (int run = 0; run < count; ++run) {
        const std::string number = std::to_string(run);
        stream << R"({"access": [{"level": "own", "owner": "irods", "zone": "seq"}], "avus": [)"
               << R"({"attribute": "ont:experiment_name", "value": "MEASURED-)" << number
               << R"("}, {"attribute": "ont:flowcell_id", "value": "PBM)" << number
               << R"("}, {"attribute": "ont:instrument_slot", "value": "1"}], )"
               << R"("collection": "/seq/nanopore/flow/MEASURED-)" << number << "/PBM" << number
               << "\"}\n";
    }
}

void writeConfiguration(const std::filesystem::path& file, const Configuration& configuration)
{
    std::ofstream stream(file);
    stream << "[host]\nstate = " << configuration.state << "\n[PORCH]\n"
           << configuration.queue << "[MySQL MLWH]\n"
           << configuration.warehouse << "[transport.mail]\nfrom = Bench <bench@example.org>\n"
           << configuration.transport << "[pipeline.ont]\nporch_name = measured\n"
           << "porch_uri = https://example.org/measured\nporch_version = 1.0\nsource = ont\n"
           << "transport = mail\naddressing = together\n"
           << configuration.pipeline;
    std::filesystem::permissions(file, std::filesystem::perms::owner_read |
                                           std::filesystem::perms::owner_write);
}

} // namespace notifyhost::bench
