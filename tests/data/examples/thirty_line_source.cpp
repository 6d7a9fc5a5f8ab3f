#include <notifyhost/Plugin.h> // A complete event source: one person is told of each line it reads.
using namespace notifyhost;
namespace {
struct LineSource : EventSource {
    std::vector<Setting> settings() const override
    {
        return {{"to", Kind::mailbox, "", "who is told", Need::required}};
    }
    std::vector<Problem> configure(const Settings& settings, Services&) override
    {
        _to = settings.text("to");
        return {};
    }
    using Var = Poco::Dynamic::Var;
    static Poco::JSON::Object facts(Var line) { return Poco::JSON::Object().set("line", line); }
    std::vector<Example> examples() const override
    {
        return {{"full", facts("the door is open")}, {"sparse", facts({})}};
    }
    void discover(DiscoverContext& context, DiscoverSink& sink) override
    {
        std::string line;
        for (int n = 1; !context.cancelled() && std::getline(context.input(), line); ++n)
            sink.add({Var(facts(line)).toString(), "line " + std::to_string(n), line + "\n"});
    }
    void compose(const Task& t, ComposeSink& s) override { s.notify({"line", {_to}, t.input}); }
    std::string _to;
};
} // namespace
NOTIFYHOST_SOURCE(LineSource, "thirty_line_source", "1.0", "Lines of text", "Apache-2.0")
