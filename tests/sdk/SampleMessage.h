#pragma once

#include <notifyhost/Mime.h>

#include <chrono>

namespace notifyhost::test {

/// 24 November 2026, 18:57:05 UTC.
inline constexpr std::chrono::system_clock::time_point kSampleDate{
    std::chrono::seconds{1795546625}};

inline Message sampleMessage()
{
    Message message;
    message.id = "0123456789abcdef0123456789abcdef@example.org";
    message.date = kSampleDate;
    message.recipients = {"ada@example.org"};
    message.subject = "Run 42 is uploaded";
    message.text = "Dear colleague,\n\nrun 42 is uploaded.\n";
    return message;
}

inline const Mailbox kSampleSender{"Sequencing", "sequencing@example.org"};

} // namespace notifyhost::test
