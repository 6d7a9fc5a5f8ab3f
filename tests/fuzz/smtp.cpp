#include "Require.h"
#include "SmtpReply.h"

#include <notifyhost/Connection.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace notifyhost;
using fuzz::require;

namespace {

/// The replies in octets that arrive `step` at a time, as texts; the last may be a refusal.
std::vector<std::string> repliesOf(std::string_view octets, std::size_t step,
                                   email::ReplyTo replyTo)
{
    std::vector<std::string> result;
    email::ReplyReader reader;
    try {
        for (; !octets.empty(); octets.remove_prefix(std::min(step, octets.size()))) {
            reader.add(octets.substr(0, step));
            while (const auto reply = reader.next(replyTo)) {
                require(reply->code >= 200 && reply->code <= 599, "a code is one of SMTP's");
                require(!reply->lines.empty() && reply->lines.size() <= 128, "lines are counted");
                result.push_back(reply->text());
                require(std::none_of(result.back().begin(), result.back().end(),
                                     [](char octet) { return octet >= 0 && octet < ' '; }),
                        "a reply's text is one line");
            }
        }
    } catch (const ConnectionError& error) {
        require(error.kind() == ConnectionError::Kind::nonsense, "it can only be nonsense");
        result.emplace_back("refused");
    }
    if (const auto rest = reader.unfinished(replyTo)) {
        require(replyTo == email::ReplyTo::finalDot && rest->code == 250,
                "only a 250 needs no end");
    }
    reader.discard();
    require(!reader.hasInput(), "what is thrown away is gone");
    return result;
}

} // namespace

/// What a mail server says, whole and in pieces: the same replies come of it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view octets(reinterpret_cast<const char*>(data), size);
    for (const auto replyTo : {email::ReplyTo::command, email::ReplyTo::finalDot}) {
        const auto whole = repliesOf(octets, std::max<std::size_t>(size, 1), replyTo);
        require(repliesOf(octets, 1, replyTo) == whole, "octet by octet it is the same");
        require(repliesOf(octets, 7, replyTo) == whole, "in sevens it is the same");
    }
    return 0;
}
