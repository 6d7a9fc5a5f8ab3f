#include "host/PluginFile.h"

#include <notifyhost/Plugin.h>

#include <algorithm>
#include <cstring>
#include <sstream>
#include <vector>

#include <elf.h>

namespace notifyhost::host {

namespace {

#if defined(__x86_64__)
constexpr std::uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t kMachine = EM_AARCH64;
#else
#error "name this architecture's ELF machine number"
#endif

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why)
{
    throw PluginRefusal(file.string() + ": " + why);
}

/// What a plugin with its debugging information may have.
constexpr std::size_t kLargestPlugin = std::size_t{1} << 30;

TrustedFile openTrusted(const std::filesystem::path& file)
{
    try {
        return TrustedFile::open(file, FileUse::plugin);
    } catch (const FileRefusal& refusal) {
        refuse(file, refusal.what());
    }
}

std::string readWhole(const std::filesystem::path& file, const TrustedFile& opened)
{
    try {
        return opened.read(kLargestPlugin);
    } catch (const FileRefusal& refusal) {
        refuse(file, refusal.what());
    }
}

/// Reads structures out of the file's octets, refusing what lies outside them.
class ElfReader {
public:
    ElfReader(const std::filesystem::path& file, const std::string& octets)
        : _file(file), _octets(octets)
    {
        if (_octets.size() < sizeof(Elf64_Ehdr) || _octets.compare(0, SELFMAG, ELFMAG) != 0) {
            refuse(_file, "not an ELF file, so not a plugin. Check what was installed there.");
        }
        _header = at<Elf64_Ehdr>(0);
        checkHeader();
        checkSegments();
    }

    /// The octets of the section with this name, or nothing.
    std::string section(std::string_view wanted) const
    {
        if (_header.e_shstrndx >= _header.e_shnum) {
            return {};
        }
        const auto names = contents(sectionHeader(_header.e_shstrndx));
        for (unsigned index = 0; index < _header.e_shnum; ++index) {
            const auto header = sectionHeader(index);
            if (header.sh_name < names.size() && names.c_str() + header.sh_name == wanted) {
                return contents(header);
            }
        }
        return {};
    }

private:
    template<typename Structure> Structure at(std::uint64_t offset) const
    {
        Structure result;
        if (offset > _octets.size() || _octets.size() - offset < sizeof result) {
            truncated();
        }
        std::memcpy(&result, _octets.data() + offset, sizeof result);
        return result;
    }

    [[noreturn]] void truncated() const
    {
        refuse(_file, "truncated: it ends before what its headers announce. Install it again.");
    }

    void checkHeader() const
    {
        if (_header.e_ident[EI_CLASS] != ELFCLASS64 || _header.e_ident[EI_DATA] != ELFDATA2LSB ||
            _header.e_machine != kMachine)
        {
            refuse(_file, "built for another machine (ELF machine number " +
                              std::to_string(_header.e_machine) + ", this host is " +
                              std::to_string(kMachine) + "). Install the package for this one.");
        }
        if (_header.e_type != ET_DYN) {
            refuse(_file, "an ELF file, but not a shared library. Link it with -shared.");
        }
    }

    void checkSegments() const
    {
        for (unsigned index = 0; index < _header.e_phnum; ++index) {
            const auto segment = at<Elf64_Phdr>(_header.e_phoff + index * sizeof(Elf64_Phdr));
            requireInside(segment.p_offset, segment.p_filesz);
        }
        for (unsigned index = 0; index < _header.e_shnum; ++index) {
            sectionHeader(index);
        }
    }

    Elf64_Shdr sectionHeader(unsigned index) const
    {
        return at<Elf64_Shdr>(_header.e_shoff + index * sizeof(Elf64_Shdr));
    }

    std::string contents(const Elf64_Shdr& header) const
    {
        if (header.sh_type == SHT_NOBITS) {
            return {};
        }
        requireInside(header.sh_offset, header.sh_size);
        return _octets.substr(header.sh_offset, header.sh_size);
    }

    void requireInside(std::uint64_t offset, std::uint64_t size) const
    {
        if (offset > _octets.size() || _octets.size() - offset < size) {
            truncated();
        }
    }

