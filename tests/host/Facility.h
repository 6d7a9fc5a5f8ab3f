#pragma once

#include "host/Assembly.h"
#include "host/ManualClock.h"
#include "host/Runner.h"
#include "host/TroubledQueue.h"
#include "ledger/Ledger.h"
#include "support/TemporaryFolder.h"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace notifyhost::host::test {

/// How a host's run ended: by itself, or with the process.
struct ChildEnd {
    int signal{}; ///< 0: it ended by itself
    int status{}; ///< the run's exit status
};

/// What several hosts share: one queue, one peer that takes notifications and notes each, and two
/// switches that mend whatever the scripts break.
class Facility {
public:
    Facility();

    /// Adds a task and returns its id. notifications: {"key": [addresses…]}.
    std::string add(const std::string& inputJson);
    /// A task with one notification of key "news".
    std::string addFor(const std::vector<std::string>& addresses);
    /// A task whose one notification cannot be made, in the way the script's word says.
    std::string addFailing(const std::string& name, const std::string& word);

    queue::TaskStatus status(const std::string& taskId);
    /// Sets a status as an operator or another program would.
    void put(const std::string& taskId, queue::TaskStatus status);

    /// The peer's record: how often it took the message for this address.
    int told(const std::string& address) const;
    /// All of it, address by address.
    std::map<std::string, int> toldAll() const;
    /// How many different messages this address got, octet by octet.
    int different(const std::string& address) const;
    /// The keys that sources were asked to compose, in order.
    std::vector<std::string> composed() const;

    /// From now on no script fails.
    void mendPeer() const { _folder.write("peer.mended", ""); }
    void mendSource() const { _folder.write("source.mended", ""); }

    const notifyhost::test::TemporaryFolder& folder() const { return _folder; }
    queue::EmbeddedQueue& queue() { return *_queue; }

private:
    notifyhost::test::TemporaryFolder _folder;
    std::unique_ptr<queue::EmbeddedQueue> _queue;
};

/// One host of the facility: its configuration, its state folder, its clock, its view of the queue.
class Host {
public:
    /// settings go into the pipeline's section, a line each. One worker unless they say otherwise.
    Host(Facility& facility, const std::string& name, const std::string& settings = "");

    /// One run, as `notifyhost run` makes it, with a ledger opened for it.
    RunReport run();
    /// The same in a process of its own.
    ChildEnd runInChild();
    /// Runs again and again with this much time in between, before each.
    void runFor(std::chrono::seconds time, std::chrono::seconds step);

    /// The ledger, opened anew.
    std::unique_ptr<ledger::Ledger> ledger();
    ledger::TaskRow row(const std::string& taskId);
    /// The one recipient of this address of a task.
    ledger::DeliveryRow::Recipient recipient(const std::string& taskId, const std::string& address);

    std::filesystem::path state() const { return _state; }
    std::string logged() const { return _lines.text; }
    void forgetLog() { _lines.text.clear(); }

    /// Called with each log line as it is written.
    std::function<void(const std::string&)>& onLog() { return _lines.onLine; }

    /// Called when the ledger asks for the time, as it does while it writes.
    std::function<void()>& onLedgerTime() { return _onLedgerTime; }

    Assembly& assembly() { return *_assembly; }
    const config::PipelineSettings& pipeline() { return _assembly->pipeline("mails"); }

    ManualClock clock;
    TroubledQueue queue;
    StopSignal stop;

private:
    /// Keeps the log's lines and tells of each.
    class Lines : public std::streambuf {
    public:
        std::string text;
        std::function<void(const std::string&)> onLine;

    private:
        std::streamsize xsputn(const char* characters, std::streamsize count) override;
        int_type overflow(int_type character) override;
    };

    std::filesystem::path _state;
    std::function<void()> _onLedgerTime;
    Lines _lines;
    std::ostream _output{&_lines};
    log::Redactor _redactor;
    std::unique_ptr<log::Logger> _logger;
    std::unique_ptr<config::Configuration> _configuration;
    std::unique_ptr<Assembly> _assembly;
};

} // namespace notifyhost::host::test
