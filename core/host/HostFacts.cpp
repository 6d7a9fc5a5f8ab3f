#include "host/HostFacts.h"

#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeFormatter.h>
#include <Poco/Timestamp.h>

namespace notifyhost::host {

Poco::JSON::Object withHostFacts(const Poco::JSON::Object& facts, const ledger::Earlier& earlier)
{
    Poco::JSON::Object result = facts;
    result.set("replaces_earlier", earlier.told);
    Poco::Dynamic::Var asOf;
    if (earlier.told && earlier.asOf) {
        asOf = Poco::DateTimeFormatter::format(
            Poco::Timestamp::fromEpochTime(std::chrono::system_clock::to_time_t(*earlier.asOf)),
            Poco::DateTimeFormat::ISO8601_FORMAT);
    }
    result.set("replaces_as_of", asOf);
    return result;
}

} // namespace notifyhost::host
