#pragma once

#include <Poco/JSON/Object.h>

namespace notifyhost::message {

/// Finds facts that cannot be walked through: null pointers in place of null, facts nested more
/// than 64 deep (also those that contain themselves), more than a million of them.
/// Errors: FactError naming the fact.
void checkFacts(const Poco::JSON::Object& facts);

} // namespace notifyhost::message
