#pragma once

#include "config/Configuration.h"
#include "host/Assembly.h"
#include "ledger/Ledger.h"
#include "log/Logger.h"
#include "message/Addresses.h"
#include "message/Templates.h"

#include <notifyhost/EventSource.h>
#include <notifyhost/Transport.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace notifyhost::host {

/// A notification that could not be made.
struct FailedNotification {
    std::string key; ///< empty: the task as a whole
    ComposeFailure failure{};
    std::string reason;
};

/// What became of composing one task.
struct Composition {
    std::vector<ledger::DeliveryRow> deliveries; ///< bytes frozen; also what is refused or nobody
    std::vector<FailedNotification> failed;
    bool fault{}; ///< some of it failed by a fault of the transport: exit status 70
};

/// What is told again on purpose.
struct Retelling {
    std::string generation; ///< goes into every delivery key; never used before for this task
    /// Who of a notification's recipients of now is told again; nullopt leaves it out.
    std::function<std::optional<std::vector<std::string>>(const Notification&)> recipients;
};

/// Turns tasks into deliveries: the source composes, the templates render, the transport encodes.
/// Threads: one; each worker has its own.
class Composer {
public:
    Composer(Assembly& assembly, const config::PipelineSettings& pipeline, EventSource& source,
             Transport& transport);

    /// Makes all deliveries of a task, but for the notification keys that are frozen already.
    /// Errors: ServiceError where a service as a whole is gone; PluginFault naming the source.
    Composition compose(const queue::QueuedTask& task, const std::vector<std::string>& frozenKeys,
                        const log::Ids& ids);

    /// Makes deliveries of a task that was told before, as it is composed now, under keys and
    /// Message-IDs of their own. Errors: as compose().
    Composition composeAgain(const queue::QueuedTask& task, const Retelling& retelling,
                             const log::Ids& ids);

    /// The messages of one notification as they would be sent, and a refused delivery for each
    /// recipient whose address cannot be used.
    /// Errors: message::TemplateError; PluginFault naming the source or the transport.
    std::vector<ledger::DeliveryRow> deliveriesFor(const queue::QueuedTask& task,
                                                   const Notification& notification,
                                                   const log::Ids& ids);

    /// Shows each message as rendered, before it is encoded for its recipients.
    void watch(std::function<void(const Message&)> watcher) { _watcher = std::move(watcher); }

    /// Asks what was told before, as the ledger knows it. Without, nothing was.
    void lookBack(std::function<ledger::Earlier(const ledger::DeliveryRow&)> earlier)
    {
        _earlier = std::move(earlier);
    }

    /// A delivery to nobody that records a notification which can never be made.
    ledger::DeliveryRow refusal(const queue::QueuedTask& task, const std::string& key,
                                const std::string& reason) const;

private:
    class Sink;
    struct Addressee;
    Composition composeAll(const queue::QueuedTask& task,
                           const std::vector<Notification>& notifications, const log::Ids& ids);
    void ask(const queue::QueuedTask& task, Sink& sink) const;
    Message messageFor(const queue::QueuedTask& task, const Notification& notification,
                       const ledger::Earlier& earlier) const;
    ledger::Subject subjectOf(const Notification& notification) const;
    ledger::DeliveryRow rowFor(const Message& message, const Addressee& addressee) const;
    ledger::DeliveryRow deliveryTo(const queue::QueuedTask& task, const Notification& notification,
                                   const Message& message, const Addressee& addressee) const;
    void encode(ledger::DeliveryRow& row, Message message, const Addressee& addressee) const;
    ledger::DeliveryRow refusalOf(const Message& message,
                                  const message::RefusedAddress& address) const;
    std::vector<Addressee> addressees(const std::vector<std::string>& usable) const;

    const config::PipelineSettings& _pipeline;
    log::Logger& _logger;
    const Clock& _clock;
    Transport& _transport;
    EventSource& _source;
    message::Templates _templates;
    std::string _domain;
    std::string _transportName;
    Addressing _addressing;
    std::string _generation; ///< of what is being told again; else empty
    std::function<void(const Message&)> _watcher;
    std::function<ledger::Earlier(const ledger::DeliveryRow&)> _earlier;
};

} // namespace notifyhost::host
