#include <notifyhost/Plugin.h>

#include <cstdlib>
#include <stdexcept>
#include <string_view>

using namespace notifyhost;

namespace {

/// Throws in the call that FAULTY names, what FAULTY_KIND names: usage, disk, poco or number.
void maybeThrow(std::string_view call)
{
    const char* wanted = std::getenv("FAULTY");
    const char* named = std::getenv("FAULTY_KIND");
    if (wanted == nullptr || wanted != call) {
        return;
    }
    const std::string_view kind = named == nullptr ? "disk" : named;
    if (kind == "usage") {
        throw std::invalid_argument("an odd argument");
    }
    if (kind == "poco") {
        throw Poco::NullPointerException("an odd pointer");
    }
    if (kind == "number") {
        throw 42;
    }
    throw std::runtime_error("an odd state");
}

/// A fact of a kind that no template can be filled from.
Poco::Dynamic::Var oddFact(const std::string& kind)
{
    if (kind == "null") {
        return Poco::JSON::Object::Ptr();
    }
    if (kind == "null list") {
        return Poco::JSON::Array::Ptr();
    }
    if (kind == "cycle") {
        // Once and never deleted, so that it is no leak.
        static const auto* const object = [] {
            auto* made = new Poco::JSON::Object::Ptr(new Poco::JSON::Object);
            (*made)->set("self", *made);
            return made;
        }();
        return *object;
    }
    if (kind == "list in itself") {
        static const auto* const list = [] {
            auto* made = new Poco::JSON::Array::Ptr(new Poco::JSON::Array);
            (*made)->add(*made);
            return made;
        }();
        return *list;
    }
    if (kind == "flood") {
        Poco::JSON::Array::Ptr list(new Poco::JSON::Array);
        for (int level = 0; level < 40; ++level) {
            Poco::JSON::Array::Ptr outer(new Poco::JSON::Array);
            outer->add(list);
            outer->add(list);
            list = outer;
        }
        return list;
    }
    if (kind == "pointer") {
        static int target = 0;
        return &target;
    }
    return "good";
}

/// Tells what its task's "odd" asks for, to one person.
class FaultySource : public EventSource {
public:
    FaultySource() { maybeThrow("constructor"); }

    std::vector<Setting> settings() const override
    {
        maybeThrow("settings");
        return {};
    }

    std::vector<Problem> configure(const Settings&, Services&) override
    {
        maybeThrow("configure");
        return {};
    }

    std::vector<Example> examples() const override
    {
        maybeThrow("examples");
        Poco::JSON::Object facts;
        const char* kind = std::getenv("FAULTY_FACT");
        facts.set("fact", oddFact(kind == nullptr ? "" : kind));
        return {{"full", facts}};
    }

    void discover(DiscoverContext& context, DiscoverSink& sink) override
    {
        std::string line;
        while (std::getline(context.input(), line)) {
            sink.add({line, "a line", line + "\n"});
        }
    }

    void compose(const Task& task, ComposeSink& sink) override
    {
        maybeThrow("compose");
        Notification notification;
        notification.key = "news";
        notification.recipients = {"ann@example.org"};
        notification.facts.set("fact", oddFact(task.input.getValue<std::string>("odd")));
        sink.notify(std::move(notification));
    }
};

} // namespace

NOTIFYHOST_SOURCE(FaultySource, "faulty_source", "1.0", "Throws where it is told to", "Apache-2.0")
