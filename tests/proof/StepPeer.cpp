#include "proof/StepPeer.h"

#include "proof/ProofSite.h"

#include <algorithm>
#include <atomic>
#include <memory>

namespace notifyhost::test {

namespace {

/// The one whom the trouble is about.
const std::string& chosen()
{
    return proofRecipients().at(1);
}

SmtpMoment momentOf(MailTrouble trouble)
{
    return trouble == MailTrouble::deferredAtRcpt ? SmtpMoment::rcpt : SmtpMoment::dot;
}

SmtpAnswer answerOf(MailTrouble trouble)
{
    switch (trouble) {
    case MailTrouble::deferredAtRcpt:
        return {"451 4.3.0 come back later\r\n"};
    case MailTrouble::refusedAfterDot:
        return {"554 5.7.1 we do not want that\r\n"};
    default:
        return {"", SmtpAnswer::Then::close};
    }
}

SmtpScript scriptOf(MailTrouble trouble)
{
    if (trouble == MailTrouble::none) {
        return {};
    }
    const auto happened = std::make_shared<std::atomic<bool>>(false);
    return [trouble, happened](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
        // A message for somebody names him in its header To.
        if (turn.moment != momentOf(trouble) || turn.command.find(chosen()) == std::string::npos) {
            return std::nullopt;
        }
        const bool always = trouble == MailTrouble::refusedAfterDot;
        if (happened->exchange(true) && !always) {
            return std::nullopt;
        }
        return answerOf(trouble);
    };
}

const RecipientLook* find(const TaskLook& task, const std::string& address)
{
    const auto found =
        std::find_if(task.recipients.begin(), task.recipients.end(),
                     [&](const auto& recipient) { return recipient.address == address; });
    return found == task.recipients.end() ? nullptr : &*found;
}

} // namespace

StepPeer::StepPeer(MailTrouble trouble) : _trouble(trouble), _server(scriptOf(trouble)) {}

std::map<std::string, std::vector<SmtpMessage>> StepPeer::accepted() const
{
    std::map<std::string, std::vector<SmtpMessage>> result;
    for (const auto& message : _server.messages()) {
        for (const auto& address : proofRecipients()) {
            const bool refused = _trouble == MailTrouble::refusedAfterDot && address == chosen();
            if (!refused && message.recipients.at(0).find(address) != std::string::npos) {
                result[address].push_back(message);
            }
        }
    }
    return result;
}

std::string StepPeer::falseWords(const TaskLook& stopped) const
{
    std::string problems;
    const auto arrived = accepted();
    for (const auto& recipient : stopped.recipients) {
        const bool is = arrived.contains(recipient.address);
        if (recipient.state == "accepted" && !is) {
            problems += recipient.address + " is accepted in the ledger, but never arrived\n";
        }
        if (is && (recipient.state == "composed" || recipient.state == "deferred")) {
            problems += recipient.address + " is " + recipient.state + ", but arrived\n";
        }
    }
    if (stopped.queue == "DONE" && stopped.ledger != "done") {
        problems += "DONE in the queue while the ledger is " + stopped.ledger + "\n";
    }
    if (!stopped.recipients.empty() && stopped.queue != "RUNNING" && stopped.queue != "DONE") {
        problems += "frozen while the queue shows " + stopped.queue + "\n";
    }
    return problems;
}

std::string StepPeer::differences(const TaskLook& stopped, const TaskLook& ended) const
{
    std::string problems;
    // Killed in the gap, and then the link was cut: in doubt twice, so it waits for the operator.
    const auto* first = find(stopped, chosen());
    const auto* last = find(ended, chosen());
    const bool isHeld = _trouble == MailTrouble::cutAfterDot && first != nullptr &&
                        first->state == "sending" && last != nullptr && last->state == "held";
    if (!isHeld && (ended.queue != "DONE" || ended.ledger != "done")) {
        problems += "the task is " + ended.queue + ", in the ledger " + ended.ledger + "\n";
    }
    auto arrived = accepted();
    for (const auto& address : proofRecipients()) {
        const bool isChosen = address == chosen();
        const bool refused = isChosen && _trouble == MailTrouble::refusedAfterDot;
        const auto* now = find(ended, address);
        const std::string wanted = refused ? "refused" : isChosen && isHeld ? "held" : "accepted";
        if (now == nullptr || now->state != wanted) {
            problems += address + " is " + (now == nullptr ? "unknown" : now->state) + "\n";
        }
        const auto& copies = arrived[address];
        if (copies.empty() != refused) {
            problems += address + (refused ? " was told though refused\n" : " was never told\n");
        }
        const auto* before = find(stopped, address);
        std::size_t allowed = before != nullptr && before->state == "sending" ? 2 : 1;
        allowed += isChosen && _trouble == MailTrouble::cutAfterDot ? 1 : 0;
        if (copies.size() > std::min<std::size_t>(allowed, 2)) {
            problems += address + " was told " + std::to_string(copies.size()) +
                        " times, which no gap explains\n";
        }
        for (const auto& copy : copies) {
            if (copy.octets != copies.front().octets) {
                problems += address + " got a copy that is not the same\n";
            }
        }
    }
    return problems;
}

} // namespace notifyhost::test
