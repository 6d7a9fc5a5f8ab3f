#include "host/Adder.h"

#include "host/InputStream.h"
#include "host/ServiceStatus.h"

#include <cerrno>
#include <cstring>
#include <istream>
#include <memory>
#include <optional>

#include <fcntl.h>
#include <unistd.h>

namespace notifyhost::host {

namespace {

/// Enough events for one commit to cost little, few enough to hold in memory.
constexpr std::size_t kGroup = 1000;

/// A file descriptor that is closed unless it is one of the standard ones.
class Descriptor {
public:
    Descriptor(const std::string& file, int flags, int standard) : _number(standard)
    {
        if (file != "-") {
            _number = ::open(file.c_str(), flags | O_CLOEXEC, 0666);
        }
        if (_number < 0) {
            const std::string problem = file + ": cannot be opened: " + std::strerror(errno);
            if ((flags & O_ACCMODE) == O_RDONLY) {
                throw UnreadableInput(problem);
            }
            throw std::runtime_error(problem);
        }
    }
    ~Descriptor()
    {
        if (_number > STDERR_FILENO) {
            ::close(_number);
        }
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return _number; }

private:
    int _number;
};

/// The queue failed for good: no further event can be added.
class QueueFailed : public ServiceError {
public:
    QueueFailed() : ServiceError(Kind::unavailable, "the queue failed") {}
};

} // namespace

/// Gathers events and adds them in groups.
class Adder::Sink : public DiscoverSink {
public:
    Sink(Adder& adder)
        : _adder(adder), _output(adder._files.output, O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO)
    {
    }

    void add(FoundEvent event) override
    {
        _waiting.push_back(std::move(event));
        if (_waiting.size() >= kGroup) {
            flush();
        }
    }

    void bad(std::string origin, std::string reason) override
    {
        ++report.bad;
        report.status = worse(report.status, ExitStatus::someFailed);
        _adder._logger.error(origin + ": " + reason);
    }

    void flush()
    {
        if (_waiting.empty()) {
            return;
        }
        std::vector<FoundEvent> group;
        group.swap(_waiting);
        std::vector<std::string> inputs;
        inputs.reserve(group.size());
        for (const auto& event : group) {
            inputs.push_back(event.inputJson);
        }
        try {
            takeAll(group, _adder._queue.add(_adder._pipeline, inputs));
        } catch (const queue::AddInterrupted& error) {
            takeAll(group, error.before());
            fail(group, error.before().size(), error);
        } catch (const queue::QueueError& error) {
            fail(group, 0, error);
        }
    }

    AddReport report;

private:
    /// results: of the first events of the group.
    void takeAll(const std::vector<FoundEvent>& group, const std::vector<queue::AddResult>& results)
    {
        std::string echo;
        for (std::size_t index = 0; index < results.size(); ++index) {
            take(group.at(index), results[index], echo);
        }
        write(echo);
    }

    void take(const FoundEvent& event, const queue::AddResult& result, std::string& echo)
    {
        if (result.kind == queue::AddResult::Kind::refused) {
            ++report.refused;
            report.status = worse(report.status, ExitStatus::someFailed);
            _adder._logger.error(event.origin + ": the queue refused it: " + result.reason);
            return;
        }
        const bool isNew = result.kind == queue::AddResult::Kind::added;
        (isNew ? report.added : report.known) += 1;
        _adder._logger.write(Level::debug, {"", result.id, ""},
                             event.origin + (isNew ? ": added" : ": known, ") +
                                 (isNew ? "" : std::string(queue::toText(result.status))));
        if (event.echo) {
            echo += *event.echo;
        }
    }

    /// settled: how many of the group's events are dealt with.
    [[noreturn]] void fail(const std::vector<FoundEvent>& group, std::size_t settled,
                           const queue::QueueError& error)
    {
        report.status = worse(report.status, pipelineStatusFor(error.kind()));
        _adder._logger.error(std::string(error.what()) + ". Not known to be added: from " +
                             group[settled].origin +
                             " on. Nothing is lost: add the same input again, what is there "
                             "already is recognised.");
        throw QueueFailed();
    }

    void write(const std::string& echo) const
    {
        std::size_t written = 0;
        while (written < echo.size()) {
            const ssize_t count =
                ::write(_output.number(), echo.data() + written, echo.size() - written);
            if (count < 0 && errno != EINTR) {
                throw std::runtime_error(
                    _adder._files.output + ": cannot be written: " + std::strerror(errno) +
                    ". The tasks are in the queue; add the same input again to have the lines.");
            }
            written += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
        }
    }

    Adder& _adder;
    Descriptor _output;
    std::vector<FoundEvent> _waiting;
};

class Adder::Context : public DiscoverContext {
public:
    Context(const Adder& adder, Sink& sink) : _adder(adder), _sink(sink) {}

    std::istream& input() override
    {
        if (!_stream) {
            _descriptor.emplace(_adder._files.input, O_RDONLY, STDIN_FILENO);
            _buffer.emplace(
                _descriptor->number(), [this] { _sink.flush(); }, [this] { return cancelled(); });
            _stream = std::make_unique<std::istream>(&*_buffer);
            // What the buffer throws is our own and must reach us, not become a silent end of file.
            _stream->exceptions(std::ios::badbit);
        }
        return *_stream;
    }

    bool cancelled() const override { return _adder._stop.requested(); }

private:
    const Adder& _adder;
    Sink& _sink;
    std::optional<Descriptor> _descriptor;
    std::optional<InputBuffer> _buffer;
    std::unique_ptr<std::istream> _stream;
};

Adder::Adder(queue::TaskQueue& queue, queue::Pipeline pipeline, AddFiles files, log::Logger& logger,
             const StopSignal& stop)
    : _queue(queue),
      _pipeline(std::move(pipeline)),
      _files(std::move(files)),
      _logger(logger),
      _stop(stop)
{
}

void Adder::flushQuietly(Sink& sink)
{
    try {
        sink.flush();
    } catch (const QueueFailed&) {
        // Said already; the source's failure is about to be.
        return;
    }
}

AddReport Adder::run(EventSource& source)
{
    Sink sink(*this);
    Context context(*this, sink);
    try {
        source.discover(context, sink);
        sink.flush();
    } catch (const QueueFailed&) {
        return sink.report;
    } catch (const ServiceError&) {
        // What was found before the source's service failed is not lost over it.
        flushQuietly(sink);
        throw;
    }
    auto& report = sink.report;
    if (report.bad > 0 && report.added + report.known + report.refused == 0) {
        report.status = worse(report.status, ExitStatus::nothingReadable);
    }
    if (_stop.requested()) {
        _logger.warning("ended early on request; add the same input again for the rest");
        report.status = worse(report.status, ExitStatus::later);
    }
    _logger.info("add to " + _pipeline.name + ": " + std::to_string(report.added) + " added, " +
                 std::to_string(report.known) + " known, " + std::to_string(report.refused) +
                 " refused, " + std::to_string(report.bad) + " bad");
    return report;
}

} // namespace notifyhost::host
