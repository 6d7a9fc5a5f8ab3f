#pragma once

#include <string>
#include <string_view>

namespace notifyhost::mime {

/// Text in quoted-printable.
/// Shape: \n and \r\n in text are line breaks and become CR LF; any other control character but the
///        tab is encoded. Lines of the result have at most 76 octets and never begin with a dot or
///        "From ", so nothing on the way has a reason to change them. It ends with a line break
///        only if text does. Source: RFC 2045 section 6.7.
std::string quotedPrintable(std::string_view text);

} // namespace notifyhost::mime
