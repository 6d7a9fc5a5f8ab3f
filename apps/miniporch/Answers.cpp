#include "Answers.h"

#include "json/Json.h"

namespace notifyhost::miniporch {

namespace {

constexpr int kUnprocessable = 422;

std::string entry(const std::string& where, std::string_view message, std::string_view type)
{
    return "{\"loc\":[" + where + "],\"msg\":" + json::quote(message) +
           ",\"type\":" + json::quote(type) + "}";
}

Answer unprocessable(const std::string& entries)
{
    return {kUnprocessable, "{\"detail\":[" + entries + "]}"};
}

} // namespace

Answer detail(int status, std::string_view text)
{
    return {status, "{\"detail\":" + json::quote(text) + "}"};
}

Answer serverFault()
{
    return {500, "Internal Server Error", "text/plain; charset=utf-8"};
}

void Problems::add(const std::vector<std::string>& where, std::string_view message,
                   std::string_view type)
{
    std::string quoted;
    for (const auto& step : where) {
        quoted += (quoted.empty() ? "" : ",") + json::quote(step);
    }
    _entries += (_entries.empty() ? "" : ",") + entry(quoted, message, type);
}

Answer Problems::malformed(std::string_view message)
{
    return unprocessable(entry("\"body\"", message, "value_error.jsondecode"));
}

void Problems::check() const
{
    if (any()) {
        throw Refusal(unprocessable(_entries));
    }
}

} // namespace notifyhost::miniporch
