#include "LegacyArguments.h"

#include <algorithm>
#include <cctype>
#include <optional>

namespace notifyhost::app {

namespace {

std::string listed(const std::vector<std::string>& words)
{
    std::string result;
    for (const std::string& word : words) {
        result += (result.empty() ? "" : ", ") + word;
    }
    return result;
}

bool isNumber(const std::string& word)
{
    std::size_t digits = 0;
    std::size_t dots = 0;
    for (const char character : word.substr(1)) {
        digits += std::isdigit(static_cast<unsigned char>(character)) != 0 ? 1U : 0U;
        dots += character == '.' ? 1U : 0U;
    }
    return digits > 0 && dots <= 1 && digits + dots + 1 == word.size();
}

/// An option as it stands in a word.
struct Match {
    const LegacyOption* option{};
    std::string name;                      ///< as spelt out
    std::optional<std::string> valueGiven; ///< what the same word gives it
};

class Reader {
public:
    Reader(const LegacyGrammar& grammar, const std::vector<std::string>& words)
        : _grammar(grammar), _words(words)
    {
    }

    LegacyArguments read()
    {
        for (_at = 0; _at < _words.size() && _result.wanted == LegacyArguments::Wanted::action;
             ++_at) {
            const std::string& word = _words[_at];
            if (!_ended && word == "--") {
                _ended = true;
            } else if (isOptionLike(word)) {
                takeOption(word);
            } else {
                takePositional(word);
            }
        }
        if (_result.wanted == LegacyArguments::Wanted::action) {
            finish();
        }
        return _result;
    }

private:
    const LegacyOption* exact(const std::string& name) const
    {
        const auto found = std::find_if(
            _grammar.options.begin(), _grammar.options.end(), [&](const LegacyOption& option) {
                return std::find(option.names.begin(), option.names.end(), name) !=
                       option.names.end();
            });
        return found == _grammar.options.end() ? nullptr : &*found;
    }

    /// The option that a word names; nothing where it names none.
    std::optional<Match> match(const std::string& word) const
    {
        if (const auto* option = exact(word)) {
            return Match{option, word, {}};
        }
        const auto equals = word.find('=');
        const std::string name = word.substr(0, equals);
        std::optional<std::string> value;
        if (equals != std::string::npos) {
            value = word.substr(equals + 1);
            if (const auto* option = exact(name)) {
                return Match{option, name, value};
            }
        }
        if (!word.starts_with("--")) {
            const auto* option = exact(word.substr(0, 2));
            return option == nullptr
                       ? std::nullopt
                       : std::optional(Match{option, word.substr(0, 2), word.substr(2)});
        }
        std::vector<Match> matches;
        std::vector<std::string> names;
        for (const LegacyOption& option : _grammar.options) {
            for (const std::string& each : option.names) {
                if (each.starts_with(name)) {
                    matches.push_back({&option, each, value});
                    names.push_back(each);
                }
            }
        }
        if (matches.size() > 1) {
            throw LegacyUsageError("ambiguous option: " + name + " could match " + listed(names));
        }
        return matches.empty() ? std::nullopt : std::optional(matches.front());
    }

    bool isOptionLike(const std::string& word) const
    {
        if (_ended || word.size() < 2 || word.front() != '-') {
            return false;
        }
        return match(word).has_value() || (!isNumber(word) && word.find(' ') == std::string::npos);
    }

    void takePositional(const std::string& word)
    {
        if (!_result.action.empty()) {
            _strangers.push_back(word);
            return;
        }
        std::vector<std::string> names;
        for (const auto& [name, help] : _grammar.actions) {
            names.push_back(name);
        }
        requireChoice("action", word, names);
        _result.action = word;
    }

    void takeOption(const std::string& word)
    {
        auto found = match(word);
        if (!found) {
            _strangers.push_back(word);
            return;
        }
        while (found->option->role != LegacyOption::Role::value && found->valueGiven) {
            found = takeJoined(*found);
        }
        note(*found);
        if (found->option->role == LegacyOption::Role::value) {
            const std::string value = valueOf(*found);
            requireChoice(found->name, value, found->option->choices);
            _result.values[found->option->names.front()] = value;
        }
    }

