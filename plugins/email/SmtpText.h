#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace notifyhost::email {

/// Octets from outside as one line of UTF-8 for people: control characters, line and direction
/// marks and invalid octets as \xNN or \u{N}, and cut where it is too long.
std::string oneLine(std::string_view octets, std::size_t limit = 500);

/// Whether an octet is outside ASCII somewhere.
bool hasEightBit(std::string_view octets);

/// RFC 3461 section 4: what may stand in ENVID.
std::string xtext(std::string_view octets);

/// RFC 4648 section 4, on one line.
std::string base64(std::string_view octets);

/// "300 s", "0.25 s".
std::string inSeconds(std::chrono::milliseconds time);

} // namespace notifyhost::email
