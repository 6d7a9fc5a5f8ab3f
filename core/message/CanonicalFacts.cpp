#include "message/CanonicalFacts.h"

#include <notifyhost/IsoTime.h>

#include <Poco/JSON/Array.h>

#include <algorithm>
#include <vector>

namespace notifyhost::message {

namespace {

using Poco::Dynamic::Var;
using Poco::JSON::Array;
using Poco::JSON::Object;

class Writer {
public:
    void object(const Object& facts)
    {
        std::vector<std::string> names;
        facts.getNames(names);
        std::sort(names.begin(), names.end());
        text += '{';
        for (const auto& name : names) {
            add('k', name);
            value(facts.get(name));
        }
        text += '}';
    }

    std::string text;

private:
    void value(const Var& fact)
    {
        if (fact.isEmpty()) {
            text += '-';
        } else if (fact.type() == typeid(Object::Ptr)) {
            object(*fact.extract<Object::Ptr>());
        } else if (fact.type() == typeid(Object)) {
            object(fact.extract<Object>());
        } else if (fact.type() == typeid(Array::Ptr)) {
            array(*fact.extract<Array::Ptr>());
        } else if (fact.type() == typeid(Array)) {
            array(fact.extract<Array>());
        } else if (fact.isString()) {
            const auto words = fact.convert<std::string>();
            const auto time = readIsoTime(words);
            add(time ? 't' : 's', time ? std::to_string(time->time_since_epoch().count()) : words);
        } else {
            add(fact.isBoolean() ? 'b' : 'n', fact.toString());
        }
    }

    void array(const Array& facts)
    {
        text += '[';
        for (const auto& fact : facts) {
            value(fact);
        }
        text += ']';
    }

    /// What is as long as it says cannot be taken for anything else.
    void add(char kind, const std::string& what)
    {
        text += kind + std::to_string(what.size()) + ':' + what;
    }
};

} // namespace

std::string canonicalFacts(const Object& facts)
{
    Writer writer;
    writer.object(facts);
    return std::move(writer.text);
}

} // namespace notifyhost::message
