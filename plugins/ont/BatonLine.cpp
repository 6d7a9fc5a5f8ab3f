#include "BatonLine.h"

#include "CollectionPath.h"
#include "Unicode.h"
#include "WholeNumber.h"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>

namespace notifyhost::ont {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kJsonBlanks = " \t\r\n";

std::string slotFault(const std::string& text, const WholeNumber& slot)
{
    if (text.empty()) {
        return "ont:instrument_slot is empty";
    }
    if (slot.reading == Reading::none) {
        return "ont:instrument_slot " + inQuotes(text) + " is not a whole number";
    }
    return "ont:instrument_slot " + inQuotes(text) + " is not within " +
           std::to_string(kFirstSlot) + " to " + std::to_string(kLastSlot);
}

/// What a parser's error means to the operator.
std::string syntaxFault(std::string_view line, const rapidjson::ParseResult& result)
{
    if (const std::optional<std::size_t> offset = findInvalidUtf8(line)) {
        return "it is not UTF-8 (octet " + std::to_string(*offset + 1) + ")";
    }
    if (result.Code() == rapidjson::kParseErrorDocumentRootNotSingular) {
        return "there is more on the line than one JSON object (octet " +
               std::to_string(result.Offset() + 1) + ")";
    }
    if (line[line.find_first_not_of(kJsonBlanks)] == '/') {
        return "it is a bare path, not JSON: let the discovery program report JSON";
    }
    if (result.Offset() >= line.size()) {
        return "it is cut off: the JSON object does not end";
    }
    return "it is not JSON (octet " + std::to_string(result.Offset() + 1) +
           "): " + rapidjson::GetParseError_En(result.Code());
}

} // namespace

std::variant<Run, std::string> BatonLine::read(std::string_view line)
{
    std::string fault = parse(line);
    if (fault.empty()) {
        fault = collectionFault();
    }
    if (!fault.empty()) {
        return fault;
    }
    return makeRun();
}

std::string BatonLine::parse(std::string_view line)
{
    if (line.starts_with(kByteOrderMark)) {
        return "it begins with a byte order mark";
    }
    if (line.find_first_not_of(kJsonBlanks) == std::string_view::npos) {
        return "it is empty";
    }
    constexpr unsigned kFlags = rapidjson::kParseIterativeFlag |
                                rapidjson::kParseValidateEncodingFlag |
                                rapidjson::kParseNumbersAsStringsFlag;
    rapidjson::MemoryStream stream(line.data(), line.size());
    _handler.start();
    const rapidjson::ParseResult result = _reader.Parse<kFlags>(stream, _handler);
    if (!_handler.fault().empty()) {
        return _handler.fault();
    }
    if (result.IsError()) {
        return syntaxFault(line, result);
    }
    // The stream takes an octet 0 for its end.
    if (stream.Tell() != line.size()) {
        return syntaxFault(line, {rapidjson::kParseErrorDocumentRootNotSingular, stream.Tell()});
    }
    return {};
}

std::string BatonLine::collectionFault() const
{
    const BatonObject& item = _handler.root();
    if (item.has(Key::error) && item.shape(Key::error) != Shape::null) {
        return "baton reports an error";
    }
    if (item.has(Key::dataObject)) {
        return "it is a data object, not a collection";
    }
    if (!item.has(Key::collection)) {
        return item.has(Key::shortCollection)
                   ? "the collection is in baton's short form (coll); it must be written out"
                   : "it has no collection";
    }
    if (item.kind() != BatonKind::item) {
        return "it is an AVU or access entry, not a collection";
    }
    if (item.shape(Key::collection) != Shape::text) {
        return "collection is " + std::string(shapeName(item.shape(Key::collection))) +
               ", not a text";
    }
    if (item.has(Key::access) && item.shape(Key::access) != Shape::array) {
        return "access is " + std::string(shapeName(item.shape(Key::access))) + ", not an array";
    }
    if (!item.has(Key::avus)) {
        return "it has no avus, hence no metadata";
    }
    if (item.shape(Key::avus) != Shape::array) {
        return "avus is " + std::string(shapeName(item.shape(Key::avus))) + ", not an array";
    }
    if (!_handler.elementFault().empty()) {
        return _handler.elementFault();
    }
    return _handler.metadata().count() == 0 ? "avus is empty, hence no metadata" : "";
}

std::variant<Run, std::string> BatonLine::makeRun() const
{
    const RunMetadata& metadata = _handler.metadata();
    if (std::optional<std::string> fault = metadata.fault()) {
        return std::move(*fault);
    }
    const std::string& slotText = metadata.value(RunMetadata::Attribute::slot);
    const WholeNumber slot = readWholeNumber(slotText);
    if (slot.reading != Reading::number || slot.value < kFirstSlot || slot.value > kLastSlot) {
        return slotFault(slotText, slot);
    }
    const std::string& path = _handler.root().text(Key::collection);
    if (!path.starts_with('/')) {
        return path.empty() ? "collection is an empty path"
                            : "collection " + inQuotes(path) + " is a relative path";
    }
    Run run{metadata.value(RunMetadata::Attribute::experiment),
            metadata.value(RunMetadata::Attribute::flowcell), slot.value, normalisedPath(path)};
    for (const std::string* text : {&run.experiment, &run.flowcell, &run.path}) {
        if (text->find('\0') != std::string::npos) {
            return "it holds the character U+0000, which no queue and no warehouse can keep";
        }
    }
    return run;
}

} // namespace notifyhost::ont
