#include "ledger/Transitions.h"

#include <algorithm>
#include <array>
#include <utility>

namespace notifyhost::ledger {

namespace {

template<typename State, std::size_t Size>
std::string_view name(const std::array<std::pair<State, std::string_view>, Size>& names,
                      State state)
{
    return std::find_if(names.begin(), names.end(),
                        [&](const auto& entry) { return entry.first == state; })
        ->second;
}

template<typename State, std::size_t Size>
std::optional<State> stateOf(const std::array<std::pair<State, std::string_view>, Size>& names,
                             std::string_view text)
{
    for (const auto& [state, word] : names) {
        if (word == text) {
            return state;
        }
    }
    return std::nullopt;
}

constexpr std::array<std::pair<TaskState, std::string_view>, 5> kTaskStates{{
    {TaskState::taken, "taken"},
    {TaskState::running, "running"},
    {TaskState::done, "done"},
    {TaskState::failed, "failed"},
    {TaskState::released, "released"},
}};

constexpr std::array<std::pair<DeliveryState, std::string_view>, 12> kDeliveryStates{{
    {DeliveryState::composed, "composed"},
    {DeliveryState::sending, "sending"},
    {DeliveryState::accepted, "accepted"},
    {DeliveryState::deferred, "deferred"},
    {DeliveryState::refused, "refused"},
    {DeliveryState::unknown, "unknown"},
    {DeliveryState::held, "held"},
    {DeliveryState::cancelled, "cancelled"},
    {DeliveryState::expired, "expired"},
    {DeliveryState::nobody, "nobody"},
    {DeliveryState::superseded, "superseded"},
    {DeliveryState::repeated, "repeated"},
}};

} // namespace

std::string_view toText(TaskState state)
{
    return name(kTaskStates, state);
}

std::string_view toText(DeliveryState state)
{
    return name(kDeliveryStates, state);
}

std::optional<TaskState> taskStateFromText(std::string_view text)
{
    return stateOf(kTaskStates, text);
}

std::optional<DeliveryState> deliveryStateFromText(std::string_view text)
{
    return stateOf(kDeliveryStates, text);
}

bool isFinal(DeliveryState state)
{
    switch (state) {
    case DeliveryState::accepted:
    case DeliveryState::refused:
    case DeliveryState::cancelled:
    case DeliveryState::expired:
    case DeliveryState::nobody:
    case DeliveryState::superseded:
    case DeliveryState::repeated:
        return true;
    default:
        return false;
    }
}

void settleDoubt(DeliveryRow::Recipient& recipient, bool inDoubtBefore, bool hold)
{
    if (inDoubtBefore) {
        ++recipient.copies;
        // A row of the version before did not count.
        recipient.doubts = std::max(recipient.doubts, 1);
    }
    ++recipient.doubts;
    recipient.state =
        hold || recipient.doubts >= kCopiesInDoubt ? DeliveryState::held : DeliveryState::unknown;
    recipient.nextAttempt.reset();
}

bool mayFollow(std::optional<TaskState> from, TaskState to)
{
    switch (to) {
    case TaskState::taken:
        // From running where somebody put the task back to PENDING by hand.
        return !from || *from == TaskState::released || *from == TaskState::taken ||
               *from == TaskState::running;
    case TaskState::running:
        // From failed by retry; from nothing and from released by takeover; from any by retell.
        return true;
    case TaskState::released:
        // From running where another host ended it; from nothing to acknowledge what another did.
        return !from || *from == TaskState::taken || *from == TaskState::running;
    case TaskState::done:
        // From nothing and from released where the operator knows that another program told.
        return !from || *from == TaskState::released || *from == TaskState::running;
    case TaskState::failed:
        return from == TaskState::running;
    }
    return false;
}

bool mayFollow(DeliveryState from, DeliveryState to)
{
    using enum DeliveryState;
    switch (to) {
    case composed:
    case nobody:
    case repeated:
        return false;
    case sending:
        return from == composed || from == deferred || from == unknown;
    case accepted:
        return from == sending;
    case deferred:
        // From held by approve; from what is final but was not accepted by retry.
        return from == composed || from == sending || from == deferred || from == held ||
               from == refused || from == expired || from == cancelled;
    case unknown:
        return from == sending || from == unknown || from == held;
    case refused:
        return from == composed || from == sending || from == deferred || from == unknown;
    case held:
        // By the fuse before the first attempt, or in doubt after one.
        return from == composed || from == sending || from == unknown;
    case cancelled:
    case expired:
        return from == composed || from == deferred || from == unknown ||
               (from == held && to == cancelled);
    case superseded:
        return from != accepted && from != sending && from != superseded;
    }
    return false;
}

} // namespace notifyhost::ledger
