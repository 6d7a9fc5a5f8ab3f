#include "ledger/Transitions.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace notifyhost::test {
namespace {

using ledger::DeliveryState;
using ledger::mayFollow;
using ledger::TaskState;

constexpr std::array kTaskStates{TaskState::taken, TaskState::running, TaskState::done,
                                 TaskState::failed, TaskState::released};

constexpr std::array kDeliveryStates{
    DeliveryState::composed, DeliveryState::sending,    DeliveryState::accepted,
    DeliveryState::deferred, DeliveryState::refused,    DeliveryState::unknown,
    DeliveryState::held,     DeliveryState::cancelled,  DeliveryState::expired,
    DeliveryState::nobody,   DeliveryState::superseded, DeliveryState::repeated};

TEST(Transitions, OfATaskAreTheseAndNoOthers)
{
    const std::set<std::pair<std::string, std::string>> allowed{
        {"", "taken"},           // the first write after a claim
        {"released", "taken"},   // claimed again
        {"taken", "taken"},      // claimed again after somebody put it back
        {"running", "taken"},    // the same
        {"taken", "running"},    // RUNNING was acknowledged
        {"", "running"},         // takeover
        {"released", "running"}, // takeover
        {"failed", "running"},   // retry
        {"running", "running"},  // retry
        {"done", "running"},     // retell
        {"taken", "released"},   // given back or let go
        {"running", "released"}, // cancel, where another host ended it
        {"", "released"},        // acknowledge, of what another host ended
        {"", "done"},            // acknowledge --told
        {"released", "done"},    // the same
        {"running", "done"},
        {"running", "failed"},
    };
    for (const auto to : kTaskStates) {
        EXPECT_EQ(mayFollow(std::nullopt, to), allowed.count({"", std::string(toText(to))}) == 1)
            << "to " << toText(to);
        for (const auto from : kTaskStates) {
            EXPECT_EQ(mayFollow(from, to),
                      allowed.count({std::string(toText(from)), std::string(toText(to))}) == 1)
                << toText(from) << " to " << toText(to);
        }
    }
}

TEST(Transitions, OfADeliveryAreTheseAndNoOthers)
{
    const std::set<std::pair<std::string, std::string>> allowed{
        // The commit point.
        {"composed", "sending"},
        {"deferred", "sending"},
        {"unknown", "sending"},
        // The answer after it.
        {"sending", "accepted"},
        {"sending", "deferred"},
        {"sending", "refused"},
        {"sending", "unknown"},
        {"sending", "held"},
        // An answer before it.
        {"composed", "deferred"},
        {"composed", "refused"},
        {"deferred", "deferred"},
        {"deferred", "refused"},
        {"unknown", "unknown"},
        {"unknown", "refused"},
        // in_doubt = hold, and the fuse.
        {"unknown", "held"},
        {"composed", "held"},
        // approve and retry.
        {"held", "deferred"},
        {"held", "unknown"},
        {"refused", "deferred"},
        {"expired", "deferred"},
        {"cancelled", "deferred"},
        // cancel.
        {"composed", "cancelled"},
        {"deferred", "cancelled"},
        {"unknown", "cancelled"},
        {"held", "cancelled"},
        // The budget.
        {"composed", "expired"},
        {"deferred", "expired"},
        {"unknown", "expired"},
        // Another delivery takes its place: by retell, or since it says what is newer.
        {"composed", "superseded"},
        {"deferred", "superseded"},
        {"refused", "superseded"},
        {"unknown", "superseded"},
        {"held", "superseded"},
        {"cancelled", "superseded"},
        {"expired", "superseded"},
        {"nobody", "superseded"},
        {"repeated", "superseded"},
    };
    for (const auto from : kDeliveryStates) {
        for (const auto to : kDeliveryStates) {
            EXPECT_EQ(mayFollow(from, to),
                      allowed.count({std::string(toText(from)), std::string(toText(to))}) == 1)
                << toText(from) << " to " << toText(to);
        }
    }
}

TEST(Transitions, EndAtWhatIsFinal)
{
    for (const auto state : kDeliveryStates) {
        const bool final = state == DeliveryState::accepted || state == DeliveryState::refused ||
                           state == DeliveryState::cancelled || state == DeliveryState::expired ||
                           state == DeliveryState::nobody || state == DeliveryState::superseded ||
                           state == DeliveryState::repeated;
        EXPECT_EQ(isFinal(state), final) << toText(state);
    }
}

TEST(Transitions, HaveStatesWithOneWordEach)
{
    for (const auto state : kTaskStates) {
        EXPECT_EQ(ledger::taskStateFromText(toText(state)), state);
    }
    for (const auto state : kDeliveryStates) {
        EXPECT_EQ(ledger::deliveryStateFromText(toText(state)), state);
    }
    EXPECT_EQ(ledger::taskStateFromText("Taken"), std::nullopt);
    EXPECT_EQ(ledger::deliveryStateFromText(""), std::nullopt);
}

} // namespace
} // namespace notifyhost::test
