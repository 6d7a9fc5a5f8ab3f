#pragma once

#include <string>
#include <string_view>

namespace notifyhost::email {

/// What is wrong with an address that is to stand in MAIL FROM:<…> or RCPT TO:<…>; empty: nothing.
/// What this lets through cannot end the command, begin another, or add a parameter; nor can its
/// asciiAddress(). Source: RFC 5321 section 4.1.2 and 4.5.3.1, RFC 6531 section 3.3.
std::string addressProblem(std::string_view address);

/// The address with its domain as A-labels, where the local part is ASCII and the domain is not: so
/// it needs no SMTPUTF8. Any other address, and a domain that cannot be turned, stay as they are.
/// Source: RFC 5891 section 4, RFC 6531 section 3.2; mapping and normalizing as in UTS 46.
std::string asciiAddress(const std::string& address);

/// What is wrong with the octets of a message that are to follow DATA; empty: nothing. It finds
/// what a server could take for the message's end or for another line than we meant. Source: RFC
/// 5321 section 2.3.8 and 4.5.3.1.6.
std::string messageProblem(std::string_view bytes);

} // namespace notifyhost::email
