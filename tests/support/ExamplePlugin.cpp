#include "support/ExamplePlugin.h"

#include "support/Process.h"

#include <stdexcept>

namespace notifyhost::test {

std::filesystem::path buildExample(const std::string& name, const std::filesystem::path& folder,
                                   const std::vector<std::string>& flags)
{
    std::filesystem::create_directories(folder);
    const auto file = folder / (name + ".so");
    std::vector<std::string> command{TEST_CXX,  "-std=c++20",           "-fPIC",
                                     "-shared", "-fvisibility=hidden",  "-Wl,-z,now",
                                     "-I",      SOURCE_ROOT "/core/api"};
    if (*TEST_SANITIZE != '\0') {
        command.push_back("-fsanitize=" TEST_SANITIZE);
    }
    command.insert(command.end(), flags.begin(), flags.end());
    command.insert(command.end(),
                   {TEST_DATA "/examples/" + name + ".cpp", BUILD_ROOT "/core/libnotifyhost-sdk.a",
                    "-lPocoFoundation", "-lPocoJSON", "-o", file.string()});
    const auto built = run(command);
    if (built.status != 0) {
        throw std::runtime_error(built.error);
    }
    return file;
}

} // namespace notifyhost::test
