#include "host/Refusals.h"

#include <algorithm>
#include <cctype>

namespace notifyhost::host {

namespace {

constexpr int kTasksInARow = 5;
constexpr std::size_t kReplyCode = std::string_view("550").size();

bool isDigit(char character)
{
    return std::isdigit(static_cast<unsigned char>(character)) != 0;
}

/// The reply without what differs from message to message: addresses, numbers, identifiers. The
/// codes at its beginning are kept.
std::string withoutParticulars(std::string_view said)
{
    std::string result;
    while (!said.empty()) {
        const auto begin = said.find_first_not_of(" \t");
        if (begin == std::string_view::npos) {
            break;
        }
        said.remove_prefix(begin);
        const auto word = said.substr(0, said.find_first_of(" \t"));
        said.remove_prefix(word.size());
        const bool isCode = word.find_first_not_of("0123456789.") == std::string_view::npos &&
                            (word.size() == kReplyCode || word.find('.') != word.npos);
        const bool differs = word.find('@') != std::string_view::npos ||
                             (!isCode && std::any_of(word.begin(), word.end(), isDigit));
        result += differs ? "*" : std::string(word);
        result += ' ';
    }
    return result;
}

/// Whether the reply speaks of the mailbox (RFC 3463: X.1.1 to X.1.6, X.2.X): people who left are
/// refused in the same words each time.
bool isAboutTheMailbox(std::string_view reply)
{
    for (auto at = reply.find("5."); at != std::string_view::npos; at = reply.find("5.", at + 1)) {
        const auto rest = reply.substr(at);
        const bool begins = at == 0 || reply[at - 1] == ' ' || reply[at - 1] == '-';
        if (begins && (rest.starts_with("5.1.") || rest.starts_with("5.2."))) {
            return true;
        }
    }
    return false;
}

} // namespace

bool isStanding(const ledger::Suspicion& row)
{
    const bool several = row.addresses.find('\n') != std::string::npos;
    return row.tasks >= kTasksInARow && (several || !isAboutTheMailbox(row.said));
}

Refusals::Refusals(ledger::Ledger& ledger) : _ledger(ledger), _row(ledger.suspicion()) {}

bool Refusals::isSuspected(std::string_view said) const
{
    const std::scoped_lock lock(_mutex);
    return _row && isStanding(*_row) && _row->reply == withoutParticulars(said);
}

std::optional<ledger::Suspicion> Refusals::ended(const std::vector<std::string>& said,
                                                 const std::vector<std::string>& addresses,
                                                 ledger::WallTime now)
{
    const std::scoped_lock lock(_mutex);
    const std::string reply = withoutParticulars(said.front());
    const bool same = std::all_of(said.begin(), said.end(), [&](const auto& other) {
        return withoutParticulars(other) == reply;
    });
    if (!same) {
        if (_row) {
            _row.reset();
            _ledger.setSuspicion(_row);
        }
        return std::nullopt;
    }
    if (!_row || _row->reply != reply) {
        _row = ledger::Suspicion{reply, "", 0, "", now};
    }
    ++_row->tasks;
    _row->said = said.front();
    for (const auto& address : addresses) {
        if (_row->addresses.empty()) {
            _row->addresses = address;
        } else if (_row->addresses != address && _row->addresses.find('\n') == std::string::npos) {
            _row->addresses += '\n' + address;
        }
    }
    _ledger.setSuspicion(_row);
    return isStanding(*_row) ? _row : std::nullopt;
}

void Refusals::over()
{
    const std::scoped_lock lock(_mutex);
    if (_row) {
        _row.reset();
        _ledger.setSuspicion(_row);
    }
}

std::optional<ledger::Suspicion> Refusals::suspected() const
{
    const std::scoped_lock lock(_mutex);
    return _row && isStanding(*_row) ? _row : std::nullopt;
}

} // namespace notifyhost::host
