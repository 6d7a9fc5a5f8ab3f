#include "WellFacts.h"

namespace notifyhost::pacbio {

namespace {

Library fullLibrary(const std::string& number, const std::string& sample)
{
    Library library;
    library.studyId = "6830";
    library.studyName = "Peat bog invertebrates & their gut flora";
    library.sampleId = "88300" + number;
    library.sampleName = sample;
    library.tags = {"ACACACAGTCTG" + std::string(number == "02" ? "TGAT" : "CGCG"),
                    "TCACAGATCAGCTACG"};
    library.type = "HiFi_standard";
    library.pool = "POOL-8300";
    return library;
}

Example full()
{
    const QcState state{"3d1f0c9a3d1f0c9a3d1f0c9a3d1f0c9a3d1f0c9a3d1f0c9a3d1f0c9a3d1f0c9a",
                        "Failed, SMRT cell", false, "sequencing", "2026-03-09T14:21:07"};
    Well well;
    well.run = "TRACTION-RUN-830";
    well.label = "C1";
    well.plate = "2";
    well.instrument = "rev-02";
    well.instrumentType = "Revio";
    well.completed = "2026-03-08T23:50:11";
    well.libraries = {fullLibrary("01", "bog_mite_01"),    fullLibrary("02", "bog_mite_02"),
                      fullLibrary("03", "Ängsull_rot_03"), fullLibrary("04", "caddisfly_04"),
                      fullLibrary("05", "caddisfly_05"),   fullLibrary("06", "caddisfly_06")};
    const SiteFacts site{"https://langqc.example.org/ui/run", "https://docs.example.org/irods",
                         "example.org"};
    return {"full", wellFacts(state, well, studiesOf(well).front(), site)};
}

Example sparse()
{
    const QcState state{"9b72e4d89b72e4d89b72e4d89b72e4d89b72e4d89b72e4d89b72e4d89b72e4d8",
                        "On hold external",
                        {},
                        {},
                        {}};
    Well well;
    well.run = "TRACTION-RUN-831";
    well.label = "A1";
    well.libraries = {{"6831", "Moss controls", "8831001", "moss_01", {}, {}, {}}};
    return {"sparse", wellFacts(state, well, studiesOf(well).front(), {})};
}

} // namespace

std::vector<Example> exampleFacts()
{
    return {full(), sparse()};
}

} // namespace notifyhost::pacbio
