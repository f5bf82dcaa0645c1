#include "load/json_value.h"

#include <gtest/gtest.h>

namespace ringload::load {
namespace {

TEST(JsonValue, ReadsEveryKind) {
  const JsonDocument document(R"({"a": null, "b": [true, -1.5e2, 7, "x\u00e9\n"], "c": {"d": {}}})");
  ASSERT_TRUE(document.syntax_ok());
  ASSERT_TRUE(document.errors().empty());
  const JsonValue& root = document.root();
  EXPECT_TRUE(root.find("a")->is(JsonValue::Kind::null));
  const JsonValue& b = *root.find("b");
  ASSERT_EQ(b.items.size(), 4u);
  EXPECT_TRUE(b.items[0].boolean);
  EXPECT_DOUBLE_EQ(b.items[1].number, -150);
  EXPECT_FALSE(b.items[1].is_integer);
  EXPECT_EQ(b.items[1].text, "-1.5e2");
  EXPECT_TRUE(b.items[2].is_integer);
  EXPECT_EQ(b.items[2].integer, 7);
  EXPECT_EQ(b.items[3].text, "xé\n");
  EXPECT_EQ(document.path(*root.find("c")->find("d")), "$.c.d");
  EXPECT_EQ(document.path(b.items[3]), "$.b[3]");
  EXPECT_EQ(root.find("none"), nullptr);
}

TEST(JsonValue, KnowsWhereEachValueStands) {
  const std::string text = "{\n  \"a\": 1,\n  \"b\": {\"c\": [2, \"x\"]}\n}\n";
  const JsonDocument document(text);
  ASSERT_TRUE(document.syntax_ok());
  const auto at = [&](const JsonValue& value) {
    const Position position = document.position(value.offset);
    return std::to_string(position.line) + ":" + std::to_string(position.column);
  };
  EXPECT_EQ(at(document.root()), "1:1");
  EXPECT_EQ(at(*document.root().find("a")), "2:8");
  const JsonValue& b = *document.root().find("b");
  EXPECT_EQ(at(b), "3:8");
  EXPECT_EQ(at(*b.find("c")), "3:14");
  EXPECT_EQ(at(b.find("c")->items[1]), "3:18");
  EXPECT_EQ(document.root().members[1].key_offset, text.find("\"b\""));
}

TEST(JsonValue, FindsDuplicateKeysAtEveryDepth) {
  const JsonDocument document("{\"a\": 1,\n \"b\": {\"x\": 1, \"x\": 2},\n \"a\": 3}");
  EXPECT_TRUE(document.syntax_ok());
  ASSERT_EQ(document.errors().size(), 2u);
  EXPECT_EQ(document.errors()[0].message, "duplicate key \"x\"");
  EXPECT_EQ(document.position(document.errors()[0].offset).line, 2u);
  EXPECT_EQ(document.errors()[1].message, "duplicate key \"a\"");
  EXPECT_EQ(document.position(document.errors()[1].offset).line, 3u);
  EXPECT_EQ(document.root().find("a")->integer, 1);
}

TEST(JsonValue, KeysThatNeedEscapesAreTheSameKey) {
  const JsonDocument document(R"({"name": 1, "n\u0061me": 2})");
  ASSERT_EQ(document.errors().size(), 1u);
}

struct SyntaxCase {
  const char* text;
  uint32_t line, column;
  const char* part;  // of the message
};

TEST(JsonValue, SyntaxErrorsHaveAPlace) {
  const SyntaxCase cases[] = {
      {"", 1, 1, "empty"},
      {"  \n ", 1, 1, "empty"},
      {"[1]", 1, 1, "no object"},
      {"  7", 1, 3, "no object"},
      {"{\"a\": 1,\n \"b\" 2}", 2, 6, "syntax error"},
      {"{\"a\": 1\n \"b\": 2}", 2, 2, "syntax error"},
      {"{\"a\": [1, 2\n}", 2, 1, "syntax error"},
      {"{\"a\": 1,\n}", 2, 1, "syntax error"},
      {"{\"a\": tru}", 1, 7, "syntax error"},
      {"{\"a\": nul}", 1, 7, "syntax error"},
      {"{\"a\": 1.}", 1, 7, "syntax error"},
      {"{\"a\": 01}", 1, 7, "syntax error"},
      {"{\"a\": 'x'}", 1, 7, "syntax error"},
      {"{\"a\": \"\\x\"}", 1, 7, "syntax error"},
      {"{\"a\": \"\\ud83d\"}", 1, 7, "syntax error"},
      {"{\"a\": 1}\n{\"b\": 2}", 2, 1, "follows"},
      {"{\"a\": 1} x", 1, 10, "follows"},
      {"{\"a\": \"x\ny\"}", 1, 9, "control character"},
      {"{\"a\": \"x}", 1, 7, "not closed"},
      {"{\"a\":\n \"\xff\"}", 2, 3, "UTF-8"},
      {"{\"a\": 1", 1, 8, "syntax error"},
      {"{// no\n}", 1, 2, "syntax error"},
  };
  for (const SyntaxCase& each : cases) {
    SCOPED_TRACE(each.text);
    const JsonDocument document(each.text);
    EXPECT_FALSE(document.syntax_ok());
    ASSERT_EQ(document.errors().size(), 1u);
    const Position position = document.position(document.errors()[0].offset);
    EXPECT_EQ(std::to_string(position.line) + ":" + std::to_string(position.column),
              std::to_string(each.line) + ":" + std::to_string(each.column))
        << document.errors()[0].message;
    EXPECT_NE(document.errors()[0].message.find(each.part), std::string::npos) << document.errors()[0].message;
  }
}

TEST(JsonValue, AByteOrderMarkIsSkipped) {
  const JsonDocument document("\xef\xbb\xbf{\"a\": 1}");
  EXPECT_TRUE(document.syntax_ok());
}

// Every prefix of a document is refused, and none crashes.
TEST(JsonValue, RefusesEveryTruncation) {
  const std::string text = R"({"a": [1, {"b": "x\n", "c": [true, null]}], "d": -1.5e-3})";
  for (size_t length = 0; length < text.size(); ++length) {
    const JsonDocument document(std::string_view(text).substr(0, length));
    EXPECT_FALSE(document.syntax_ok()) << text.substr(0, length);
    EXPECT_EQ(document.errors().size(), 1u);
  }
  EXPECT_TRUE(JsonDocument(text).syntax_ok());
}

TEST(JsonValue, DeepNestingIsRefusedNotFatal) {
  const JsonDocument document("{\"a\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}");
  EXPECT_FALSE(document.syntax_ok());
}

TEST(JsonValue, WritesBackWhatItRead) {
  const std::string text = R"({"a":[1.50,"q\"\\\u0001",{"b":null}],"c":true})";
  const JsonDocument document(text);
  EXPECT_EQ(to_json(document.root()), text);
}

TEST(JsonValue, NeverShowsWhatLooksLikeAKey) {
  EXPECT_EQ(shown("sk-abcdefghijklmnop"), "<redacted>");
  EXPECT_EQ(shown("Bearer abc"), "<redacted>");
  EXPECT_EQ(shown("a1b2c3d4e5f6a1b2c3d4e5f6"), "<redacted>");
  EXPECT_EQ(shown("openai-chat"), "\"openai-chat\"");
  EXPECT_EQ(shown(std::string(100, 'x')), "\"" + std::string(60, 'x') + "…\"");
}

TEST(JsonValue, PathStepsQuoteOddKeys) {
  EXPECT_EQ(path_step("name"), ".name");
  EXPECT_EQ(path_step("x-request-id"), "[\"x-request-id\"]");
}

}  // namespace
}  // namespace ringload::load
