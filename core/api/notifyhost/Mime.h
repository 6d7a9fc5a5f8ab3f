#pragma once

#include <notifyhost/Transport.h>

#include <string>
#include <string_view>

NOTIFYHOST_NAMESPACE_BEGIN

/// A mail address with an optional display name.
struct Mailbox {
    std::string name;    ///< UTF-8, may be empty
    std::string address; ///< local@domain
};

/// Reads `local@domain`, `<local@domain>` or `Name <local@domain>`; a quoted name loses its quotes.
/// Errors: std::invalid_argument where it is none of these, holds two addresses, or holds CR, LF,
///         NUL or another control character.
/// Source: RFC 5322 section 3.4, without groups, comments and routes.
Mailbox parseMailbox(std::string_view text);

/// The octets of a mail: Date, Message-ID, From, Reply-To, To, Subject, Auto-Submitted,
/// MIME-Version and a body in quoted-printable, multipart/alternative where there is HTML. Shape:
/// lines end with CR LF and have at most 998 octets (headers: 78 where they can be folded);
///        7-bit, but for addresses outside ASCII, which need SMTPUTF8. Not dot-stuffed. The MIME
///        boundary comes from message.id, so the same message gives the same octets.
/// Errors: std::invalid_argument for CR, LF, NUL or another control character in a header value or
///         an address, for text that is not UTF-8, and for a message without recipients.
/// Threads: any. Source: RFC 5322, RFC 2045 to 2047, RFC 6532, RFC 3834 section 5.
Bytes encodeMail(const Message& message, const Mailbox& from, const std::string& replyTo);

NOTIFYHOST_NAMESPACE_END
