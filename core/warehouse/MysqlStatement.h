#pragma once

#include <notifyhost/Services.h>

#include <mariadb/mysql.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace notifyhost::warehouse {

/// One statement prepared on a connection, which must outlive it.
/// Errors: MysqlError, after which it must not be used again; PluginFault for one that yields no
///         rows or takes another number of parameters.
class MysqlStatement {
public:
    MysqlStatement(MYSQL* connection, std::string_view sql);

    /// Runs it with text parameters and reads all rows.
    std::vector<Warehouse::Row> run(const std::vector<std::string>& parameters);

private:
    struct Close {
        void operator()(MYSQL_STMT* statement) const { mysql_stmt_close(statement); }
    };
    struct Cell {
        std::vector<char> octets;
        unsigned long size{};
        my_bool isNull{};
        my_bool isCut{};
    };

    void execute(const std::vector<std::string>& parameters);
    void prepareCells();
    std::optional<std::string> valueOf(Cell& cell, unsigned column);

    std::string _sql;
    std::unique_ptr<MYSQL_STMT, Close> _statement;
    std::vector<Cell> _cells;
};

} // namespace notifyhost::warehouse
