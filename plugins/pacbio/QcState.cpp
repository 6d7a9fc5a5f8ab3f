#include "QcState.h"

#include "Fields.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace notifyhost::pacbio {

namespace {

constexpr std::size_t kProductIdLength = 64;

/// Why an element of a product's list is no QC state of it; empty: it is one.
std::string stateFault(const JsonValue& element, const std::string& product)
{
    if (element.shape != Shape::object) {
        return "its QC state is " + std::string(shapeName(element.shape)) + ", not an object";
    }
    const auto state = readQcState(element.json);
    if (const auto* fault = std::get_if<std::string>(&state)) {
        return "this is not a QC state: " + *fault;
    }
    const std::string& id = std::get<QcState>(state).product;
    return id == product ? "" : "its QC state is that of another product, " + id;
}

/// The states of one product and, once, what is wrong with its list.
void addStates(const std::string& product, const JsonValue& states,
               std::vector<RecentState>& result)
{
    std::string fault;
    std::size_t good = 0;
    std::size_t bad = 0;
    states.forElements([&](const JsonValue& element) {
        std::string each = stateFault(element, product);
        if (each.empty()) {
            result.push_back({product, element.json, {}});
            ++good;
        } else if (bad++ == 0) {
            fault = std::move(each);
        }
    });
    if (states.shape != Shape::array) {
        fault = "it is " + std::string(shapeName(states.shape)) + ", not an array";
    } else if (good + bad == 0) {
        fault = "LangQC lists it without a QC state";
    } else if (bad > 1) {
        fault += " (nor can " + std::to_string(bad - 1) + " more of its states be used)";
    }
    if (!fault.empty()) {
        result.push_back({product, {}, std::move(fault)});
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
