#include "host/Courier.h"

#include "storage/Database.h"

#include <algorithm>

namespace notifyhost::host {

namespace {

/// The longest one attempt may take: above the sum of what RFC 5321 allows a patient server.
constexpr std::chrono::minutes kAttemptLimit{30};

/// A peer's words, as long as anybody reads them.
constexpr std::size_t kLongestReason = 1000;

bool isVerdict(Verdict verdict)
{
    switch (verdict) {
    case Verdict::unknown:
    case Verdict::delivered:
    case Verdict::tryAgain:
    case Verdict::refused:
        return true;
    }
    return false;
}

bool mayHaveLeft(Verdict verdict)
{
    return verdict == Verdict::delivered || verdict == Verdict::unknown;
}

/// Whether an outcome says of anybody that the peer has or may have the message.
bool mayHaveLeft(const Outcome& outcome, std::size_t recipients)
{
    return (outcome.perRecipient.size() < recipients && mayHaveLeft(outcome.verdict)) ||
           std::any_of(outcome.perRecipient.begin(), outcome.perRecipient.end(),
                       [](const auto& own) { return mayHaveLeft(own.verdict); });
}

/// The words in one line of bounded length. A character is not cut in two.
std::string readable(std::string text)
{
    std::replace_if(
        text.begin(), text.end(), [](unsigned char octet) { return octet < ' '; }, ' ');
    if (text.size() > kLongestReason) {
        std::size_t end = kLongestReason;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
            --end;
        }
        text = text.substr(0, end) + " …";
    }
    return text;
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
            committed = _courier._ledger.sending(_deliveryKey, _addresses);
            overtaken = !committed;
        } catch (const storage::StorageError& error) {
            ledgerFailure = error.what();
        }
        return committed;
    }

    bool committed{};
    bool overtaken{};
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

Attempt Courier::attempt(const ledger::DeliveryRow& row, const log::Ids& ids)
{
    std::vector<std::string> due;
    for (const auto& recipient : row.recipients) {
        if (isDue(recipient, _clock.wall())) {
            due.push_back(recipient.address);
        }
    }
    Attempt attempt;
    if (due.empty()) {
        return attempt;
    }
    const Outcome outcome = deliver(row, due, ids, attempt);
    attempt.scope = outcome.scope;
    attempt.credentials = outcome.credentials;
    attempt.refused = true;
    for (auto recipient : row.recipients) {
        if (std::find(due.begin(), due.end(), recipient.address) != due.end()) {
            settle(recipient, outcome, attempt);
            attempt.settled.push_back(std::move(recipient));
        }
    }
    return attempt;
}

Outcome Courier::deliver(const ledger::DeliveryRow& row, const std::vector<std::string>& due,
                         const log::Ids& ids, Attempt& attempt)
{
    Context context(*this, row.key, due, ids);
    Envelope envelope{row.key, due};
    if (due.size() == 1 && due.front().empty()) {
        envelope.recipients.clear();
    }
    Outcome outcome;
    std::optional<std::string> thrown;
    try {
        outcome = _transport.deliver(row.bytes, envelope, context);
    } catch (const std::exception& exception) {
        thrown = exception.what();
    } catch (...) {
        thrown = "it threw something that is no exception";
    }
    attempt.committed = context.committed;
    if (thrown) {
        outcome = faultOutcome(attempt, *thrown);
    } else if (!context.committed && mayHaveLeft(outcome, due.size())) {
        // It says it sent without having asked: what is known goes on record all the same.
        faultOutcome(attempt, "it sent without asking commit(); a crash would have sent it twice");
        attempt.committed = context.commit();
    }
    attempt.overtaken = context.overtaken;
    if (!thrown) {
        checkAnswers(outcome, due, attempt);
    }
    if (!context.ledgerFailure.empty()) {
        attempt.ledgerFailed = true;
        attempt.reason = context.ledgerFailure;
    }
    if (attempt.reason.empty()) {
        attempt.reason = readable(outcome.reason);
    }
    return outcome;
}

