#pragma once

#include <notifyhost/Abi.h>

#include <string_view>

NOTIFYHOST_NAMESPACE_BEGIN

/// One character of a text, or one octet that does not belong to UTF-8.
struct TextPiece {
    std::string_view octets;
    char32_t value{}; ///< an octet that does not belong to UTF-8 stands for itself
    bool isUtf8{};
    const char* hidden{}; ///< what it is where it must not be shown as it is, such as "a mark of
                          ///< direction"; null: it may be
};

/// The piece that begins at an offset inside the text. Whoever writes words of strangers into a
/// mail, a log or a terminal puts something in place of the pieces that are hidden.
///
/// Hidden are controls (U+0000 to U+001F, U+007F to U+009F), line and paragraph separators (U+2028,
/// U+2029), marks of direction (U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+206F),
/// characters that cannot be seen (U+00AD, U+180E, U+200B, U+2060 to U+2065, U+FEFF, U+FFF9 to
/// U+FFFB), tags (U+E0000 to U+E007F), and whatever is not UTF-8.
/// U+200C and U+200D are hidden too, but for where letters need them: U+200C between two
/// characters, U+200D after one, of a script that joins or stacks its letters: Arabic, Syriac,
/// N'Ko, Mandaic, Mongolian, Adlam, and those of India and South-East Asia.
/// Threads: any.
TextPiece pieceAt(std::string_view text, std::size_t offset);

NOTIFYHOST_NAMESPACE_END
