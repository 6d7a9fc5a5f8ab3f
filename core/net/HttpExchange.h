#pragma once

#include <notifyhost/Services.h>

#include <filesystem>
#include <memory>

namespace notifyhost::net {

struct HttpSettings {
    std::filesystem::path caFile; ///< certificates to trust beside the system's; empty: none
    std::chrono::seconds connectTimeout{10};
};

/// The host's HTTP client. Keeps one connection alive per server. Creates an SSL context at the
/// first https request only, one per process.
std::unique_ptr<Http> makeHttp(const HttpSettings& settings);

} // namespace notifyhost::net
