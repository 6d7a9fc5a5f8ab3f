#include "log/LogDictionary.h"

#include <Poco/Exception.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>

namespace notifyhost::log {

namespace {

using Object = Poco::JSON::Object;
using Value = Poco::Dynamic::Var;

constexpr int kWarning = 30;

struct LevelName {
    std::string_view name;
    int number;
};
constexpr std::array<LevelName, 8> kLevels{{{"NOTSET", 0},
                                            {"DEBUG", 10},
                                            {"INFO", 20},
                                            {"WARN", 30},
                                            {"WARNING", 30},
                                            {"ERROR", 40},
                                            {"FATAL", 50},
                                            {"CRITICAL", 50}}};

/// The least of our levels that a Python threshold lets through.
Level levelFor(int number)
{
    return number > kWarning ? Level::error
           : number > 20     ? Level::warning
           : number > 10     ? Level::info
                             : Level::debug;
}

bool isOurs(const std::string& logger)
{
    const std::string first = logger.substr(0, logger.find('.'));
    return first == "notifyhost" || first == "npg_notifications";
}

/// What a logger of the dictionary says that counts here.
struct LoggerPart {
    int level{}; ///< 0: not said
    std::vector<std::string> handlers;
    bool propagates{true};
};

class Reader {
public:
    LogDictionary read(const Object& dictionary)
    {
        for (const std::string& key : dictionary.getNames()) {
            const Value value = dictionary.get(key);
            if (key == "version") {
                requireVersion(value);
            } else if (key == "handlers") {
                readHandlers(object(value, key));
            } else if (key == "loggers") {
                readLoggers(object(value, key));
            } else if (key == "root") {
                merge(_root, readLogger(object(value, key), key));
            } else if (key != "disable_existing_loggers" && !isEmpty(value)) {
                _ignored.insert(key);
            }
        }
        if (!dictionary.has("version")) {
            throw std::runtime_error("version is missing; it must be 1");
        }
        return result();
    }

private:
    static const Object& object(const Value& value, const std::string& place)
    {
        if (value.type() != typeid(Object::Ptr)) {
            throw std::runtime_error(place + " is not an object");
        }
        return *value.extract<Object::Ptr>();
    }

    static bool isEmpty(const Value& value)
    {
        return value.isEmpty() ||
               (value.type() == typeid(Object::Ptr) && value.extract<Object::Ptr>()->size() == 0) ||
               (value.isBoolean() && !value.convert<bool>());
    }

    static std::string text(const Value& value, const std::string& place)
    {
        if (!value.isString()) {
            throw std::runtime_error(place + " is not a text");
        }
        return value.extract<std::string>();
    }

    static void requireVersion(const Value& value)
    {
        if (!value.isInteger() || value.isBoolean() || value.convert<int>() != 1) {
            throw std::runtime_error("version must be 1");
        }
    }

    static int level(const Value& value, const std::string& place)
    {
        if (value.isInteger() && !value.isBoolean()) {
            return static_cast<int>(std::clamp<Poco::Int64>(value.convert<Poco::Int64>(), 0, 50));
        }
        const std::string name = text(value, place);
        for (const LevelName& known : kLevels) {
            if (known.name == name) {
                return known.number;
            }
        }
        throw std::runtime_error(place + " is no level; write DEBUG, INFO, WARNING or ERROR");
    }

    void readHandlers(const Object& handlers)
    {
        for (const std::string& name : handlers.getNames()) {
            const std::string place = "handlers." + name;
            readHandler(name, object(handlers.get(name), place), place);
        }
    }

    void readHandler(const std::string& name, const Object& handler, const std::string& place)
    {
        LogTarget target;
        bool usable = handler.has("filename");
        int least = 0;
        for (const std::string& key : handler.getNames()) {
            const Value value = handler.get(key);
            const std::string where = place + "." + key;
            if (key == "level") {
                least = level(value, where);
            } else if (key == "filename") {
                target.file = text(value, where);
            } else if (key == "class") {
                usable = usable || text(value, where).ends_with("StreamHandler");
            } else if (!isHonoured(key, value)) {
                _ignored.insert(where);
            }
        }
        if (usable && handler.has("filename") && target.file.empty()) {
            throw std::runtime_error(place + ".filename is empty");
        }
        if (usable) {
            _handlers[name] = {target, least};
        } else {
            _handlers[name] = std::nullopt;
            _ignored.insert(place);
        }
    }

