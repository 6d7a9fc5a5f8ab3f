#pragma once

#include "host/ExitStatus.h"
#include "ledger/Ledger.h"
#include "queue/TaskQueue.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace notifyhost::host {

/// What an operator may ask for. told is `acknowledge --told`.
enum class OperatorCommand { takeover, retry, approve, cancel, retell, acknowledge, told };

/// How a task stands in this host's ledger, and in the queue.
enum class InLedger { none, taken, running, done, failed, released };
enum class InQueue { pending, claimed, running, done, failed, cancelled, absent, away };

/// One cell: whether a command is given, under which condition, or why not.
enum class OperatorAnswer {
    yes,       ///< at once
    past,      ///< at once; where another host may have taken it over, only with --gone
    watched,   ///< RUNNING was watched long enough, or --gone
    early,     ///< CLAIMED before this host's first look
    leftover,  ///< the same, and --gone
    gone,      ///< only with --gone
    close,     ///< closes the row here and tells the queue nothing
    pending,   ///< from here on it is refused: it waits in the queue
    back,      ///< somebody put it back to PENDING; the next run goes on with it
    elsewhere, ///< CLAIMED or RUNNING, and this ledger does not answer for it
    ended,     ///< another host or program ended it
    untried,   ///< claimed here and not tried yet
    ours,      ///< this ledger answers for it already
    claimed,   ///< CLAIMED by somebody else while this ledger holds it
    aside,     ///< set CANCELLED in the queue
    lost,      ///< ended in the queue by another host while this ledger holds it
    open,      ///< still being told here
    final,     ///< ended here
    nothing,   ///< nothing to decide
    absent,    ///< the queue does not know it
    away       ///< the queue does not answer
};

inline constexpr std::array kOperatorCommands{
    OperatorCommand::takeover, OperatorCommand::retry,  OperatorCommand::approve,
    OperatorCommand::cancel,   OperatorCommand::retell, OperatorCommand::acknowledge,
    OperatorCommand::told,
};
inline constexpr std::array kInLedger{InLedger::none, InLedger::taken,  InLedger::running,
                                      InLedger::done, InLedger::failed, InLedger::released};
inline constexpr std::array kInQueue{InQueue::pending, InQueue::claimed, InQueue::running,
                                     InQueue::done,    InQueue::failed,  InQueue::cancelled,
                                     InQueue::absent,  InQueue::away};

/// The words of docs/model/operator.table.
std::string_view toText(OperatorCommand command);
std::string_view toText(InLedger state);
std::string_view toText(InQueue state);
std::string_view toText(OperatorAnswer answer);

InLedger inLedger(const std::optional<ledger::TaskRow>& row);
InQueue inQueue(queue::TaskStatus status);

/// The cell. Source: docs/delivery.md, "What the operator may do", the same table.
OperatorAnswer operatorAnswer(OperatorCommand command, InLedger ledger, InQueue queue);

/// Whether a cell is a refusal whatever else is true of the task.
bool isRefusal(OperatorAnswer answer);

/// All that the answer about one task depends on.
struct Situation {
    InLedger ledger{};
    InQueue queue{};
    bool past{};    ///< older than give_up_after and a day, on a queue that other hosts may use
    bool watched{}; ///< RUNNING was watched here for give_up_after and a day
    bool early{};   ///< CLAIMED before this host's first look
};

struct Decision {
    OperatorAnswer answer{};
    bool allowed{};
    bool goneHelps{};    ///< not allowed, but with --gone it is
    ExitStatus status{}; ///< of a refusal
    std::string why;     ///< of a refusal: goes on from "task … "; names no command
};
Decision decide(OperatorCommand command, const Situation& situation, bool gone);

/// "`notifyhost retry P TASK`", with what it needs to be allowed now; empty where it is refused.
/// task may have more words behind it.
std::string commandLine(OperatorCommand command, const Situation& situation,
                        const std::string& pipeline, const std::string& task);

} // namespace notifyhost::host
