#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace notifyhost::pacbio {

/// What was judged of a product (a well), and how.
struct QcState {
    std::string product;             ///< id_product: 64 hex digits
    std::string state;               ///< a display word, such as "Failed, SMRT cell"
    std::optional<bool> outcome;     ///< true: pass, false: fail, nullopt: neither
    std::optional<std::string> type; ///< "sequencing" or "library"
    std::optional<std::string> date; ///< when it was given, as LangQC writes it
};

/// Reads one QC state: an answer's element or a task's input. A text saying what is wrong where it
/// is none. Other members do not matter.
/// Source: LangQC's GET /api/products/qc.
std::variant<QcState, std::string> readQcState(std::string_view json);

/// One QC state of the list of recent ones.
struct RecentState {
    std::string product;   ///< the key it stood under
    std::string_view json; ///< its exact text in the answer; empty where there is a fault
    std::string fault;     ///< why it is no QC state; empty: it is one
};

/// Reads the list of recent QC states: an object with product ids as keys and arrays of QC states
/// as values. A product with something that is no QC state of it has one fault beside its good
/// states; a text says why the whole is no such list. Of a repeated product the last counts.
/// Owner: the answer must outlive the result.
std::variant<std::vector<RecentState>, std::string> readRecentStates(std::string_view answer);

/// Whether a text can be a product's id: 64 hex digits. Nothing else may become part of a URL.
bool isProductId(std::string_view text);

} // namespace notifyhost::pacbio
