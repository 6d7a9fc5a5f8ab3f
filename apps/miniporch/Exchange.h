#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace notifyhost::miniporch {

/// One request, free of how it came over the network.
struct Request {
    std::string method;
    std::string path;  ///< percent-decoded; octets, not always UTF-8
    std::string query; ///< as it was sent, without the question mark
    std::string base;  ///< scheme and host as the client named them: "http://127.0.0.1:8081"
    std::optional<std::string> authorization;
    std::string contentType;
    std::string body;
};

/// What is answered.
struct Answer {
    int status{200};
    std::string body;
    std::string contentType{"application/json"};
    std::vector<std::pair<std::string, std::string>> headers{};
};

/// Takes a request and calls back once, from any thread, when its answer may be sent.
using Done = std::function<void(Answer)>;
using Handler = std::function<void(Request, Done)>;

} // namespace notifyhost::miniporch
