#include "Advice.h"

#include "Concerns.h"
#include "host/SharedRun.h"
#include "log/Logger.h"

#include <algorithm>

namespace notifyhost::app {

namespace {

/// Which delivery states a task's recipients are in.
struct Found {
    explicit Found(const std::vector<ledger::DeliveryRow>& deliveries)
    {
        using enum ledger::DeliveryState;
        open = deliveries.empty();
        const auto mendable = ledger::composedAnew(deliveries);
        anew = !mendable.empty();
        for (const auto& delivery : deliveries) {
            const bool isKept = mendable.count(delivery.notificationKey) == 0;
            for (const auto& recipient : delivery.recipients) {
                heldInDoubt += recipient.state == held && recipient.attempts > 0;
                heldByFuse += recipient.state == held && recipient.attempts == 0;
                inDoubt += recipient.state == unknown || recipient.state == sending;
                putOff += recipient.state == deferred;
                lost += recipient.state == refused || recipient.state == expired;
                dropped += recipient.state == cancelled;
                told += recipient.state == accepted;
                withoutContact += recipient.state == nobody;
                frozen += isKept && recipient.state != accepted && recipient.state != nobody &&
                          recipient.state != superseded && recipient.state != repeated;
                open = open || !ledger::isFinal(recipient.state);
                look(recipient);
            }
        }
    }

    void look(const ledger::DeliveryRow::Recipient& recipient)
    {
        if (recipient.nextAttempt && (!next || *recipient.nextAttempt < *next)) {
            next = recipient.nextAttempt;
        }
        if (recipient.state != ledger::DeliveryState::accepted &&
            recipient.state != ledger::DeliveryState::superseded &&
            recipient.state != ledger::DeliveryState::repeated && !recipient.reason.empty())
        {
            lastWord = recipient.reason;
        }
    }

    std::size_t heldInDoubt{};
    std::size_t heldByFuse{};
    std::size_t inDoubt{};
    std::size_t putOff{};
    std::size_t lost{};
    std::size_t dropped{}; ///< cancelled
    std::size_t told{};
    std::size_t withoutContact{}; ///< notifications
    std::size_t frozen{};         ///< not told, and retry would send the same bytes
    bool anew{};                  ///< retry composes something anew
    bool open{};                  ///< something of it is not final
    std::optional<ledger::WallTime> next;
    std::string lastWord; ///< of a peer, or ours, about somebody not told
};

/// The likely cause, as the last word about it has it.
std::string likelyCause(const std::string& reason)
{
    return reason.empty() ? "" : " Likely cause: " + log::escapeControls(reason) + ".";
}

/// Says about one task what may be done: a command only where the table gives it.
class Adviser {
public:
    Adviser(const config::PipelineSettings& pipeline, const KnownTask& task,
            const host::Situation& situation, Found found, ledger::WallTime now)
        : _pipeline(pipeline),
          _task(task),
          _situation(situation),
          _found(std::move(found)),
          _age(task.row ? now - task.row->budgetStart : ledger::WallTime::duration{})
    {
    }

    std::string say() const
    {
        const bool ours = _task.row && _task.row->state != ledger::TaskState::released;
        return ours || !_task.queued ? ofRow() : withoutRow();
    }

private:
    /// " `notifyhost retry P TASK` makes…", or nothing where that is refused.
    std::string offer(host::OperatorCommand command, const std::string& effect,
                      const std::string& more = "") const
    {
        const auto text =
            host::commandLine(command, _situation, _pipeline.name, shortId(_task.id) + more);
        return text.empty() ? "" : " " + text + " " + effect + ".";
    }

    /// What retry does with this task.
    std::string offerRetry(const std::string& effect) const
    {
        const std::string anew =
            "composed anew, with contacts, sender, templates and facts as they are then";
        return offer(host::OperatorCommand::retry,
                     effect + (_found.anew && _found.frozen > 0
                                   ? "; what was told to nobody yet is " + anew +
                                         ", the rest keeps its bytes and addresses"
                               : _found.anew       ? ", " + anew
                               : _found.frozen > 0 ? ", with the same bytes and addresses"
                                                   : ""));
    }

    std::string nextRun() const { return "the next `notifyhost run " + _pipeline.name + "`"; }

    std::string cause() const
    {
        return likelyCause(_found.lastWord.empty() ? _task.row->reason : _found.lastWord);
    }

