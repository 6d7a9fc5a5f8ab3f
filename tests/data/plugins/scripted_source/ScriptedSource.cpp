#include <notifyhost/DurableFile.h>
#include <notifyhost/IsoTime.h>
#include <notifyhost/Plugin.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

using namespace notifyhost;

namespace {

/// Composes what the task's input says: {"notifications": [{"key": …, "to": […], "fail": …}]},
/// where fail is later, never, down, login, throw, crash, or twice (the same key again). "about",
/// "as_of", "says" (a fact) and "spelt" (an incidental one) may be given too, and "once": a file
/// beside the record, which is waited for. While a file `source.contacts` lies beside the record of
/// what is mended, its words are everybody's addresses.
/// `input` lines that begin with # are bad; one that says "down" is the end of the service.
class ScriptedSource : public EventSource {
public:
    std::vector<Setting> settings() const override
    {
        return {{"record", Kind::path, "", "where a line is written for each key composed"},
                {"mended", Kind::path, "", "while this file exists, all is well"}};
    }

    std::vector<Problem> configure(const Settings& settings, Services& services) override
    {
        _services = &services;
        _record = settings.text("record");
        _mended = settings.text("mended");
        return {};
    }

    std::vector<Example> examples() const override
    {
        Poco::JSON::Object facts;
        facts.set("subject", "an example");
        facts.set("says", "something");
        facts.set("spelt", "so");
        return {{"full", facts}};
    }

    void discover(DiscoverContext& context, DiscoverSink& sink) override
    {
        std::string line;
        for (int number = 1; std::getline(context.input(), line); ++number) {
            const std::string origin = "line " + std::to_string(number);
            if (line.starts_with('#')) {
                sink.bad(origin, "is a comment");
            } else if (line == "down") {
                throw ServiceError(ServiceError::Kind::unavailable, "the scripted service is down");
            } else {
                sink.add({line, origin, line + "\n"});
            }
        }
    }

    void compose(const Task& task, ComposeSink& sink) override
    {
        const auto list = task.input.getArray("notifications");
        for (std::size_t index = 0; index < list->size(); ++index) {
            composeOne(*list->getObject(static_cast<unsigned>(index)), sink);
        }
    }

private:
    void composeOne(const Poco::JSON::Object& wanted, ComposeSink& sink) const
    {
        const auto key = wanted.getValue<std::string>("key");
        const bool mended = !_mended.empty() && std::filesystem::exists(_mended);
        const auto fail = mended ? "" : wanted.optValue<std::string>("fail", "");
        if (!sink.wanted(key)) {
            return;
        }
        if (!_record.empty()) {
            appendDurably(_record, key + "\n");
        }
        _services->log().write(Level::info, "composing " + key);
        awaitFile(wanted.optValue<std::string>("once", ""));
        if (fail == "later" || fail == "never") {
            sink.failed(key, fail == "later" ? ComposeFailure::tryAgain : ComposeFailure::refused,
                        "the script says " + fail);
        } else if (fail == "down") {
            throw ServiceError(ServiceError::Kind::unavailable, "the scripted service is down");
        } else if (fail == "login") {
            throw ServiceError(ServiceError::Kind::credentials,
                               "the scripted service knows us not");
        } else if (fail == "throw") {
            throw std::runtime_error("the script throws");
        } else if (fail == "crash") {
            std::raise(SIGKILL);
        } else {
            Notification notification;
            notification.key = key;
            notification.recipients = contacts(*wanted.getArray("to"));
            notification.facts.set("subject", "about " + key);
            notification.facts.set("says", wanted.optValue<std::string>("says", ""));
            notification.facts.set("spelt", wanted.optValue<std::string>("spelt", ""));
            notification.incidental = {"spelt", "no such fact"};
            notification.about = wanted.optValue<std::string>("about", "");
            notification.asOf = readIsoTime(wanted.optValue<std::string>("as_of", ""));
            if (fail == "twice") {
                sink.notify(notification);
            }
            sink.notify(std::move(notification));
        }
    }

    /// Not for ever: a test that goes wrong ends too.
    void awaitFile(const std::string& name) const
    {
        constexpr int kLooks = 1000;
        const auto file = std::filesystem::path(_record).replace_filename(name);
        for (int look = 0; !name.empty() && look < kLooks && !std::filesystem::exists(file); ++look)
        {
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
        }
    }

    std::vector<std::string> contacts(const Poco::JSON::Array& given) const
    {
        std::vector<std::string> result;
        std::ifstream changed(std::filesystem::path(_mended).replace_filename("source.contacts"));
        if (!_mended.empty() && changed) {
            for (std::string address; changed >> address;) {
                result.push_back(address);
            }
            return result;
        }
        for (std::size_t index = 0; index < given.size(); ++index) {
            result.push_back(given.getElement<std::string>(static_cast<unsigned>(index)));
        }
        return result;
    }

    Services* _services{};
    std::string _record;
    std::string _mended;
};

} // namespace

NOTIFYHOST_SOURCE(ScriptedSource, "scripted_source", "1.0", "Composes what its tasks say",
                  "Apache-2.0")
