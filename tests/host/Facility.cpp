#include "host/Facility.h"

#include "config/Configuration.h"

#include <gtest/gtest.h>

#include <random>

#include <sys/wait.h>
#include <unistd.h>

namespace notifyhost::host::test {

namespace {

const queue::Pipeline kPipeline{"mails", "https://example.org/mails", "1"};

std::vector<std::string> linesOf(const std::filesystem::path& file)
{
    std::vector<std::string> lines;
    std::ifstream input(file);
    std::string line;
    while (std::getline(input, line)) {
        lines.push_back(line);
    }
    return lines;
}

std::string quoted(const std::vector<std::string>& addresses)
{
    std::string list;
    for (const auto& address : addresses) {
        list += (list.empty() ? "\"" : ",\"") + address + "\"";
    }
    return "[" + list + "]";
}

} // namespace

Facility::Facility()
{
    _folder.write("templates/scripted_source/subject.mustache", "{{subject}}");
    _folder.write("templates/scripted_source/text.mustache", "This is {{subject}}.\n");
    _queue = std::make_unique<queue::EmbeddedQueue>(_folder / "queue.sqlite");
    _queue->registerPipeline(kPipeline);
}

std::string Facility::add(const std::string& inputJson)
{
    return _queue->add(kPipeline, {inputJson}).front().id;
}

std::string Facility::addFor(const std::vector<std::string>& addresses)
{
    return add(R"({"notifications":[{"key":"news","to":)" + quoted(addresses) + "}]}");
}

std::string Facility::addFailing(const std::string& name, const std::string& word)
{
    return add(R"({"name":")" + name + R"(","notifications":[{"key":"news","fail":")" + word +
               R"(","to":[")" + name + "@example.org\"]}]}");
}

queue::TaskStatus Facility::status(const std::string& taskId)
{
    for (const auto& task : _queue->list(kPipeline, {})) {
        if (task.id == taskId) {
            return task.status;
        }
    }
    throw std::runtime_error("the queue has no task " + taskId);
}

void Facility::put(const std::string& taskId, queue::TaskStatus status)
{
    for (const auto& task : _queue->list(kPipeline, {})) {
        if (task.id == taskId) {
            _queue->update(task, status);
        }
    }
}

int Facility::told(const std::string& address) const
{
    const auto all = toldAll();
    const auto found = all.find(address);
    return found == all.end() ? 0 : found->second;
}

std::map<std::string, int> Facility::toldAll() const
{
    std::map<std::string, int> result;
    for (const auto& line : linesOf(_folder / "peer.txt")) {
        ++result[line.substr(0, line.find(' '))];
    }
    return result;
}

int Facility::different(const std::string& address) const
{
    std::set<std::string> messages;
    for (const auto& line : linesOf(_folder / "peer.txt")) {
        if (line.starts_with(address + " ")) {
            messages.insert(line);
        }
    }
    return static_cast<int>(messages.size());
}

std::vector<std::string> Facility::composed() const
{
    return linesOf(_folder / "composed.txt");
}

std::streamsize Host::Lines::xsputn(const char* characters, std::streamsize count)
{
    const std::string line(characters, static_cast<std::size_t>(count));
    text += line;
    // A copy, since it may replace itself.
    if (const auto hook = onLine) {
        hook(line);
    }
    return count;
}

Host::Lines::int_type Host::Lines::overflow(int_type character)
{
    const char one = traits_type::to_char_type(character);
    xsputn(&one, 1);
    return traits_type::not_eof(character);
}

Host::Host(Facility& facility, const std::string& name, const std::string& settings)
    : queue(facility.folder() / "queue.sqlite"), _state(facility.folder() / name)
{
    const auto file = facility.folder().write(
        name + ".ini", "[host]\nplugin_path = " + std::string(BUILD_ROOT) +
                           "/tests/plugins\ntemplates = templates\nstate = " + name +
                           "\n[PORCH]\nurl = sqlite:queue.sqlite\n"
                           "[source.script]\nplugin = scripted_source\nrecord = composed.txt\n"
                           "mended = source.mended\n"
                           "[transport.peer]\nplugin = scripted_transport\nfile = peer.txt\n"
                           "mended = peer.mended\n"
                           "[pipeline.mails]\nporch_name = mails\n"
                           "porch_uri = https://example.org/mails\nporch_version = 1\n"
                           "source = script\ntransport = peer\n" +
                           (settings.find("workers") == std::string::npos ? "workers = 1\n" : "") +
                           settings);
    config::Findings findings;
    _configuration = std::make_unique<config::Configuration>(
        config::Configuration::load(file, config::Grammar::ours, _redactor, findings));
    for (const auto& finding : findings.all()) {
        throw std::runtime_error(config::toText(finding));
    }
    config::prepareStateFolder(_state);
    _logger =
        std::make_unique<log::Logger>(_output, log::Style{Level::info, {}, {}}, clock, _redactor);
    _assembly = std::make_unique<Assembly>(*_configuration, _redactor, *_logger, clock);
}

RunReport Host::run()
{
    const auto opened = ledger();
    const RetryPolicy retryPolicy([] { return 0.5; });
    Runner runner(*_assembly, pipeline(), queue, *opened, clock, retryPolicy, stop);
    auto report = runner.run();
    opened->settle();
    return report;
}

ChildEnd Host::runInChild()
{
    const pid_t child = ::fork();
    if (child == 0) {
        ::_exit(static_cast<int>(run().status));
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? ChildEnd{WTERMSIG(status), 0} : ChildEnd{0, WEXITSTATUS(status)};
}

void Host::runFor(std::chrono::seconds time, std::chrono::seconds step)
{
    for (std::chrono::seconds passed{0}; passed < time; passed += step) {
        clock.pass(step);
        run();
    }
}

std::unique_ptr<ledger::Ledger> Host::ledger()
{
    return std::make_unique<ledger::Ledger>(_state / "ledger.sqlite", "mails", "a test", [this] {
        // A copy, since it may replace itself.
        if (const auto hook = _onLedgerTime) {
            hook();
        }
        return clock.claimTime();
    });
}

ledger::TaskRow Host::row(const std::string& taskId)
{
    return ledger()->task(taskId).value();
}

ledger::DeliveryRow::Recipient Host::recipient(const std::string& taskId,
                                               const std::string& address)
{
    for (const auto& delivery : ledger()->deliveries(taskId)) {
        for (const auto& recipient : delivery.recipients) {
            if (recipient.address == address) {
                return recipient;
            }
        }
    }
    throw std::runtime_error("the ledger has no recipient " + address);
}

} // namespace notifyhost::host::test
