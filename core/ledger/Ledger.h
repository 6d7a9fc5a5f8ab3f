#pragma once

#include "queue/TaskQueue.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace notifyhost::ledger {

using WallTime = std::chrono::system_clock::time_point;

/// A task as its ledger sees it. taken: claimed, nothing of it has left. running: this ledger alone
/// answers for it. done, failed: final. released: given back or let go, dormant until claimed
/// again.
enum class TaskState { taken, running, done, failed, released };

enum class DeliveryState {
    composed,   ///< frozen, not yet attempted
    sending,    ///< the point of no return was announced; the answer is not yet on record
    accepted,   ///< the peer took it
    deferred,   ///< it certainly did not leave; to be tried again
    refused,    ///< it certainly did not leave and never will
    unknown,    ///< it may or may not have left; to be sent again, byte by byte the same
    held,       ///< waits for approve
    cancelled,  ///< by the operator
    expired,    ///< the budget was spent
    nobody,     ///< the outcome of a notification without contacts
    superseded, ///< another delivery took its place; never sent, and not made due again
    repeated    ///< it says what was said before; never sent
};

std::string_view toText(TaskState state);
std::string_view toText(DeliveryState state);
std::optional<TaskState> taskStateFromText(std::string_view text);
std::optional<DeliveryState> deliveryStateFromText(std::string_view text);

/// accepted, refused, cancelled, expired, nobody, superseded and repeated.
bool isFinal(DeliveryState state);

/// How many copies of one message may be on their way before only the operator may send another.
inline constexpr int kCopiesInDoubt = 2;

/// When a task was claimed, on a clock that counts suspension, with the boot it belongs to: an age
/// that a stepped wall clock cannot change. wall is for people and for the budget.
struct ClaimTime {
    WallTime wall;
    std::chrono::nanoseconds sinceBoot{};
    std::string bootId;
};

/// One task as the ledger knows it.
struct TaskRow {
    queue::QueuedTask task; ///< the pipeline object and the input as received
    TaskState state{};
    ClaimTime claimed;
    WallTime budgetStart;  ///< the claim, or the last retry or takeover, on the ledger's time
    int begun{};           ///< attempts that were begun
    int deaths{};          ///< of those, how many in a row died with the process
    int composeFailures{}; ///< how often composing failed, for the backoff
    std::optional<WallTime> nextAttempt;  ///< of composing what has failed; nullopt: nothing failed
    std::string reason;                   ///< why composing failed last, or why the task ended so
    bool stoppedRun{};                    ///< the last to stop a run: the others go before it
    std::optional<WallTime> acknowledged; ///< when the operator had seen it; nothing is new since
    std::optional<WallTime> putBack;      ///< when somebody's PENDING for what had ended was found
};

/// What a delivery says, as far as it matters to others about the same thing.
struct Subject {
    std::string about;            ///< empty: it stands alone
    std::optional<WallTime> asOf; ///< when it was so, in whole milliseconds
    std::string facts;            ///< SHA-256 of the facts' canonical text
    bool replaces{};              ///< its text says that it replaces an earlier one
    bool retold{};                ///< told again on purpose: nothing takes its place
    bool operator==(const Subject&) const = default;
};

/// One delivery: the frozen bytes, and how it stands with each address they are for.
struct DeliveryRow {
    std::string key; ///< deliveryKey()
    std::string taskId;
    std::string notificationKey;
    std::string address; ///< that makes the key; empty for a channel, and for `together`
    std::string messageId;
    WallTime date;
    std::string bytes; ///< dropped when all is final and old; the hash stays
    Subject subject;
    struct Recipient {
        std::string address; ///< where it goes; empty for a channel, and where there is none
        DeliveryState state{DeliveryState::composed};
        int code{};
        std::string reason; ///< the peer's last words, or ours
        int attempts{};
        std::optional<WallTime> nextAttempt; ///< nullopt: due
        std::optional<WallTime> settled;     ///< when it reached its state
        int doubts{}; ///< attempts after which nobody could say whether the message had left
        int copies{}; ///< messages that left although an earlier one may have arrived
    };
    std::vector<Recipient> recipients;
};

