#pragma once

#include "support/Process.h"
#include "support/TemporaryFolder.h"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace notifyhost::test {

/// A mail as an independent parser reads it.
struct ReadMail {
    std::map<std::string, std::string> headers; ///< names in small letters
    std::string text;
    std::string html;
};

/// One facility in a folder of its own: embedded queue, a warehouse with the sample rows, mails
/// into a Maildir, and the real program.
class Site {
public:
    /// extra goes into the pipeline's section.
    explicit Site(const std::string& extra = "");

    /// Runs notifyhost with the site's configuration.
    ProcessResult notifyhost(const std::vector<std::string>& words, const std::string& input = "");

    /// From now on the program's clock is so far ahead of ours; negative: behind.
    void setAhead(std::chrono::seconds ahead) { _ahead = ahead; }

    /// All mails delivered so far, ordered by recipient and subject.
    std::vector<ReadMail> mails() const;

    const TemporaryFolder& folder() const { return _folder; }

private:
    TemporaryFolder _folder;
    std::chrono::seconds _ahead{};
};

/// Runs the real program with a configuration file, and with a clock that is ahead.
ProcessResult notifyhostWith(const std::filesystem::path& configuration,
                             const std::vector<std::string>& words, const std::string& input = "",
                             std::chrono::seconds ahead = {});

/// The lines of a sample file, without their line ends.
std::vector<std::string> sampleLines(const std::string& name);

} // namespace notifyhost::test
