#pragma once

#include <notifyhost/Services.h>
#include <notifyhost/Setting.h>

#include <Poco/Exception.h>

#include <exception>
#include <string>
#include <utility>

namespace notifyhost::host {

/// What an exception says; Poco's own keep the better half of it in displayText().
inline std::string reasonOf(const std::exception& error)
{
    const auto* ofPoco = dynamic_cast<const Poco::Exception*>(&error);
    return ofPoco == nullptr ? error.what() : ofPoco->displayText();
}

/// Makes a call into a plugin and returns what it returns. who: "the source 'runs' in compose()".
/// Errors: ServiceError passes; whatever else comes out is a PluginFault that names who it was, and
///         is never taken for a failure of the host's own.
template<typename Call> auto callPlugin(const std::string& who, Call&& call) -> decltype(call())
{
    const std::string fault = "fault of " + who + ": ";
    try {
        return std::forward<Call>(call)();
    } catch (const ServiceError&) {
        throw;
    } catch (const std::exception& error) {
        throw PluginFault(fault + reasonOf(error));
    } catch (...) {
        throw PluginFault(fault + "it threw something that is no exception");
    }
}

} // namespace notifyhost::host
