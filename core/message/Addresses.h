#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace notifyhost::message {

/// Whether the case of letters before the @ makes another person; in the domain it never does.
enum class LocalPart { anyCase, exactCase };

/// A text, or the part of one, that names nobody who can be told.
struct RefusedAddress {
    std::string stored; ///< as it stands in the field; what shows as "(empty)" is that
    std::string shown;  ///< for people: controls and what cannot be seen as \xNN, cut where long
    std::string reason; ///< begins with "it"
};

struct CheckedAddresses {
    std::vector<std::string> usable;     ///< bare addresses in the order given, each person once
    std::vector<RefusedAddress> refused; ///< in the order given, each text once
    std::vector<std::string> folded;     ///< a sentence for each spelling that is told as another
};

/// Reads recipients as people type them into a field: blanks around them, also those that cannot be
/// seen, `Name <local@domain>`, `mailto:`, and several with ; or , or blanks between. Every text
/// ends in one of the lists.
/// A ; separates always, and a comma beside a blank. Blanks, and a comma in the midst of a word,
/// separate only where an @ stands on both sides: "ben@example,org" and "ann lee@example.org" are
/// mistyped addresses, and a part of them may be a stranger's. Nothing is split in quotes.
/// Source: RFC 5321 sections 4.1.2, 4.1.3 and 4.5.3.1; RFC 6531. Threads: any.
CheckedAddresses checkAddresses(const std::vector<std::string>& stored,
                                LocalPart local = LocalPart::anyCase);

} // namespace notifyhost::message
