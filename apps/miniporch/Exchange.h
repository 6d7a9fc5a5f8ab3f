#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace notifyhost::miniporch {

/// Where a long answer goes on: behind the task with this number.
struct Position {
    std::int64_t task{};
    bool first{true}; ///< nothing was listed yet
};

/// One request, free of how it came over the network.
struct Request {
    std::string method;
    std::string path;  ///< percent-decoded; octets, not always UTF-8
    std::string query; ///< as it was sent, without the question mark
    std::string base;  ///< scheme and host as the client named them: "http://127.0.0.1:8081"
    std::optional<std::string> authorization;
    std::string contentType;
    std::string body;
    Position position{}; ///< in a listing
};

/// What is answered.
struct Answer {
    int status{200};
    std::string body;
    std::string contentType{"application/json"};
    std::vector<std::pair<std::string, std::string>> headers{};
    /// There is more: the same request with this position brings the next part of the body. So an
    /// answer costs no more than a part, however long it is and however slowly it is read.
    std::optional<Position> next{};
};

/// Takes a request and calls back once, from any thread, when its answer may be sent.
using Done = std::function<void(Answer)>;
using Handler = std::function<void(Request, Done)>;

} // namespace notifyhost::miniporch
