#include "message/FactCheck.h"

#include "message/Characters.h"
#include "message/Templates.h"

#include <Poco/JSON/Array.h>

#include <string>

namespace notifyhost::message {

namespace {

using Poco::Dynamic::Var;
using Poco::JSON::Array;
using Poco::JSON::Object;

constexpr int kDeepest = 64;
constexpr std::size_t kMost = 1'000'000;

class Walk {
public:
    void object(const Object& facts, const std::string& path, int depth)
    {
        for (const auto& [name, fact] : facts) {
            value(fact, path.empty() ? name : path + "." + name, depth);
        }
    }

private:
    void value(const Var& fact, const std::string& path, int depth)
    {
        if (++_count > kMost) {
            throw FactError("there are more than a million facts");
        }
        if (depth > kDeepest) {
            throw FactError("the fact '" + shown(path) +
                            "' is nested too deep, or contains itself");
        }
        if (fact.type() == typeid(Object::Ptr)) {
            const auto& pointer = fact.extract<Object::Ptr>();
            object(*required(pointer.get(), path), path, depth + 1);
        } else if (fact.type() == typeid(Object)) {
            object(fact.extract<Object>(), path, depth + 1);
        } else if (fact.type() == typeid(Array::Ptr)) {
            const auto& pointer = fact.extract<Array::Ptr>();
            array(*required(pointer.get(), path), path, depth + 1);
        } else if (fact.type() == typeid(Array)) {
            array(fact.extract<Array>(), path, depth + 1);
        }
    }

    void array(const Array& facts, const std::string& path, int depth)
    {
        for (const auto& fact : facts) {
            value(fact, path, depth);
        }
    }

    template<typename Value>
    static const Value* required(const Value* value, const std::string& path)
    {
        if (value == nullptr) {
            throw FactError(
                "the fact '" + shown(path) +
                "' is a null pointer; what is not known is an empty Poco::Dynamic::Var");
        }
        return value;
    }

    /// The first of a long way is enough to find it by.
    static std::string shown(const std::string& path)
    {
        constexpr std::size_t kEnough = 80;
        const auto text = withoutControls(path).value_or(path);
        return text.size() > kEnough ? text.substr(0, kEnough) + "…" : text;
    }

    std::size_t _count{};
};

} // namespace

void checkFacts(const Object& facts)
{
    Walk().object(facts, "", 1);
}

} // namespace notifyhost::message
