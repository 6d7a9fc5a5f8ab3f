#pragma once

#include "support/Process.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace notifyhost::test {

/// How one run of the program ends before it wants to.
struct Stop {
    enum class At {
        any,   ///< every call that leaves something behind
        sync,  ///< only syncs of `file`
        commit ///< only the first write to `file` after each of its syncs
    };
    long after{}; ///< SIGKILL after so many calls; 0: never
    At at{At::any};
    std::string file{}; ///< a part of its name
};

/// What the configuration of a site says beyond the usual.
struct ProofSettings {
    int port{25};                                 ///< of the mail server on 127.0.0.1
    std::map<std::string, std::string> transport; ///< keys of [transport.mail]; replace ours
    std::map<std::string, std::string> pipeline;  ///< keys of [pipeline.ont]; replace ours
    std::map<std::string, std::string> porch;     ///< keys of [PORCH]; replace ours
    std::map<std::string, std::string> warehouse; ///< keys of [MySQL MLWH]; in place of ours
    std::string langQc;                           ///< its URL; empty: there is no pipeline `wells`
    std::filesystem::path build{BUILD_ROOT};      ///< whose programs run
};

/// A facility in a folder of its own, with the real program, the real ONT source on the sample
/// warehouse, the embedded queue and mail by SMTP. Every task's run has the same three contacts
/// where nothing else is said; the subject of a mail is its task's collection. With LangQC there is
/// a pipeline `wells` too, whose subjects are a verdict and its date, and a word where an earlier
/// one was told.
class ProofSite {
public:
    /// Makes a site in a folder that exists. The ledger has looked at the queue once.
    ProofSite(std::filesystem::path folder, const ProofSettings& settings);

    /// A copy of a site, ledger and queue included.
    ProofSite(const ProofSite& original, const std::filesystem::path& folder);

    /// Writes the configuration anew.
    void configure(const ProofSettings& settings) const;

    /// The collection that makes the numbered task, and the subject of its mails.
    static std::string collection(int number);

    /// Adds tasks with the numbers first to first + count - 1. people: whom each of them is to
    /// tell, in place of the three.
    void add(int first, int count, const std::vector<std::string>& people = {}) const;

    /// Runs the pipeline with the real program.
    ProcessResult run(const Stop& stop = {}) const;

    /// Starts the real program, to be killed from outside.
    BackgroundProcess start() const;

    /// Runs the pipeline with the program whose clock is ahead.
    ProcessResult runLater(std::chrono::seconds ahead) const;

    /// What an operator types behind `notifyhost`; the pipeline's name is `ont`. ahead: 0 is now.
    ProcessResult operate(const std::vector<std::string>& words, std::chrono::seconds ahead = {},
                          const Stop& stop = {}) const;

    /// From now on the wall clock is put ahead by this, or back, beside what else is said of it.
    void stepWall(std::chrono::seconds step) { _wallStep = step; }

    /// The number of calls that the last run counted; nullopt: it was ended.
    std::optional<long> counted() const;

    const std::filesystem::path& folder() const { return _folder; }
    std::filesystem::path ledger() const { return _folder / "state/ledger.sqlite"; }
    std::filesystem::path queue() const { return _folder / "queue.sqlite"; }

private:
    std::vector<std::string> command(const std::string& program,
                                     const std::vector<std::string>& words) const;
    void makeRun(const std::string& name, int study, const std::vector<std::string>& people) const;
    ProcessResult must(const ProcessResult& result, const std::string& what) const;

    std::filesystem::path _folder;
    std::filesystem::path _build;
    std::chrono::seconds _wallStep{};
};

/// Whom every task of such a site is to tell.
const std::vector<std::string>& proofRecipients();

} // namespace notifyhost::test
