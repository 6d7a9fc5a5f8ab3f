#include "LiveCheck.h"

#include "StageLine.h"
#include "config/SettingValues.h"
#include "host/HostServices.h"
#include "host/PluginCall.h"
#include "host/ServiceStatus.h"

#include <functional>
#include <memory>

namespace notifyhost::app {

namespace {

constexpr std::chrono::seconds kLimit{60};

/// What one trial found.
struct Finding {
    host::ExitStatus status{host::ExitStatus::ok};
    std::string text;
};

/// A transport sees no more of the host than a deadline here.
class ProbeContext : public DeliveryContext {
public:
    explicit ProbeContext(const Program& program) : _program(program) {}

    std::chrono::steady_clock::time_point deadline() const override { return _end; }
    bool cancelled() const override { return _program.stop().requested(); }
    void stage(std::string_view, std::string_view) override {}
    bool commit() override { return false; }

private:
    const Program& _program;
    std::chrono::steady_clock::time_point _end{std::chrono::steady_clock::now() + kLimit};
};

/// The workers that use a service at the same time: those of the pipeline that has the most.
class Crowd {
public:
    void count(const config::PipelineSettings& pipeline)
    {
        if (static_cast<std::size_t>(pipeline.workers) > _size) {
            _size = static_cast<std::size_t>(pipeline.workers);
            _pipeline = pipeline.name;
        }
    }

    std::size_t size() const { return _size; }

    /// "; 4 connections at once".
    std::string inWords(const std::string& what) const
    {
        return _size == 1 ? "" : "; " + std::to_string(_size) + " " + what + " at once";
    }

    /// The number-th was turned away.
    Finding tooLarge(std::size_t number, const std::string& what, const std::string& reason) const
    {
        return {host::ExitStatus::unavailable,
                ordinal(number) + " of " + std::to_string(_size) + " " + what + ": " + reason +
                    "; lower workers in [pipeline." + _pipeline + "] to " +
                    std::to_string(number - 1) + ", or have more allowed"};
    }

private:
    static std::string ordinal(std::size_t number)
    {
        const std::size_t last = number / 10 % 10 == 1 ? 0 : number % 10;
        return std::to_string(number) + (last == 1   ? "st"
                                         : last == 2 ? "nd"
                                         : last == 3 ? "rd"
                                                     : "th");
    }

    std::size_t _size{1};
    std::string _pipeline;
};

class LiveCheck {
public:
    explicit LiveCheck(Program& program) : _program(program), _assembly(program.assembly()) {}

    host::ExitStatus run()
    {
        for (const auto& pipeline : _assembly.configuration().pipelines()) {
            tryQueue(pipeline);
        }
        if (_assembly.configuration().warehouse().configured) {
            tryWarehouse();
        }
        for (const auto& reference : _assembly.configuration().references()) {
            if (reference.section.starts_with("source.")) {
                trySource(reference);
            } else {
                tryTransport(reference);
            }
        }
        return _worst;
    }

private:
    void say(std::chrono::steady_clock::duration time, const std::string& name,
             const Finding& found)
    {
        const bool good = found.status == host::ExitStatus::ok;
        _program.print(stageLine(time, good ? "good" : "FAILED", name + ": " + found.text));
        _worst = host::worse(_worst, found.status);
    }

    /// Runs one trial and tells what came of it.
    void attempt(const std::string& name, const std::function<Finding()>& work)
    {
        const auto start = std::chrono::steady_clock::now();
        Finding found;
        try {
            found = work();
        } catch (const ServiceError& error) {
            found = {host::statusFor(error.kind()), error.what()};
        } catch (const queue::QueueError& error) {
            found = {host::pipelineStatusFor(error.kind()), error.what()};
        } catch (const host::ConfigurationError& error) {
            found = {host::ExitStatus::configuration, error.what()};
        } catch (const PluginFault& fault) {
            found = {host::ExitStatus::fault, fault.what()};
        } catch (const std::exception& error) {
            found = {host::ExitStatus::unavailable, error.what()};
        }
        say(std::chrono::steady_clock::now() - start, name, found);
    }

    void tryQueue(const config::PipelineSettings& pipeline)
    {
        const std::string name = "queue of pipeline " + pipeline.name;
        const auto start = std::chrono::steady_clock::now();
        std::vector<queue::Trial> trials;
        attempt(name, [&]() -> Finding {
            const auto queue = _assembly.openQueue(pipeline);
            trials = queue->tryOut(host::porchPipeline(pipeline));
            return {host::ExitStatus::ok, queue->describe()};
        });
        for (const auto& trial : trials) {
            say(std::chrono::steady_clock::now() - start, name + ", " + trial.what,
                {trial.failed ? host::pipelineStatusFor(*trial.failed) : host::ExitStatus::ok,
                 trial.text});
        }
    }

