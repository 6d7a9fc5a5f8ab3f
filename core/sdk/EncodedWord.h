#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace notifyhost::mime {

/// The longest line of a header that we write, without its line end. RFC 2047 asks for it wherever
/// there are encoded words; RFC 5322 would allow 78.
inline constexpr std::size_t kHeaderWidth = 76;

/// Text as encoded words in UTF-8, in Q or B, whichever is shorter; readers join them without a
/// blank. Fit for an unstructured field and for a phrase.
/// Shape: text is UTF-8 and not empty; each word has at most 75 octets, the first at most
///        firstWidth (30 or more), and holds whole characters only.
/// Source: RFC 2047 sections 2, 4 and 5.
std::vector<std::string> encodedWords(std::string_view text, std::size_t firstWidth);

} // namespace notifyhost::mime
