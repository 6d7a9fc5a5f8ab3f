#include "QcState.h"
#include "Require.h"
#include "Well.h"
#include "WellFacts.h"

#include "queue/TaskIdentity.h"
#include "json/Json.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <vector>

using namespace notifyhost;
using fuzz::require;

namespace {

const std::string kProduct(64, 'a');

bool isOf(const json::Value& state, const char* key, std::initializer_list<json::ValueKind> kinds)
{
    const json::Value* value = state.find(key);
    return std::find(kinds.begin(), kinds.end(),
                     value == nullptr ? json::ValueKind::null : value->kind) != kinds.end();
}

/// The exact texts of an answer's good states, as another reader finds them.
std::multiset<std::string_view> goodStates(std::string_view answer)
{
    using enum json::ValueKind;
    std::multiset<std::string_view> result;
    const json::Value root = json::parse(answer);
    for (const auto& [product, states] : root.members) {
        if (root.find(product) != &states) {
            continue; // It comes again, and then counts.
        }
        for (const json::Value& state : states.elements) {
            if (isOf(state, "id_product", {text}) && isOf(state, "qc_state", {text}) &&
                isOf(state, "outcome", {boolean, null}) && state.find("outcome") != nullptr &&
                isOf(state, "qc_type", {text, null}) && isOf(state, "date_updated", {text, null}) &&
                state.find("id_product")->text == product && pacbio::isProductId(product))
            {
                result.insert(answer.substr(state.begin, state.end - state.begin));
            }
        }
    }
    return result;
}

void tryRecent(std::string_view answer)
{
    const auto read = pacbio::readRecentStates(answer);
    if (!std::holds_alternative<std::vector<pacbio::RecentState>>(read)) {
        require(!std::get<std::string>(read).empty(), "what is refused has a reason");
        return;
    }
    std::multiset<std::string_view> found;
    for (const auto& each : std::get<std::vector<pacbio::RecentState>>(read)) {
        require(each.fault.empty() != each.json.empty(), "a state or a fault");
        if (each.fault.empty()) {
            found.insert(each.json);
            require(queue::taskInputId(each.json).size() == 64, "a state has an identity");
        }
    }
    require(found == goodStates(answer), "both readers find the same states");
}

void tryWell(std::string_view answer)
{
    const auto read = pacbio::readWell(answer, kProduct);
    if (!std::holds_alternative<pacbio::Well>(read)) {
        require(!std::get<std::string>(read).empty(), "what is refused has a reason");
        return;
    }
    const auto& well = std::get<pacbio::Well>(read);
    require(!well.libraries.empty(), "a well has libraries");
    const pacbio::QcState state{kProduct, "Passed", true, {}, {}};
    const pacbio::SiteFacts site{"https://langqc.example.org/run", {}, {}};
    std::size_t libraries = 0;
    for (const auto& study : pacbio::studiesOf(well)) {
        libraries += study.libraries.size();
        pacbio::wellFacts(state, well, study, site);
    }
    require(libraries == well.libraries.size(), "each library is in one study");
}

} // namespace

/// Answers of LangQC: the list of recent states, and what is in a well.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string answer(reinterpret_cast<const char*>(data), size);
    tryRecent(answer);
    tryWell(answer);
    pacbio::readQcState(answer);
    return 0;
}
