#include "host/Adder.h"

#include "host/InputStream.h"
#include "host/OutputStream.h"
#include "host/ServiceStatus.h"
#include "log/Counted.h"

#include <cerrno>
#include <cstring>
#include <istream>
#include <memory>
#include <optional>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace notifyhost::host {

namespace {

/// Enough events for one commit to cost little, few enough to hold in memory.
constexpr std::size_t kGroup = 1000;

constexpr const char* kEarly = "ended early on request; add the same input again for the rest";

/// The program is to end and has not begun to read or write.
class Stopped : public std::exception {};

/// A file descriptor that is closed unless it is one of the standard ones.
class Descriptor {
public:
    /// Errors: Stopped; std::system_error naming the file.
    Descriptor(const std::string& file, int flags, int standard, const StopSignal& stop)
        : _name(file), _number(standard)
    {
        if (file == "-") {
            _name = standard == STDIN_FILENO ? "standard input" : "standard output";
            return;
        }
        // A named pipe that nobody has at its other end keeps this waiting.
        do {
            _number = ::open(file.c_str(), flags | O_CLOEXEC | O_NOCTTY, 0666);
        } while (_number < 0 && errno == EINTR && !stop.requested());
        if (_number < 0 && errno == EINTR) {
            throw Stopped();
        }
        if (_number < 0) {
            throw std::system_error(errno, std::generic_category(), file + ": cannot be opened");
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
    const std::string& name() const { return _name; }

    /// Closes a file now. Returns: what a file system that writes late has to say about it.
    std::string close()
    {
        const bool failed = _number > STDERR_FILENO && ::close(_number) != 0 && errno != EINTR;
        const std::string trouble = failed ? std::strerror(errno) : "";
        _number = -1;
        return trouble;
    }

private:
    std::string _name;
    int _number;
};

/// Who passes on into the file that is read reads without end, or has emptied it before.
void requireAnotherFile(const AddFiles& files, const Descriptor& output)
{
    struct stat read {};
    struct stat written {};
    const int found =
        files.input == "-" ? ::fstat(STDIN_FILENO, &read) : ::stat(files.input.c_str(), &read);
    if (found == 0 && ::fstat(output.number(), &written) == 0 && S_ISREG(read.st_mode) &&
        read.st_dev == written.st_dev && read.st_ino == written.st_ino)
    {
        throw std::invalid_argument("add: input and output are the same file (" +
                                    (files.input == "-" ? output.name() : files.input) +
                                    "). It was left as it is; name another output");
    }
}

/// Replaces what an output file held.
void empty(const Descriptor& output)
{
    struct stat status {};
    if (::fstat(output.number(), &status) == 0 && S_ISREG(status.st_mode) &&
        ::ftruncate(output.number(), 0) != 0)
    {
        throw std::system_error(errno, std::generic_category(),
                                output.name() + ": cannot be emptied");
    }
}

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
        : _adder(adder),
          _output(adder._files.output, O_WRONLY | O_CREAT, STDOUT_FILENO, adder._stop),
          _echo(_output.number(), [&adder] { return adder._stop.requested(); })
    {
        requireAnotherFile(adder._files, _output);
        if (adder._files.output != "-") {
            empty(_output);
        }
    }

    void add(FoundEvent event) override
    {
        _latest = event.origin;
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
        _latest = std::move(origin);
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

    /// Says what of the echo did not go out.
    void finishEcho()
    {
        if (!_echo.trouble().empty()) {
            const bool one = _missing.count == 1;
            fail(_output.name() + ": cannot be written: " + _echo.trouble() +
                     ". The queue holds all that was added, but not passed on " +
                     (one ? "is " : "are ") + log::counted(_missing.count, "event") + ": " +
                     _missing.first + (one ? "" : " to " + _missing.last) +
                     (_missing.cut ? ", the first one in part" : "") +
                     ". Add the same input again to have " + (one ? "it" : "them"),
                 _echo.givenUp() ? ExitStatus::later : ExitStatus::disk);
            return;
        }
        if (const auto trouble = _output.close(); !trouble.empty()) {
            fail(_output.name() + ": may not hold all that was passed on: " + trouble +
                     ". The queue holds all that was added; add the same input again to have it",
                 ExitStatus::disk);
        }
    }

    void fail(const std::string& text, ExitStatus status)
    {
        _adder._logger.error(text);
        report.status = worse(report.status, status);
    }

    /// Of what was found last; empty before the first.
    const std::string& latest() const { return _latest; }

    AddReport report;

private:
    /// An event's part of the echo: where it ends.
    struct Part {
        const std::string* origin{};
        std::size_t end{};
    };

    /// What was not passed on.
    struct Missing {
        std::size_t count{};
        std::string first;
        std::string last;
        bool cut{}; ///< the first was passed on in part
    };

    /// results: of the first events of the group.
    void takeAll(const std::vector<FoundEvent>& group, const std::vector<queue::AddResult>& results)
    {
        std::string echo;
        std::vector<Part> parts;
        for (std::size_t index = 0; index < results.size(); ++index) {
            const auto& event = group.at(index);
            if (take(event, results[index]) && event.echo) {
                echo += *event.echo;
                parts.push_back({&event.origin, echo.size()});
            }
        }
        noteMissing(parts, _echo.write(echo));
    }

    /// Returns: whether the queue holds it.
    bool take(const FoundEvent& event, const queue::AddResult& result)
    {
        if (result.kind == queue::AddResult::Kind::refused) {
            ++report.refused;
            report.status = worse(report.status, ExitStatus::someFailed);
            _adder._logger.error(event.origin + ": the queue refused it: " + result.reason);
            return false;
        }
        const bool isNew = result.kind == queue::AddResult::Kind::added;
        (isNew ? report.added : report.known) += 1;
        _adder._logger.write(Level::debug, {"", result.id, ""},
                             event.origin + (isNew ? ": added" : ": known, ") +
                                 (isNew ? "" : std::string(queue::toText(result.status))));
        return true;
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

    /// written: how many octets of these parts' echo went out.
    void noteMissing(const std::vector<Part>& parts, std::size_t written)
    {
        std::size_t begin = 0;
        for (const auto& part : parts) {
            if (part.end > written) {
                if (_missing.count++ == 0) {
                    _missing.first = *part.origin;
                    _missing.cut = written > begin;
                }
                _missing.last = *part.origin;
            }
            begin = part.end;
        }
    }

    Adder& _adder;
    Descriptor _output;
    OutputStream _echo;
    Missing _missing;
    std::string _latest;
    std::vector<FoundEvent> _waiting;
};

class Adder::Context : public DiscoverContext {
public:
    Context(const Adder& adder, Sink& sink) : _adder(adder), _sink(sink) {}

    std::istream& input() override
    {
        if (!_stream) {
            open();
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
    void open()
    {
        try {
            _descriptor.emplace(_adder._files.input, O_RDONLY, STDIN_FILENO, _adder._stop);
        } catch (const std::system_error& error) {
            throw UnreadableInput(error.what());
        }
        struct stat status {};
        if (::fstat(_descriptor->number(), &status) == 0 && S_ISDIR(status.st_mode)) {
            throw UnreadableInput(_descriptor->name() + ": is a folder, not a file");
        }
    }

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

/// Finds and adds, and says what keeps it from finding more.
void Adder::discover(EventSource& source, Sink& sink)
{
    Context context(*this, sink);
    const std::string input = _files.input == "-" ? "standard input" : _files.input;
    try {
        source.discover(context, sink);
    } catch (const InputStopped&) {
        // What was read of the next event may be half of it.
    } catch (const InputError& error) {
        const bool nothing = sink.latest().empty();
        sink.fail(input + ": cannot be read" +
                      (nothing ? ": " : " beyond " + sink.latest() + ": ") + error.what() +
                      (nothing ? "" : ". What comes before is added"),
                  nothing ? ExitStatus::nothingReadable : ExitStatus::disk);
    } catch (const QueueFailed&) {
        throw;
    } catch (const ServiceError& error) {
        sink.fail(error.what(), statusFor(error.kind()));
    }
    sink.flush();
}

AddReport Adder::run(EventSource& source)
{
    std::optional<Sink> opened;
    try {
        opened.emplace(*this);
        discover(source, *opened);
    } catch (const QueueFailed&) {
        // Said already.
        opened->finishEcho();
        return opened->report;
    } catch (const Stopped&) {
        _logger.warning(kEarly);
        return {0, 0, 0, 0, ExitStatus::later};
    } catch (...) {
        // What was found before a fault of the source is not lost over it.
        if (opened) {
            finishQuietly(*opened);
        }
        throw;
    }
    auto& report = opened->report;
    opened->finishEcho();
    if (report.bad > 0 && report.added + report.known + report.refused == 0) {
        report.status = worse(report.status, ExitStatus::nothingReadable);
    }
    if (_stop.requested()) {
        _logger.warning(kEarly);
        report.status = worse(report.status, ExitStatus::later);
    }
    _logger.info("add to " + _pipeline.name + ": " + std::to_string(report.added) + " added, " +
                 std::to_string(report.known) + " known, " + std::to_string(report.refused) +
                 " refused, " + std::to_string(report.bad) + " bad");
    return report;
}

void Adder::finishQuietly(Sink& sink)
{
    try {
        sink.flush();
    } catch (const QueueFailed&) {
        // Said already; the source's fault is about to be.
    }
    sink.finishEcho();
}

} // namespace notifyhost::host
