#pragma once

#include "proof/ProofSite.h"
#include "proof/StateLook.h"
#include "support/ScriptedSmtpServer.h"
#include "support/TemporaryFolder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace notifyhost::test {

/// What mail servers took: subject and recipient → the octets of each message, in order.
using Told = std::map<std::string, std::vector<std::string>>;

inline Told told(const std::vector<const ScriptedSmtpServer*>& servers)
{
    Told result;
    for (const auto* server : servers) {
        for (const auto& message : server->messages()) {
            const auto begin = message.octets.find("Subject: ") + 9;
            const auto subject =
                message.octets.substr(begin, message.octets.find("\r\n", begin) - begin);
            for (const auto& recipient : message.recipients) {
                const auto address = recipient.find('<') + 1;
                result[subject + " " +
                       recipient.substr(address, recipient.find('>', address) - address)]
                    .push_back(message.octets);
            }
        }
    }
    return result;
}

/// How many messages came beyond the first.
inline int copies(const Told& told)
{
    int count = 0;
    for (const auto& [whom, messages] : told) {
        count += static_cast<int>(messages.size()) - 1;
    }
    return count;
}

/// The most messages that one recipient has of one task, each octet by octet the same; -1: two of
/// them differ.
inline int most(const Told& told)
{
    std::size_t result = 0;
    for (const auto& [whom, messages] : told) {
        for (const auto& message : messages) {
            if (message != messages.front()) {
                return -1;
            }
        }
        result = std::max(result, messages.size());
    }
    return static_cast<int>(result);
}

/// How often a text holds a word.
inline int count(const std::string& text, const std::string& word)
{
    int result = 0;
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
        ++result;
    }
    return result;
}

/// A site with a backlog, whose mail server the test speaks for.
class BacklogTest : public testing::Test {
protected:
    using Counts = std::map<std::string, int>;
    using Keys = std::map<std::string, std::string>;

    /// Makes the site. port: of the mail server; keys replace those of the ProofSettings.
    const ProofSite& make(int port, const Keys& pipeline = {}, const Keys& transport = {},
                          const Keys& warehouse = {})
    {
        _settings.port = port;
        _settings.pipeline = pipeline;
        _settings.transport = transport;
        _settings.warehouse = warehouse;
        std::filesystem::create_directory(_folder / "site");
        return _site.emplace(_folder / "site", _settings);
    }
    const ProofSite& site() const { return *_site; }

    /// The mail server is at this port from now on.
    void moveTo(int port)
    {
        _settings.port = port;
        _site->configure(_settings);
    }

    /// The pipeline's section has these keys from now on, in place of ours.
    void change(const Keys& pipeline)
    {
        _settings.pipeline = pipeline;
        _site->configure(_settings);
    }

    /// The recipients in the ledger, by state.
    Counts recipients() const
    {
        Counts counts;
        for (const auto& [id, task] : look(_site->queue(), _site->ledger())) {
            for (const auto& recipient : task.recipients) {
                ++counts[recipient.state];
            }
        }
        return counts;
    }
    /// The tasks in the queue, by status.
    Counts tasks() const { return queueCounts(_site->queue()); }

private:
    TemporaryFolder _folder;
    ProofSettings _settings;
    std::optional<ProofSite> _site;
};

} // namespace notifyhost::test
