#include "BatonLine.h"
#include "EventNames.h"
#include "LineReader.h"
#include "RunFacts.h"
#include "RunRows.h"
#include "RunTask.h"
#include "StudyMarks.h"

#include <notifyhost/Plugin.h>

#include <ios>
#include <set>
#include <utility>

namespace {

using namespace notifyhost::ont;
using notifyhost::ComposeFailure;
using notifyhost::StudyContacts;

/// A line of baton JSON is some hundred octets; one that lists a run's contents may have thousands.
constexpr std::size_t kLineLimit = 1 << 20;

/// A task has one notification, for all studies' contacts together.
constexpr const char* kNotification = "run";

constexpr const char* kEvent = "event";

std::string describe(const Run& run)
{
    return "run " + run.experiment + ", slot " + std::to_string(run.slot) + ", flowcell " +
           run.flowcell;
}

/// Why the contacts of a study are not to be had; empty where they are.
std::string contactsFault(const StudyContacts& contacts)
{
    if (contacts.found == StudyContacts::Found::known) {
        return {};
    }
    if (contacts.found == StudyContacts::Found::unknown) {
        return "study " + contacts.study + " is no longer in the warehouse";
    }
    std::string lims;
    for (const std::string& each : contacts.lims) {
        lims += (lims.empty() ? "" : " and ") + each;
    }
    return "study number " + contacts.study + " is used by several LIMS (" + lims +
           "): nobody can say whose contacts are meant until the warehouse has one of them only";
}

/// ONT runs: found as baton JSON lines, told to the contacts of the run's studies.
class OntSource : public notifyhost::EventSource {
public:
    std::vector<notifyhost::Setting> settings() const override
    {
        notifyhost::Setting event;
        event.name = kEvent;
        event.fallback = "uploaded";
        event.help = "what happened to the added runs, by name (BASECALLED_SUP) or display text; "
                     "stored as given, so it is part of each task's identity";
        return {event};
    }

    std::vector<notifyhost::Problem> configure(const notifyhost::Settings& settings,
                                               notifyhost::Services& services) override
    {
        _services = &services;
        _event = settings.text(kEvent);
        if (std::optional<std::string> problem = eventProblem(_event)) {
            return {{kEvent, std::move(*problem)}};
        }
        return {};
    }

    std::vector<notifyhost::Example> examples() const override { return exampleFacts(); }

    void discover(notifyhost::DiscoverContext& context, notifyhost::DiscoverSink& sink) override
    {
        LineReader lines(*context.input().rdbuf(), kLineLimit);
        while (!context.cancelled() && nextLine(lines)) {
            take(lines, sink);
        }
    }

    void compose(const notifyhost::Task& task, notifyhost::ComposeSink& sink) override
    {
        const std::variant<RunTask, std::string> read = readTask(task);
        if (const auto* fault = std::get_if<std::string>(&read)) {
            sink.failed(kNotification, ComposeFailure::refused, *fault);
        } else if (sink.wanted(kNotification)) {
            composeRun(std::get<RunTask>(read), sink);
        } else {
            sink.notify({kNotification, {}, Poco::JSON::Object()});
        }
    }

private:
    static bool nextLine(LineReader& lines)
    {
        try {
            return lines.next();
        } catch (const std::ios_base::failure& error) {
            throw notifyhost::ServiceError(notifyhost::ServiceError::Kind::unavailable,
                                           "reading the input after line " +
                                               std::to_string(lines.number()) + ": " +
                                               error.what());
        }
    }

    void take(const LineReader& lines, notifyhost::DiscoverSink& sink)
    {
        std::string origin = "line " + std::to_string(lines.number());
        if (lines.tooLong()) {
            sink.bad(std::move(origin),
                     "it is longer than " + std::to_string(kLineLimit) + " octets" +
                         (lines.endless() ? ", and no end of it was found: what follows was not "
                                            "read"
                                          : ""));
            return;
        }
        std::variant<Run, std::string> read = _batonLine.read(lines.line());
        if (auto* fault = std::get_if<std::string>(&read)) {
            sink.bad(std::move(origin), std::move(*fault));
            return;
        }
        std::string echo;
        echo.reserve(lines.line().size() + 1);
        echo.append(lines.line()).append(1, '\n');
        sink.add({taskInput(_event, std::get<Run>(read)), std::move(origin), std::move(echo)});
    }

    void composeRun(const RunTask& task, notifyhost::ComposeSink& sink)
    {
        const std::vector<FlowcellRow> rows = readRun(_services->warehouse(), task.run);
        if (rows.empty()) {
            sink.failed(kNotification, ComposeFailure::tryAgain,
                        describe(task.run) + " is not in the warehouse (yet)");
            return;
        }
        std::vector<std::string> numbers;
        for (const Study& study : studiesOf(rows)) {
            numbers.push_back(study.number);
        }
        std::string fault;
        std::set<std::string> addresses;
        for (const StudyContacts& contacts : _services->warehouse().contacts(numbers)) {
            const std::string problem = contactsFault(contacts);
            fault += (fault.empty() || problem.empty() ? "" : "; ") + problem;
            addresses.insert(contacts.addresses.begin(), contacts.addresses.end());
        }
        if (!fault.empty()) {
            sink.failed(kNotification, ComposeFailure::tryAgain, describe(task.run) + ": " + fault);
            return;
        }
        notifyhost::Notification notification{
            kNotification, {addresses.begin(), addresses.end()}, runFacts(task, rows)};
        notification.about = displayText(task.event) + ", slot " + std::to_string(task.run.slot) +
                             ", experiment " + task.run.experiment;
        // Another task where the event is given by name, and the same word to the person.
        notification.incidental = {"event_given"};
        sink.notify(std::move(notification));
    }

    std::string _event;
    notifyhost::Services* _services{};
    BatonLine _batonLine;
};

} // namespace

NOTIFYHOST_SOURCE(OntSource, "ont", "1.0", "Oxford Nanopore runs, from baton JSON lines",
                  "Apache-2.0")
