#include "PlateMap.h"

#include <Poco/JSON/Object.h>

#include <algorithm>
#include <cctype>
#include <map>

namespace notifyhost::ont {

namespace {

/// How many rows and columns a plate has.
struct Layout {
    std::size_t rows;
    std::size_t columns;
    bool holds(const Well& well) const { return well.row < rows && well.column < columns; }
};

constexpr Layout kLayouts[] = {{8, 12}, {16, 24}};
constexpr std::size_t kMostDigits = 4;

/// What one well holds, each thing once, in the order of the run's rows.
struct Content {
    std::vector<const Study*> studies;
    std::vector<std::string> samples;
    std::vector<std::string> sentences;
};

using Plate = std::map<Well, Content>;

std::string rowLabel(std::size_t row)
{
    return std::string(1, static_cast<char>('A' + row));
}

std::string wellLabel(const Well& well)
{
    return rowLabel(well.row) + std::to_string(well.column + 1);
}

template<typename Item> void addOnce(std::vector<Item>& list, const Item& item)
{
    if (std::find(list.begin(), list.end(), item) == list.end()) {
        list.push_back(item);
    }
}

template<typename List, typename Text>
std::string joined(const List& list, const char* between, const Text& text)
{
    std::string result;
    for (const auto& item : list) {
        result += result.empty() ? "" : between;
        result += text(item);
    }
    return result;
}

std::string sentenceOf(const FlowcellRow& row)
{
    return "sample " + row.sampleId + (row.sampleName ? " (" + *row.sampleName + ")" : "") +
           ", study " + row.studyId;
}

std::map<std::string, Plate> platesOf(const std::vector<FlowcellRow>& rows,
                                      const std::vector<Study>& studies)
{
    std::map<std::string, Plate> result;
    for (const FlowcellRow& row : rows) {
        for (const StockResource& resource : row.resources) {
            const std::optional<Well> well =
                resource.coordinate ? readWell(*resource.coordinate) : std::nullopt;
            if (!well) {
                continue;
            }
            Content& content = result[resource.barcode][*well];
            addOnce(content.studies, &studyNumbered(studies, row.studyId));
            addOnce(content.samples, row.sampleId);
            addOnce(content.sentences, sentenceOf(row));
        }
    }
    return result;
}

const Layout* layoutFor(const Plate& plate)
{
    for (const Layout& layout : kLayouts) {
        if (std::all_of(plate.begin(), plate.end(),
                        [&](const auto& entry) { return layout.holds(entry.first); }))
        {
            return &layout;
        }
    }
    return nullptr;
}

// Lists are shared objects, which a growing list and a copy of the facts do not copy.
Poco::JSON::Object::Ptr cellOf(const Well& well, const Content* content)
{
    static const Content kNothing;
    const Content& shown = content == nullptr ? kNothing : *content;
    const auto itself = [](const std::string& text) { return text; };
    Poco::JSON::Object::Ptr cell = new Poco::JSON::Object;
    cell->set("used", content != nullptr);
    cell->set("well", content == nullptr ? std::string() : wellLabel(well));
    cell->set("mark", joined(shown.studies, "+", [](const Study* study) { return study->mark; }));
    cell->set("colour", shown.studies.empty() ? std::string() : shown.studies.front()->colour);
    cell->set("study",
              joined(shown.studies, " + ", [](const Study* study) { return study->number; }));
    cell->set("sample", joined(shown.samples, " + ", itself));
    const std::string text = joined(shown.sentences, "; ", itself);
    cell->set("text", content == nullptr ? text : "well " + wellLabel(well) + ": " + text);
    return cell;
}

Poco::JSON::Object::Ptr labelled(const std::string& label)
{
    Poco::JSON::Object::Ptr result = new Poco::JSON::Object;
    result->set("label", label);
    return result;
}

Poco::JSON::Object::Ptr mapOf(const std::string& barcode, const Plate& plate, const Layout& layout)
{
    Poco::JSON::Array::Ptr columns = new Poco::JSON::Array;
    for (std::size_t column = 0; column < layout.columns; ++column) {
        columns->add(labelled(std::to_string(column + 1)));
    }
    Poco::JSON::Array::Ptr rows = new Poco::JSON::Array;
    for (std::size_t row = 0; row < layout.rows; ++row) {
        Poco::JSON::Array::Ptr cells = new Poco::JSON::Array;
        for (std::size_t column = 0; column < layout.columns; ++column) {
            const Well well{row, column};
            const auto found = plate.find(well);
            cells->add(cellOf(well, found == plate.end() ? nullptr : &found->second));
        }
        auto line = labelled(rowLabel(row));
        line->set("cells", cells);
        rows->add(line);
    }
    Poco::JSON::Object::Ptr result = new Poco::JSON::Object;
    result->set("barcode", barcode);
    result->set("columns", columns);
    result->set("rows", rows);
    return result;
}

} // namespace

std::optional<Well> readWell(const std::string& coordinate)
{
    const auto isLetter = [](unsigned char c) { return c < 0x80 && std::isalpha(c) != 0; };
    const auto isDigit = [](unsigned char c) { return c >= '0' && c <= '9'; };
    const auto digits = std::find_if_not(coordinate.begin(), coordinate.end(), isLetter);
    const auto letters = static_cast<std::size_t>(digits - coordinate.begin());
    const auto count = static_cast<std::size_t>(coordinate.end() - digits);
    const bool formed = letters >= 1 && letters <= 2 && count >= 1 && count <= kMostDigits &&
                        std::all_of(digits, coordinate.end(), isDigit);
    if (!formed) {
        return std::nullopt;
    }
    std::size_t row = 0;
    for (auto letter = coordinate.begin(); letter != digits; ++letter) {
        row = row * 26 + static_cast<std::size_t>(std::toupper(*letter) - 'A') + 1;
    }
    const std::size_t column = std::stoul(std::string(digits, coordinate.end()));
    return column == 0 ? std::nullopt : std::optional<Well>(Well{row - 1, column - 1});
}

Poco::JSON::Array::Ptr plateMaps(const std::vector<FlowcellRow>& rows,
                                 const std::vector<Study>& studies)
{
    Poco::JSON::Array::Ptr result = new Poco::JSON::Array;
    for (const auto& [barcode, plate] : platesOf(rows, studies)) {
        if (const Layout* layout = layoutFor(plate)) {
            result->add(mapOf(barcode, plate, *layout));
        }
    }
    return result;
}

} // namespace notifyhost::ont
