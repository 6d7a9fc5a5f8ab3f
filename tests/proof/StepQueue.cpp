#include "proof/StepQueue.h"

#include "support/TemporaryFolder.h"

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>

#include <chrono>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace notifyhost::test {

namespace {

const std::string kProgram = std::string(BUILD_ROOT) + "/bin/miniporch";
constexpr std::chrono::seconds kLimit{30};

/// The port in the program's first line, once that is there.
int portIn(const std::filesystem::path& log, BackgroundProcess& process)
{
    const auto deadline = std::chrono::steady_clock::now() + kLimit;
    for (;;) {
        const std::string text = std::filesystem::exists(log) ? readFile(log) : "";
        const auto end = text.find('\n');
        if (text.starts_with("listening on ") && end != std::string::npos) {
            return std::stoi(text.substr(text.rfind(':', end) + 1));
        }
        if (!process.running() || std::chrono::steady_clock::now() > deadline) {
            throw std::runtime_error("miniporch does not listen; it said: " + text);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
}

bool isAbout(QueueTrouble trouble, const ScriptedRequest& request)
{
    const auto sets = [&](const std::string& status) {
        return request.line().starts_with("PUT ") &&
               request.body.find("\"" + status + "\"") != std::string::npos;
    };
    switch (trouble) {
    case QueueTrouble::none:
        return false;
    case QueueTrouble::runningLost:
    case QueueTrouble::runningUnheard:
        return sets("RUNNING");
    case QueueTrouble::doneLost:
    case QueueTrouble::doneUnheard:
        return sets("DONE");
    case QueueTrouble::claimUnheard:
        return request.line().find("/claim") != std::string::npos;
    }
    return false;
}

/// The same request to the server behind, and its answer.
ScriptedReply ask(int port, const ScriptedRequest& request)
{
    std::istringstream line(request.line());
    std::string method;
    std::string target;
    line >> method >> target;
    Poco::Net::HTTPRequest asked(method, target, Poco::Net::HTTPMessage::HTTP_1_1);
    for (const char* name : {"Authorization", "Content-Type"}) {
        if (const auto value = request.header(name); !value.empty()) {
            asked.set(name, value);
        }
    }
    asked.setContentLength64(static_cast<Poco::Int64>(request.body.size()));
    Poco::Net::HTTPClientSession session("127.0.0.1", static_cast<Poco::UInt16>(port));
    session.sendRequest(asked) << request.body;
    Poco::Net::HTTPResponse response;
    std::string body;
    Poco::StreamCopier::copyToString(session.receiveResponse(response), body);
    return answer(response.getStatus(), body, response.getContentType());
}

} // namespace

StepQueue::StepQueue(const ProofSite& site, QueueTrouble trouble)
    : _trouble(trouble),
      _log(site.folder() / "miniporch.log"),
      _porch({kProgram, "--db", site.queue().string(), "--listen", "127.0.0.1:0"}, _log),
      _porchPort(portIn(_log, _porch)),
      _between([this](const ScriptedRequest& request) { return passOn(request); })
{
}

std::string StepQueue::makeToken(const ProofSite& site)
{
    const auto made = run(
        {kProgram, "--db", site.queue().string(), "issue-token", "--pipeline", "ont-event-email"});
    if (made.status != 0) {
        throw std::runtime_error("no token for the pipeline: " + made.error);
    }
    return made.output.substr(0, made.output.find('\n'));
}

ScriptedReply StepQueue::passOn(const ScriptedRequest& request) const
{
    const bool strikes = !_isWell && isAbout(_trouble, request);
    const bool arrives =
        !strikes || (_trouble != QueueTrouble::runningLost && _trouble != QueueTrouble::doneLost);
    const auto reply = arrives ? ask(_porchPort, request) : ScriptedReply{};
    return strikes ? ScriptedReply{"", ScriptedReply::Then::close} : reply;
}

} // namespace notifyhost::test
