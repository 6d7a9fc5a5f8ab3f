#include "Actions.h"
#include "Commands.h"
#include "Program.h"
#include "host/PipelineLock.h"
#include "host/Runner.h"

#include <CLI/CLI.hpp>

#include <random>

namespace notifyhost::app {

namespace {

/// Once final, bytes are kept this long for questions; their hash is kept as long as the row.
constexpr std::chrono::hours kKeepBytes{24 * 30};

} // namespace

host::ExitStatus runPipeline(Program& program, const std::string& name)
{
    auto& assembly = program.assemblyFor(name);
    const auto& pipeline = assembly.pipeline(name);
    const auto& configuration = assembly.configuration();
    assembly.requireSound(pipeline);
    const auto state = configuration.stateFolder();
    config::prepareStateFolder(state);
    const host::PipelineLock lock(state, pipeline.porchName);
    if (!lock.held()) {
        program.logger().info("another run of " + pipeline.name + " is at work; this one leaves");
        return host::ExitStatus::ok;
    }
    const auto& clock = program.clock();
    ledger::Ledger ledger(state / "ledger.sqlite", pipeline.porchName, "notifyhost",
                          [&clock] { return clock.claimTime(); });
    if (!ledger.lock()) {
        program.logger().warning("another run of " + pipeline.name +
                                 " is at work, although its lock file " + lock.file().string() +
                                 " was removed; this one leaves");
        return host::ExitStatus::ok;
    }
    const auto queue = assembly.openQueue(pipeline);
    std::mt19937_64 engine{std::random_device{}()};
    std::mutex engineMutex;
    const host::RetryPolicy retryPolicy([&] {
        const std::scoped_lock guard(engineMutex);
        return std::uniform_real_distribution<double>(0, 1)(engine);
    });
    host::Runner runner(assembly, pipeline, *queue, ledger, clock, retryPolicy, program.stop());
    const auto report = runner.run();
    const auto now = ledger.time();
    ledger.prune(now - kKeepBytes, now - configuration.host().ledgerKeep);
    ledger.settle();
    if (!lock.isInPlace()) {
        program.logger().warning("the lock file " + lock.file().string() +
                                 " was removed while this run was at work; the ledger's own lock "
                                 "kept others out. It needs no tidying: leave it alone");
    }
    return report.status;
}

Action defineRun(CLI::App& command)
{
    const auto pipeline = std::make_shared<std::string>();
    command.add_option("PIPELINE", *pipeline, "Name of a [pipeline.NAME] section")->required();
    return [pipeline](Program& program) { return runPipeline(program, *pipeline); };
}

} // namespace notifyhost::app