/// After an attempt on this recipient nobody can say whether the message has left: in doubt once it
/// is unknown, to be sent again; in doubt again, or with hold, it is held, and only the operator
/// sends it once more. inDoubtBefore: an earlier one may have arrived too, so this one is a copy.
void settleDoubt(DeliveryRow::Recipient& recipient, bool inDoubtBefore, bool hold);

/// Whether something of it was told, or may have been.
bool mayHaveArrived(const DeliveryRow::Recipient& recipient);

/// The notifications of a task that retry composes anew: of which nothing was told and nothing is
/// in doubt, and which the operator has not told again on purpose.
std::set<std::string> composedAnew(const std::vector<DeliveryRow>& deliveries);

/// A task and all its deliveries.
struct TaskStanding {
    TaskRow row;
    std::vector<DeliveryRow> deliveries;
    /// Deliveries that were not frozen, since an earlier one about the same thing is just being
    /// sent or has arrived since they were composed: they are to be composed again at once.
    std::vector<DeliveryRow> overtaken;
};

/// What was told before about the same thing to the same addressee.
struct Earlier {
    bool told{};                  ///< or it is in doubt
    std::optional<WallTime> asOf; ///< of the latest such
};

/// What becomes of a notification that says what was said before.
enum class Repeated { skipped, told };

/// What a command made of recipients.
struct Reopened {
    int due{};
    int anew{};       ///< removed, to be composed anew
    int superseded{}; ///< would be due, but something newer about the same thing is on record
};

/// What composing left to be tried again.
struct ComposeDeferral {
    std::string reason;
    WallTime nextAttempt;
};

/// How a task ended here.
struct Ending {
    TaskState state{}; ///< done or failed
    std::string reason;
};

/// The peer's refusal of everybody, task after task, that may be aimed at this site. A standing
/// suspicion outlives the run.
struct Suspicion {
    std::string reply;     ///< its words, without what differs from message to message
    std::string said;      ///< the latest, as it was
    int tasks{};           ///< how many in a row ended with it, and nobody told
    std::string addresses; ///< the first and one other address refused, a line each
    WallTime since;
};

/// One line of a task's life, oldest first.
struct LedgerEvent {
    WallTime time;
    std::string who;  ///< "notifyhost", or the user who gave the command
    std::string what; ///< one sentence
};

/// A CLAIMED or RUNNING task that is not ours, as the stale watch has seen it.
struct WatchRow {
    std::string taskId;
    queue::TaskStatus status{};
    WallTime lastLook;
    std::chrono::seconds watched{};     ///< added up between looks
    std::optional<WallTime> quietUntil; ///< after a give-back: not watched before
    bool beforeFirstLook{}; ///< was there when this product first looked: never given back
};

/// Where a ledger comes from, as its state folder remembers it.
enum class Origin {
    known, ///< this pipeline has worked with it before
    fresh, ///< neither ledger nor folder know the pipeline
    other  ///< this pipeline has worked with another one, which was removed or exchanged
};

/// The record that answers for a pipeline's tasks: one SQLite file per state folder, WAL,
/// a checksum in every row. When a writing function returns, its step is on the disk; calls from
/// several threads share a sync, and after one that failed nothing is written any more. Only states
/// and transitions of docs/delivery.md can be written; anything else is a std::logic_error. Errors:
/// storage::StorageError. Threads: any.
class Ledger {
public:
    /// pipeline is the porch pipeline's name; rows of other pipelines in the file are not seen.
    /// who is named in events that an operator's command causes.
    /// Errors: also for a row whose checksum does not fit, at the first function that reads it.
    Ledger(const std::filesystem::path& file, std::string pipeline, std::string who,
           std::function<ClaimTime()> clock);
    ~Ledger();
    Ledger(const Ledger&) = delete;
    Ledger& operator=(const Ledger&) = delete;

    /// Keeps other processes out that would work for this pipeline with this file, as long as the
    /// ledger is open; unlike the lock file it cannot be removed on its own. False where one is at
    /// work. Errors: StorageError where the file cannot be locked.
    bool lock();
    void unlock();

    /// Where the ledger came from when it was opened, or what keepOrigin() has made of it.
    Origin origin() const;
    /// From now on the state folder knows the pipeline with this ledger, in a file NAME.mark: on
    /// the disk when it returns.
    void keepOrigin();
    std::filesystem::path markFile() const;

