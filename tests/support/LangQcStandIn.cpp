#include "support/LangQcStandIn.h"

#include "support/TemporaryFolder.h"

#include <filesystem>

namespace notifyhost::test {

namespace {

const std::string kSamples = TEST_DATA "/samples/";
const std::string kRecent = "/api/products/qc";
const std::string kWells = "/api/pacbio/wells/";
const std::string kLibraries = "/libraries";

std::string fileOf(const std::string& product)
{
    return kSamples + "langqc-libraries/" + product + ".json";
}

} // namespace

LangQcStandIn::LangQcStandIn()
    : _server(std::make_unique<ScriptedHttpServer>(
          [this](const ScriptedRequest& request) { return reply(request); }))
{
}

std::string LangQcStandIn::url() const
{
    return _server->url();
}

void LangQcStandIn::answer(const std::string& part, ScriptedReply reply)
{
    const std::lock_guard lock(_mutex);
    _wishes.emplace(_wishes.begin(), part, std::move(reply));
}

std::vector<std::string> LangQcStandIn::requests() const
{
    std::vector<std::string> lines;
    for (const ScriptedRequest& request : _server->requests()) {
        lines.push_back(request.line());
    }
    return lines;
}

std::string LangQcStandIn::recentStates()
{
    return readFile(kSamples + "langqc-recent.json");
}

std::string LangQcStandIn::libraries(const std::string& product)
{
    return readFile(fileOf(product));
}

ScriptedReply LangQcStandIn::reply(const ScriptedRequest& request)
{
    const std::string line = request.line();
    const auto begin = line.find(' ') + 1;
    const std::string path = line.substr(begin, line.find(' ', begin) - begin);
    {
        const std::lock_guard lock(_mutex);
        for (const auto& [part, wish] : _wishes) {
            if (path.find(part) != std::string::npos) {
                return wish;
            }
        }
    }
    if (path.substr(0, path.find('?')) == kRecent) {
        return test::answer(200, recentStates());
    }
    if (path.starts_with(kWells) && path.ends_with(kLibraries)) {
        const std::string product =
            path.substr(kWells.size(), path.size() - kWells.size() - kLibraries.size());
        return std::filesystem::exists(fileOf(product))
                   ? test::answer(200, libraries(product))
                   : test::answer(404, R"({"detail":"PacBio well for product ID ')" + product +
                                           R"(' is not found."})");
    }
    return test::answer(404, R"({"detail":"Not Found"})");
}

} // namespace notifyhost::test
