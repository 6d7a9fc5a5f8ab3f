#include "Api.h"

#include "Answers.h"
#include "Endpoints.h"
#include "OpenApi.h"
#include "Pages.h"
#include "net/Url.h"
#include "sdk/Utf8.h"

#include <algorithm>
#include <array>

namespace notifyhost::miniporch {

namespace {

/// One path and method. A pattern's segment {} stands for one that is not empty.
struct Route {
    std::string_view method;
    std::string_view pattern;
    Answer (*endpoint)(Call&);
    bool onlyWithVersions{};
};

constexpr std::array kRoutes{
    Route{"GET", "/pipelines/", listPipelines},
    Route{"POST", "/pipelines/", createPipeline},
    Route{"GET", "/pipelines/{}", getPipeline},
    Route{"POST", "/pipelines/{}/token/{}", createToken},
    Route{"GET", "/tasks/", listTasks},
    Route{"POST", "/tasks/", addTask},
    Route{"PUT", "/tasks/", updateTask},
    Route{"POST", "/tasks/claim", claimTasks},
    Route{"POST", "/versions/", createVersion, true},
    Route{"GET", "/versions/{}", listVersions, true},
    Route{"GET", "/api/v1/openapi.json", openApi},
    Route{"GET", "/", startPage},
    Route{"GET", "/about", aboutPage},
    Route{"GET", "/long_running", longRunningPage},
    Route{"GET", "/recently_failed", recentlyFailedPage},
};

std::vector<std::string> segments(std::string_view path)
{
    std::vector<std::string> result;
    for (std::size_t slash = path.find('/'); slash != std::string_view::npos;
         slash = path.find('/')) {
        result.emplace_back(path.substr(0, slash));
        path.remove_prefix(slash + 1);
    }
    result.emplace_back(path);
    return result;
}

/// What stands in the pattern's variable segments; nullopt where it is another path.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path)
{
    const auto expected = segments(pattern);
    auto found = segments(path);
    if (expected.size() != found.size()) {
        return std::nullopt;
    }
    std::vector<std::string> parts;
    for (std::size_t index = 0; index < expected.size(); ++index) {
        if (expected[index] == "{}" && !found[index].empty()) {
            parts.push_back(std::move(found[index]));
        } else if (expected[index] != found[index]) {
            return std::nullopt;
        }
    }
    return parts;
}

bool isKnown(std::string_view path, bool hasVersions)
{
    return std::any_of(kRoutes.begin(), kRoutes.end(), [&](const Route& route) {
        return (hasVersions || !route.onlyWithVersions) && match(route.pattern, path);
    });
}

/// The same path with the slash at its end that it lacks, or without the one too many.
std::string otherForm(std::string path)
{
    if (!path.ends_with('/')) {
        return path + "/";
    }
    path.erase(path.find_last_not_of('/') + 1);
    return path;
}

std::string encodePath(std::string_view path)
{
    std::string encoded;
    for (const auto& segment : segments(path)) {
        encoded += net::percentEncode(segment) + "/";
    }
    encoded.pop_back();
    return encoded;
}

Answer redirect(const Request& request, const std::string& path)
{
    Answer answer{307, "", ""};
    answer.headers.emplace_back("Location", request.base + encodePath(path) +
                                                (request.query.empty() ? "" : "?") + request.query);
    return answer;
}

} // namespace

bool Api::mayWrite(const Request& request)
{
    return request.method == "POST" || request.method == "PUT";
}

Answer Api::answer(const Request& request, queue::QueueStore& store) const
{
    const bool hasVersions = _generation == queue::Generation::three;
    std::string allowed;
    if (mime::firstInvalidOctet(request.path) || request.path.find('\0') != std::string::npos) {
        return detail(404, "Not Found");
    }
    for (const auto& route : kRoutes) {
        auto parts = match(route.pattern, request.path);
        if (!parts || (route.onlyWithVersions && !hasVersions)) {
            continue;
        }
        if (route.method != request.method) {
            allowed += (allowed.empty() ? "" : ", ") + std::string(route.method);
            continue;
        }
        try {
            Call call(request, std::move(*parts), store, _generation);
            return route.endpoint(call);
        } catch (const Refusal& refusal) {
            return refusal.answer();
        }
    }
    if (!allowed.empty()) {
        Answer answer = detail(405, "Method Not Allowed");
        answer.headers.emplace_back("Allow", allowed);
        return answer;
    }
    const std::string other = otherForm(request.path);
    return isKnown(other, hasVersions) ? redirect(request, other) : detail(404, "Not Found");
}

} // namespace notifyhost::miniporch
