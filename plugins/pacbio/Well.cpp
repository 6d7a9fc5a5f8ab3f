#include "Well.h"

#include "Fields.h"
#include "Shown.h"

#include <Poco/String.h>

namespace notifyhost::pacbio {

namespace {

Library readLibrary(const JsonValue& element, std::string& fault)
{
    if (element.shape != Shape::object) {
        fault = "it is " + std::string(shapeName(element.shape)) + ", not an object";
        return {};
    }
    Fields fields(element, {"study_id", "study_name", "sample_id", "sample_name", "tag_sequence",
                            "library_type", "pool_name"});
    Library library;
    library.studyId = fields.text("study_id");
    library.studyName = fields.text("study_name");
    library.sampleId = fields.text("sample_id");
    library.sampleName = fields.text("sample_name");
    library.type = fields.optionalText("library_type");
    library.pool = fields.optionalText("pool_name");
    std::string tagFault;
    fields.optionalArray("tag_sequence").forElements([&](JsonValue tag) {
        if (tag.shape != Shape::text) {
            tagFault =
                "tag_sequence holds " + std::string(shapeName(tag.shape)) + ", not only texts";
        }
        library.tags.push_back(std::move(tag.text));
    });
    fault = fields.fault().empty() ? tagFault : fields.fault();
    if (fault.empty() && library.studyId.empty()) {
        fault = "study_id is empty";
    }
    return library;
}

/// The libraries of an array; notes what is wrong with the first bad one.
std::vector<Library> readLibraries(const JsonValue& array, std::string& fault)
{
    std::vector<Library> result;
    array.forElements([&](const JsonValue& element) {
        if (!fault.empty()) {
            return;
        }
        result.push_back(readLibrary(element, fault));
        if (!fault.empty()) {
            fault = "library " + std::to_string(result.size()) + ": " + fault;
        }
    });
    if (fault.empty() && result.empty()) {
        fault = "it has no libraries";
    }
    return result;
}

} // namespace

std::variant<Well, std::string> readWell(std::string_view answer, std::string_view product)
{
    const auto read = readJson(answer);
    if (const auto* fault = std::get_if<std::string>(&read)) {
        return *fault;
    }
    const auto& root = std::get<JsonValue>(read);
    if (root.shape != Shape::object) {
        return "it is " + std::string(shapeName(root.shape)) + ", not an object";
    }
    Fields fields(root, {"id_product", "run_name", "label", "plate_number", "instrument_name",
                         "instrument_type", "well_complete_time", "libraries"});
    const std::string id = fields.text("id_product");
    Well well;
    well.run = fields.text("run_name");
    well.label = fields.text("label");
    well.plate = fields.optionalInteger("plate_number");
    well.instrument = fields.optionalText("instrument_name");
    well.instrumentType = fields.optionalText("instrument_type");
    well.completed = fields.optionalText("well_complete_time");
    const JsonValue libraries = fields.array("libraries");
    std::string fault = fields.fault();
    if (fault.empty() && Poco::icompare(id, std::string(product)) != 0) {
        fault = "it is about another product, " + shownText(id);
    }
    if (fault.empty()) {
        well.libraries = readLibraries(libraries, fault);
    }
    if (!fault.empty()) {
        return fault;
    }
    if (well.plate == "0" || well.plate == "-0") {
        well.plate.reset();
    }
    return well;
}

} // namespace notifyhost::pacbio