    const std::filesystem::path& _file;
    const std::string& _octets;
    Elf64_Ehdr _header{};
};

template<std::size_t Size> std::string text(const std::array<char, Size>& field)
{
    return std::string(field.data(), strnlen(field.data(), Size));
}

template<std::size_t Size>
void requireSame(const std::filesystem::path& file, const std::string& what,
                 const std::array<char, Size>& theirs, const std::array<char, Size>& ours,
                 const std::string& advice)
{
    if (text(theirs) != text(ours)) {
        refuse(file, "built with " + what + " " + text(theirs) + ", this host with " + text(ours) +
                         ". " + advice);
    }
}

/// The texts of this kind in the file's dynamic section: what it asks of the dynamic loader.
std::vector<std::string> dynamicTexts(const ElfReader& reader,
                                      std::initializer_list<Elf64_Sxword> kinds)
{
    const std::string entries = reader.section(".dynamic");
    const std::string texts = reader.section(".dynstr");
    std::vector<std::string> result;
    for (std::size_t at = 0; entries.size() - at >= sizeof(Elf64_Dyn); at += sizeof(Elf64_Dyn)) {
        Elf64_Dyn entry;
        std::memcpy(&entry, entries.data() + at, sizeof entry);
        const bool wanted = std::find(kinds.begin(), kinds.end(), entry.d_tag) != kinds.end();
        if (wanted && entry.d_un.d_val < texts.size()) {
            result.emplace_back(texts.c_str() + entry.d_un.d_val);
        }
    }
    return result;
}

void requireTrustedFolder(const std::filesystem::path& file, const std::string& folder)
{
    constexpr const char* kAdvice = "Link it without that (CMAKE_SKIP_RPATH), or run: chrpath -d ";
    if (folder.starts_with('$')) {
        return; // $ORIGIN: it is loaded by its descriptor, beside which nothing lies
    }
    if (!folder.starts_with('/')) {
        refuse(file, "looks for its libraries in the folder that notifyhost is started in, or "
                     "below it (its RUNPATH holds '" +
                         folder + "'). " + kAdvice + file.string());
    }
    try {
        TrustedFile::openFolder(folder, FileUse::plugin);
    } catch (const FileRefusal& refusal) {
        if (refusal.kind() == FileRefusal::Kind::untrusted) {
            refuse(file, "looks for its libraries in " + folder + " (its RUNPATH), which " +
                             refusal.what() + ". Or: " + kAdvice + file.string());
        }
    }
}

/// A library that the plugin needs is loaded with it, so the folders that it names must not be
/// other users'.
void requireTrustedLibraries(const std::filesystem::path& file, const ElfReader& reader)
{
    for (const std::string& folders : dynamicTexts(reader, {DT_RPATH, DT_RUNPATH})) {
        std::istringstream list(folders);
        for (std::string folder; std::getline(list, folder, ':');) {
            requireTrustedFolder(file, folder);
        }
    }
    for (const std::string& library : dynamicTexts(reader, {DT_NEEDED})) {
        if (const auto slash = library.rfind('/'); slash != std::string::npos) {
            requireTrustedFolder(file, library.substr(0, std::max<std::size_t>(slash, 1)));
        }
    }
}

PluginRecord readRecord(const std::filesystem::path& file, const std::string& section)
{
    PluginRecord record;
    constexpr std::size_t headSize = sizeof record.magic + sizeof record.abi + sizeof record.size;
    if (section.size() < headSize || section.compare(0, kRecordMagic.size(), kRecordMagic) != 0) {
        refuse(file, "holds no plugin record. End the plugin's source with NOTIFYHOST_TRANSPORT or "
                     "NOTIFYHOST_SOURCE and do not strip the section .notifyhost.");
    }
    std::memcpy(static_cast<void*>(&record), section.data(), headSize);
    if (record.abi != NOTIFYHOST_ABI) {
        refuse(file, "built for plugin interface " + std::to_string(record.abi) +
                         ", this host has interface " + std::to_string(NOTIFYHOST_ABI) +
                         ". Rebuild it against this host's SDK.");
    }
    if (record.size != sizeof record || section.size() < sizeof record) {
        refuse(file, "its plugin record has " + std::to_string(record.size) +
                         " octets, this host expects " + std::to_string(sizeof record) +
                         ". Rebuild it against this host's SDK.");
    }
    std::memcpy(static_cast<void*>(&record), section.data(), sizeof record);
    return record;
}

} // namespace

PluginFile openPluginFile(const std::filesystem::path& file)
{
    TrustedFile opened = openTrusted(file);
    const std::string octets = readWhole(file, opened);
    const ElfReader reader(file, octets);
    const PluginRecord record = readRecord(file, reader.section(".notifyhost"));
    constexpr PluginRecord own = record::make("", "", "", "", "");
    requireSame(file, "Poco", record.poco, own.poco,
                "Rebuild it on a system with this host's Poco.");
    requireSame(file, "compiler ABI", record.compilerAbi, own.compilerAbi,
                "Rebuild it with this host's standard library and the same ABI switches.");
    const std::string kind = text(record.kind);
    if (kind != "transport" && kind != "source") {
        refuse(file, "says it is a '" + kind + "'; this host knows 'transport' and 'source'.");
    }
    const std::string name = text(record.name);
    if (name != file.stem().string()) {
        refuse(file, "calls itself '" + name + "'. Name the file " + name + ".so.");
    }
    requireTrustedLibraries(file, reader);
    return {std::move(opened),
            {file, kind, name, text(record.version), text(record.description), text(record.licence),
             text(record.sdkVersion)}};
}

} // namespace notifyhost::host