    /// Before a claim of this many tasks: secures room on the disk for their rows, reckoned from
    /// the largest batch that this run or the one before has seen.
    /// Errors: StorageError that says how much is missing, and where.
    void secureRoom(int tasks);

    /// What SQLite would keep to itself when the ledger is closed. Errors: StorageError.
    void settle();

    /// After a restart, with the pipeline's lock held: what was being sent is unknown (or held,
    /// also where it was in doubt before), and that attempt counts; attempts that were begun and
    /// not ended have died, as has each task of which something was being sent.
    void recover(bool holdUnknown);

    /// The first write after a claim's answer: a row for every task, in one commit. A released row
    /// starts anew; a taken or running one gets the new claim and is taken. The budget begins.
    /// Where it fails, task() tells what may be on record.
    void taken(const std::vector<queue::QueuedTask>& tasks, const ClaimTime& claimed);

    /// The task is given back or let go.
    void released(const std::string& taskId, const std::string& reason);

    /// RUNNING was PUT and acknowledged.
    void running(const std::string& taskId);

    /// Counts an attempt to compose, or to deliver what was composed earlier, before it is made.
    /// This and the two that follow are about the death of the process, which they outlive; a loss
    /// of power may take them as long as no other step has followed.
    void attemptBegun(const std::string& taskId);

    /// The attempt ended and taught nothing: a service was away.
    void attemptEnded(const std::string& taskId);

    /// The attempt ended and the process lives: its deaths in a row are over.
    void attemptSurvived(const std::string& taskId);

    /// The attempt ended: freezes deliveries in one transaction, and what is to be tried again. A
    /// delivery that is frozen already is left as it is. RUNNING was PUT and acknowledged: a task
    /// that was taken is running in the same commit. Returns how the task stands then.
    /// Of those about the same thing to the same addressee in other tasks, what is older and not
    /// told becomes superseded in the same commit, and so does what is frozen here where a newer
    /// one is on record. What says the same as the latest that was told is repeated.
    TaskStanding composed(const std::string& taskId, const std::vector<DeliveryRow>& deliveries,
                          const std::optional<ComposeDeferral>& deferral,
                          Repeated repeated = Repeated::skipped);

    /// What was told before, as a delivery with this subject, address and recipients may say. It
    /// need not be frozen.
    Earlier earlier(const DeliveryRow& delivery) const;

    /// Whether something that must not be overtaken by these deliveries is being sent just now.
    bool isEarlierBeingSent(const std::vector<DeliveryRow>& deliveries) const;

    /// The point of no return lies directly ahead for these addresses of a delivery. There is room
    /// for the answer when it returns. False, and nothing is changed, where something newer has
    /// taken its place meanwhile, or something older is just being sent: it must not go out.
    bool sending(const std::string& deliveryKey, const std::vector<std::string>& addresses);

    /// How it stands with some addresses of a delivery; each is an event too. Where nothing is left
    /// to do, the task ends in the same commit. False where something newer has taken the place of
    /// some meanwhile: these stay superseded, and the task does not end yet.
    bool outcome(const std::string& deliveryKey,
                 const std::vector<DeliveryRow::Recipient>& recipients,
                 const std::optional<Ending>& ending = std::nullopt);

    /// The task is final here. The queue is told afterwards.
    void finished(const std::string& taskId, const Ending& ending);

    /// This task has stopped a run; no other has, then.
    void markStopped(const std::string& taskId);

    /// What is suspected of the peer's refusals, and the end of that.
    std::optional<Suspicion> suspicion() const;
    void setSuspicion(const std::optional<Suspicion>& suspicion);

    /// A task that is final here was found put back to PENDING by somebody.
    void putBack(const std::string& taskId);

    /// A sentence for the task's history.
    void note(const std::string& taskId, const std::string& what);

    std::optional<TaskRow> task(const std::string& taskId) const;
    std::vector<TaskRow> tasks(const std::vector<TaskState>& states) const;
    std::vector<DeliveryRow> deliveries(const std::string& taskId) const;
    std::vector<DeliveryRow::Recipient> recipients(const std::string& deliveryKey) const;
    /// Those with a recipient in this state; of a state that nothing that is done is in, where it
    /// is composed, sending, deferred, accepted, superseded or repeated: those that are not done.
    std::vector<TaskRow> tasksWith(DeliveryState state) const;
    /// Those that putBack() has noted, until the operator has dealt with it.
    std::vector<TaskRow> tasksPutBack() const;
    /// Those with a recipient who may have a message twice.
    std::vector<TaskRow> tasksWithCopies() const;
    std::vector<LedgerEvent> events(const std::string& taskId) const;

