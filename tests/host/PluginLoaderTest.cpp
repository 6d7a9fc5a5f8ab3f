#include "host/PluginLoader.h"

#include "config/SettingValues.h"
#include "host/HostClock.h"
#include "host/HostServices.h"
#include "support/ExamplePlugin.h"
#include "support/TemporaryFolder.h"

#include <notifyhost/Plugin.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include <dlfcn.h>
#include <elf.h>
#include <sys/stat.h>

namespace notifyhost::host {
namespace {

using test::TemporaryFolder;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::filesystem::path kBuilt = std::filesystem::path(BUILD_ROOT) / "tests" / "plugins";

/// A folder with copies of built plugins, to be spoilt one way or another.
class PluginLoaderTest : public testing::Test {
protected:
    std::string octets(const std::string& name) const
    {
        return test::readFile(kBuilt / (name + ".so"));
    }

    void install(const std::string& name, const std::string& content)
    {
        folder.write("plugins/" + name + ".so", content);
        std::filesystem::permissions(folder / "plugins", std::filesystem::perms(0755));
    }

    /// The same content with one text of the plugin's record replaced by one as long.
    static std::string replaced(std::string content, std::string_view from, std::string_view to)
    {
        EXPECT_EQ(from.size(), to.size());
        const auto record = content.find(kRecordMagic);
        content.replace(content.find(from, record), from.size(), to);
        return content;
    }

    std::string refusal(const std::string& name) const
    {
        try {
            PluginLoader({folder / "plugins"}).makeTransport(name);
        } catch (const PluginRefusal& error) {
            return error.what();
        }
        return "was loaded";
    }

    std::string refusalOf(const std::string& content)
    {
        install("scripted_transport", content);
        return refusal("scripted_transport");
    }

