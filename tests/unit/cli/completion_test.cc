#include "cli/completion.h"

#include <gtest/gtest.h>

namespace ringload::cli {
namespace {

Completes of(std::string_view name) { return completes(*find_option(name)); }
using List = std::vector<std::string>;

TEST(Completes, WordsFilesAndNothing) {
  EXPECT_EQ((List{"constant", "gamma", "poisson"}), of("arrival").words);
  EXPECT_EQ((List{"off", "on", "sample:"}), of("jsonl").words);
  EXPECT_EQ(Completes::Kind::files, of("vk-file").kind);
  EXPECT_EQ(Completes::Kind::files, of("prompt").kind);
  EXPECT_EQ(Completes::Kind::directories, of("out").kind);
  EXPECT_EQ(Completes::Kind::nothing, of("concurrency").kind);
  EXPECT_EQ(Completes::Kind::nothing, of("vk").kind);
}

TEST(Completion, EveryScriptKnowsEveryFlag) {
  for (const Option& option : options()) {
    const std::string name(option.name);
    EXPECT_NE(std::string::npos, bash_completion().find("--" + name)) << name;
    EXPECT_NE(std::string::npos, zsh_completion().find("--" + name)) << name;
    EXPECT_NE(std::string::npos, fish_completion().find("-l " + name)) << name;
  }
}

// zsh offers no flag behind a word that nothing describes; fish offers files where it is not told otherwise.
TEST(Completion, KnowsWhatTheShellsWouldGuessWrong) {
  EXPECT_NE(std::string::npos, zsh_completion().find("'::url: '"));
  EXPECT_NE(std::string::npos, zsh_completion().find(":config:{compadd -- "));
  EXPECT_NE(std::string::npos, fish_completion().find("-l arrival -x -a 'constant gamma poisson'"));
  EXPECT_NE(std::string::npos, fish_completion().find("-l config -r -F"));
}

// What help says in quotes or brackets would end the scripts' own.
TEST(Completion, QuotesAreEven) {
  for (const std::string& script : {bash_completion(), zsh_completion(), fish_completion()})
    EXPECT_EQ(0, std::count(script.begin(), script.end(), '\'') % 2);
}

}  // namespace
}  // namespace ringload::cli
