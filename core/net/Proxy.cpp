#include "net/Proxy.h"

#include <notifyhost/Services.h>

#include <Poco/Base64Encoder.h>
#include <Poco/Net/IPAddress.h>
#include <Poco/String.h>
#include <Poco/URI.h>

#include <charconv>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

namespace notifyhost::net {

namespace {

using Poco::Net::IPAddress;

std::string_view environment(const char* name)
{
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

std::string_view firstOf(const char* lower, const char* upper, const char*& name)
{
    name = lower;
    auto value = environment(lower);
    if (value.empty() && upper != nullptr) {
        name = upper;
        value = environment(upper);
    }
    return value;
}

std::string base64(const std::string& text)
{
    std::ostringstream output;
    Poco::Base64Encoder encoder(output);
    encoder.rdbuf()->setLineLength(0);
    encoder << text;
    encoder.close();
    return output.str();
}

Proxy parseProxy(std::string_view value)
{
    const auto schemeEnd = value.find("://");
    if (schemeEnd != std::string_view::npos) {
        if (value.substr(0, schemeEnd) != "http") {
            throw std::invalid_argument("only proxies that begin with http:// can be used");
        }
        value.remove_prefix(schemeEnd + 3);
    }
    Proxy result;
    const auto at = value.rfind('@');
    if (at != std::string_view::npos) {
        std::string user;
        Poco::URI::decode(std::string(value.substr(0, at)), user);
        result.authorization = "Basic " + base64(user);
        value.remove_prefix(at + 1);
    }
    const Url url = parseUrl("http://" + std::string(value));
    result.host = url.host;
    result.port = url.port;
    return result;
}

bool inNetwork(const std::string& host, std::string_view network)
{
    const auto slash = network.find('/');
    const auto digits = network.substr(slash + 1);
    IPAddress address;
    IPAddress base;
    unsigned prefix = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
    if (!IPAddress::tryParse(host, address) ||
        !IPAddress::tryParse(std::string(network.substr(0, slash)), base) ||
        address.family() != base.family() || error != std::errc() ||
        end != digits.data() + digits.size() || prefix > 8U * base.length())
    {
        return false;
    }
    const IPAddress mask(prefix, base.family());
    return (address & mask) == (base & mask);
}

bool covers(const Url& url, std::string entry)
{
    if (entry == "*") {
        return true;
    }
    if (entry.find('/') != std::string::npos) {
        return inNetwork(url.host, entry);
    }
    const std::string port = ":" + std::to_string(url.port);
    IPAddress address;
    if (!IPAddress::tryParse(entry, address) && entry.find(':') != std::string::npos) {
        if (!entry.ends_with(port)) {
            return false;
        }
        entry.resize(entry.size() - port.size());
    }
    if (entry.starts_with('[') && entry.ends_with(']')) {
        entry = entry.substr(1, entry.size() - 2);
    }
    if (entry.starts_with('.')) {
        entry.erase(0, 1);
    }
    return !entry.empty() && (url.host == entry || url.host.ends_with("." + entry));
}

} // namespace

bool excluded(const Url& url, std::string_view list)
{
    constexpr std::string_view kSeparators = ", \t";
    while (!list.empty()) {
        const auto end = list.find_first_of(kSeparators);
        const auto entry = list.substr(0, end);
        if (!entry.empty() && covers(url, Poco::toLower(std::string(entry)))) {
            return true;
        }
        list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
    }
    return false;
}

std::optional<Proxy> proxyFor(const Url& url)
{
    const char* name = nullptr;
    const auto exceptions = firstOf("no_proxy", "NO_PROXY", name);
    const auto value = url.scheme == "https" ? firstOf("https_proxy", "HTTPS_PROXY", name)
                                             : firstOf("http_proxy", nullptr, name);
    if (value.empty() || excluded(url, exceptions)) {
        return std::nullopt;
    }
    const auto fault = [&](const std::string& reason) {
        return ServiceError(ServiceError::Kind::configuration,
                            "the environment variable " + std::string(name) +
                                " names no proxy that can be used: " + reason);
    };
    try {
        return parseProxy(value);
    } catch (const std::invalid_argument& error) {
        throw fault(error.what());
    } catch (const Poco::Exception&) {
        throw fault("its user name or password is not encoded as in a URL");
    }
}

} // namespace notifyhost::net