    /// Files are opened at once, written in UTF-8 and added to; standard output carries data.
    static bool isHonoured(const std::string& key, const Value& value)
    {
        const std::string word = value.isString() ? value.extract<std::string>() : "";
        return (key == "stream" && word == "ext://sys.stderr") || (key == "mode" && word == "a") ||
               (key == "encoding" && (word == "utf-8" || word == "utf8" || word == "UTF-8")) ||
               key == "delay";
    }

    LoggerPart readLogger(const Object& logger, const std::string& place)
    {
        LoggerPart result;
        for (const std::string& key : logger.getNames()) {
            const Value value = logger.get(key);
            const std::string where = place + "." + key;
            if (key == "level") {
                result.level = level(value, where);
            } else if (key == "handlers") {
                result.handlers = names(value, where);
            } else if (key == "propagate") {
                result.propagates = !value.isBoolean() || value.convert<bool>();
            } else {
                _ignored.insert(where);
            }
        }
        return result;
    }

    static std::vector<std::string> names(const Value& value, const std::string& place)
    {
        if (value.type() != typeid(Poco::JSON::Array::Ptr)) {
            throw std::runtime_error(place + " is not a list");
        }
        std::vector<std::string> result;
        for (const Value& name : *value.extract<Poco::JSON::Array::Ptr>()) {
            result.push_back(text(name, place));
        }
        return result;
    }

    void readLoggers(const Object& loggers)
    {
        for (const std::string& name : loggers.getNames()) {
            const std::string place = "loggers." + name;
            const LoggerPart part = readLogger(object(loggers.get(name), place), place);
            if (name.empty() || name == "root") {
                merge(_root, part);
            } else if (isOurs(name)) {
                merge(_own, part);
            } else {
                forget(place);
            }
        }
    }

    /// Names the whole in place of its parts.
    void forget(const std::string& place)
    {
        std::erase_if(_ignored,
                      [&](const std::string& each) { return each.starts_with(place + "."); });
        _ignored.insert(place);
    }

    /// Of several loggers the one that says most counts.
    static void merge(LoggerPart& whole, const LoggerPart& part)
    {
        if (part.level > 0 && (whole.level == 0 || part.level < whole.level)) {
            whole.level = part.level;
        }
        whole.handlers.insert(whole.handlers.end(), part.handlers.begin(), part.handlers.end());
        whole.propagates = whole.propagates && part.propagates;
    }

    LogDictionary result() const
    {
        const int least = _own.level > 0 ? _own.level : _root.level > 0 ? _root.level : kWarning;
        std::vector<std::string> used = _own.handlers;
        if (_own.propagates) {
            used.insert(used.end(), _root.handlers.begin(), _root.handlers.end());
        }
        LogDictionary result;
        result.ignored.assign(_ignored.begin(), _ignored.end());
        for (const std::string& name : used) {
            const auto handler = _handlers.find(name);
            if (handler == _handlers.end()) {
                throw std::runtime_error("handlers has no '" + name + "', which a logger names");
            }
            if (handler->second) {
                LogTarget target = handler->second->target;
                target.threshold = levelFor(std::max(least, handler->second->level));
                add(result.targets, target);
            }
        }
        if (result.targets.empty()) {
            result.targets.push_back({{}, levelFor(std::max(least, kWarning))});
        }
        return result;
    }

    static void add(std::vector<LogTarget>& targets, const LogTarget& target)
    {
        const auto same = std::find_if(targets.begin(), targets.end(), [&](const LogTarget& other) {
            return other.file == target.file;
        });
        if (same == targets.end()) {
            targets.push_back(target);
        } else {
            same->threshold = std::min(same->threshold, target.threshold);
        }
    }

    struct Handler {
        LogTarget target;
        int level{};
    };

    std::map<std::string, std::optional<Handler>> _handlers; ///< nullopt: of no use here
    LoggerPart _root;
    LoggerPart _own;
    std::set<std::string> _ignored;
};

} // namespace

LogDictionary readLogDictionary(std::string_view json)
{
    Value parsed;
    try {
        parsed = Poco::JSON::Parser().parse(std::string(json));
    } catch (const Poco::Exception& error) {
        throw std::runtime_error("is not JSON: " + error.message());
    }
    if (parsed.type() != typeid(Object::Ptr)) {
        throw std::runtime_error("is not a JSON object");
    }
    return Reader().read(*parsed.extract<Object::Ptr>());
}

} // namespace notifyhost::log
