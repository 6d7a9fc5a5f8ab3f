#include "proof/StepQueue.h"

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>

#include <sstream>
#include <stdexcept>

namespace notifyhost::test {

namespace {

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
      _porch({}, site.queue()),
      _between([this](const ScriptedRequest& request) { return passOn(request); })
{
}

std::string StepQueue::makeToken(const ProofSite& site)
{
    const auto made =
        miniporch({"--db", site.queue().string(), "issue-token", "--pipeline", "ont-event-email"});
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
    const auto reply = arrives ? ask(_porch.port(), request) : ScriptedReply{};
    return strikes ? ScriptedReply{"", ScriptedReply::Then::close} : reply;
}

} // namespace notifyhost::test
