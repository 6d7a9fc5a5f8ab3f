#pragma once

#include "support/Process.h"
#include "support/TemporaryFolder.h"
#include "warehouse/WarehouseConnection.h"

#include <notifyhost/EventSource.h>

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Parser.h>

#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

/// What the tests of every event source need: the host's side of discover() and compose(), and a
/// look into facts.
namespace notifyhost::test {

/// Reads a text as the host's input does; can be told to stop after some lines.
class TextInput : public DiscoverContext {
public:
    explicit TextInput(const std::string& text) : _stream(text) {}
    std::istream& input() override { return _stream; }
    bool cancelled() const override { return _questions++ >= _limit; }
    void stopAfter(int lines) { _limit = lines; }

private:
    std::istringstream _stream;
    int _limit{1 << 30};
    mutable int _questions{};
};

/// Keeps what was found.
class FoundEvents : public DiscoverSink {
public:
    void add(FoundEvent event) override { events.push_back(std::move(event)); }
    void bad(std::string origin, std::string reason) override
    {
        refused.emplace_back(std::move(origin), std::move(reason));
    }

    std::vector<FoundEvent> events;
    std::vector<std::pair<std::string, std::string>> refused;
};

/// Keeps what compose() made.
class Composed : public ComposeSink {
public:
    bool wanted(std::string_view key) const override
    {
        return !frozen && !frozenKeys.contains(std::string(key));
    }
    void notify(Notification notification) override
    {
        notifications.push_back(std::move(notification));
    }
    void failed(std::string key, ComposeFailure failure, std::string reason) override
    {
        failures.push_back({std::move(key), failure, std::move(reason)});
    }

    struct Failure {
        std::string key;
        ComposeFailure failure;
        std::string reason;
    };
    bool frozen{};                    ///< all of them
    std::set<std::string> frozenKeys; ///< these
    std::vector<Notification> notifications;
    std::vector<Failure> failures;
};

/// The sample rows and the trap rows in an SQLite file, made at the first call.
inline warehouse::WarehouseSettings sampleWarehouse()
{
    static const TemporaryFolder folder;
    static const warehouse::WarehouseSettings settings = [] {
        ProcessOptions options;
        options.input = readFile(SOURCE_ROOT "/conf/demo/warehouse.sql") +
                        readFile(TEST_DATA "/warehouse-traps.sql");
        warehouse::WarehouseSettings result;
        result.dbfile = folder / "warehouse.sqlite";
        const ProcessResult loaded = run({"sqlite3", "-bail", result.dbfile.string()}, options);
        if (loaded.status != 0) {
            throw std::runtime_error("sqlite3 refused: " + loaded.error);
        }
        return result;
    }();
    return settings;
}

inline Task taskOf(const std::string& inputText)
{
    Poco::JSON::Parser parser;
    Task task;
    task.inputText = inputText;
    task.input = *parser.parse(inputText).extract<Poco::JSON::Object::Ptr>();
    return task;
}

inline Poco::JSON::Object member(const Poco::JSON::Object& facts, const std::string& list,
                                 unsigned index)
{
    return *facts.getArray(list)->getObject(index);
}

inline std::size_t count(const Poco::JSON::Object& facts, const std::string& list)
{
    return facts.getArray(list)->size();
}

/// A fact as text: null and booleans by their words.
inline std::string word(const Poco::JSON::Object& facts, const std::string& key)
{
    const Poco::Dynamic::Var value = facts.get(key);
    if (!facts.has(key)) {
        return "(absent)";
    }
    if (value.isEmpty()) {
        return "null";
    }
    return value.isBoolean() ? (value.extract<bool>() ? "yes" : "no")
                             : value.extract<std::string>();
}

inline std::vector<std::string> words(const Poco::JSON::Object& facts,
                                      const std::vector<std::string>& keys)
{
    std::vector<std::string> result;
    for (const std::string& key : keys) {
        result.push_back(word(facts, key));
    }
    return result;
}

/// One key of every member of a list.
inline std::vector<std::string> column(const Poco::JSON::Object& facts, const std::string& list,
                                       const std::string& key)
{
    std::vector<std::string> result;
    for (unsigned index = 0; index < count(facts, list); ++index) {
        result.push_back(word(member(facts, list, index), key));
    }
    return result;
}

inline std::string json(const Poco::JSON::Object& object)
{
    std::ostringstream text;
    object.stringify(text);
    return text.str();
}

} // namespace notifyhost::test
