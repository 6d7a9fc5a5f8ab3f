#include "host/Courier.h"

#include "storage/Database.h"

#include <algorithm>

namespace notifyhost::host {

namespace {

/// The longest one attempt may take: above the sum of what RFC 5321 allows a patient server.
constexpr std::chrono::minutes kAttemptLimit{30};

ledger::DeliveryState stateFor(Verdict verdict, config::InDoubt inDoubt)
{
    switch (verdict) {
    case Verdict::delivered:
        return ledger::DeliveryState::accepted;
    case Verdict::tryAgain:
        return ledger::DeliveryState::deferred;
    case Verdict::refused:
        return ledger::DeliveryState::refused;
    case Verdict::unknown:
        break;
    }
    return inDoubt == config::InDoubt::hold ? ledger::DeliveryState::held
                                            : ledger::DeliveryState::unknown;
}

/// Whether an outcome says of anybody that the peer has or may have the message.
bool mayHaveLeft(const Outcome& outcome, std::size_t recipients)
{
    const auto left = [](Verdict verdict) {
        return verdict == Verdict::delivered || verdict == Verdict::unknown;
    };
    return (outcome.perRecipient.size() < recipients && left(outcome.verdict)) ||
           std::any_of(outcome.perRecipient.begin(), outcome.perRecipient.end(),
                       [&](const auto& own) { return left(own.verdict); });
}

} // namespace

bool isDue(const ledger::DeliveryRow::Recipient& recipient, ledger::WallTime now)
{
    switch (recipient.state) {
    case ledger::DeliveryState::composed:
    case ledger::DeliveryState::deferred:
    case ledger::DeliveryState::unknown:
        return RetryPolicy::isDue(recipient.nextAttempt, now);
    default:
        return false;
    }
}

/// What a transport sees of the host while it delivers.
class Courier::Context : public DeliveryContext {
public:
    Context(Courier& courier, const std::string& deliveryKey,
            const std::vector<std::string>& addresses, const log::Ids& ids)
        : _courier(courier),
          _deliveryKey(deliveryKey),
          _addresses(addresses),
          _ids(ids),
          _deadline(courier._clock.steady() + kAttemptLimit)
    {
    }

    std::chrono::steady_clock::time_point deadline() const override { return _deadline; }
    bool cancelled() const override { return _courier._stop.requested(); }

    void stage(std::string_view name, std::string_view detail) override
    {
        _courier._logger.write(Level::debug, _ids,
                               std::string(name) + (detail.empty() ? "" : ": ") +
                                   std::string(detail));
    }

    bool commit() override
    {
        try {
            _courier._ledger.sending(_deliveryKey, _addresses);
            committed = true;
        } catch (const storage::StorageError& error) {
            ledgerFailure = error.what();
        }
        return committed;
    }

