#include <notifyhost/Plugin.h>

#include <csignal>

using namespace notifyhost;

namespace {

/// Composes what the task's input says: {"notifications": [{"key": …, "to": […], "fail": …}]},
/// where fail is later, never, down, throw or crash.
class ScriptedSource : public EventSource {
public:
    std::vector<Setting> settings() const override { return {}; }
    std::vector<Problem> configure(const Settings&, Services&) override { return {}; }

    std::vector<Example> examples() const override
    {
        Poco::JSON::Object facts;
        facts.set("subject", "an example");
        return {{"full", facts}};
    }

    void discover(DiscoverContext& context, DiscoverSink& sink) override
    {
        std::string line;
        for (int number = 1; std::getline(context.input(), line); ++number) {
            sink.add({line, "line " + std::to_string(number), line + "\n"});
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
    static void composeOne(const Poco::JSON::Object& wanted, ComposeSink& sink)
    {
        const auto key = wanted.getValue<std::string>("key");
        const auto fail = wanted.optValue<std::string>("fail", "");
        if (fail == "later" || fail == "never") {
            sink.failed(key, fail == "later" ? ComposeFailure::tryAgain : ComposeFailure::refused,
                        "the script says " + fail);
        } else if (fail == "down") {
            throw ServiceError(ServiceError::Kind::unavailable, "the scripted service is down");
        } else if (fail == "throw") {
            throw std::runtime_error("the script throws");
        } else if (fail == "crash") {
            std::raise(SIGKILL);
        } else {
            Notification notification;
            notification.key = key;
            const auto to = wanted.getArray("to");
            for (std::size_t index = 0; index < to->size(); ++index) {
                notification.recipients.push_back(
                    to->getElement<std::string>(static_cast<unsigned>(index)));
            }
            notification.facts.set("subject", "about " + key);
            sink.notify(std::move(notification));
        }
    }
};

} // namespace

NOTIFYHOST_SOURCE(ScriptedSource, "scripted_source", "1.0", "Composes what its tasks say",
                  "Apache-2.0")
