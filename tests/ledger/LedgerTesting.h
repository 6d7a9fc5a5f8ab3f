#pragma once

#include "ledger/DeliveryKey.h"
#include "ledger/Ledger.h"
#include "storage/Database.h"
#include "support/Process.h"
#include "support/TemporaryFolder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace notifyhost::test {

/// A ledger in a folder of its own, with the time in the test's hand.
class LedgerTest : public testing::Test {
protected:
    using Task = ledger::TaskState;
    using Delivery = ledger::DeliveryState;

    std::unique_ptr<ledger::Ledger> open(const std::string& who = "notifyhost",
                                         const std::string& pipeline = "mails") const
    {
        return std::make_unique<ledger::Ledger>(file, pipeline, who, [this] { return moment(); });
    }

    static queue::QueuedTask queued(const std::string& id)
    {
        return {{"mails", "https://example.org/mails", "1.0"},
                id,
                R"({"run":")" + id + R"("})",
                queue::TaskStatus::claimed};
    }

    /// Now, in a boot whose clock goes with ours.
    ledger::ClaimTime moment() const
    {
        return {now, now.time_since_epoch() - std::chrono::hours{24 * 365}, "boot-1"};
    }

    ledger::ClaimTime claimTime() const { return {now, std::chrono::seconds{5000}, "boot-1"}; }

    static ledger::DeliveryRow delivery(const std::string& task, const std::string& key,
                                        const std::vector<std::string>& addresses,
                                        const std::string& bytes = "the frozen bytes")
    {
        ledger::DeliveryRow row;
        row.taskId = task;
        row.notificationKey = key;
        row.address = addresses.size() == 1 ? addresses.front() : "";
        row.key = ledger::deliveryKey({"mails", task, key, row.address, "mail"});
        row.messageId = ledger::messageId(row.key, "example.org");
        row.date = ledger::WallTime(std::chrono::seconds{1'790'000'000});
        row.bytes = bytes;
        for (const auto& address : addresses) {
            ledger::DeliveryRow::Recipient recipient;
            recipient.address = address;
            row.recipients.push_back(recipient);
        }
        return row;
    }

    /// A running task with one delivery to one address.
    static std::string compose(ledger::Ledger& ledger, const std::string& task,
                               const std::string& address, const ledger::ClaimTime& claimed)
    {
        ledger.taken({queued(task)}, claimed);
        ledger.running(task);
        const auto row = delivery(task, "study 1", {address});
        ledger.composed(task, {row}, std::nullopt);
        return row.key;
    }

    static ledger::DeliveryRow::Recipient outcome(const std::string& address, Delivery state,
                                                  int attempts = 1)
    {
        ledger::DeliveryRow::Recipient recipient;
        recipient.address = address;
        recipient.state = state;
        recipient.attempts = attempts;
        recipient.reason = "said the peer";
        return recipient;
    }

    static Delivery stateOf(const ledger::Ledger& ledger, const std::string& task)
    {
        return ledger.deliveries(task).front().recipients.front().state;
    }

    /// Changes the file with SQLite's own program, as another hand would.
    void sqlite(const std::string& sql) const
    {
        const auto result = run({"sqlite3", "-bail", file.string(), sql});
        ASSERT_EQ(result.status, 0) << result.error;
    }

    /// What a piece of work says of a damaged file; "well" where it does not.
    static std::string damage(const std::function<void()>& work)
    {
        try {
            work();
        } catch (const storage::StorageError& error) {
            EXPECT_EQ(error.kind(), storage::StorageError::Kind::damaged) << error.what();
            return error.what();
        }
        return "well";
    }

    TemporaryFolder folder;
    std::filesystem::path file = folder / "ledger.sqlite";
    ledger::WallTime now{std::chrono::seconds{1'790'000'000}};
};

} // namespace notifyhost::test
