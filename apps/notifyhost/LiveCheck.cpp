#include "LiveCheck.h"

#include "StageLine.h"
#include "config/SettingValues.h"
#include "host/HostServices.h"
#include "host/PluginCall.h"
#include "host/ServiceStatus.h"

#include <functional>
#include <set>

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

    /// All five tables and the columns that contacts need.
    void tryWarehouse()
    {
        attempt("warehouse", [&]() -> Finding {
            const auto services = _assembly.makeServices("check");
            auto& warehouse = services->warehouse();
            warehouse.contacts({"no such study"});
            for (const char* table : {"sample", "oseq_flowcell", "stock_resource"}) {
                warehouse.query("SELECT id_sample_tmp FROM " + std::string(table) +
                                    " WHERE id_sample_tmp = ?",
                                {"0"});
            }
            return {host::ExitStatus::ok, "can be read"};
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

    void tryTransport(const config::PluginReference& reference)
    {
        attempt(reference.section, [&]() -> Finding {
            const auto transport = _assembly.makeTransport(reference);
            ProbeContext context(_program);
            const auto outcome = host::callPlugin(reference.section + " in probe()", [&] {
                return transport->probe({std::string(64, '0'), {}}, context);
            });
            if (outcome.credentials) {
                return {host::ExitStatus::credentials, outcome.reason};
            }
            // A transport that has nothing to probe does not know, and that is no failure.
            const bool good =
                outcome.verdict == Verdict::delivered || outcome.verdict == Verdict::unknown;
            return {good ? host::ExitStatus::ok : host::ExitStatus::unavailable, outcome.reason};
        });
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
