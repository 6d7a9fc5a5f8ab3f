# Everything we build on comes from Debian 12's packages; docs/licences.md lists it.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE_PROGRAM})
endif()

# Poco's package refers to a target that nothing in Debian defines.
if(NOT TARGET MySQL::client)
    add_library(MySQL::client INTERFACE IMPORTED)
    set_target_properties(MySQL::client PROPERTIES INTERFACE_LINK_LIBRARIES mariadb)
endif()
find_package(Poco 1.11 REQUIRED COMPONENTS Foundation Util XML JSON Net NetSSL Crypto Data DataMySQL)
find_package(OpenSSL REQUIRED)
find_package(SQLite3 REQUIRED)
find_path(RAPIDJSON_INCLUDE rapidjson/reader.h REQUIRED)
find_path(CLI11_INCLUDE CLI/CLI.hpp REQUIRED)
find_library(IDN2_LIBRARY idn2 REQUIRED)
# Headers only. Debian's usual 1.74 is too old for what we use of Asio.
find_package(Boost 1.81 REQUIRED)
if(NOTIFYHOST_TESTS)
    find_package(GTest REQUIRED)
endif()