    /// `-vd` is `-v -d`: takes the first, returns the second.
    Match takeJoined(const Match& joined)
    {
        const std::string& rest = *joined.valueGiven;
        const auto* next =
            joined.name.size() == 2 && !rest.empty() ? exact("-" + rest.substr(0, 1)) : nullptr;
        if (next == nullptr) {
            throw LegacyUsageError("argument " + joined.name + ": takes no value, but was given '" +
                                   rest + "'");
        }
        note(joined);
        return {next, "-" + rest.substr(0, 1),
                rest.size() > 1 ? std::optional(rest.substr(1)) : std::nullopt};
    }

    /// Puts it on record, unless another one excludes it.
    void note(const Match& found)
    {
        if (_result.wanted != LegacyArguments::Wanted::action) {
            return; // the first of help and version counts
        }
        const LegacyOption& option = *found.option;
        for (const LegacyOption& other : _grammar.options) {
            if (option.group != 0 && other.group == option.group && &other != &option &&
                _result.has(other.names.front()))
            {
                throw LegacyUsageError("argument " + found.name + ": not allowed with " +
                                       other.names.front());
            }
        }
        if (option.role == LegacyOption::Role::help) {
            _result.wanted = LegacyArguments::Wanted::help;
        } else if (option.role == LegacyOption::Role::version) {
            _result.wanted = LegacyArguments::Wanted::version;
        }
        _result.values.try_emplace(option.names.front());
    }

    std::string valueOf(const Match& found)
    {
        if (found.valueGiven) {
            return *found.valueGiven;
        }
        if (_at + 1 >= _words.size() || _words[_at + 1] == "--" || isOptionLike(_words[_at + 1])) {
            throw LegacyUsageError("argument " + found.name + ": a value is missing");
        }
        return _words[++_at];
    }

    static void requireChoice(const std::string& name, const std::string& value,
                              const std::vector<std::string>& choices)
    {
        if (!choices.empty() && std::find(choices.begin(), choices.end(), value) == choices.end()) {
            throw LegacyUsageError("argument " + name + ": '" + value +
                                   "' is none of: " + listed(choices));
        }
    }

    void finish() const
    {
        std::vector<std::string> missing;
        if (_result.action.empty()) {
            missing.emplace_back("action");
        }
        for (const LegacyOption& option : _grammar.options) {
            if (option.required && !_result.has(option.names.front())) {
                missing.push_back(option.names.front());
            }
        }
        if (!missing.empty()) {
            throw LegacyUsageError("missing: " + listed(missing));
        }
        if (!_strangers.empty()) {
            throw LegacyUsageError("not known: " + listed(_strangers));
        }
    }

    const LegacyGrammar& _grammar;
    const std::vector<std::string>& _words;
    std::size_t _at{};
    bool _ended{}; ///< behind `--`
    std::vector<std::string> _strangers;
    LegacyArguments _result;
};

/// `--input FILE`
std::string shown(const LegacyOption& option)
{
    return listed(option.names) + (option.valueName.empty() ? "" : " " + option.valueName);
}

std::string helpLine(const std::string& name, const std::string& help)
{
    constexpr std::size_t kColumn = 26;
    std::string line = "  " + name;
    line += line.size() + 2 > kColumn ? "\n" + std::string(kColumn, ' ')
                                      : std::string(kColumn - line.size(), ' ');
    return line + help + "\n";
}

} // namespace

std::string LegacyArguments::value(const std::string& option, const std::string& otherwise) const
{
    const auto found = values.find(option);
    return found == values.end() ? otherwise : found->second;
}

LegacyArguments readLegacyArguments(const LegacyGrammar& grammar,
                                    const std::vector<std::string>& words)
{
    return Reader(grammar, words).read();
}

std::string legacyUsage(const LegacyGrammar& grammar)
{
    std::string actions;
    for (const auto& [name, help] : grammar.actions) {
        actions += (actions.empty() ? "" : "|") + name;
    }
    std::string text = "usage: " + grammar.program + " " + actions;
    for (const LegacyOption& option : grammar.options) {
        if (option.required) {
            text += " " + option.names.front() + " " + option.valueName;
        }
    }
    return text + " [options]\n";
}

std::string legacyHelp(const LegacyGrammar& grammar)
{
    std::string text = legacyUsage(grammar) + "\n" + grammar.description + "\n\nactions:\n";
    for (const auto& [name, help] : grammar.actions) {
        text += helpLine(name, help);
    }
    text += "\noptions:\n";
    for (const LegacyOption& option : grammar.options) {
        text += helpLine(shown(option), option.help);
    }
    return text;
}

} // namespace notifyhost::app
