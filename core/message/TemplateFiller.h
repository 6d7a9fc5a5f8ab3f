#pragma once

#include "message/TemplateParser.h"

#include <Poco/JSON/Object.h>

#include <string>
#include <vector>

namespace notifyhost::message {

/// What is being written: it decides about line breaks, escaping and how wide an escaped character
/// is.
enum class Form { subject, text, html };

/// A template filled with facts. Null prints nothing and is false; a text or a number is true, also
/// an empty text and 0. Facts are looked up as they are: most of them (the unused wells of a plate)
/// are never asked for.
/// Errors: TemplateError, with file and line, for a name that the facts do not hold, a list or an
///         object that is to be printed, and a line break in a subject; Poco::Exception for a value
///         that has no text.
std::string fillTemplate(const std::vector<Piece>& pieces, const Poco::JSON::Object& facts,
                         Form form);

} // namespace notifyhost::message
