#pragma once

#include "ledger/Ledger.h"

#include <Poco/JSON/Object.h>

namespace notifyhost::host {

/// A source's facts with those that the host adds to each notification: replaces_earlier (true or
/// false), and replaces_as_of, of what time that is which it replaces (ISO 8601; may be null).
Poco::JSON::Object withHostFacts(const Poco::JSON::Object& facts, const ledger::Earlier& earlier);

} // namespace notifyhost::host
