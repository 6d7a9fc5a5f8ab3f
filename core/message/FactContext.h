#pragma once

#include "message/Form.h"
#include "message/TemplateExpansion.h"

#include <kainjow/mustache.hpp>

#include <Poco/JSON/Object.h>

#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

namespace notifyhost::message {

/// Where kainjow looks up the names of an expanded template: in the facts as they are, since most
/// of them (the unused wells of a plate) are never asked for.
/// Null prints nothing and is false; a text or a number is true, also an empty text and 0.
/// Errors: get() throws TemplateError, with file and line, for a name that the facts do not hold, a
///         list or an object that is to be printed, and a line break in a subject.
/// Owner: facts and places outlive it. Threads: one at a time.
class FactContext : public kainjow::mustache::basic_context<std::string> {
public:
    FactContext(const Poco::JSON::Object& facts, const std::vector<TagPlace>& places, Form form);

    void push(const kainjow::mustache::data* data) override;
    void pop() override;
    const kainjow::mustache::data* get(const std::string& markedName) const override;
    const kainjow::mustache::data* get_partial(const std::string& name) const override;

private:
    using Data = kainjow::mustache::data;

    /// An open section: what kainjow has of it, and the facts in it where it is an object.
    struct Scope {
        const Data* data{};
        const Poco::JSON::Object* facts{};
    };

    const Poco::Dynamic::Var* find(const std::string& name) const;
    const Data* forSection(const Poco::Dynamic::Var& fact) const;
    const Data* forPrint(const Poco::Dynamic::Var& fact, const TagPlace& place) const;
    const Data* printed(std::string text, const TagPlace& place) const;
    void remember(const Data& data, const Poco::Dynamic::Var& fact) const;

    const std::vector<TagPlace>& _places;
    const Form _form;
    std::vector<Scope> _scopes;     ///< outermost first
    mutable std::deque<Data> _made; ///< what kainjow holds pointers to
    mutable std::unordered_map<const Data*, const Poco::JSON::Object*> _objects;
};

} // namespace notifyhost::message
