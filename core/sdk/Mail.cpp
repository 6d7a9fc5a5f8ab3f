#include "HeaderField.h"
#include "QuotedPrintable.h"
#include "TextCheck.h"

#include <notifyhost/Mime.h>

#include <array>
#include <cstdio>
#include <stdexcept>

NOTIFYHOST_NAMESPACE_BEGIN

namespace {

using mime::HeaderField;

/// RFC 2046 allows a boundary 70 characters, two of which are ours.
constexpr std::size_t kLongestBoundaryId = 68;

void checkMailbox(const std::string& what, const Mailbox& mailbox)
{
    mime::checkHeaderValue(what + " name", mailbox.name);
    mime::checkAddress(what + " address", mailbox.address);
}

void checkMessage(const Message& message)
{
    mime::checkMessageId(message.id);
    if (message.recipients.empty()) {
        throw std::invalid_argument("message without recipients: a mail needs at least one");
    }
    std::size_t number = 0;
    for (const auto& recipient : message.recipients) {
        mime::checkAddress("recipient " + std::to_string(++number), recipient);
    }
    mime::checkHeaderValue("subject", message.subject);
    mime::checkText("text", message.text);
    mime::checkText("html", message.html);
}

/// Source: RFC 5322 section 3.3; always in UTC.
std::string dateText(std::chrono::system_clock::time_point date)
{
    constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(date);
    const std::chrono::year_month_day calendar(day);
    const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(date - day));
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d +0000",
                  kDays[std::chrono::weekday(day).c_encoding()], unsigned{calendar.day()},
                  kMonths[unsigned{calendar.month()} - 1], int{calendar.year()},
                  static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()));
    return text.data();
}

std::string recipientsField(const std::vector<std::string>& recipients)
{
    HeaderField field("To");
    for (std::size_t index = 0; index < recipients.size(); ++index) {
        field.add(recipients[index] + (index + 1 < recipients.size() ? "," : ""));
    }
    return field.text();
}

std::string header(const Message& message, const Mailbox& from, const std::string& replyTo)
{
    std::string result = HeaderField("Date").add(dateText(message.date)).text();
    result += HeaderField("Message-ID").add('<' + message.id + '>').text();
    result += HeaderField("From").addMailbox(from).text();
    if (!replyTo.empty()) {
        const Mailbox mailbox = parseMailbox(replyTo);
        result += HeaderField("Reply-To").addMailbox(mailbox).text();
    }
    result += recipientsField(message.recipients);
    result += HeaderField("Subject").addText(message.subject).text();
    return result + "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";
}

std::string part(const std::string& type, const std::string& encodedBody)
{
    return "Content-Type: " + type + "; charset=utf-8\r\n" +
           "Content-Transfer-Encoding: quoted-printable\r\n\r\n" + encodedBody;
}

/// The only part of a mail. A mail ends with a line break; where the text does not, a soft one
/// keeps the reader's text as it was.
std::string onlyPart(const std::string& text)
{
    std::string body = mime::quotedPrintable(text);
    if (!body.empty() && !body.ends_with("\r\n")) {
        body += "=\r\n";
    }
    return part("text/plain", body);
}

/// Made from the message's id, so that it is the same whenever the message is. "=_" cannot occur in
/// quoted-printable, so it is in no part.
std::string boundaryFor(const std::string& id)
{
    std::string boundary = "=_";
    for (const char character : id.substr(0, kLongestBoundaryId)) {
        if ((character >= '0' && character <= '9') || (character >= 'a' && character <= 'z') ||
            (character >= 'A' && character <= 'Z'))
        {
            boundary += character;
        }
    }
    return boundary;
}

std::string alternatives(const Message& message)
{
    const std::string boundary = boundaryFor(message.id);
    return "Content-Type: multipart/alternative;\r\n boundary=\"" + boundary + "\"\r\n\r\n--" +
           boundary + "\r\n" + part("text/plain", mime::quotedPrintable(message.text)) + "\r\n--" +
           boundary + "\r\n" + part("text/html", mime::quotedPrintable(message.html)) + "\r\n--" +
           boundary + "--\r\n";
}

} // namespace

Bytes encodeMail(const Message& message, const Mailbox& from, const std::string& replyTo)
{
    checkMailbox("from", from);
    checkMessage(message);
    return header(message, from, replyTo) +
           (message.html.empty() ? onlyPart(message.text) : alternatives(message));
}

NOTIFYHOST_NAMESPACE_END
