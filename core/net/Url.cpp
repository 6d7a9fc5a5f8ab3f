#include "net/Url.h"

#include <charconv>
#include <stdexcept>

namespace notifyhost::net {

namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

[[noreturn]] void refuse(std::string_view text, const std::string& reason)
{
    // Whatever could be a secret, or could forge a line, is not repeated.
    const auto shown = text.substr(0, text.find_first_of("?#"));
    const bool plain = shown.find('@') == std::string_view::npos && shown.size() <= 200 &&
                       shown.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXY"
                                               "Z0123456789-._~:/[]%+,;=") == std::string::npos;
    throw std::invalid_argument((plain ? "the URL '" + std::string(shown) + "'" : "the URL") +
                                " cannot be used: " + reason);
}

char lower(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool isWord(char octet)
{
    const char letter = lower(octet);
    return (letter >= 'a' && letter <= 'z') || (octet >= '0' && octet <= '9');
}

std::uint16_t readPort(std::string_view whole, std::string_view digits)
{
    unsigned port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc() || end != digits.data() + digits.size() || port == 0 || port > 65535) {
        refuse(whole, "its port is not a number from 1 to 65535");
    }
    return static_cast<std::uint16_t>(port);
}

std::string readHost(std::string_view whole, std::string_view host, bool bracketed)
{
    std::string result;
    for (const char octet : host) {
        const bool allowed = isWord(octet) || octet == '.' || octet == '-' || octet == '_' ||
                             (bracketed && octet == ':');
        if (!allowed) {
            refuse(whole, "its host name holds a character that no host name has");
        }
        result += lower(octet);
    }
    if (result.empty()) {
        refuse(whole, "it names no host");
    }
    return result;
}

void readAuthority(std::string_view whole, std::string_view authority, Url& result)
{
    if (authority.find('@') != std::string_view::npos) {
        refuse(whole, "user name and password do not belong in it");
    }
    const bool bracketed = authority.starts_with('[');
    const auto hostEnd = bracketed ? authority.find(']') : authority.find(':');
    if (bracketed && hostEnd == std::string_view::npos) {
        refuse(whole, "the bracket of its IPv6 address is not closed");
    }
    const auto start = static_cast<std::size_t>(bracketed ? 1 : 0);
    result.host = readHost(whole, authority.substr(start, hostEnd - start), bracketed);
    const auto rest =
        hostEnd == std::string_view::npos ? std::string_view{} : authority.substr(hostEnd + start);
    if (rest.empty() || rest == ":") {
        result.port = result.scheme == "https" ? kHttpsPort : kHttpPort;
    } else if (rest.front() == ':') {
        result.port = readPort(whole, rest.substr(1));
    } else {
        refuse(whole, "what follows its host is not a port");
    }
}

} // namespace

std::string Url::endpoint() const
{
    const bool brackets = host.find(':') != std::string::npos;
    return (brackets ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string Url::authority() const
{
    const std::string full = endpoint();
    const bool usual = port == (scheme == "https" ? kHttpsPort : kHttpPort);
    return usual ? full.substr(0, full.rfind(':')) : full;
}

std::string Url::forMessages() const
{
    const auto query = target.find('?');
    return scheme + "://" + authority() + target.substr(0, query) +
           (query == std::string::npos ? "" : "?…");
}

Url parseUrl(std::string_view text)
{
    for (const char octet : text) {
        if (static_cast<unsigned char>(octet) <= 0x20 || static_cast<unsigned char>(octet) >= 0x7F)
        {
            refuse(text, "it holds a blank, a control character or a character outside ASCII "
                         "(write those as %XX)");
        }
    }
    Url result;
    const auto schemeEnd = text.find("://");
    for (const char letter : text.substr(0, schemeEnd)) {
        result.scheme += lower(letter);
    }
    if (schemeEnd == std::string_view::npos ||
        (result.scheme != "http" && result.scheme != "https")) {
        refuse(text, "it begins neither with http:// nor with https://");
    }
    auto rest = text.substr(schemeEnd + 3);
    rest = rest.substr(0, rest.find('#'));
    const auto authorityEnd = rest.find_first_of("/?");
    readAuthority(text, rest.substr(0, authorityEnd), result);
    if (authorityEnd != std::string_view::npos) {
        result.target = rest.substr(authorityEnd);
    }
    if (!result.target.starts_with('/')) {
        result.target.insert(0, "/");
    }
    return result;
}

Url join(const Url& base, std::string_view relative)
{
    Url result = base;
    result.target = base.target.substr(0, base.target.find('?'));
    result.target.resize(result.target.rfind('/') + 1);
    result.target += relative;
    return result;
}

std::string percentEncode(std::string_view text)
{
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string result;
    for (const char octet : text) {
        if (isWord(octet) || octet == '-' || octet == '.' || octet == '_' || octet == '~') {
            result += octet;
        } else {
            const auto value = static_cast<unsigned char>(octet);
            result += {'%', kDigits[value >> 4], kDigits[value & 0xF]};
        }
    }
    return result;
}

} // namespace notifyhost::net