    std::string withoutRow() const
    {
        using enum host::OperatorCommand;
        switch (_situation.queue) {
        case host::InQueue::pending:
            return "Nothing is wrong: it waits for " + nextRun() + ".";
        case host::InQueue::claimed:
            if (_situation.early) {
                return "It was CLAIMED before notifyhost first looked: by an earlier program, "
                       "which "
                       "may have told of it, or by a host that may still be at work." +
                       offer(told, "closes it where everybody was told") +
                       offer(takeover, "tells it from here where that program or host is gone for "
                                       "ever");
            }
            return "Claimed by another host, by an earlier program, or by a claim whose answer was "
                   "lost. The run on the host with `stale = return` puts it back after "
                   "stale_after, unless it was claimed before notifyhost first looked.";
        case host::InQueue::running:
            return "Another host's ledger answers for it. Where that host is gone for ever," +
                   offer(takeover, "takes it; what that host had told may then be told again") +
                   offer(told, "closes it where that host had told everybody");
        case host::InQueue::failed:
        case host::InQueue::cancelled:
        case host::InQueue::done:
            return "Nothing is to be done here: another host or program ended it." +
                   (_task.row && _task.row->acknowledged
                        ? ""
                        : offer(acknowledge, "takes it from `status`")) +
                   offer(retell, "tells it from here where that host or program is gone for ever");
        default:
            return "The queue does not know it any more; nothing is to be done.";
        }
    }

    std::string ofRow() const
    {
        switch (_task.row->state) {
        case ledger::TaskState::released:
            break;
        case ledger::TaskState::taken:
            return "Nothing of it has left. The next `notifyhost run " + _pipeline.name +
                   "` goes on with it, or lets it go when its claim is older than an hour.";
        case ledger::TaskState::running:
            return _situation.queue == host::InQueue::running ||
                           _situation.queue == host::InQueue::away
                       ? whileRunning()
                       : strayed();
        case ledger::TaskState::failed:
        case ledger::TaskState::done:
            return ended();
        }
        return "The queue does not know it any more; nothing is to be done.";
    }

    /// Running here, and not RUNNING in the queue.
    std::string strayed() const
    {
        using enum host::OperatorCommand;
        const std::string what =
            "This ledger answers for it, but the queue " +
            (_task.queued ? "shows it " + std::string(toText(_situation.queue)) +
                                ": somebody else has set that. "
                          : std::string("does not know it. "));
        if (_situation.queue == host::InQueue::pending) {
            return what + "The first run that claims it goes on with what is not told yet." +
                   offer(cancel, "ends it");
        }
        return what + "Nothing is sent while that is so." +
               offerRetry("sets it RUNNING and goes on") +
               offer(cancel, "closes it here and tells the queue nothing") +
               offer(retell, "closes it and tells it again from here");
    }

    /// Of a task that is older than give_up_after and a day, where the queue has other hosts.
    std::string past(const std::string& what) const
    {
        using enum host::OperatorCommand;
        return "It is older than give_up_after and a day, so another host may have taken it "
               "over: " +
               what +
               offerRetry("goes on with it here where no other host has, with a budget of its "
                          "own") +
               offer(cancel, "ends it, and the queue is told so") +
               " Another host takes it with `takeover` when this one is gone for ever.";
    }

    std::string whileHeld() const
    {
        using enum host::OperatorCommand;
        const bool inDoubt = _found.heldInDoubt > 0;
        const auto choice =
            offer(approve, inDoubt ? "sends the same bytes again" : "sends to them") +
            offer(cancel, "does not");
        if (inDoubt) {
            return counted(_found.heldInDoubt, "recipient") +
                   " may have been told or not, and in_doubt = hold leaves it to you. Ask them, or "
                   "look into the peer's log for the Message-ID above; then:" +
                   choice;
        }
        return counted(_found.heldByFuse, "recipient") + " held back." +
               likelyCause(_found.lastWord) + choice;
    }

