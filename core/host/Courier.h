#pragma once

#include "config/Configuration.h"
#include "host/RetryPolicy.h"
#include "host/StopSignal.h"
#include "ledger/Ledger.h"
#include "log/Logger.h"

#include <notifyhost/Transport.h>

#include <chrono>
#include <string>
#include <vector>

namespace notifyhost::host {

/// What one attempt came to. Nothing of it is on record yet.
struct Attempt {
    /// How it stands now with those who were asked for. Empty: nobody was due.
    std::vector<ledger::DeliveryRow::Recipient> settled;
    int accepted{};      ///< of those, whom the peer took the message for
    int copies{};        ///< of those, who may have it twice now
    bool committed{};    ///< the point of no return was passed: what is settled goes on record
    Scope scope{};       ///< how far the failure reaches, as the transport saw it
    bool credentials{};  ///< the peer refused who we are
    bool refused{};      ///< the peer refused the message for everybody it was for
    bool pluginFault{};  ///< the transport threw, did not ask before it sent, or answered nonsense
    bool overtaken{};    ///< something newer took its place, or something older is being sent: it
                         ///< did not go out and nothing goes on record
    bool ledgerFailed{}; ///< the commit point could not be put on record; nothing left
    std::string reason;
};

/// Makes one attempt to deliver what is due of one delivery.
/// Threads: one; each worker has its own.
class Courier {
public:
    Courier(Transport& transport, std::string transportName, ledger::Ledger& ledger,
            log::Logger& logger, const Clock& clock, const RetryPolicy& retryPolicy,
            const StopSignal& stop, config::InDoubt inDoubt);

    /// Attempts the recipients of the row that are due. Blocks until the transport has answered.
    Attempt attempt(const ledger::DeliveryRow& row, const log::Ids& ids);

private:
    class Context;
    Outcome deliver(const ledger::DeliveryRow& row, const std::vector<std::string>& due,
                    const log::Ids& ids, Attempt& attempt);
    Outcome faultOutcome(Attempt& attempt, const std::string& what) const;
    void checkAnswers(Outcome& outcome, const std::vector<std::string>& due,
                      Attempt& attempt) const;
    void settle(ledger::DeliveryRow::Recipient& recipient, const Outcome& outcome,
                Attempt& attempt) const;

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
