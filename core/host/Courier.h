#pragma once

#include "config/Configuration.h"
#include "host/RetryPolicy.h"
#include "host/StopSignal.h"
#include "ledger/Ledger.h"
#include "log/Logger.h"

#include <notifyhost/Transport.h>

#include <chrono>
#include <functional>
#include <string>

namespace notifyhost::host {

/// What one attempt told about the world beyond the message.
struct AttemptReport {
    int accepted{};      ///< recipients that the peer took now
    bool serviceDown{};  ///< the peer as a whole: stop the run; counted only if it had committed
    bool credentials{};  ///< … because it refused who we are
    bool pluginFault{};  ///< the transport threw, or did not ask before it sent
    bool ledgerFailed{}; ///< the commit point could not be put on record; nothing left
    std::string reason;
};

/// Makes one attempt to deliver what is due of one delivery, and puts the outcome on record.
/// Threads: one; each worker has its own.
class Courier {
public:
    Courier(Transport& transport, std::string transportName, ledger::Ledger& ledger,
            log::Logger& logger, const Clock& clock, const RetryPolicy& retryPolicy,
            const StopSignal& stop, config::InDoubt inDoubt);

    /// Whether the task is at its end, asked when the row is updated: it goes on record with the
    /// outcome.
    using EndingOf = std::function<std::optional<ledger::Ending>()>;

    /// Attempts the recipients of the row that are due, and updates them in the row too.
    /// Errors: storage::StorageError where the outcome cannot be put on record.
    AttemptReport attempt(ledger::DeliveryRow& row, const log::Ids& ids, const EndingOf& ending);

private:
    class Context;
    Outcome deliver(const ledger::DeliveryRow& row, const std::vector<std::string>& due,
                    const log::Ids& ids, AttemptReport& report, bool& committed);
    void apply(ledger::DeliveryRow& row, const std::vector<std::string>& due,
               const Outcome& outcome, const log::Ids& ids, const EndingOf& ending);
    Outcome faultOutcome(AttemptReport& report, bool committed) const;
    void settle(ledger::DeliveryRow::Recipient& recipient, const Outcome& outcome);

    Transport& _transport;
    std::string _transportName;
    ledger::Ledger& _ledger;
    log::Logger& _logger;
    const Clock& _clock;
    const RetryPolicy& _retryPolicy;
    const StopSignal& _stop;
    config::InDoubt _inDoubt;
};

/// Whether an attempt on this recipient may be made now.
bool isDue(const ledger::DeliveryRow::Recipient& recipient, ledger::WallTime now);

} // namespace notifyhost::host
