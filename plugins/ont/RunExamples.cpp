#include "RunFacts.h"

namespace notifyhost::ont {

namespace {

FlowcellRow fullRow(const std::string& number, const std::string& well, const std::string& sequence)
{
    FlowcellRow row;
    row.instrument = "PC24B117";
    row.tag = "NB" + number;
    row.tagSequence = sequence;
    row.tag2 = "RB" + number;
    row.tag2Sequence = std::string(sequence.rbegin(), sequence.rend());
    row.sampleId = "88200" + number;
    row.sampleName = "heath_moth_" + number;
    row.studyId = "6820";
    row.studyName = "Heathland moths & their food plants";
    row.resources = {{"DN820A", well}};
    return row;
}

Example full()
{
    std::vector<FlowcellRow> rows = {fullRow("01", "A1", "AAGAAAGTTGTCGGTGTCTTTGTG"),
                                     fullRow("02", "B1", "TCGATTCCGTTTGTAGTCGTCTGT"),
                                     fullRow("03", "C1", "GAGTCTTGTGTCCCAGTTACCAGG")};
    rows[1].resources.push_back({"DN820B", "H12"});
    rows[2].studyId = "6821";
    rows[2].studyName = "Bryophytes of the Göta älv";
    rows[2].sampleName = "Sphagnum_Åsbräcka";
    const RunTask task{"BASECALLED_SUP",
                       {"ONTRUN-820", "PAW82001", 14, "/seq/ont/promethion/ONTRUN-820/PAW82001"}};
    return {"full", runFacts(task, rows)};
}

Example sparse()
{
    FlowcellRow row;
    row.sampleId = "8820101";
    row.studyId = "6820";
    const RunTask task{"uploaded", {"ONTRUN-821", "FBA82101", 1, "/seq/ont/gridion/ONTRUN-821"}};
    return {"sparse", runFacts(task, {row})};
}

} // namespace

std::vector<Example> exampleFacts()
{
    return {full(), sparse()};
}

} // namespace notifyhost::ont
