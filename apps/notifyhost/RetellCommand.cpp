#include "Commands.h"
#include "Concerns.h"
#include "Selection.h"
#include "host/Composer.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace notifyhost::app {

namespace {

struct Options {
    Selection selection;
    std::vector<std::string> to;
    std::string notification;
    std::string because;
};

/// Composes tasks once more, to be told again.
class Retelling {
public:
    Retelling(Program& program, const PipelineSession& session, const Options& options)
        : _program(program),
          _session(session),
          _options(options),
          _source(program.assembly().makeSource(session.pipeline)),
          _transport(program.assembly().makeTransport(session.pipeline)),
          _composer(program.assembly(), session.pipeline, *_source.instance, *_transport.instance)
    {
        _composer.lookBack([&](const auto& delivery) { return session.ledger->earlier(delivery); });
        if (!options.to.empty() && _transport->addressing() == Addressing::channel) {
            throw std::invalid_argument("--to: transport '" + session.pipeline.transport +
                                        "' is a channel and has no addresses");
        }
    }

    std::size_t recipients(const Chosen& chosen) { return count(compose(chosen).deliveries); }

    host::ExitStatus tell(const Chosen& chosen)
    {
        const auto& composition = compose(chosen);
        const std::string name = "retell: task " + shortId(chosen.task.id);
        if (!composition.failed.empty() || count(composition.deliveries) == 0) {
            std::string why = composition.failed.empty() ? "there is nobody to tell" : "";
            for (const auto& failed : composition.failed) {
                why += (why.empty() ? "" : "; ") + failed.reason;
            }
            _program.logger().error(name + " cannot be composed now: " + why +
                                    ". Nothing was changed.");
            return composition.fault ? host::ExitStatus::fault : host::ExitStatus::someFailed;
        }
        // The queue first: nothing is sent of a task that it does not show RUNNING, and should this
        // process end in between, the ledger still has the task as it was and the queue is told so.
        auto task = taskOf(chosen);
        _session.queue->update(task, queue::TaskStatus::running);
        task.status = queue::TaskStatus::running;
        _session.ledger->retell(
            task, composition.deliveries, _options.to, _program.clock().claimTime(),
            _options.because.empty() ? "the operator says so" : _options.because);
        _program.print("task " + shortId(chosen.task.id) + ": " +
                       counted(count(composition.deliveries), "recipient") +
                       " told again at the next `notifyhost run " + _session.pipeline.name +
                       "`, with a Message-ID of its own\n");
        return host::ExitStatus::ok;
    }

private:
    static queue::QueuedTask taskOf(const Chosen& chosen)
    {
        return chosen.task.row ? chosen.task.row->task : *chosen.task.queued;
    }

    /// Those that can be sent.
    static std::size_t count(const std::vector<ledger::DeliveryRow>& rows)
    {
        std::size_t count = 0;
        for (const auto& row : rows) {
            count += static_cast<std::size_t>(std::count_if(
                row.recipients.begin(), row.recipients.end(),
                [](const auto& recipient) { return !ledger::isFinal(recipient.state); }));
        }
        return count;
    }

    const host::Composition& compose(const Chosen& chosen)
    {
        const auto known = _composed.find(chosen.task.id);
        if (known != _composed.end()) {
            return known->second;
        }
        const auto now = _program.clock().wall().time_since_epoch();
        const host::Retelling retelling{
            "retold " + std::to_string(now / std::chrono::milliseconds{1}),
            [&](const Notification& notification) { return recipientsOf(notification, chosen); }};
        host::Composition composition;
        try {
            composition =
                _composer.composeAgain(taskOf(chosen), retelling, {"", chosen.task.id, ""});
        } catch (const PluginFault& fault) {
            // Of this task alone: the others are told all the same.
            composition.fault = true;
            composition.failed.push_back({"", ComposeFailure::tryAgain, fault.what()});
        }
        std::erase_if(composition.failed, [&](const auto& failed) {
            return !_options.notification.empty() && !failed.key.empty() &&
                   failed.key != _options.notification;
        });
        return _composed.emplace(chosen.task.id, std::move(composition)).first->second;
    }

    /// An address that some notification of the task is or was for gets only those; any other gets
    /// what is asked for.
    std::optional<std::vector<std::string>> recipientsOf(const Notification& notification,
                                                         const Chosen& chosen) const
    {
        if (!_options.notification.empty() && notification.key != _options.notification) {
            return std::nullopt;
        }
        if (_options.to.empty()) {
            return notification.recipients;
        }
        std::vector<std::string> recipients;
        for (const auto& address : _options.to) {
            const auto& now = notification.recipients;
            const bool isFor = std::find(now.begin(), now.end(), address) != now.end() ||
                               wasFor(chosen, &notification.key, address);
            if (isFor || !wasFor(chosen, nullptr, address)) {
                recipients.push_back(address);
            }
        }
        return recipients.empty() ? std::nullopt : std::optional(recipients);
    }

    /// key nullptr: any notification of the task.
    static bool wasFor(const Chosen& chosen, const std::string* key, const std::string& address)
    {
        return std::any_of(chosen.deliveries.begin(), chosen.deliveries.end(),
                           [&](const auto& row) {
                               return (key == nullptr || row.notificationKey == *key) &&
                                      std::any_of(row.recipients.begin(), row.recipients.end(),
                                                  [&](const auto& recipient) {
                                                      return recipient.address == address;
                                                  });
                           });
    }

    Program& _program;
    const PipelineSession& _session;
    const Options& _options;
    host::Prepared<EventSource> _source;
    host::Prepared<Transport> _transport;
    host::Composer _composer;
    std::map<std::string, host::Composition> _composed;
};

host::ExitStatus retell(Program& program, const Options& options)
{
    if (options.selection.task.empty() && !(options.to.empty() && options.notification.empty())) {
        throw std::invalid_argument("retell: --to and --notification are for one TASK");
    }
    const auto session = openSession(program, options.selection.pipeline, userName());
    Retelling retelling(program, session, options);
    Errand errand{host::OperatorCommand::retell, "would be told again",
                  [](const Chosen&) { return true; },
                  [&](const Chosen& chosen) { return retelling.recipients(chosen); }};
    errand.carryOut = [&](const Chosen& chosen) { return retelling.tell(chosen); };
    errand.confirmsOne = true;
    return carryOut(program, session, options.selection, errand);
}

} // namespace

Action defineRetell(CLI::App& command)
{
    const auto options = std::make_shared<Options>();
    addSelectionOptions(command, options->selection);
    auto* task = command.get_option("TASK");
    command
        .add_option("--reason", options->selection.reason,
                    "Only tasks with this text in a recorded reason")
        ->excludes(task);
    command.add_option("--to", options->to,
                       "Only to these addresses: each gets the notifications that are or were for "
                       "it, a new one gets all of the task");
    command.add_option("--notification", options->notification,
                       "Only this notification of the task; `explain` shows their names");
    command.add_flag("--gone", options->selection.gone,
                     "No other host will go on with it: it is known to be gone for ever");
    command.add_option("--because", options->because, "Why, for the record");
    command.footer("Tells again on purpose what has ended: composed anew, with contacts and facts "
                   "of now and Message-IDs of its own. More than one recipient needs --yes.");
    return [options](Program& program) { return retell(program, *options); };
}

} // namespace notifyhost::app
