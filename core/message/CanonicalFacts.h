#pragma once

#include <Poco/JSON/Object.h>

#include <string>

namespace notifyhost::message {

/// Facts as one text that is the same for facts that say the same: keys sorted, and texts that are
/// ISO 8601 times as the moments they name, whatever their zone and fraction look like. No two
/// facts that say different things give the same. Facts that render() took: see FactCheck.h.
/// Threads: any.
std::string canonicalFacts(const Poco::JSON::Object& facts);

} // namespace notifyhost::message
