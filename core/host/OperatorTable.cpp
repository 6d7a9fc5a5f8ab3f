#include "host/OperatorTable.h"

#include <algorithm>
#include <utility>

namespace notifyhost::host {

namespace {

using enum OperatorAnswer;

using Grid = std::array<std::array<OperatorAnswer, kInQueue.size()>, kInLedger.size()>;

// clang-format off
constexpr std::array<Grid, kOperatorCommands.size()> kTable{{
    // PENDING    CLAIMED    RUNNING    DONE       FAILED     CANCELLED  absent     away
    {{ // takeover
        {pending,   leftover,  watched,   ended,     ended,     ended,     absent,    away},
        {untried,   untried,   untried,   untried,   untried,   untried,   untried,   untried},
        {ours,      ours,      ours,      ours,      ours,      ours,      ours,      ours},
        {final,     final,     final,     final,     final,     final,     final,     final},
        {final,     final,     final,     final,     final,     final,     final,     final},
        {pending,   leftover,  watched,   ended,     ended,     ended,     absent,    away},
    }},
    {{ // retry
        {pending,   elsewhere, elsewhere, ended,     ended,     ended,     absent,    away},
        {untried,   untried,   untried,   untried,   untried,   untried,   untried,   untried},
        {back,      gone,      past,      lost,      gone,      past,      absent,    away},
        {final,     final,     final,     final,     final,     final,     final,     final},
        {yes,       gone,      past,      lost,      yes,       yes,       absent,    away},
        {pending,   elsewhere, elsewhere, ended,     ended,     ended,     absent,    away},
    }},
    {{ // approve
        {pending,   elsewhere, elsewhere, ended,     ended,     ended,     absent,    away},
        {untried,   untried,   untried,   untried,   untried,   untried,   untried,   untried},
        {yes,       claimed,   past,      lost,      lost,      aside,     absent,    past},
        {final,     final,     final,     final,     final,     final,     final,     final},
        {final,     final,     final,     final,     final,     final,     final,     final},
        {pending,   elsewhere, elsewhere, ended,     ended,     ended,     absent,    away},
    }},
    {{ // cancel
        {pending,   elsewhere, elsewhere, ended,     ended,     ended,     absent,    away},
        {untried,   untried,   untried,   untried,   untried,   untried,   untried,   untried},
        {yes,       close,     past,      close,     close,     close,     close,     past},
        {final,     final,     final,     final,     final,     final,     final,     final},
        {final,     final,     final,     final,     final,     final,     final,     final},
        {pending,   elsewhere, elsewhere, ended,     ended,     ended,     absent,    away},
    }},
    {{ // retell
        {pending,   elsewhere, elsewhere, gone,      gone,      gone,      absent,    away},
        {untried,   untried,   untried,   untried,   untried,   untried,   untried,   untried},
        {back,      claimed,   open,      gone,      gone,      gone,      absent,    away},
        {yes,       claimed,   past,      yes,       gone,      yes,       absent,    away},
        {yes,       claimed,   past,      gone,      yes,       yes,       absent,    away},
        {pending,   elsewhere, elsewhere, gone,      gone,      gone,      absent,    away},
    }},
    {{ // acknowledge
        {pending,   elsewhere, elsewhere, nothing,   yes,       nothing,   absent,    away},
        {untried,   untried,   untried,   untried,   untried,   untried,   untried,   untried},
        {yes,       yes,       yes,       yes,       yes,       yes,       yes,       yes},
        {yes,       yes,       yes,       yes,       yes,       yes,       yes,       yes},
        {yes,       yes,       yes,       yes,       yes,       yes,       yes,       yes},
        {pending,   elsewhere, elsewhere, nothing,   yes,       nothing,   absent,    away},
    }},
    {{ // acknowledge --told
        {pending,   early,     watched,   ended,     ended,     ended,     absent,    away},
        {untried,   untried,   untried,   untried,   untried,   untried,   untried,   untried},
        {ours,      ours,      ours,      ours,      ours,      ours,      ours,      ours},
        {final,     final,     final,     final,     final,     final,     final,     final},
        {final,     final,     final,     final,     final,     final,     final,     final},
        {pending,   early,     watched,   ended,     ended,     ended,     absent,    away},
    }},
}};
// clang-format on

struct Words {
    OperatorAnswer answer;
    std::string_view name;
    std::string_view why; ///< %L and %Q stand for the states in ledger and queue
};

constexpr std::string_view kNotGone =
    "If you know that no other host will go on with it, say --gone.";

constexpr std::array kWords{
    Words{yes, "yes", ""},
    Words{past, "past",
          "is older than give_up_after and a day, so another host may have taken it over; look at "
          "`notifyhost status` there."},
    Words{watched, "watched",
          "is RUNNING and its owner may still be at work: runs here have not watched it RUNNING "
          "for give_up_after and a day."},
    Words{early, "early",
          "was not CLAIMED before notifyhost first looked at the queue, so a host of today may be "
          "at work on it; the run on the host with `stale = return` puts it back after "
          "stale_after."},
    Words{leftover, "leftover",
          "is CLAIMED, and what is CLAIMED is not taken over: the run on the host with "
          "`stale = return` puts it back after stale_after."},
    Words{gone, "gone",
          "is %Q in the queue, which this ledger did not set: another host may answer for it. Give "
          "the command there."},
    Words{close, "close", ""},
    Words{pending, "pending", "waits in the queue: the next run claims it."},
    Words{back, "back",
          "was put back to PENDING by somebody: the next run claims it and goes on with what is "
          "not told yet."},
    Words{elsewhere, "elsewhere",
          "is %Q and not held by this host's ledger. Give the command on the host that holds it."},
    Words{ended, "ended",
          "is %Q in the queue: another host or program ended it. Give the command on the host "
          "whose ledger holds it."},
    Words{untried, "untried",
          "is claimed here and nothing of it was tried yet: the next run does that, or lets it "
          "go."},
    Words{ours, "ours", "is running here: this host's ledger answers for it already."},
    Words{claimed, "claimed",
          "is CLAIMED in the queue by a run that is not over, or by another host: nothing of it is "
          "sent from here while that is so."},
    Words{aside, "aside",
          "was set CANCELLED in the queue by somebody: nothing of it is sent while that is so."},
    Words{lost, "lost",
          "is %Q in the queue, which this ledger did not set: another host or program ended it, "
          "and what that told is not known here."},
    Words{open, "open", "is still being told here."},
    Words{final, "final", "has ended here and is %L."},
    Words{nothing, "nothing", "is %Q in the queue, and nothing of it waits for you."},
    Words{absent, "absent", "is not known to the queue."},
    Words{away, "away", "cannot be changed while the queue does not answer."},
};

constexpr std::array<std::string_view, kOperatorCommands.size()> kCommandNames{
    "takeover", "retry", "approve", "cancel", "retell", "acknowledge", "told"};
constexpr std::array<std::string_view, kInLedger.size()> kLedgerNames{"none", "taken",  "running",
                                                                      "done", "failed", "released"};
constexpr std::array<std::string_view, kInQueue.size()> kQueueNames{
    "PENDING", "CLAIMED", "RUNNING", "DONE", "FAILED", "CANCELLED", "absent", "away"};

template<typename Value> std::size_t indexOf(Value value)
{
    return static_cast<std::size_t>(value);
}

const Words& wordsOf(OperatorAnswer answer)
{
    return *std::find_if(kWords.begin(), kWords.end(),
                         [&](const auto& words) { return words.answer == answer; });
}

std::string filled(std::string_view text, const Situation& situation)
{
    std::string result(text);
    for (const auto& [mark, word] :
         {std::pair{"%L", toText(situation.ledger)}, std::pair{"%Q", toText(situation.queue)}})
    {
        if (const auto at = result.find(mark); at != std::string::npos) {
            result.replace(at, 2, word);
        }
    }
    return result;
}

/// Whether the cell's condition is met; of a refusal it never is.
bool isMet(OperatorAnswer answer, const Situation& situation, bool saidGone)
{
    switch (answer) {
    case yes:
    case close:
        return true;
    case past:
        return !situation.past || saidGone;
    case watched:
        return situation.watched || saidGone;
    case early:
        return situation.early;
    case leftover:
        return situation.early && saidGone;
    case gone:
        return saidGone;
    default:
        return false;
    }
}

} // namespace

std::string_view toText(OperatorCommand command)
{
    return kCommandNames.at(indexOf(command));
}

std::string_view toText(InLedger state)
{
    return kLedgerNames.at(indexOf(state));
}

std::string_view toText(InQueue state)
{
    return kQueueNames.at(indexOf(state));
}

std::string_view toText(OperatorAnswer answer)
{
    return wordsOf(answer).name;
}

InLedger inLedger(const std::optional<ledger::TaskRow>& row)
{
    if (!row) {
        return InLedger::none;
    }
    switch (row->state) {
    case ledger::TaskState::taken:
        return InLedger::taken;
    case ledger::TaskState::running:
        return InLedger::running;
    case ledger::TaskState::done:
        return InLedger::done;
    case ledger::TaskState::failed:
        return InLedger::failed;
    case ledger::TaskState::released:
        break;
    }
    return InLedger::released;
}

InQueue inQueue(queue::TaskStatus status)
{
    switch (status) {
    case queue::TaskStatus::pending:
        return InQueue::pending;
    case queue::TaskStatus::claimed:
        return InQueue::claimed;
    case queue::TaskStatus::running:
        return InQueue::running;
    case queue::TaskStatus::done:
        return InQueue::done;
    case queue::TaskStatus::failed:
        return InQueue::failed;
    case queue::TaskStatus::cancelled:
        break;
    }
    return InQueue::cancelled;
}

OperatorAnswer operatorAnswer(OperatorCommand command, InLedger ledger, InQueue queue)
{
    return kTable.at(indexOf(command)).at(indexOf(ledger)).at(indexOf(queue));
}

bool isRefusal(OperatorAnswer answer)
{
    return !isMet(answer, {{}, {}, false, true, true}, true);
}

Decision decide(OperatorCommand command, const Situation& situation, bool saidGone)
{
    Decision decision;
    decision.answer = operatorAnswer(command, situation.ledger, situation.queue);
    decision.allowed = isMet(decision.answer, situation, saidGone);
    if (decision.allowed) {
        return decision;
    }
    decision.goneHelps = !saidGone && isMet(decision.answer, situation, true);
    decision.why = filled(wordsOf(decision.answer).why, situation);
    if (decision.goneHelps) {
        decision.why += " " + std::string(kNotGone);
    }
    decision.status = decision.answer == away      ? ExitStatus::unavailable
                      : decision.answer == watched ? ExitStatus::later
                                                   : ExitStatus::someFailed;
    return decision;
}

std::string commandLine(OperatorCommand command, const Situation& situation,
                        const std::string& pipeline, const std::string& task)
{
    const auto decision = decide(command, situation, false);
    if (!decision.allowed && !decision.goneHelps) {
        return "";
    }
    const bool told = command == OperatorCommand::told;
    return "`notifyhost " + std::string(toText(told ? OperatorCommand::acknowledge : command)) +
           " " + pipeline + " " + task + (told ? " --told" : "") +
           (decision.allowed ? "" : " --gone") + "`";
}

} // namespace notifyhost::host
