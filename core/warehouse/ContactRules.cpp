#include "warehouse/ContactRules.h"

#include <algorithm>
#include <map>
#include <set>

namespace notifyhost::warehouse {

namespace {

/// What was read about one study number.
struct Findings {
    std::set<std::string> keys; ///< of its rows in study: two are one too many
    std::set<std::string> lims;
    std::set<std::string> addresses; ///< octet order of UTF-8 is code-point order
};

using FindingsByNumber = std::map<std::string, Findings>;

/// The columns of the query, in its order.
enum Column : std::size_t { number, lims, key, role, email };

/// The warehouse holds characters of three octets at most, and MariaDB answers a comparison with a
/// longer one with an error: such a number is unknown without asking.
bool canBeStored(const std::string& text)
{
    return std::none_of(text.begin(), text.end(),
                        [](char octet) { return static_cast<unsigned char>(octet) >= 0xF0; });
}

bool isTold(const std::optional<std::string>& value)
{
    return value && (*value == "manager" || *value == "follower" || *value == "owner");
}

/// The LEFT JOIN keeps a study without people, which is known and not the same as unknown.
std::string selectPeople(std::size_t numbers)
{
    std::string sql = "SELECT s.id_study_lims, s.id_lims, s.id_study_tmp, u.role, u.email"
                      " FROM study s LEFT JOIN study_users u ON u.id_study_tmp = s.id_study_tmp"
                      " WHERE s.id_study_lims IN (?";
    for (std::size_t count = 1; count < numbers; ++count) {
        sql += ", ?";
    }
    return sql + ")";
}

FindingsByNumber find(Warehouse& warehouse, const std::vector<std::string>& studyNumbers)
{
    FindingsByNumber found;
    std::vector<std::string> parameters;
    for (const auto& wanted : studyNumbers) {
        if (canBeStored(wanted) && found.try_emplace(wanted).second) {
            parameters.push_back(wanted);
        }
    }
    if (parameters.empty()) {
        return found;
    }
    for (const auto& row : warehouse.query(selectPeople(parameters.size()), parameters)) {
        const auto study = found.find(row[number].value_or(""));
        if (study == found.end()) {
            continue; // folded by the collation, not the number asked for
        }
        study->second.keys.insert(row[key].value_or(""));
        study->second.lims.insert(row[lims].value_or(""));
        if (row[email] && isTold(row[role])) {
            study->second.addresses.insert(*row[email]);
        }
    }
    return found;
}

StudyContacts conclude(const std::string& study, const FindingsByNumber& found)
{
    StudyContacts contacts;
    contacts.study = study;
    const auto findings = found.find(study);
    if (findings == found.end() || findings->second.keys.empty()) {
        return contacts;
    }
    const Findings& what = findings->second;
    contacts.lims.assign(what.lims.begin(), what.lims.end());
    if (what.keys.size() > 1) {
        contacts.found = StudyContacts::Found::ambiguous;
        return contacts;
    }
    contacts.found = StudyContacts::Found::known;
    contacts.addresses.assign(what.addresses.begin(), what.addresses.end());
    return contacts;
}

} // namespace

std::vector<StudyContacts> readContacts(Warehouse& warehouse,
                                        const std::vector<std::string>& studyNumbers)
{
    const FindingsByNumber found = find(warehouse, studyNumbers);
    std::vector<StudyContacts> result;
    result.reserve(studyNumbers.size());
    for (const auto& study : studyNumbers) {
        result.push_back(conclude(study, found));
    }
    return result;
}

} // namespace notifyhost::warehouse
