#pragma once

#include "support/Process.h"
#include "support/TemporaryFolder.h"

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

    /// All mails delivered so far, ordered by recipient and subject.
    std::vector<ReadMail> mails() const;

    const TemporaryFolder& folder() const { return _folder; }

private:
    TemporaryFolder _folder;
};

/// Runs the real program with a configuration file.
ProcessResult notifyhostWith(const std::filesystem::path& configuration,
                             const std::vector<std::string>& words, const std::string& input = "");

/// The lines of a sample file, without their line ends.
std::vector<std::string> sampleLines(const std::string& name);

} // namespace notifyhost::test
