#include "RunFacts.h"

#include "EventNames.h"
#include "PlateMap.h"
#include "StudyMarks.h"

#include <Poco/JSON/Array.h>

#include <set>

namespace notifyhost::ont {

namespace {

Poco::Dynamic::Var orNull(const std::optional<std::string>& text)
{
    return text ? Poco::Dynamic::Var(*text) : Poco::Dynamic::Var();
}

// Lists are shared objects, which a growing list and a copy of the facts do not copy.
Poco::JSON::Array::Ptr studyList(const std::vector<Study>& studies)
{
    Poco::JSON::Array::Ptr result = new Poco::JSON::Array;
    for (const Study& study : studies) {
        Poco::JSON::Object::Ptr entry = new Poco::JSON::Object;
        entry->set("id", study.number);
        entry->set("name", orNull(study.name));
        entry->set("mark", study.mark);
        entry->set("colour", study.colour);
        result->add(entry);
    }
    return result;
}

std::set<std::string> barcodesOf(const std::vector<FlowcellRow>& rows)
{
    std::set<std::string> result;
    for (const FlowcellRow& row : rows) {
        for (const StockResource& resource : row.resources) {
            result.insert(resource.barcode);
        }
    }
    return result;
}

Poco::JSON::Array::Ptr plateList(const std::set<std::string>& barcodes)
{
    Poco::JSON::Array::Ptr result = new Poco::JSON::Array;
    for (const std::string& barcode : barcodes) {
        Poco::JSON::Object::Ptr entry = new Poco::JSON::Object;
        entry->set("barcode", barcode);
        result->add(entry);
    }
    return result;
}

Poco::JSON::Object::Ptr resourceOf(const StockResource& resource)
{
    Poco::JSON::Object::Ptr result = new Poco::JSON::Object;
    result->set("plate", resource.barcode);
    result->set("well", orNull(resource.coordinate));
    return result;
}

Poco::JSON::Object::Ptr sampleOf(const FlowcellRow& row)
{
    Poco::JSON::Array::Ptr resources = new Poco::JSON::Array;
    for (const StockResource& resource : row.resources) {
        resources->add(resourceOf(resource));
    }
    const StockResource* first = row.resources.empty() ? nullptr : &row.resources.front();
    Poco::JSON::Object::Ptr result = new Poco::JSON::Object;
    result->set("plate",
                first == nullptr ? Poco::Dynamic::Var() : Poco::Dynamic::Var(first->barcode));
    result->set("well", first == nullptr ? Poco::Dynamic::Var() : orNull(first->coordinate));
    result->set("tag", orNull(row.tag));
    result->set("tag_sequence", orNull(row.tagSequence));
    result->set("tag2", orNull(row.tag2));
    result->set("tag2_sequence", orNull(row.tag2Sequence));
    result->set("sample_id", row.sampleId);
    result->set("sample_name", orNull(row.sampleName));
    result->set("study_id", row.studyId);
    result->set("study_name", orNull(row.studyName));
    result->set("resources", resources);
    result->set("more_resources", row.resources.size() > 1);
    return result;
}

/// The instruments named in the rows, usually one; null where none is.
Poco::Dynamic::Var instrumentOf(const std::vector<FlowcellRow>& rows)
{
    std::set<std::string> names;
    for (const FlowcellRow& row : rows) {
        if (row.instrument) {
            names.insert(*row.instrument);
        }
    }
    std::string result;
    for (const std::string& name : names) {
        result += (result.empty() ? "" : ", ") + name;
    }
    return names.empty() ? Poco::Dynamic::Var() : Poco::Dynamic::Var(result);
}

void setRun(Poco::JSON::Object& facts, const RunTask& task)
{
    facts.set("experiment", task.run.experiment);
    facts.set("flowcell", task.run.flowcell);
    facts.set("slot", std::to_string(task.run.slot));
    facts.set("path", task.run.path);
    facts.set("event", displayText(task.event));
    facts.set("event_given", task.event);
}

} // namespace

Poco::JSON::Object runFacts(const RunTask& task, const std::vector<FlowcellRow>& rows)
{
    const std::vector<Study> studies = studiesOf(rows);
    const std::set<std::string> barcodes = barcodesOf(rows);
    Poco::JSON::Array::Ptr samples = new Poco::JSON::Array;
    std::set<std::string> sampleIds;
    for (const FlowcellRow& row : rows) {
        samples->add(sampleOf(row));
        sampleIds.insert(row.sampleId);
    }
    Poco::JSON::Object facts;
    setRun(facts, task);
    facts.set("instrument", instrumentOf(rows));
    facts.set("sample_count", std::to_string(sampleIds.size()));
    facts.set("one_sample", sampleIds.size() == 1);
    facts.set("study_count", std::to_string(studies.size()));
    facts.set("one_study", studies.size() == 1);
    facts.set("plate_count", std::to_string(barcodes.size()));
    facts.set("has_plates", !barcodes.empty());
    facts.set("studies", studyList(studies));
    facts.set("plate_list", plateList(barcodes));
    facts.set("plate_maps", plateMaps(rows, studies));
    facts.set("samples", samples);
    return facts;
}

} // namespace notifyhost::ont