    std::string whileRunning() const
    {
        using enum host::OperatorCommand;
        const bool open = _found.open || _task.row->nextAttempt;
        const bool endsDone = !open && (_found.told > 0 || _found.lost + _found.dropped == 0);
        if (!endsDone && _situation.past) {
            return past("this ledger sends nothing more of it, and the queue keeps it RUNNING." +
                        cause());
        }
        if (_found.heldInDoubt + _found.heldByFuse > 0) {
            return whileHeld();
        }
        if (open && _age > _pipeline.giveUpAfter) {
            return "Its time is over: " + nextRun() +
                   " gives up whom it has not told and ends it." + cause() +
                   offerRetry("tries again, with a budget of its own");
        }
        const std::string atOnce = offerRetry("makes the next run try at once");
        if (_task.row->nextAttempt) {
            return "It cannot be composed yet." + likelyCause(_task.row->reason) +
                   " The first run after " + log::toIsoTime(*_task.row->nextAttempt) +
                   " tries again, until it is given up at the time above." + atOnce;
        }
        if (_found.putOff + _found.inDoubt > 0) {
            return counted(_found.putOff + _found.inDoubt, "recipient") + " not told yet." +
                   likelyCause(_found.lastWord) +
                   (_found.next
                        ? " The first run after " + log::toIsoTime(*_found.next) + " tries again" +
                              (_found.inDoubt > 0 ? ", with the same bytes and Message-ID where an "
                                                    "earlier attempt may have arrived"
                                                  : "") +
                              "." + atOnce
                        : " The next `notifyhost run " + _pipeline.name + "` tries again.");
        }
        return "Nothing is wrong: " + nextRun() + " goes on with it.";
    }

    /// done or failed.
    std::string ended() const
    {
        using enum host::OperatorCommand;
        const bool failed = _task.row->state == ledger::TaskState::failed;
        const bool listed = _situation.queue == host::InQueue::claimed ||
                            _situation.queue == host::InQueue::running;
        if (failed && listed && _situation.past) {
            return past("it FAILED here, the queue shows it " +
                        std::string(toText(_situation.queue)) + " and is not told again.");
        }
        std::string text = putBack();
        const std::string seen =
            _task.row->acknowledged
                ? " Acknowledged at " + log::toIsoTime(*_task.row->acknowledged) + "."
                : offer(acknowledge, "takes it from `status`");
        if (_found.lost > 0) {
            return text +
                   (failed
                        ? "Nobody is known to have been told." + cause() + " When that is mended,"
                        : counted(_found.lost, "recipient") + " not told, see above." +
                              likelyCause(_found.lastWord) + " When that is mended,") +
                   (failed ? offerRetry("tries again") : "") +
                   (!failed || _found.frozen > 0
                        ? offer(retell, "tells them at a mended address, composed anew",
                                " --to ADDRESS")
                        : "") +
                   seen;
        }
        if (failed) {
            return text +
                   (_found.dropped > 0 ? "It was cancelled."
                                       : "Nobody is known to have been told.") +
                   cause() + offerRetry("tells after all") + (_found.dropped > 0 ? "" : seen);
        }
        if (text.empty() && _found.withoutContact > 0) {
            return counted(_found.withoutContact, "notification") +
                   " without a contact. When one is recorded," +
                   offer(retell, "tells it, composed anew", " --to ADDRESS") + seen;
        }
        return text.empty() ? "Nothing is wrong." : text + seen;
    }

    /// What somebody who set it to PENDING by hand will want to know.
    std::string putBack() const
    {
        using enum host::OperatorCommand;
        if (_situation.queue == host::InQueue::pending) {
            return "Somebody put it back to PENDING after it had ended here: nothing is sent "
                   "again, "
                   "and " +
                   nextRun() + " tells the queue how it ended." +
                   offer(retell, "tells it again on purpose") + " ";
        }
        if (_task.row->putBack) {
            return "Somebody had put it back to PENDING (found at " +
                   log::toIsoTime(*_task.row->putBack) + "): nothing was sent again." +
                   offer(retell, "tells it again on purpose") + " ";
        }
        return "";
    }

    const config::PipelineSettings& _pipeline;
    const KnownTask& _task;
    const host::Situation& _situation;
    Found _found;
    ledger::WallTime::duration _age;
};

} // namespace

std::string advice(const config::PipelineSettings& pipeline, const KnownTask& task,
                   const host::Situation& situation,
                   const std::vector<ledger::DeliveryRow>& deliveries, ledger::WallTime now)
{
    const std::string trouble =
        task.queueTrouble.empty()
            ? ""
            : "The queue does not answer, so this is what the ledger alone knows; no run goes on "
              "before it does. ";
    return trouble + Adviser(pipeline, task, situation, Found(deliveries), now).say();
}

} // namespace notifyhost::app
