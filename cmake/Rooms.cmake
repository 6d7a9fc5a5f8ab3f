# How a folder becomes a target. A room of core is a static library; a folder under plugins is a
# shared object of the same name. Sources are found, not listed.

add_library(notifyhost_flags INTERFACE)
# The same code goes into programs and plugins, so everything is position independent.
target_compile_options(notifyhost_flags INTERFACE
    -fPIC -Wall -Wextra -Wpedantic -Wshadow -Wconversion $<$<BOOL:${NOTIFYHOST_WERROR}>:-Werror>)
# GCC 12 sees overlaps and overflows in std::string's own operator+ that are not there.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(notifyhost_flags INTERFACE -Wno-restrict -Wno-array-bounds
        -Wno-stringop-overflow -Wno-stringop-overread)
endif()
# What makes an error of ours hard to use for others; docs/security.md names it, tests/structure looks
# for it. Sanitizers have their own means.
set(NOTIFYHOST_HARDENING -fstack-protector-strong -fstack-clash-protection
    $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE> $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|i[3-6]86)$")
    list(APPEND NOTIFYHOST_HARDENING -fcf-protection)
endif()
if(NOT NOTIFYHOST_SANITIZE)
    target_compile_options(notifyhost_flags INTERFACE ${NOTIFYHOST_HARDENING})
    target_link_options(notifyhost_flags INTERFACE -Wl,-z,relro,-z,now
        $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-pie>)
endif()
if(NOTIFYHOST_SANITIZE)
    target_compile_options(notifyhost_flags INTERFACE -fsanitize=${NOTIFYHOST_SANITIZE}
        -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(notifyhost_flags INTERFACE -fsanitize=${NOTIFYHOST_SANITIZE})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # With sanitizers GCC sees uninitialized members in std::regex that are not there.
        target_compile_options(notifyhost_flags INTERFACE -Wno-maybe-uninitialized)
    endif()
    if(NOTIFYHOST_SANITIZE STREQUAL "thread")
        # Boost's lock-free parts use fences, which this sanitizer does not follow.
        target_compile_options(notifyhost_flags INTERFACE -Wno-tsan)
    endif()
endif()
# A program starts faster without the libraries it does not use.
target_link_options(notifyhost_flags INTERFACE -Wl,--as-needed)
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)

# The headers that plugins see, and nothing else.
add_library(notifyhost_api INTERFACE)
target_include_directories(notifyhost_api INTERFACE ${PROJECT_SOURCE_DIR}/core/api)
target_link_libraries(notifyhost_api INTERFACE Poco::Foundation Poco::JSON)

# One precompiled header for all: standard library and Poco's JSON only, so it opens no room to a plugin.
add_library(notifyhost_pch OBJECT ${PROJECT_SOURCE_DIR}/cmake/Precompiled.cpp)
target_link_libraries(notifyhost_pch PRIVATE notifyhost_flags notifyhost_api)
target_precompile_headers(notifyhost_pch PRIVATE ${PROJECT_SOURCE_DIR}/cmake/Precompiled.h)

function(notifyhost_common target)
    target_link_libraries(${target} PRIVATE notifyhost_flags)
    target_precompile_headers(${target} REUSE_FROM notifyhost_pch)
    # Without this ccache cannot use a precompiled header.
    target_compile_options(${target} PRIVATE -fpch-preprocess)
endfunction()

# notifyhost_room(NAME [libraries…]): core/NAME, for the rest of core, the apps and the tests.
function(notifyhost_room name)
    file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/core/${name}/*.cpp)
    add_library(notifyhost_${name} STATIC ${sources})
    notifyhost_common(notifyhost_${name})
    target_include_directories(notifyhost_${name} SYSTEM PUBLIC ${RAPIDJSON_INCLUDE})
    target_include_directories(notifyhost_${name} PUBLIC ${PROJECT_SOURCE_DIR}/core)
    target_link_libraries(notifyhost_${name} PUBLIC notifyhost_api ${ARGN})
endfunction()

# notifyhost_plugin(DIRECTORY OUTPUT_DIRECTORY): DIRECTORY's sources as DIRECTORY's name with .so.
# What else it links stands in its own plugin.cmake, in a list named PLUGIN_LIBRARIES.
function(notifyhost_plugin directory output)
    get_filename_component(name ${directory} NAME)
    file(GLOB sources CONFIGURE_DEPENDS ${directory}/*.cpp)
    set(PLUGIN_LIBRARIES "")
    include(${directory}/plugin.cmake OPTIONAL)
    set(target plugin_${name})
    add_library(${target} MODULE ${sources})
    notifyhost_common(${target})
    target_include_directories(${target} SYSTEM PRIVATE ${RAPIDJSON_INCLUDE})
    target_link_libraries(${target} PRIVATE notifyhost_sdk_library notifyhost_api ${PLUGIN_LIBRARIES})
    target_link_options(${target} PRIVATE -Wl,-z,now -Wl,--exclude-libs,ALL)
    # A sanitizer's own functions come from the program.
    if(NOT NOTIFYHOST_SANITIZE)
        target_link_options(${target} PRIVATE -Wl,-z,defs)
    endif()
    set_target_properties(${target} PROPERTIES PREFIX "" OUTPUT_NAME ${name}
        LIBRARY_OUTPUT_DIRECTORY ${output})
endfunction()
