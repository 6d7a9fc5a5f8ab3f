#pragma once

#include "storage/Database.h"

namespace notifyhost::ledger {

/// The ledger's tables, with their migrations. Every row has a checksum over all its columns.
const storage::Schema& ledgerSchema();

} // namespace notifyhost::ledger
