#include "Commands.h"
#include "Concerns.h"
#include "PipelineSession.h"
#include "ledger/LedgerCensus.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace notifyhost::app {

namespace {

struct Options {
    std::string pipeline;
    std::string former;
    bool yes{};
};

/// Errors: std::invalid_argument where a section reads the former name, or the ledger has none of
///         it.
std::map<ledger::TaskState, int> tasksOf(const host::Assembly& assembly, const Options& options)
{
    const auto& configuration = assembly.configuration();
    for (const auto& pipeline : configuration.pipelines()) {
        if (pipeline.porchName == options.former) {
            throw std::invalid_argument("adopt: [pipeline." + pipeline.name + "] reads " +
                                        options.former +
                                        ", so its tasks are in hand there; nothing was changed");
        }
    }
    const auto file = configuration.stateFolder() / "ledger.sqlite";
    const auto known = ledger::census(file);
    const auto found = std::find_if(known.begin(), known.end(), [&](const auto& pipeline) {
        return pipeline.name == options.former;
    });
    if (found != known.end()) {
        return found->tasks;
    }
    std::string names;
    for (const auto& pipeline : known) {
        names += (names.empty() ? "" : ", ") + pipeline.name;
    }
    throw std::invalid_argument(
        "adopt: the ledger " + file.string() + " has no tasks of pipeline " + options.former +
        (names.empty() ? ", nor of any other" : "; it has: " + names) + ". Nothing was changed");
}

/// The section's queue must take what is told of these tasks, which it knows by the former name.
/// Errors: queue::QueueError that says what to do.
void requireQueue(const PipelineSession& session, const PipelineSession& formerly)
{
    const auto since = formerly.ledger->time() - session.pipeline.giveUpAfter;
    for (const auto& pipeline : formerly.ledger->pipelinesInHand(since)) {
        for (const auto& trial : session.queue->tryOut(pipeline)) {
            if (!trial.failed || trial.what == "the admin token") {
                continue;
            }
            const bool isToken = *trial.failed == queue::QueueError::Kind::credentials;
            throw queue::QueueError(
                *trial.failed,
                "adopt: the tasks are in " + session.queue->describe() + " under the name " +
                    pipeline.name + ", version " + pipeline.version + ", and " +
                    (isToken ? "the token of [pipeline." + session.pipeline.name +
                                   "] is not accepted for that: they could not be ended there. "
                                   "Set porch_name and the token back until they have ended"
                             : "it cannot be asked for that") +
                    ". Nothing was changed. " + trial.what + ": " + trial.text);
        }
    }
}

host::ExitStatus adopt(Program& program, const Options& options)
{
    auto& assembly = program.assemblyFor(options.pipeline);
    const auto& settings = assembly.pipeline(options.pipeline);
    const auto tasks = tasksOf(assembly, options);
    std::size_t count = 0;
    for (const auto& [state, number] : tasks) {
        count += static_cast<std::size_t>(number);
    }
    const std::string what = "adopt: " + log::counted(count, "task") + " of pipeline " +
                             options.former + " (" + ledger::inWords(tasks) + ")";
    if (!options.yes) {
        program.print(what + " would be taken into [pipeline." + settings.name + "], porch_name " +
                      settings.porchName +
                      ". Nothing was changed. The same command with --yes does it.\n");
        return host::ExitStatus::ok;
    }
    auto former = settings;
    former.name = options.former;
    former.porchName = options.former;
    const auto& clock = program.clock();
    // The former name's ledger is closed last: closing a file drops locks on it of a whole process.
    const PipelineSession formerly{
        former, nullptr,
        std::make_unique<ledger::Ledger>(assembly.configuration().stateFolder() / "ledger.sqlite",
                                         options.former, userName(),
                                         [&clock] { return clock.claimTime(); }),
        assembly.hasEmbeddedQueue(settings)};
    const auto session = openSession(program, options.pipeline, userName());
    requireQueue(session, formerly);
    return withLock(program, session, [&] {
        return withLock(program, formerly, [&] {
            const int adopted = session.ledger->adoptPipeline(options.former);
            program.print("adopt: " + log::counted(static_cast<std::size_t>(adopted), "task") +
                          " of pipeline " + options.former + " taken into [pipeline." +
                          settings.name + "]; the next `notifyhost run " + settings.name +
                          "` goes on with what is open. The queue goes on to know them under " +
                          options.former + "\n");
            return host::ExitStatus::ok;
        });
    });
}

} // namespace

Action defineAdopt(CLI::App& command)
{
    const auto options = std::make_shared<Options>();
    command.add_option("PIPELINE", options->pipeline, "Name of a [pipeline.NAME] section")
        ->required();
    command
        .add_option("FORMER", options->former,
                    "The porch_name under which the ledger has the tasks, and no section any more")
        ->required();
    command.add_flag("--yes", options->yes,
                     "Do it. Without, the command only says how many tasks there are");
    command.footer("After porch_name was changed while tasks were in hand. They stay in the queue "
                   "under the former name and are ended there; nobody is told twice. New tasks "
                   "are claimed under the new name only.");
    return [options](Program& program) { return adopt(program, *options); };
}

} // namespace notifyhost::app