    /// How many deliveries to this address were accepted or may have left in a day, of whichever
    /// pipeline in the file.
    int deliveredInDay(const std::string& address, WallTime end) const;

    /// The ledger's own time, which budgets are counted on: at least what has passed since the
    /// boot, so a wall clock stepped back revives nothing; the wall clock's where that is ahead of
    /// it by no more than two weeks, and only as long as it is, so one that was far ahead once
    /// spoils nothing.
    WallTime time() const;

    /// Puts that time on record, for the next boot and the next run. Returns how far the wall clock
    /// has jumped since it was last on record, where it has: what to say once.
    std::optional<WallTime::duration> recordTime();

    std::vector<WatchRow> watches() const;
    /// Replaces the whole watch list, in one commit; this ledger has looked at the queue.
    void setWatches(const std::vector<WatchRow>& rows);
    /// Whether this ledger has looked at the queue before.
    bool lookedBefore() const;

    /// The operator's commands; each is an event with who gave it. Each returns how many recipients
    /// it changed.
    /// What is not accepted becomes due, the budget anew. composedAnew() are removed and composed
    /// as facts, contacts and templates are then; frozen: only what was never frozen. What keeps
    /// its rows and has lost its bytes by prune() stays as it is.
    enum class Wording { anew, frozen };
    Reopened retry(const std::string& taskId, Wording wording = Wording::anew);
    Reopened approve(const std::string& taskId); ///< held becomes due, the budget anew
    /// What is not final is cancelled, also what could not be composed yet. Of a running task only.
    /// Its budget begins anew where the queue is to be told although that was over.
    enum class Budget { asItIs, anew };
    int cancel(const std::string& taskId, const std::string& reason, Budget budget);
    /// Of a running task that the queue shows otherwise: what is not final is cancelled, and the
    /// task is dormant here, so that nothing is told to the queue of it.
    int close(const std::string& taskId, const std::string& reason);
    void adopt(const queue::QueuedTask& task, const ClaimTime& claimed); ///< takeover: running here

    /// What is told again on purpose: deliveries under keys that none had before. What was not told
    /// of the same notifications is superseded: to these addresses, or to all where there are none.
    /// Anything else that is open is cancelled. The task is running here, with a budget of its own.
    /// Returns the recipients that are told again.
    int retell(const queue::QueuedTask& task, const std::vector<DeliveryRow>& deliveries,
               const std::vector<std::string>& addresses, const ClaimTime& claimed,
               const std::string& reason);

    /// The operator has seen how the task stands. Lasts until something of it is lost, held, in
    /// doubt or without contacts anew, or its state changes. What another host ended gets a dormant
    /// row to say so.
    void acknowledge(const queue::QueuedTask& task, const std::string& reason);

    /// The operator answers for it that another program told of the task: done here, nothing sent.
    void toldElsewhere(const queue::QueuedTask& task, const ClaimTime& claimed,
                       const std::string& reason);

    /// Makes the tasks of another pipeline in the file tasks of this one, in one commit, each with
    /// an event: its section was given another porch_name. The queue's name of a task, by which it
    /// is listed and PUT, and the keys of what is frozen stay. What both have with nothing open
    /// stays where it is. The locks of both are held.
    /// Returns how many. Errors: std::runtime_error where both have a task of which one is open.
    int adoptPipeline(const std::string& other);

    /// The pipelines, as the queue knows them, of tasks that are open here, or were ended since:
    /// another name or version than the configured where that was changed meanwhile.
    std::vector<queue::Pipeline> pipelinesInHand(WallTime since) const;

    /// Drops the bytes of what became final before `before`; their hashes stay. Removes tasks that
    /// became final or were released before `keep`, with all that belongs to them. Returns how many
    /// tasks were removed.
    int prune(WallTime before, WallTime keep);

private:
    class Store;
    std::unique_ptr<Store> _store;
};

} // namespace notifyhost::ledger
