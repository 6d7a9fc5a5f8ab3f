#pragma once

#include "QcState.h"
#include "Well.h"

#include <notifyhost/EventSource.h>

#include <optional>
#include <string>
#include <vector>

namespace notifyhost::pacbio {

/// The libraries of one study in a well, in the order in which they came.
struct StudyShare {
    std::string id;
    std::string name; ///< of its first library
    std::vector<const Library*> libraries;
};

/// The studies of a well in order of first appearance. Owner: the well must outlive them.
std::vector<StudyShare> studiesOf(const Well& well);

/// What the site's settings add to every notification.
struct SiteFacts {
    std::optional<std::string> runUrl;     ///< of the pages of runs, without the run's name
    std::optional<std::string> manualUrl;  ///< how to get data out of iRODS
    std::optional<std::string> mailDomain; ///< of the site's addresses
};

/// The facts of a notification about one study's share of a well. All single values are texts but
/// for passed, failed, undecided, one_library, one_sample and more_libraries, which are booleans;
/// what is not known is null.
/// Shape: study_id, study_name, run, well, plate, instrument, instrument_type, completed, product,
///        qc_state, outcome ("pass", "fail", "undecided"), passed, failed, undecided, qc_type,
///        qc_date, library_count, one_library, sample_count (different sample ids), one_sample,
///        first_libraries (at most five), libraries (all): [{sample_name, sample_id, tags: [{tag}],
///        tag_text, library_type, pool}], shown_count, more_libraries, more_count, run_page (the
///        run's name as it is), run_link (the same, percent-encoded), manual_url, mail_domain.
Poco::JSON::Object wellFacts(const QcState& state, const Well& well, const StudyShare& study,
                             const SiteFacts& site);

/// Invented wells: one with everything, one where all that may be unknown is.
std::vector<Example> exampleFacts();

} // namespace notifyhost::pacbio
