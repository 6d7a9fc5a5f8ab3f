#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace notifyhost::miniporch {

/// The octets that percent-encoding stands for; a '%' that begins no such triple stays.
std::string percentDecode(std::string_view text);

/// A query's parameters; a repeated one counts with its last value.
class Query {
public:
    explicit Query(std::string_view text);
    std::optional<std::string> find(const std::string& name) const;

private:
    std::map<std::string, std::string> _values;
};

} // namespace notifyhost::miniporch