    TemporaryFolder folder;
};

TEST_F(PluginLoaderTest, LoadsATransportAndASourceFromTheirFolder)
{
    PluginLoader loader({kBuilt});
    EXPECT_EQ(loader.makeTransport("scripted_transport")->settings().size(), 2U);
    EXPECT_EQ(loader.makeSource("scripted_source")->examples().size(), 1U);
    EXPECT_EQ(loader.describe("scripted_source").description, "Composes what its tasks say");
}

TEST_F(PluginLoaderTest, GivesEachCallAnInstanceOfItsOwn)
{
    PluginLoader loader({kBuilt});
    const auto one = loader.makeTransport("scripted_transport");
    const auto other = loader.makeTransport("scripted_transport");
    EXPECT_NE(one.get(), other.get());
}

TEST_F(PluginLoaderTest, RefusesWhatIsNotThere)
{
    install("other", octets("scripted_transport"));
    EXPECT_THAT(refusal("absent"),
                AllOf(HasSubstr("'absent' was not found"), HasSubstr("plugin_path")));
}

TEST_F(PluginLoaderTest, RefusesNamesThatLeaveThePluginPath)
{
    install("scripted_transport", octets("scripted_transport"));
    for (const auto* name : {"../plugins/scripted_transport", "/etc/passwd", "a.b", "", "Ärger"}) {
        EXPECT_THAT(refusal(name), HasSubstr("is not a plugin's name")) << name;
    }
}

TEST_F(PluginLoaderTest, RefusesAFileThatIsNotElf)
{
    EXPECT_THAT(refusalOf("#!/bin/sh\n"), HasSubstr("not an ELF file"));
    EXPECT_THAT(refusalOf(""), HasSubstr("not an ELF file"));
}

TEST_F(PluginLoaderTest, RefusesATruncatedLibraryWhereverItEnds)
{
    const auto whole = octets("scripted_transport");
    for (std::size_t size = 64; size < whole.size(); size += whole.size() / 40) {
        EXPECT_THAT(refusalOf(whole.substr(0, size)), HasSubstr("truncated")) << size;
    }
}

TEST_F(PluginLoaderTest, RefusesAnotherArchitecture)
{
    auto content = octets("scripted_transport");
    const Elf64_Half foreign = EM_S390;
    std::memcpy(content.data() + offsetof(Elf64_Ehdr, e_machine), &foreign, sizeof foreign);
    EXPECT_THAT(refusalOf(content), HasSubstr("built for another machine"));
}

TEST_F(PluginLoaderTest, RefusesALibraryWithAMissingFunctionBeforeItIsCalled)
{
    install("unresolved", octets("unresolved"));
    EXPECT_THAT(refusal("unresolved"), HasSubstr("notifyhostTestFunctionThatNobodyDefines"));
}

TEST_F(PluginLoaderTest, RefusesALibraryWithoutARecord)
{
    auto content = octets("scripted_transport");
    content.replace(content.find(".notifyhost"), 11, ".somethings");
    EXPECT_THAT(refusalOf(content), HasSubstr("holds no plugin record"));
    content = octets("scripted_transport");
    content.replace(content.find(kRecordMagic), 10, "XXXXXXXXXX");
    EXPECT_THAT(refusalOf(content), HasSubstr("holds no plugin record"));
}

TEST_F(PluginLoaderTest, RefusesAnotherInterfaceNumberNamingBoth)
{
    auto content = octets("scripted_transport");
    const auto at = content.find(kRecordMagic) + offsetof(PluginRecord, abi);
    content[at] = static_cast<char>(NOTIFYHOST_ABI + 1);
    EXPECT_THAT(refusalOf(content),
                AllOf(HasSubstr("plugin interface " + std::to_string(NOTIFYHOST_ABI + 1)),
                      HasSubstr("this host has interface " + std::to_string(NOTIFYHOST_ABI)),
                      HasSubstr("Rebuild")));
}

TEST_F(PluginLoaderTest, RefusesARecordOfAnotherSize)
{
    auto content = octets("scripted_transport");
    ++content[content.find(kRecordMagic) + offsetof(PluginRecord, size)];
    EXPECT_THAT(refusalOf(content), HasSubstr("octets, this host expects"));
}

TEST_F(PluginLoaderTest, RefusesAnotherPocoNamingBoth)
{
    EXPECT_THAT(refusalOf(replaced(octets("scripted_transport"), "1.11", "1.99")),
                AllOf(HasSubstr("Poco 1.99"), HasSubstr("1.11")));
}

TEST_F(PluginLoaderTest, RefusesAnotherCompilerAbiNamingBoth)
{
    EXPECT_THAT(
        refusalOf(replaced(octets("scripted_transport"), "libstdc++ cxx11", "libstdc++ old  ")),
        AllOf(HasSubstr("compiler ABI libstdc++ old"), HasSubstr("libstdc++ cxx11")));
}

TEST_F(PluginLoaderTest, RefusesAFileThatCallsItselfOtherwise)
{
    install("renamed", octets("scripted_transport"));
    EXPECT_THAT(refusal("renamed"), HasSubstr("calls itself 'scripted_transport'"));
}

TEST_F(PluginLoaderTest, RefusesTwoPluginsOfOneName)
{
    install("scripted_transport", octets("scripted_transport"));
    PluginLoader loader({folder / "plugins", kBuilt});
    try {
        loader.makeTransport("scripted_transport");
        FAIL() << "one of two was loaded";
    } catch (const PluginRefusal& error) {
        EXPECT_THAT(error.what(), AllOf(HasSubstr("more than once"), HasSubstr(kBuilt.string())));
    }
}

TEST_F(PluginLoaderTest, RefusesASourceWhereATransportIsWanted)
{
    install("scripted_source", octets("scripted_source"));
    EXPECT_THAT(refusal("scripted_source"), HasSubstr("is a source, but is used as a transport"));
}

TEST_F(PluginLoaderTest, RefusesAFileThatOthersCanWrite)
{
    install("scripted_transport", octets("scripted_transport"));
    const auto file = folder / "plugins/scripted_transport.so";
    ASSERT_EQ(::chmod(file.c_str(), 0606), 0);
    EXPECT_THAT(refusal("scripted_transport"),
                AllOf(HasSubstr("is not to be trusted: the file " + file.string()),
                      HasSubstr("mode 0606"), HasSubstr("run: chmod go-w " + file.string())));
}

TEST_F(PluginLoaderTest, RefusesAFolderThatOthersCanWrite)
{
    install("scripted_transport", octets("scripted_transport"));
    ASSERT_EQ(::chmod((folder / "plugins").c_str(), 0777), 0);
    EXPECT_THAT(refusal("scripted_transport"),
                HasSubstr("run: chmod go-w " + (folder / "plugins").string()));
}

TEST_F(PluginLoaderTest, RefusesAFolderAboveThatOthersCanWrite)
{
    install("scripted_transport", octets("scripted_transport"));
    for (const int mode : {0757, 01757}) {
        ASSERT_EQ(::chmod(folder.path().c_str(), static_cast<mode_t>(mode)), 0);
        EXPECT_THAT(refusal("scripted_transport"),
                    HasSubstr("the folder " + folder.path().string() + " ("));
    }
}

TEST_F(PluginLoaderTest, LoadsWhatItHasOpenedUnderItsOwnName)
{
    install("scripted_transport", octets("scripted_transport"));
    const auto instance = PluginLoader({folder / "plugins"}).makeTransport("scripted_transport");
    Dl_info place{};
    const void* table = *reinterpret_cast<void* const*>(instance.get());
    ASSERT_NE(::dladdr(table, &place), 0);
    EXPECT_EQ(place.dli_fname, (folder / "plugins/scripted_transport.so").string());
}

TEST_F(PluginLoaderTest, TakesNoLibraryForAnotherWhenALoaderIsGone)
{
    for (const auto* name : {"scripted_transport", "forgetful", "scripted_transport"}) {
        const auto instance = PluginLoader({kBuilt}).makeTransport(name);
        EXPECT_EQ(instance->settings().size(), name[0] == 's' ? 2U : 0U) << name;
    }
}

TEST_F(PluginLoaderTest, NamesTheFileWhereTheLoaderNamesADescriptor)
{
    install("unresolved", octets("unresolved"));
    EXPECT_THAT(refusal("unresolved"), AllOf(HasSubstr((folder / "plugins/unresolved.so").string()),
                                             Not(HasSubstr("/proc/self"))));
}

TEST_F(PluginLoaderTest, RefusesAPluginWhoseOwnLibrariesComeFromAFolderOfOthers)
{
    const auto shared = folder / "shared/lib";
    std::filesystem::create_directories(shared);
    ASSERT_EQ(::chmod((folder / "shared").c_str(), 0777), 0);
    const auto refusalWith = [&](const std::string& path) {
        test::buildExample("thirty_line_transport", folder / "plugins", {"-Wl,-rpath," + path});
        std::filesystem::permissions(folder / "plugins", std::filesystem::perms(0755));
        return refusal("thirty_line_transport");
    };
    EXPECT_THAT(refusalWith("/usr/lib:" + shared.string()),
                AllOf(HasSubstr("looks for its libraries in " + shared.string()),
                      HasSubstr("the folder " + (folder / "shared").string()),
                      HasSubstr("chrpath -d")));
    EXPECT_THAT(refusalWith("/usr/lib:lib"),
                HasSubstr("in the folder that notifyhost is started in"));
    EXPECT_EQ(refusalWith("/usr/lib:/nonexistent/lib"), "was loaded");
}

TEST_F(PluginLoaderTest, ListsWhatItFoundAndWhatItRefuses)
{
    install("scripted_transport", octets("scripted_transport"));
    install("broken", "not a library");
    const auto found = PluginLoader({folder / "plugins"}).find();
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].description.name, "broken");
    EXPECT_THAT(found[0].refusal, HasSubstr("not an ELF file"));
    EXPECT_EQ(found[1].description.version, "1.0");
    EXPECT_EQ(found[1].refusal, "");
}

TEST_F(PluginLoaderTest, LetsAPluginThatReadsBeyondItsTableFailAsAFault)
{
    PluginLoader loader({kBuilt});
    const auto transport = loader.makeTransport("forgetful");
    const config::SettingValues values(transport->settings(), {});
    const ServiceSettings settings;
    const SystemHostClock clock;
    const log::Redactor redactor;
    std::ostringstream output;
    log::Logger logger(output, {}, clock, redactor);
    HostServices services(settings, "forgetful", logger, clock);
    EXPECT_THROW(transport->configure(values, services), PluginFault);
}

} // namespace
} // namespace notifyhost::host
