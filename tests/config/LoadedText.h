#pragma once

#include "config/Configuration.h"
#include "support/TemporaryFolder.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace notifyhost::config {

/// A configuration in a folder of its own, read.
struct LoadedText {
    explicit LoadedText(std::string_view text, Grammar grammar = Grammar::ours)
        : file(folder.write("notify.ini", text))
    {
        load(grammar);
    }

    void load(Grammar grammar = Grammar::ours)
    {
        findings = {};
        configuration = Configuration::load(file, grammar, redactor, findings);
    }

    /// All findings, one a line, without the folder.
    std::string report() const
    {
        std::string result;
        for (const Finding& finding : findings.all()) {
            std::string line = toText(finding);
            const std::string place = folder.path().string() + "/";
            for (auto at = line.find(place); at != std::string::npos; at = line.find(place)) {
                line.erase(at, place.size());
            }
            result += line + "\n";
        }
        return result;
    }

    test::TemporaryFolder folder;
    std::filesystem::path file;
    log::Redactor redactor;
    Findings findings;
    Configuration configuration;
};

/// Expects an error or warning at exactly this place whose text contains the words.
inline void expectFinding(const LoadedText& loaded, const std::string& file, int line,
                          const std::string& section, const std::string& key,
                          const std::string& words,
                          Finding::Severity severity = Finding::Severity::error)
{
    for (const Finding& finding : loaded.findings.all()) {
        if (finding.file == (loaded.folder / file).string() && finding.line == line &&
            finding.section == section && finding.key == key && finding.severity == severity &&
            finding.text.find(words) != std::string::npos)
        {
            return;
        }
    }
    ADD_FAILURE() << "no finding " << file << ":" << line << ": [" << section << "] " << key
                  << " with \"" << words << "\" in\n"
                  << loaded.report();
}

/// Expects that this is the only finding.
inline void expectOnly(const LoadedText& loaded, int line, const std::string& section,
                       const std::string& key, const std::string& words,
                       Finding::Severity severity = Finding::Severity::error)
{
    expectFinding(loaded, "notify.ini", line, section, key, words, severity);
    EXPECT_EQ(loaded.findings.all().size(), 1U) << loaded.report();
}

} // namespace notifyhost::config
