#include "RequestReader.h"
#include "Require.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace notifyhost;
using fuzz::require;

namespace {

constexpr miniporch::RequestLimits kLimits{2'000, 4'000};

/// The requests in octets that arrive `step` at a time, as texts; the last may be a refusal.
std::vector<std::string> requestsOf(std::string_view octets, std::size_t step)
{
    std::vector<std::string> result;
    std::string waiting;
    miniporch::RequestReader reader(kLimits, "http");
    while (!octets.empty() || !waiting.empty()) {
        waiting += octets.substr(0, step);
        octets.remove_prefix(std::min(step, octets.size()));
        const std::size_t taken = reader.take(waiting);
        require(taken <= waiting.size(), "no more is taken than is there");
        waiting.erase(0, taken);
        require(reader.held() <= kLimits.header + kLimits.body, "what is kept is bounded");
        if (const auto& fault = reader.fault()) {
            const int status = fault->status;
            require(status == 400 || status == 413 || status == 431 || status == 501,
                    "a refusal has one of four reasons");
            require(!reader.complete() && !reader.keepsAlive(), "a refusal is the end");
            result.push_back(std::to_string(status));
            break;
        }
        if (reader.complete()) {
            const auto& request = reader.request();
            require(!request.method.empty(), "a request has a method");
            require(request.path.starts_with('/') || request.path == "*", "a path is absolute");
            require(request.base.find_first_of("\r\n /", 7) == std::string::npos,
                    "a host is a host");
            require(request.body.size() <= kLimits.body, "a body is bounded");
            result.push_back(request.method + "\n" + request.base + "\n" + request.path + "\n" +
                             request.query + "\n" + request.authorization.value_or("none") + "\n" +
                             request.contentType + "\n" + request.body);
            reader = miniporch::RequestReader(kLimits, "http");
        } else {
            require(waiting.empty(), "nothing is left lying");
        }
    }
    return result;
}

} // namespace

/// What clients send to miniporch, whole and in pieces: the same requests come of it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view octets(reinterpret_cast<const char*>(data), size);
    const auto whole = requestsOf(octets, std::max<std::size_t>(size, 1));
    require(requestsOf(octets, 1) == whole, "octet by octet it is the same");
    require(requestsOf(octets, 7) == whole, "in sevens it is the same");
    return 0;
}