    bool committed{};
    std::string ledgerFailure;

private:
    Courier& _courier;
    const std::string& _deliveryKey;
    const std::vector<std::string>& _addresses;
    const log::Ids& _ids;
    std::chrono::steady_clock::time_point _deadline;
};

Courier::Courier(Transport& transport, std::string transportName, ledger::Ledger& ledger,
                 log::Logger& logger, const Clock& clock, const RetryPolicy& retryPolicy,
                 const StopSignal& stop, config::InDoubt inDoubt)
    : _transport(transport),
      _transportName(std::move(transportName)),
      _ledger(ledger),
      _logger(logger),
      _clock(clock),
      _retryPolicy(retryPolicy),
      _stop(stop),
      _inDoubt(inDoubt)
{
}

AttemptReport Courier::attempt(ledger::DeliveryRow& row, const log::Ids& ids,
                               const EndingOf& ending)
{
    std::vector<std::string> due;
    for (const auto& recipient : row.recipients) {
        if (isDue(recipient, _clock.wall())) {
            due.push_back(recipient.address);
        }
    }
    AttemptReport report;
    if (due.empty()) {
        return report;
    }
    bool committed = false;
    const Outcome outcome = deliver(row, due, ids, report, committed);
    report.serviceDown = outcome.scope == Scope::service && outcome.verdict == Verdict::tryAgain;
    report.credentials = report.serviceDown && outcome.credentials;
    if (report.reason.empty()) {
        report.reason = outcome.reason;
    }
    if (!committed && (report.serviceDown || report.ledgerFailed)) {
        return report;
    }
    apply(row, due, outcome, ids, ending);
    report.accepted = static_cast<int>(
        std::count_if(row.recipients.begin(), row.recipients.end(), [&](const auto& recipient) {
            return recipient.state == ledger::DeliveryState::accepted &&
                   std::find(due.begin(), due.end(), recipient.address) != due.end();
        }));
    return report;
}

Outcome Courier::deliver(const ledger::DeliveryRow& row, const std::vector<std::string>& due,
                         const log::Ids& ids, AttemptReport& report, bool& committed)
{
    Context context(*this, row.key, due, ids);
    Envelope envelope{row.key, due};
    if (due.size() == 1 && due.front().empty()) {
        envelope.recipients.clear();
    }
    Outcome outcome;
    try {
        outcome = _transport.deliver(row.bytes, envelope, context);
        if (!context.committed && mayHaveLeft(outcome, due.size())) {
            // It says it sent without having asked: what is known goes on record all the same.
            report.pluginFault = true;
            report.reason = "fault of the transport '" + _transportName +
                            "': it sent without asking commit(); a crash would have sent it twice";
            context.committed = context.commit();
        }
    } catch (const std::exception& exception) {
        report.reason = exception.what();
        outcome = faultOutcome(report, context.committed);
    } catch (...) {
        report.reason = "it threw something that is no exception";
        outcome = faultOutcome(report, context.committed);
    }
    if (!context.ledgerFailure.empty()) {
        report.ledgerFailed = true;
        report.reason = context.ledgerFailure;
    }
    committed = context.committed;
    return outcome;
}

Outcome Courier::faultOutcome(AttemptReport& report, bool committed) const
{
    report.pluginFault = true;
    report.reason = "fault of the transport '" + _transportName + "': " + report.reason;
    Outcome outcome;
    outcome.verdict = committed ? Verdict::unknown : Verdict::tryAgain;
    outcome.reason = report.reason;
    return outcome;
}

void Courier::settle(ledger::DeliveryRow::Recipient& recipient, const Outcome& outcome)
{
    const bool inDoubt = recipient.state == ledger::DeliveryState::unknown;
    Verdict verdict = outcome.verdict;
    recipient.code = outcome.code;
    recipient.reason = outcome.reason;
    for (const auto& own : outcome.perRecipient) {
        if (own.address == recipient.address) {
            verdict = own.verdict;
            recipient.code = own.code;
            recipient.reason = own.reason;
        }
    }
    if (inDoubt && verdict == Verdict::refused) {
        recipient.reason += " (an earlier attempt may have arrived)";
    }
    ++recipient.attempts;
    // An attempt that did not leave does not settle whether an earlier one did.
    recipient.state = inDoubt && verdict == Verdict::tryAgain ? ledger::DeliveryState::unknown
                                                              : stateFor(verdict, _inDoubt);
    recipient.nextAttempt.reset();
    if (recipient.state == ledger::DeliveryState::deferred ||
        recipient.state == ledger::DeliveryState::unknown)
    {
        recipient.nextAttempt =
            _retryPolicy.next(recipient.attempts, _clock.wall(), outcome.retryAfter);
    }
}

void Courier::apply(ledger::DeliveryRow& row, const std::vector<std::string>& due,
                    const Outcome& outcome, const log::Ids& ids, const EndingOf& ending)
{
    std::vector<ledger::DeliveryRow::Recipient> settled;
    for (auto& recipient : row.recipients) {
        if (std::find(due.begin(), due.end(), recipient.address) != due.end()) {
            settle(recipient, outcome);
            settled.push_back(recipient);
        }
    }
    _ledger.outcome(row.key, settled, ending());
    for (const auto& recipient : settled) {
        const bool good = recipient.state == ledger::DeliveryState::accepted;
        _logger.write(good ? Level::info : Level::warning, ids,
                      "delivery to " +
                          (recipient.address.empty() ? "the channel" : recipient.address) + ": " +
                          std::string(ledger::toText(recipient.state)) +
                          (recipient.reason.empty() ? "" : ": " + recipient.reason));
    }
}

} // namespace notifyhost::host
