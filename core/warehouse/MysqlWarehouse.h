#pragma once

#include "warehouse/MysqlSession.h"

namespace notifyhost::warehouse {

/// The warehouse on a MySQL or MariaDB server: one session, opened at first use. A session that
/// the server closed while it was idle is replaced once without a word; after an error the next
/// call connects anew.
/// Errors: each one sentence with host, port, schema and the key to look at, never the password.
/// Threads: one per instance.
class MysqlWarehouse : public Warehouse {
public:
    explicit MysqlWarehouse(WarehouseSettings settings);

    std::vector<Row> query(std::string_view sql,
                           const std::vector<std::string>& parameters) override;
    std::vector<StudyContacts> contacts(const std::vector<std::string>& studyNumbers) override;

private:
    std::vector<Row> ask(std::string_view sql, const std::vector<std::string>& parameters);

    const WarehouseSettings _settings;
    std::unique_ptr<MysqlSession> _session;
};

} // namespace notifyhost::warehouse
