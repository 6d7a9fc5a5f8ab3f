#include "Commands.h"

#include "Api.h"
#include "StoreWorker.h"
#include "host/HostClock.h"
#include "host/OutputStream.h"
#include "log/Logger.h"

#include <csignal>
#include <iostream>

#include <unistd.h>

namespace notifyhost::miniporch {

namespace {

std::string text(queue::Generation generation)
{
    return std::to_string(static_cast<int>(generation));
}

queue::Generation settle(const std::filesystem::path& file, std::optional<queue::Generation> wanted)
{
    queue::QueueStore store(file);
    return settleGeneration(store, wanted);
}

} // namespace

queue::Generation settleGeneration(queue::QueueStore& store,
                                   std::optional<queue::Generation> wanted)
{
    queue::Generation generation{};
    store.database().transaction([&] {
        const auto stored = store.storedGeneration();
        generation = stored.value_or(wanted.value_or(queue::Generation::three));
        if (wanted && *wanted != generation) {
            throw queue::QueueError(queue::QueueError::Kind::refused,
                                    store.file().string() + ": is a queue of generation " +
                                        text(generation) + ", so --generation " + text(*wanted) +
                                        " cannot be had. Leave the option out or name another "
                                        "file.");
        }
        if (!stored) {
            store.storeGeneration(generation);
        }
    });
    return generation;
}

/// Blocks or unblocks, in this thread, the signals that end the server.
void maskStopSignals(int how)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(how, &signals, nullptr);
}

void serve(const ServeOptions& options)
{
    std::signal(SIGHUP, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    const host::SystemHostClock clock;
    const log::Redactor redactor;
    log::Logger logger(std::cerr, {options.verbose ? Level::info : Level::warning}, clock,
                       redactor);
    const Api api(settle(options.file, options.generation));
    // The threads of the store inherit this: only this thread is told to stop, and only while it
    // serves, so that one who asks twice does not break off the end that the first asked for.
    maskStopSignals(SIG_BLOCK);
    StoreWorker reader(options.file, api, StoreWorker::Task::reading, logger);
    StoreWorker writer(options.file, api, StoreWorker::Task::writing, logger);
    const auto handler = [&](Request request, Done done) {
        auto& worker = Api::mayWrite(request) ? writer : reader;
        worker.submit(std::move(request), std::move(done));
    };
    AccessLog access;
    if (options.verbose) {
        access = [&](const std::string& line) { logger.info(line); };
    }
    HttpServer server(options.server, handler, access,
                      [&](const std::string& line) { logger.warning(line); });
    host::OutputStream output(STDOUT_FILENO);
    output.write("listening on " + server.url() + "\n");
    if (!output.trouble().empty()) {
        logger.warning("standard output cannot be written: " + output.trouble() +
                       "; listening on " + server.url());
    }
    maskStopSignals(SIG_UNBLOCK);
    server.run();
    maskStopSignals(SIG_BLOCK);
}

} // namespace notifyhost::miniporch
