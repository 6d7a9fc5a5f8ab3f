#include "warehouse/MysqlStatement.h"

#include "warehouse/MysqlSession.h"

#include <notifyhost/Setting.h>

namespace notifyhost::warehouse {

namespace {

/// Most texts fit; a longer one is fetched a second time, whole.
constexpr std::size_t kUsualOctets = 256;

[[noreturn]] void fail(MYSQL_STMT* statement, MysqlError::Stage stage)
{
    throw MysqlError(stage, mysql_stmt_errno(statement), mysql_stmt_sqlstate(statement),
                     mysql_stmt_error(statement));
}

MYSQL_BIND textBinding(char* octets, std::size_t room)
{
    MYSQL_BIND binding{};
    binding.buffer_type = MYSQL_TYPE_STRING;
    binding.buffer = octets;
    binding.buffer_length = room;
    return binding;
}

} // namespace

MysqlStatement::MysqlStatement(MYSQL* connection, std::string_view sql)
    : _sql(sql), _statement(mysql_stmt_init(connection))
{
    if (!_statement) {
        throw std::bad_alloc();
    }
    if (mysql_stmt_prepare(_statement.get(), sql.data(), sql.size()) != 0) {
        fail(_statement.get(), MysqlError::Stage::asking);
    }
    if (mysql_stmt_field_count(_statement.get()) == 0) {
        throw PluginFault("the warehouse is only read; not a SELECT statement: " + _sql);
    }
}

std::vector<Warehouse::Row> MysqlStatement::run(const std::vector<std::string>& parameters)
{
    execute(parameters);
    prepareCells();
    if (mysql_stmt_store_result(_statement.get()) != 0) {
        fail(_statement.get(), MysqlError::Stage::reading);
    }
    std::vector<Warehouse::Row> rows;
    rows.reserve(mysql_stmt_num_rows(_statement.get()));
    for (;;) {
        const int outcome = mysql_stmt_fetch(_statement.get());
        if (outcome == MYSQL_NO_DATA) {
            break;
        }
        if (outcome != 0 && outcome != MYSQL_DATA_TRUNCATED) {
            fail(_statement.get(), MysqlError::Stage::reading);
        }
        Warehouse::Row& row = rows.emplace_back(_cells.size());
        for (unsigned column = 0; column < row.size(); ++column) {
            row[column] = valueOf(_cells[column], column);
        }
    }
    mysql_stmt_free_result(_statement.get());
    return rows;
}

void MysqlStatement::execute(const std::vector<std::string>& parameters)
{
    const auto wanted = mysql_stmt_param_count(_statement.get());
    if (wanted != parameters.size()) {
        throw PluginFault(std::to_string(parameters.size()) + " parameters for the " +
                          std::to_string(wanted) + " places of: " + _sql);
    }
    std::vector<MYSQL_BIND> bindings;
    bindings.reserve(parameters.size());
    for (const auto& parameter : parameters) {
        bindings.push_back(textBinding(const_cast<char*>(parameter.data()), parameter.size()));
        bindings.back().length_value = parameter.size();
    }
    for (auto& binding : bindings) {
        binding.length = &binding.length_value;
    }
    if (!bindings.empty() && mysql_stmt_bind_param(_statement.get(), bindings.data()) != 0) {
        fail(_statement.get(), MysqlError::Stage::asking);
    }
    if (mysql_stmt_execute(_statement.get()) != 0) {
        fail(_statement.get(), MysqlError::Stage::asking);
    }
}

void MysqlStatement::prepareCells()
{
    _cells.resize(mysql_stmt_field_count(_statement.get()));
    std::vector<MYSQL_BIND> bindings;
    bindings.reserve(_cells.size());
    for (auto& cell : _cells) {
        cell.octets.resize(kUsualOctets);
        MYSQL_BIND& binding =
            bindings.emplace_back(textBinding(cell.octets.data(), cell.octets.size()));
        binding.length = &cell.size;
        binding.is_null = &cell.isNull;
        binding.error = &cell.isCut;
    }
    if (mysql_stmt_bind_result(_statement.get(), bindings.data()) != 0) {
        fail(_statement.get(), MysqlError::Stage::reading);
    }
}

std::optional<std::string> MysqlStatement::valueOf(Cell& cell, unsigned column)
{
    if (cell.isNull != 0) {
        return std::nullopt;
    }
    if (cell.size <= cell.octets.size()) {
        return std::string(cell.octets.data(), cell.size);
    }
    std::string whole(cell.size, '\0');
    MYSQL_BIND binding = textBinding(whole.data(), whole.size());
    unsigned long size = 0;
    binding.length = &size;
    if (mysql_stmt_fetch_column(_statement.get(), &binding, column, 0) != 0) {
        fail(_statement.get(), MysqlError::Stage::reading);
    }
    return whole;
}

} // namespace notifyhost::warehouse