    /// All five tables and the columns that contacts need; then as many sessions as a run has.
    void tryWarehouse()
    {
        attempt("warehouse", [&]() -> Finding {
            Crowd crowd;
            for (const auto& pipeline : _assembly.configuration().pipelines()) {
                crowd.count(pipeline);
            }
            std::vector<std::unique_ptr<host::HostServices>> sessions;
            sessions.push_back(_assembly.makeServices("check"));
            auto& warehouse = sessions.front()->warehouse();
            warehouse.contacts({"no such study"});
            for (const char* table : {"sample", "oseq_flowcell", "stock_resource"}) {
                warehouse.query("SELECT id_sample_tmp FROM " + std::string(table) +
                                    " WHERE id_sample_tmp = ?",
                                {"0"});
            }
            while (sessions.size() < crowd.size()) {
                sessions.push_back(_assembly.makeServices("check"));
                try {
                    sessions.back()->warehouse().contacts({"no such study"});
                } catch (const ServiceError& error) {
                    return crowd.tooLarge(sessions.size(), "sessions", error.what());
                }
            }
            return {host::ExitStatus::ok, "can be read" + crowd.inWords("sessions")};
        });
    }

    /// Every URL among a source's settings is asked; any answer but a fault of the server will do.
    void trySource(const config::PluginReference& reference)
    {
        std::vector<Setting> table;
        attempt(reference.section, [&]() -> Finding {
            const auto source = _assembly.loader().makeSource(reference.plugin);
            table = host::callPlugin(reference.section + " in settings()",
                                     [&] { return source->settings(); });
            return {host::ExitStatus::ok, "plugin " + reference.plugin};
        });
        config::Findings ignored;
        const auto values =
            _assembly.configuration().settings(reference, table, {}, _program.redactor(), ignored);
        for (const auto& setting : table) {
            if (setting.kind != Kind::url || !values.has(setting.name)) {
                continue;
            }
            attempt(reference.section + ", " + setting.name,
                    [&] { return ask(values.text(setting.name)); });
        }
    }

    Finding ask(const std::string& url)
    {
        constexpr int kServerFault = 500;
        const auto services = _assembly.makeServices("check");
        const auto response = services->http().exchange({"GET", url, {}, ""},
                                                        std::chrono::steady_clock::now() + kLimit);
        const std::string answer = url + " answers " + std::to_string(response.status);
        if (response.status == 401 || response.status == 403) {
            return {host::ExitStatus::credentials, answer};
        }
        return {response.status >= kServerFault ? host::ExitStatus::unavailable
                                                : host::ExitStatus::ok,
                answer};
    }

    /// As many connections as a run has, all open together.
    void tryTransport(const config::PluginReference& reference)
    {
        attempt(reference.section, [&]() -> Finding {
            const auto& configuration = _assembly.configuration();
            Crowd crowd;
            for (const auto& pipeline : configuration.pipelines()) {
                if (configuration.reference("transport", pipeline.transport).section ==
                    reference.section) {
                    crowd.count(pipeline);
                }
            }
            std::vector<host::Prepared<Transport>> connections;
            connections.push_back(_assembly.makeTransport(reference));
            const auto first = probe(connections.front(), reference.section);
            if (first.verdict != Verdict::delivered) {
                return {statusOf(first), first.reason};
            }
            while (connections.size() < crowd.size()) {
                connections.push_back(_assembly.makeTransport(reference));
                const auto outcome = probe(connections.back(), reference.section);
                if (outcome.verdict != Verdict::delivered) {
                    return crowd.tooLarge(connections.size(), "connections", outcome.reason);
                }
            }
            return {host::ExitStatus::ok, first.reason + crowd.inWords("connections")};
        });
    }

    Outcome probe(const host::Prepared<Transport>& transport, const std::string& section)
    {
        ProbeContext context(_program);
        return host::callPlugin(section + " in probe()", [&] {
            return transport->probe({std::string(64, '0'), {}}, context);
        });
    }

    static host::ExitStatus statusOf(const Outcome& outcome)
    {
        // A transport that has nothing to probe does not know, and that is no failure.
        return outcome.credentials                   ? host::ExitStatus::credentials
               : outcome.verdict == Verdict::unknown ? host::ExitStatus::ok
               : outcome.scope == Scope::sender      ? host::ExitStatus::configuration
                                                     : host::ExitStatus::unavailable;
    }

    Program& _program;
    host::Assembly& _assembly;
    host::ExitStatus _worst{host::ExitStatus::ok};
};

} // namespace

host::ExitStatus checkLive(Program& program)
{
    return LiveCheck(program).run();
}

} // namespace notifyhost::app
