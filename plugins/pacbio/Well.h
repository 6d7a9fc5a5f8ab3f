#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace notifyhost::pacbio {

/// What of a sample was put into a well.
struct Library {
    std::string studyId; ///< the number people know
    std::string studyName;
    std::string sampleId;
    std::string sampleName;
    std::vector<std::string> tags; ///< none, one, or one for each end
    std::optional<std::string> type;
    std::optional<std::string> pool;
};

/// A well of a PacBio run and what is in it.
struct Well {
    std::string run;
    std::string label;                ///< "A1"
    std::optional<std::string> plate; ///< nullopt where the instrument knows no plates
    std::optional<std::string> instrument;
    std::optional<std::string> instrumentType;
    std::optional<std::string> completed; ///< as LangQC writes it
    std::vector<Library> libraries;       ///< as they came; never empty
};

/// Reads what LangQC says of a well, or why that cannot be used.
/// Source: LangQC's GET /api/pacbio/wells/ID_PRODUCT/libraries.
std::variant<Well, std::string> readWell(std::string_view answer, std::string_view product);

} // namespace notifyhost::pacbio