Outcome Courier::faultOutcome(Attempt& attempt, const std::string& what) const
{
    attempt.pluginFault = true;
    attempt.reason = "fault of the transport '" + _transportName + "': " + readable(what);
    Outcome outcome;
    outcome.verdict = attempt.committed ? Verdict::unknown : Verdict::tryAgain;
    outcome.reason = attempt.reason;
    return outcome;
}

/// Leaves an answer for each of those asked for. What a transport says of others, twice in two ways
/// or with a verdict there is not, is its fault; whoever has no answer that can be believed then
/// may have the message, or has it not where it was not let go.
void Courier::checkAnswers(Outcome& outcome, const std::vector<std::string>& due,
                           Attempt& attempt) const
{
    std::string fault;
    if (!isVerdict(outcome.verdict)) {
        fault = "its verdict is " + std::to_string(static_cast<int>(outcome.verdict)) +
                ", which there is not";
    }
    std::vector<RecipientOutcome> believed;
    std::vector<std::string> contradicted;
    for (auto& own : outcome.perRecipient) {
        const bool asked = std::find(due.begin(), due.end(), own.address) != due.end();
        const auto said = std::find_if(believed.begin(), believed.end(), [&](const auto& other) {
            return other.address == own.address;
        });
        if (!asked) {
            fault = "it answers for '" + readable(own.address) + "', who was not asked for";
        } else if (!isVerdict(own.verdict)) {
            fault = "its verdict on " + own.address + " is " +
                    std::to_string(static_cast<int>(own.verdict)) + ", which there is not";
        } else if (said == believed.end()) {
            believed.push_back(std::move(own));
        } else if (said->verdict != own.verdict) {
            fault = "it contradicts itself about " + own.address;
            contradicted.push_back(own.address);
        }
    }
    std::erase_if(believed, [&](const auto& own) {
        return std::find(contradicted.begin(), contradicted.end(), own.address) !=
               contradicted.end();
    });
    outcome.perRecipient = std::move(believed);
    if (!fault.empty()) {
        const Outcome honest = faultOutcome(attempt, fault);
        outcome.verdict = honest.verdict;
        outcome.reason = honest.reason;
        outcome.code = 0;
        outcome.scope = Scope::message;
    }
}

void Courier::settle(ledger::DeliveryRow::Recipient& recipient, const Outcome& outcome,
                     Attempt& attempt) const
{
    const bool inDoubt = recipient.state == ledger::DeliveryState::unknown;
    Verdict verdict = outcome.verdict;
    recipient.code = outcome.code;
    recipient.reason = readable(outcome.reason);
    for (const auto& own : outcome.perRecipient) {
        if (own.address == recipient.address) {
            verdict = own.verdict;
            recipient.code = own.code;
            recipient.reason = readable(own.reason);
        }
    }
    ++recipient.attempts;
    recipient.nextAttempt.reset();
    attempt.refused = attempt.refused && verdict == Verdict::refused;
    const int copiesBefore = recipient.copies;
    switch (verdict) {
    case Verdict::delivered:
        recipient.state = ledger::DeliveryState::accepted;
        recipient.copies += inDoubt ? 1 : 0;
        ++attempt.accepted;
        break;
    case Verdict::refused:
        recipient.state = ledger::DeliveryState::refused;
        recipient.reason += inDoubt ? " (an earlier attempt may have arrived)" : "";
        break;
    case Verdict::tryAgain:
        // An attempt that did not leave does not settle whether an earlier one did.
        recipient.state =
            inDoubt ? ledger::DeliveryState::unknown : ledger::DeliveryState::deferred;
        break;
    case Verdict::unknown:
        ledger::settleDoubt(recipient, inDoubt, _inDoubt == config::InDoubt::hold);
        break;
    }
    attempt.copies += recipient.copies - copiesBefore;
    if (recipient.state == ledger::DeliveryState::deferred ||
        recipient.state == ledger::DeliveryState::unknown)
    {
        recipient.nextAttempt =
            _retryPolicy.next(recipient.attempts, _clock.wall(), outcome.retryAfter);
    }
}

} // namespace notifyhost::host
