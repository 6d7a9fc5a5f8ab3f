#include "host/Composer.h"

#include "host/HostFacts.h"
#include "host/PluginCall.h"
#include "ledger/DeliveryKey.h"
#include "message/CanonicalFacts.h"
#include "storage/Digest.h"
#include "json/Json.h"

#include <algorithm>
#include <set>

namespace notifyhost::host {

/// Whom one delivery is for, and to which address it goes.
struct Composer::Addressee {
    std::string identity;                ///< the address that makes the delivery key
    std::vector<std::string> recipients; ///< where it goes
    std::string notice;                  ///< of a redirection; empty: none
};

/// Collects what a source composes.
class Composer::Sink : public ComposeSink {
public:
    explicit Sink(const std::vector<std::string>& frozenKeys) : _frozenKeys(frozenKeys) {}

    bool wanted(std::string_view key) const override
    {
        return std::find(_frozenKeys.begin(), _frozenKeys.end(), key) == _frozenKeys.end();
    }

    void notify(Notification notification) override
    {
        require(notification.key);
        if (wanted(notification.key)) {
            notifications.push_back(std::move(notification));
        }
    }

    void failed(std::string key, ComposeFailure failure, std::string reason) override
    {
        if (wanted(key)) {
            failures.push_back({std::move(key), failure, std::move(reason)});
        }
    }

    std::vector<Notification> notifications;
    std::vector<FailedNotification> failures;

private:
    void require(const std::string& key)
    {
        if (key.empty() || !_seen.insert(key).second) {
            throw PluginFault("it gave two notifications the key '" + key +
                              "'; keys are unique within a task and not empty");
        }
    }

