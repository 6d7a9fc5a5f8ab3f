#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace notifyhost::app {

/// An option of a Python tool.
struct LegacyOption {
    enum class Role { value, flag, help, version };
    std::vector<std::string> names; ///< the first one stands for it; all begin with - or --
    std::string help;
    Role role{Role::flag};
    std::string valueName{};            ///< as the usage shows it
    std::vector<std::string> choices{}; ///< of a value; empty: any
    int group{};                        ///< options of one group exclude each other; 0: of none
    bool required{};
};

/// The command line of a Python tool: one action, and options.
struct LegacyGrammar {
    std::string program; ///< as the usage shows it
    std::string description;
    std::vector<std::pair<std::string, std::string>> actions; ///< with their help
    std::vector<LegacyOption> options;
};

/// A command line that was understood.
struct LegacyArguments {
    enum class Wanted { action, help, version };
    Wanted wanted{Wanted::action};
    std::string action;
    std::map<std::string, std::string> values; ///< by the option's first name; of flags empty

    bool has(const std::string& option) const { return values.contains(option); }
    std::string value(const std::string& option, const std::string& otherwise = "") const;
};

/// The command line is not understood.
class LegacyUsageError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Reads words as Python's argparse does: options and action in any order, `--x y` and `--x=y`,
/// beginnings that fit one spelling only, flags of one letter joined, `--` before what is no
/// option; the last of several values counts.
/// Errors: LegacyUsageError.
/// Source: Python's library reference, argparse; its behaviour in 3.11.
LegacyArguments readLegacyArguments(const LegacyGrammar& grammar,
                                    const std::vector<std::string>& words);

std::string legacyUsage(const LegacyGrammar& grammar);
std::string legacyHelp(const LegacyGrammar& grammar);

} // namespace notifyhost::app
