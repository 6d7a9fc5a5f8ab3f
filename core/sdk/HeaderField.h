#pragma once

#include <notifyhost/Mime.h>

#include <string>
#include <string_view>
#include <vector>

namespace notifyhost::mime {

/// One field of a mail's header, folded where pieces meet.
/// Shape: values have passed the checks of TextCheck.h. A piece that is longer than a line stays
///        whole. Source: RFC 5322 section 2.2.3.
class HeaderField {
public:
    explicit HeaderField(std::string_view name);

    /// Appends a piece after a blank, or on a line of its own where it does not fit.
    HeaderField& add(std::string_view piece);

    /// Appends free text: as it is where readers will understand it so, else in encoded words.
    HeaderField& addText(std::string_view text);

    /// Appends a mailbox: its name quoted or in encoded words.
    HeaderField& addMailbox(const Mailbox& mailbox);

    /// The whole field with its line end.
    std::string text() const { return _text + "\r\n"; }

private:
    std::size_t roomOnLine() const;
    void addEncoded(std::string_view text);

    std::string _text;
    std::size_t _lineStart{};
    bool _isEmpty{true};
};

} // namespace notifyhost::mime