    const std::vector<std::string>& _frozenKeys;
    std::set<std::string> _seen;
};

Composer::Composer(Assembly& assembly, const config::PipelineSettings& pipeline,
                   EventSource& source, Transport& transport)
    : _pipeline(pipeline),
      _logger(assembly.logger()),
      _clock(assembly.clock()),
      _transport(transport),
      _source(source),
      _templates(assembly.makeTemplates(pipeline)),
      _domain(assembly.messageIdDomain(
          assembly.configuration().reference("transport", pipeline.transport))),
      _transportName(pipeline.transport),
      _addressing(callPlugin("the transport '" + pipeline.transport + "' in addressing()",
                             [&] { return transport.addressing(); }))
{
}

Composition Composer::compose(const queue::QueuedTask& task,
                              const std::vector<std::string>& frozenKeys, const log::Ids& ids)
{
    Sink sink(frozenKeys);
    ask(task, sink);
    auto result = composeAll(task, sink.notifications, ids);
    result.failed.insert(result.failed.begin(), sink.failures.begin(), sink.failures.end());
    if (result.deliveries.empty() && result.failed.empty() && frozenKeys.empty()) {
        throw PluginFault("fault of the source '" + _pipeline.source +
                          "': it composed nothing and said nothing about the task");
    }
    return result;
}

Composition Composer::composeAgain(const queue::QueuedTask& task, const Retelling& retelling,
                                   const log::Ids& ids)
{
    static const std::vector<std::string> kNoneIsFrozen;
    Sink sink(kNoneIsFrozen);
    ask(task, sink);
    std::vector<Notification> wanted;
    for (auto& notification : sink.notifications) {
        if (auto recipients = retelling.recipients(notification)) {
            notification.recipients = std::move(*recipients);
            wanted.push_back(std::move(notification));
        }
    }
    _generation = retelling.generation;
    auto result = composeAll(task, wanted, ids);
    _generation.clear();
    result.failed.insert(result.failed.begin(), sink.failures.begin(), sink.failures.end());
    return result;
}

Composition Composer::composeAll(const queue::QueuedTask& task,
                                 const std::vector<Notification>& notifications,
                                 const log::Ids& ids)
{
    Composition result;
    for (const auto& notification : notifications) {
        try {
            auto rows = deliveriesFor(task, notification, ids);
            std::move(rows.begin(), rows.end(), std::back_inserter(result.deliveries));
        } catch (const message::TemplateError& error) {
            // The site can mend its template; what was composed must not be lost over it.
            result.failed.push_back({notification.key, ComposeFailure::tryAgain, error.what()});
        } catch (const PluginFault& fault) {
            result.fault = true;
            result.failed.push_back({notification.key, ComposeFailure::tryAgain, fault.what()});
        }
    }
    return result;
}

void Composer::ask(const queue::QueuedTask& task, Sink& sink) const
{
    Task view{task.id, task.inputText, Poco::JSON::Object()};
    try {
        view.input = json::toPocoObject(json::parse(task.inputText));
    } catch (const json::JsonError& error) {
        sink.failed("", ComposeFailure::refused,
                    std::string("the task's input cannot be read: ") + error.what());
        return;
    }
    callPlugin("the source '" + _pipeline.source + "'", [&] { _source.compose(view, sink); });
}

ledger::DeliveryRow Composer::refusal(const queue::QueuedTask& task, const std::string& key,
                                      const std::string& reason) const
{
    ledger::DeliveryRow row;
    row.taskId = task.id;
    row.notificationKey = key;
    row.key = ledger::deliveryKey({task.pipeline.name, task.id, key, "", _transportName});
    row.messageId = ledger::messageId(row.key, _domain);
    row.date = std::chrono::floor<std::chrono::seconds>(_clock.wall());
    ledger::DeliveryRow::Recipient recipient;
    recipient.state = ledger::DeliveryState::refused;
    recipient.reason = reason;
    row.recipients = {recipient};
    return row;
}

Message Composer::messageFor(const queue::QueuedTask& task, const Notification& notification,
                             const ledger::Earlier& earlier) const
{
    Message message;
    message.facts = withHostFacts(notification.facts, earlier);
    message::RenderedText text;
    try {
        text = _templates.render(message.facts);
    } catch (const message::FactError& error) {
        throw PluginFault("fault of the source '" + _pipeline.source + "' in notification '" +
                          notification.key + "': " + error.what());
    }
    message.date = std::chrono::floor<std::chrono::seconds>(_clock.wall());
    message.pipeline = task.pipeline.name;
    message.task = task.id;
    message.key = notification.key;
    message.subject = text.subject;
    message.text = text.text;
    message.html = text.html;
    return message;
}

ledger::Subject Composer::subjectOf(const Notification& notification) const
{
    ledger::Subject subject;
    subject.retold = !_generation.empty();
    subject.about = notification.about;
    if (!subject.about.empty()) {
        auto facts = notification.facts;
        for (const auto& name : notification.incidental) {
            facts.remove(name);
        }
        subject.facts = storage::sha256Hex(message::canonicalFacts(facts));
        if (notification.asOf) {
            subject.asOf = std::chrono::floor<std::chrono::milliseconds>(*notification.asOf);
        }
    }
    return subject;
}

std::vector<ledger::DeliveryRow> Composer::deliveriesFor(const queue::QueuedTask& task,
                                                         const Notification& notification,
                                                         const log::Ids& ids)
{
    const Message message = messageFor(task, notification, {});
    if (_watcher) {
        _watcher(message);
    }
    if (_addressing == Addressing::channel) {
        return {deliveryTo(task, notification, message, {"", {""}, ""})};
    }
    if (notification.recipients.empty()) {
        auto row = rowFor(message, {"", {}, ""});
        ledger::DeliveryRow::Recipient nobody;
        nobody.state = ledger::DeliveryState::nobody;
        nobody.reason = "no contact is recorded for it";
        row.recipients = {nobody};
        return {row};
    }
    const auto checked = message::checkAddresses(
        notification.recipients, _pipeline.caseSensitiveAddresses ? message::LocalPart::exactCase
                                                                  : message::LocalPart::anyCase);
    const std::string about = "notification " + notification.key + ": ";
    for (const auto& folded : checked.folded) {
        _logger.write(Level::debug, ids, about + folded);
    }
    std::vector<ledger::DeliveryRow> rows;
    for (const auto& addressee : addressees(checked.usable)) {
        rows.push_back(deliveryTo(task, notification, message, addressee));
    }
    for (const auto& refused : checked.refused) {
        _logger.write(Level::warning, ids,
                      about + "a recipient cannot be told: '" + refused.shown +
                          "' is no usable address: " + refused.reason);
        rows.push_back(refusalOf(message, refused));
    }
    return rows;
}

ledger::DeliveryRow Composer::refusalOf(const Message& message,
                                        const message::RefusedAddress& address) const
{
    auto row = rowFor(message, {address.stored, {}, ""});
    row.address = address.shown;
    ledger::DeliveryRow::Recipient recipient;
    recipient.address = address.shown;
    recipient.state = ledger::DeliveryState::refused;
    recipient.reason = "no usable address: " + address.reason;
    row.recipients = {recipient};
    return row;
}

std::vector<Composer::Addressee> Composer::addressees(const std::vector<std::string>& usable) const
{
    const bool redirected = !_pipeline.redirectTo.empty();
    std::vector<Addressee> result;
    if (usable.empty()) {
        return result;
    }
    if (_pipeline.addressing == config::MailAddressing::together) {
        std::string all;
        for (const auto& address : usable) {
            all += (all.empty() ? "" : ", ") + address;
        }
        result.push_back({"", redirected ? std::vector{_pipeline.redirectTo} : usable, all});
    } else {
        for (const auto& address : usable) {
            result.push_back({address, {redirected ? _pipeline.redirectTo : address}, address});
        }
    }
    for (auto& addressee : result) {
        addressee.notice =
            redirected ? "Redirected for a trial; meant for: " + addressee.notice : "";
    }
    return result;
}

namespace {

/// A notice of our own in front of a finished HTML text: after <body …>, or at the very beginning.
std::string withNotice(const std::string& html, const std::string& notice)
{
    std::string escaped;
    for (const char character : notice) {
        switch (character) {
        case '&':
            escaped += "&amp;";
            break;
        case '<':
            escaped += "&lt;";
            break;
        case '>':
            escaped += "&gt;";
            break;
        default:
            escaped += character;
        }
    }
    const auto body = html.find("<body");
    const auto end = body == std::string::npos ? std::string::npos : html.find('>', body);
    const auto at = end == std::string::npos ? 0 : end + 1;
    return html.substr(0, at) + "<p><strong>" + escaped + "</strong></p>" + html.substr(at);
}

} // namespace

ledger::DeliveryRow Composer::deliveryTo(const queue::QueuedTask& task,
                                         const Notification& notification, const Message& message,
                                         const Addressee& addressee) const
{
    auto row = rowFor(message, addressee);
    row.subject = subjectOf(notification);
    const auto earlier = _earlier ? _earlier(row) : ledger::Earlier{};
    row.subject.replaces = earlier.told;
    encode(row, earlier.told ? messageFor(task, notification, earlier) : message, addressee);
    return row;
}

ledger::DeliveryRow Composer::rowFor(const Message& message, const Addressee& addressee) const
{
    ledger::DeliveryRow row;
    row.taskId = message.task;
    row.notificationKey = message.key;
    row.address = addressee.identity;
    row.key = ledger::deliveryKey({message.pipeline, message.task, message.key, addressee.identity,
                                   _transportName, _generation});
    row.messageId = ledger::messageId(row.key, _domain);
    row.date = message.date;
    row.subject.retold = !_generation.empty();
    for (const auto& address : addressee.recipients) {
        ledger::DeliveryRow::Recipient recipient;
        recipient.address = address;
        row.recipients.push_back(std::move(recipient));
    }
    return row;
}

void Composer::encode(ledger::DeliveryRow& row, Message message, const Addressee& addressee) const
{
    message.date = row.date;
    message.id = row.messageId;
    if (_addressing == Addressing::addressed) {
        message.recipients = addressee.recipients;
    }
    if (!addressee.notice.empty()) {
        message.text = addressee.notice + "\n\n" + message.text;
        message.html = message.html.empty() ? "" : withNotice(message.html, addressee.notice);
    }
    const std::string fault = "fault of the transport '" + _transportName + "' while encoding: ";
    std::string refusal;
    try {
        row.bytes = _transport.encode(message);
        refusal = row.bytes.empty() ? "the transport made no bytes of it" : "";
    } catch (const std::invalid_argument& error) {
        refusal = error.what();
    } catch (const std::exception& error) {
        throw PluginFault(fault + reasonOf(error));
    } catch (...) {
        throw PluginFault(fault + "it threw something that is no exception");
    }
    if (refusal.empty()) {
        return;
    }
    for (auto& recipient : row.recipients) {
        recipient.state = ledger::DeliveryState::refused;
        recipient.reason = "the message cannot be encoded: " + refusal;
    }
}

} // namespace notifyhost::host
