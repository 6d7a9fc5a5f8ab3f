#include "QcState.h"
#include "Require.h"
#include "Well.h"
#include "WellFacts.h"

#include "queue/TaskIdentity.h"
#include "json/Json.h"

#include <cstddef>
#include <cstdint>
#include <string>

using namespace notifyhost;
using fuzz::require;

namespace {

const std::string kProduct(64, 'a');

void tryRecent(std::string_view answer)
{
    const auto read = pacbio::readRecentStates(answer);
    if (!std::holds_alternative<std::vector<pacbio::RecentState>>(read)) {
        require(!std::get<std::string>(read).empty(), "what is refused has a reason");
        return;
    }
    json::parse(answer); // What one reader takes, the other must take: it throws where it does not.
    for (const auto& each : std::get<std::vector<pacbio::RecentState>>(read)) {
        require(each.fault.empty() != each.json.empty(), "a state or a fault");
        if (each.fault.empty()) {
            require(each.json.data() >= answer.data() &&
                        each.json.data() + each.json.size() <= answer.data() + answer.size(),
                    "a state is a part of the answer");
            require(queue::taskInputId(each.json).size() == 64, "a state has an identity");
        }
    }
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
