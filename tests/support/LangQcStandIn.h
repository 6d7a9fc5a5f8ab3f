#pragma once

#include "support/ScriptedHttpServer.h"

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace notifyhost::test {

/// The products of the sample files that have libraries.
namespace product {
inline const std::string kOneLibrary =
    "7ab421fba6c8876feb2f65912b31a985f248a93cfe9a1f53d51731acb67e4b05";
inline const std::string kSevenLibraries =
    "164a71d3de4b2cc0e26d28a6c3f6271694c9d4dbfcbb60c85c14382c1e200dc0";
inline const std::string kTwoStudies =
    "74d664cd77297124333d988f1bbe4257748996b07ac409511fdab8f12a40a3ff";
inline const std::string kNoPlate =
    "3a6413cc8731e819f4940879b09985fae0885aabbf3960a1689a4357769b457a";
inline const std::string kOddNames =
    "bf60ad4a29c99c9083097965ab62133e6c251764458e153c03c889e819c5f2f4";
inline const std::string kNoContacts =
    "0a7fb73c62fc8925b3faf2065fc24f8930c8cb5b0864bf63bb9f906f4f0e8140";
} // namespace product

/// A stand-in for LangQC: a real HTTP server on 127.0.0.1 that knows the sample files and nothing
/// else. A well without a file is answered as LangQC answers what it does not know.
class LangQcStandIn {
public:
    LangQcStandIn();

    /// "http://127.0.0.1:PORT/"
    std::string url() const;

    /// From now on every path that holds `part` is answered with this; the latest such wish counts.
    void answer(const std::string& part, ScriptedReply reply);

    /// The request lines so far, in order.
    std::vector<std::string> requests() const;

    /// The sample's answers.
    static std::string recentStates();
    static std::string libraries(const std::string& product);

private:
    ScriptedReply reply(const ScriptedRequest& request);

    std::mutex _mutex;
    std::vector<std::pair<std::string, ScriptedReply>> _wishes;
    std::unique_ptr<ScriptedHttpServer> _server; ///< last: it asks the others
};

} // namespace notifyhost::test
