#pragma once

#include "proof/StateLook.h"
#include "proof/StepWalk.h"
#include "support/ScriptedSmtpServer.h"

#include <map>
#include <string>
#include <vector>

namespace notifyhost::test {

/// The mail server of one step: makes its trouble once and remembers what it accepted.
class StepPeer {
public:
    explicit StepPeer(MailTrouble trouble);

    int port() const { return _server.port(); }

    /// Whatever the ledger may not say directly after a stop, given what was accepted by then.
    std::string falseWords(const TaskLook& stopped) const;

    /// Whatever is not as it should be at the end, where a run was stopped like that.
    std::string differences(const TaskLook& stopped, const TaskLook& ended) const;

private:
    std::map<std::string, std::vector<SmtpMessage>> accepted() const;

    MailTrouble _trouble;
    ScriptedSmtpServer _server;
};

} // namespace notifyhost::test
