#include "QcState.h"

#include "Fields.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace notifyhost::pacbio {

namespace {

constexpr std::size_t kProductIdLength = 64;

/// The states of one product, or what is wrong with its list.
void addStates(const std::string& product, const JsonValue& states,
               std::vector<RecentState>& result)
{
    if (states.shape != Shape::array) {
        result.push_back(
            {product, {}, "it is " + std::string(shapeName(states.shape)) + ", not an array"});
        return;
    }
    const std::size_t before = result.size();
    states.forElements([&](const JsonValue& element) {
        if (element.shape != Shape::object) {
            result.push_back(
                {product,
                 {},
                 "its QC state is " + std::string(shapeName(element.shape)) + ", not an object"});
            return;
        }
        const auto state = readQcState(element.json);
        if (const auto* fault = std::get_if<std::string>(&state)) {
            result.push_back({product, {}, "this is not a QC state: " + *fault});
        } else if (const auto& id = std::get<QcState>(state).product; id != product) {
            result.push_back({product, {}, "its QC state is that of another product, " + id});
        } else {
            result.push_back({product, element.json, {}});
        }
    });
    if (result.size() == before) {
        result.push_back({product, {}, "LangQC lists it without a QC state"});
    }
}

} // namespace

bool isProductId(std::string_view text)
{
    return text.size() == kProductIdLength &&
           text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

std::variant<QcState, std::string> readQcState(std::string_view json)
{
    const auto read = readJson(json);
    if (const auto* fault = std::get_if<std::string>(&read)) {
        return *fault;
    }
    const auto& object = std::get<JsonValue>(read);
    if (object.shape != Shape::object) {
        return "it is " + std::string(shapeName(object.shape)) + ", not an object";
    }
    Fields fields(object, {"id_product", "qc_state", "outcome", "qc_type", "date_updated"});
    QcState state;
    state.product = fields.text("id_product");
    state.state = fields.text("qc_state");
    state.outcome = fields.threeWay("outcome");
    state.type = fields.optionalText("qc_type");
    state.date = fields.optionalText("date_updated");
    if (!fields.fault().empty()) {
        return fields.fault();
    }
    if (!isProductId(state.product)) {
        return "its id_product is not 64 hex digits";
    }
    return state;
}

std::variant<std::vector<RecentState>, std::string> readRecentStates(std::string_view answer)
{
    const auto read = readJson(answer);
    if (const auto* fault = std::get_if<std::string>(&read)) {
        return *fault;
    }
    const auto& root = std::get<JsonValue>(read);
    if (root.shape != Shape::object) {
        return "it is " + std::string(shapeName(root.shape)) +
               ", not an object with product ids as keys";
    }
    std::vector<std::pair<std::string, JsonValue>> products;
    std::unordered_map<std::string, std::size_t> places;
    root.forMembers([&](std::string_view key, JsonValue value) {
        const auto [place, isNew] = places.try_emplace(std::string(key), products.size());
        if (isNew) {
            products.emplace_back(key, std::move(value));
        } else {
            products[place->second].second = std::move(value);
        }
    });
    std::vector<RecentState> result;
    for (const auto& [product, states] : products) {
        addStates(product, states, result);
    }
    return result;
}

} // namespace notifyhost::pacbio
