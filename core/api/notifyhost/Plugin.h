#pragma once

#include <notifyhost/EventSource.h>
#include <notifyhost/Transport.h>

#include <Poco/ClassLibrary.h>
#include <Poco/Version.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

NOTIFYHOST_NAMESPACE_BEGIN

/// The first octets of every record, so that a foreign section is not taken for one.
inline constexpr std::string_view kRecordMagic = "NOTIFYHOST-PLUGIN";

/// What a plugin says of itself, in the ELF section .notifyhost of its file. Plain data without
/// relocations: the octets in the file are the record, and the host reads them before the library
/// is opened. Its head (magic, abi, size) stays in place in every version.
struct PluginRecord {
    std::array<char, 24> magic{};
    std::uint32_t abi{};
    std::uint32_t size{};
    std::array<char, 16> kind{}; ///< "transport" or "source"
    std::array<char, 64> name{};
    std::array<char, 32> version{};
    std::array<char, 160> description{};
    std::array<char, 64> licence{};
    std::array<char, 32> sdkVersion{};
    std::array<char, 16> poco{};        ///< major.minor
    std::array<char, 64> compilerAbi{}; ///< standard library and its ABI switches
};

namespace record {

template<std::size_t Size> consteval std::array<char, Size> field(std::string_view text)
{
    if (text.size() >= Size) {
        throw "a field of the plugin's record is too long";
    }
    std::array<char, Size> result{};
    for (std::size_t index = 0; index < text.size(); ++index) {
        result[index] = text[index];
    }
    return result;
}

consteval std::array<char, 16> pocoVersion()
{
    std::array<char, 16> result{};
    std::size_t at = 0;
    const auto number = [&](unsigned value) {
        if (value >= 10) {
            result[at++] = static_cast<char>('0' + value / 10);
        }
        result[at++] = static_cast<char>('0' + value % 10);
    };
    number(POCO_VERSION >> 24);
    result[at++] = '.';
    number((POCO_VERSION >> 16) & 0xFF);
    return result;
}

#if defined(_LIBCPP_VERSION)
inline constexpr std::string_view kCompilerAbi = "libc++";
#elif defined(_GLIBCXX_DEBUG)
inline constexpr std::string_view kCompilerAbi =
    _GLIBCXX_USE_CXX11_ABI ? "libstdc++ cxx11 debug" : "libstdc++ old debug";
#else
inline constexpr std::string_view kCompilerAbi =
    _GLIBCXX_USE_CXX11_ABI ? "libstdc++ cxx11" : "libstdc++ old";
#endif

consteval PluginRecord make(std::string_view kind, std::string_view name, std::string_view version,
                            std::string_view description, std::string_view licence)
{
    PluginRecord result;
    result.magic = field<24>(kRecordMagic);
    result.abi = NOTIFYHOST_ABI;
    result.size = sizeof(PluginRecord);
    result.kind = field<16>(kind);
    result.name = field<64>(name);
    result.version = field<32>(version);
    result.description = field<160>(description);
    result.licence = field<64>(licence);
    result.sdkVersion = field<32>(NOTIFYHOST_SDK_VERSION);
    result.poco = pocoVersion();
    result.compilerAbi = field<64>(kCompilerAbi);
    return result;
}

} // namespace record

NOTIFYHOST_NAMESPACE_END

#define NOTIFYHOST_PLUGIN_IMPLEMENTATION(Kind, Class, Base, name, version, description, licence)   \
    extern "C" __attribute__((section(".notifyhost"), used, visibility("default")))                \
    const ::notifyhost::PluginRecord notifyhostPluginRecord =                                      \
        ::notifyhost::record::make(Kind, name, version, description, licence);                     \
    POCO_BEGIN_MANIFEST(Base)                                                                      \
    POCO_EXPORT_CLASS(Class)                                                                       \
    POCO_END_MANIFEST

/// The one line that makes a class a transport plugin. At file scope, after the class; the class
/// sits in an anonymous namespace and is default-constructible. name is the file's name without
/// .so, and what the configuration calls it.
#define NOTIFYHOST_TRANSPORT(Class, name, version, description, licence)                           \
    NOTIFYHOST_PLUGIN_IMPLEMENTATION("transport", Class, ::notifyhost::Transport, name, version,   \
                                     description, licence)

/// The same for an event source.
#define NOTIFYHOST_SOURCE(Class, name, version, description, licence)                              \
    NOTIFYHOST_PLUGIN_IMPLEMENTATION("source", Class, ::notifyhost::EventSource, name, version,    \
                                     description, licence)
