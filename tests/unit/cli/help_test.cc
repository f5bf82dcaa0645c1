#include "cli/help.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

namespace ringload::cli {
namespace {

void expect_plain_and_narrow(const std::string& text, const std::string& what) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100u) << what << ": " << line;
  for (const char c : text) ASSERT_TRUE(c == '\n' || (c >= ' ' && c <= '~')) << what << ": byte " << int{c};
}

TEST(Help, FitsTheTerminalInAscii) {
  expect_plain_and_narrow(general_help(), "ringload");
  for (const CommandInfo& info : commands()) expect_plain_and_narrow(help_text(info.command), std::string(info.name));
}

TEST(Help, NamesEveryFlagOfItsCommandAndNoOther) {
  for (const CommandInfo& info : commands()) {
    const std::string text = help_text(info.command);
    for (const Option& option : options()) {
      const bool named =
          text.find(" --" + std::string(option.name) +
                    (option.value.empty() ? " " : " " + std::string(option.value))) !=
          std::string::npos;
      EXPECT_EQ((option.commands & info.command) != 0, named) << info.name << " --" << option.name;
    }
  }
}

TEST(Table, NamesAndLettersAreUnique) {
  std::set<std::string_view> names;
  std::set<char> letters;
  for (const Option& option : options()) {
    EXPECT_TRUE(names.insert(option.name).second) << option.name;
    EXPECT_TRUE(option.alias.empty() || names.insert(option.alias).second) << option.alias;
    EXPECT_TRUE(option.letter == 0 || letters.insert(option.letter).second) << option.letter;
    EXPECT_NE(0u, option.commands) << option.name;
    EXPECT_EQ(option.takes == Takes::nothing, option.value.empty()) << option.name;
  }
  for (const char letter : letters)
    EXPECT_NE(std::string_view("hVqkHcrdnm").find(letter), std::string_view::npos) << letter;
}

TEST(Table, HelpSaysTheDefault) {
  for (const Option& option : options()) EXPECT_NE(option.help.find("default"), std::string_view::npos) << option.name;
}

TEST(Reference, IsTheDocsPage) {
  const std::string path = SOURCE_ROOT "/docs/cli.md";
  if (std::getenv("RINGLOAD_UPDATE_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << options_reference();
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file) << path << " is missing";
  std::ostringstream page;
  page << file.rdbuf();
  EXPECT_EQ(page.str(), options_reference()) << "run unit_cli with RINGLOAD_UPDATE_GOLDEN=1 to write it again";
}

}  // namespace
}  // namespace ringload::cli
